"""What a running trainer can be told, and what it measures, through the command line."""

import math

import pytest

from gan_tui.run import preview
from gan_tui.run.events import Bookmark, Changed, Checkpoint, Evaluation, Metrics, Samples, Started, from_scalar
from gan_tui.run.log import read_all
from gan_tui.run.presence import Presence
from gan_tui.training import checkpoint
from tests.conftest import SMALL, Cli, events_of, wait_for
from tests.patience import CEILING

MEASURED = ("--set", "evaluation.budget=0.05", "--set", "evaluation.samples=500")
QUICK = ("train", "--headless", "--epochs", "1000", *SMALL)


@pytest.mark.slow
def test_previews_come_often_only_where_a_screen_looks(cli: Cli) -> None:
    """One a second; of a run that nobody looks at one in ten seconds."""
    cli.start(*QUICK, "--name", "seen", "--set", "samples.preview_hz=1", "--set", "evaluation.budget=0")
    run = cli.run("seen")

    def trained() -> float:
        return max((event.elapsed for event in events_of(run, Metrics) if isinstance(event, Metrics)), default=0.0)

    def by_the_clock() -> bool:
        """Is the newest preview one that came with no grid of samples?"""
        seen = preview.read(run.path)
        return bool(seen and seen.step and seen.step not in {event.step for event in events_of(run, Samples)})

    wait_for(lambda: trained() > 3, what="three seconds of training")
    wait_for(lambda: not by_the_clock() or trained() > 9, what="no preview but of a grid, whose event comes behind it")
    with Presence(run.path):
        wait_for(by_the_clock, what="a preview")
    assert cli("control", "seen", "stop").returncode == 0


@pytest.mark.slow
def test_commands_to_a_run_and_their_traces(cli: Cli) -> None:
    process = cli.start(*QUICK, "--preset", "mlp-r3", "--name", "told", *MEASURED)
    run = cli.run("told")
    wait_for(lambda: events_of(run, Metrics), what="training")

    done = cli("control", "told", "set", "optimizer.d_lr=0.0005")
    assert (done.returncode, done.stdout.startswith("learning rate of D is 0.0005 from step")) == (0, True)
    (change,) = events_of(run, Changed)
    assert isinstance(change, Changed)
    assert (change.setting, change.before, change.value) == ("optimizer.d_lr", 0.001, 0.0005)
    assert run.config().optimizer.d_lr == 0.0005
    assert any(event.step == change.step for event in events_of(run, Checkpoint)), "what comes after must not be redone with the old rate"
    assert cli("control", "told", "set", "train.d_steps=3").returncode == 0

    for wrong, words in (
        (
            "model.hidden=3",
            "'model.hidden' cannot be changed while the run trains; these can: optimizer.d_lr, optimizer.g_lr",
        ),
        ("lr=abc", "'lr' (optimizer.d_lr or optimizer.g_lr?) cannot be changed"),
        ("epochs=3", "'epochs' (train.epochs?) cannot be changed"),
        ("optimizer.d_lr=-1", "not allowed: expected a number above 0, at most 10"),
        ("optimizer.d_lr=", "not allowed"),
    ):
        done = cli("control", "told", "set", wrong)
        assert (done.returncode, done.stdout) == (1, "")
        assert f"gan-tui: {words}" in done.stderr or words in done.stderr
        assert "\n" not in done.stderr.strip()
        assert "loss.l1" not in done.stderr, "that is for runs that draw from outlines"

    assert cli("control", "told", "bookmark", "first digits").returncode == 0
    assert [event.text for event in events_of(run, Bookmark) if isinstance(event, Bookmark)] == ["first digits"]

    assert cli("control", "told", "neighbours").returncode == 0
    seen = preview.read(run.path)
    assert seen is not None
    assert seen.pair is not None
    assert seen.images is not None
    assert seen.pair.samples is not None
    assert seen.pair.neighbours.count == seen.pair.samples.count == seen.images.count == len(seen.pair.distances) == 16
    assert all(0 < distance < 1 for distance in seen.pair.distances)
    assert seen.ema
    assert seen.raw is not None
    assert seen.scores == (), "a relativistic D gives no probabilities"

    assert cli("control", "told", "evaluate").returncode == 0
    (evaluation,) = events_of(run, Evaluation)
    assert isinstance(evaluation, Evaluation)
    scalars = {name: from_scalar(value) for name, value in evaluation.scalars.items()}
    assert evaluation.network == "mnist-cnn-v1"
    assert scalars["fd"] > 10 * scalars["fd_floor"] > 0
    assert scalars["samples"] == 500
    assert evaluation.best

    assert cli("control", "told", "stop").returncode == 0
    assert process.wait(CEILING) == 0
    best = checkpoint.load_best(run)
    assert best is not None
    assert best.step == evaluation.step
    assert math.isclose(best.state["best"], scalars["fd"])
    assert "D(x)" not in next(event for event in events_of(run, Metrics) if isinstance(event, Metrics)).scalars


@pytest.mark.slow
def test_a_resumed_run_keeps_what_it_was_told(cli: Cli) -> None:
    process = cli.start(*QUICK, "--name", "told")
    run = cli.run("told")
    wait_for(lambda: events_of(run, Metrics), what="training")
    done = cli("control", "told", "set", "optimizer.g_lr=1e-7")
    assert (done.returncode, "(1e-06 to 0.01)" in done.stdout) == (0, True), "done, and not without a word"
    process.kill()
    process.wait()
    resumed = cli.start("resume", "told", "--headless")
    wait_for(lambda: len(events_of(run, Started)) == 2, what="the resume")
    assert run.config().optimizer.g_lr == 1e-7
    assert len(events_of(run, Changed)) == 1
    resumed.terminate()
    assert resumed.wait(CEILING) == 0


@pytest.mark.slow
def test_evaluations_can_be_turned_off(cli: Cli) -> None:
    process = cli.start(*QUICK, "--name", "silent")
    run = cli.run("silent")
    wait_for(lambda: events_of(run, Metrics), what="training")
    done = cli("control", "silent", "evaluate")
    assert (done.returncode, "turned off" in done.stderr) == (1, True)
    process.terminate()
    assert process.wait(CEILING) == 0
    assert not any(isinstance(event, Evaluation) for event in read_all(run.events))
