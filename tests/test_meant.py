"""What somebody meant who typed another word."""

from gan_tui.run import mailbox
from gan_tui.run.lock import RunLock
from tests.conftest import Cli, wait_for
from tests.dashboard.helpers import make_run


def test_a_run_or_a_sweep_that_is_mistyped_is_asked_for(cli: Cli) -> None:
    for name in ("first-try", "second-try"):
        make_run(cli.runs_dir.parent, name)
    line = cli("attach", "frist-try").stderr
    assert line.startswith("gan-tui: no run 'frist-try' (first-try?) in ")
    (cli.runs_dir / "rates").mkdir()
    (cli.runs_dir / "rates" / "sweep.json").touch()
    assert "no sweep 'raets' (rates?) in " in cli("sweep", "--show", "raets").stderr


def test_what_is_set_may_be_two_words_and_is_asked_for_where_it_is_missing(cli: Cli) -> None:
    run = make_run(cli.runs_dir.parent, "live")
    assert (
        cli("control", "live", "set")
        .stderr.strip()
        .endswith("what can be set of a GAN optimizer.d_lr, optimizer.g_lr, train.d_steps, and where it draws from outlines loss.l1")
    )
    with RunLock(run.lock):
        waiting = cli.start("control", "live", "set", "optimizer.d_lr", "1e-4")
        wait_for(lambda: [command.text for command in mailbox.receive(run.control)] == ["optimizer.d_lr=1e-4"])
        waiting.terminate()
