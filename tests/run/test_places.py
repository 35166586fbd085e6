"""What a text tells a person to type, who has come to this machine by ssh and types at home."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from gan_tui.cli import cli
from gan_tui.dashboard import summary
from gan_tui.dashboard.run_follower import RunFollower
from gan_tui.errors import UserError
from gan_tui.render.glyphs import ASCII
from gan_tui.run import places
from gan_tui.run.events import Finished
from gan_tui.run.places import Way
from tests.dashboard.helpers import append, judged, make_run, put_checkpoint

HOME = Way("me@server", "~/.venv/bin/gan-tui", "")


@pytest.fixture(autouse=True)
def here_again() -> Iterator[None]:
    yield
    places.come_from(None)


@pytest.mark.parametrize(
    ("way", "here", "at_home"),
    [
        (None, "gan-tui resume mine", "gan-tui resume mine"),
        (Way("server", "gan-tui", ""), "gan-tui attach mine", "gan-tui attach server:mine"),
        (Way("server", "gan-tui", ""), "gan-tui attach", "gan-tui attach server:"),
        (Way("server", "gan-tui", ""), "gan-tui watch mine --once", "gan-tui watch server:mine --once"),
        (Way("server", "gan-tui", ""), "gan-tui watch '/a b'", "gan-tui watch server:'/a b'"),
        (Way("server", "gan-tui", ""), "gan-tui resume mine --epochs N", "ssh -t server gan-tui resume mine --epochs N"),
        (Way("server", "gan-tui", ""), "gan-tui resume '/a b'", "ssh -t server 'gan-tui resume '\"'\"'/a b'\"'\"''"),
        (Way("server", "gan-tui", ""), "gan-tui runs", "gan-tui runs --host server"),
        (Way("server", "gan-tui", ""), "gan-tui", "ssh -t server gan-tui"),
        (Way("server", "gan-tui", "--remote-command x"), "gan-tui watch mine", "gan-tui watch --remote-command x server:mine"),
        (HOME, "gan-tui resume mine", "ssh -t me@server '~/.venv/bin/gan-tui resume mine'"),
        (HOME, "", ""),
    ],
)
def test_a_command_is_the_one_that_works_at_home(way: Way | None, here: str, at_home: str) -> None:
    places.come_from(way)
    assert places.typed(here) == at_home
    if here:
        assert places.all_typed(f"gone: `{here}` goes on; `ls` does not") == f"gone: `{at_home}` goes on; `ls` does not"


def test_what_no_command_line_could_say_is_refused() -> None:
    for way in (Way("-oProxyCommand=x", "gan-tui", ""), Way("server", "a\nb", "")):
        with pytest.raises(UserError):
            places.come_from(way)
    assert places.typed("gan-tui") == "gan-tui"


def test_attach_of_a_run_that_is_over_names_the_way_to_the_server(tmp_path: Path) -> None:
    run = make_run(tmp_path, "mine")
    put_checkpoint(run, 1_000)
    append(run, *judged(), Finished(step=1000, outcome="stopped", epoch=1, elapsed=9))
    words = ("attach", "mine", "--reached-by", "server", "gan-tui", "--runs-dir", str(tmp_path / "runs"))
    why = str(CliRunner().invoke(cli, words, standalone_mode=False).exception)
    assert places.all_typed(why).startswith("mine is not being trained: `gan-tui watch server:")
    assert "`ssh -t server gan-tui resume " in places.all_typed(why)


@pytest.mark.parametrize("over", [False, True])
def test_what_is_left_behind_the_screen_says_it(tmp_path: Path, over: bool) -> None:
    run = make_run(tmp_path, "mine")
    append(run, *judged(), *([Finished(step=1000, outcome="stopped", epoch=1, elapsed=9)] if over else []))
    places.come_from(Way("server", "gan-tui", ""))
    follower = RunFollower(run)
    while follower.look():
        pass
    snapshot = follower.snapshot()._replace(alive=not over)
    goes_on = f"ssh -t server gan-tui resume {run.cli_name}" if over else f"gan-tui attach server:{run.cli_name}"
    last = summary.summary_lines(run, snapshot, ASCII)[-1]
    assert last.startswith(f"continue  {goes_on}")


def test_a_command_that_takes_no_far_run_says_how(tmp_path: Path) -> None:
    found = CliRunner().invoke(cli, ("evaluate", "gpu1:a-run", "--runs-dir", str(tmp_path / "runs")), standalone_mode=False)
    assert "attach and watch take a run of gpu1; for other commands: `ssh -t gpu1 gan-tui COMMAND a-run`" in str(found.exception)
