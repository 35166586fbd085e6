"""How far a run under a budget of time has come: in epochs, of which nobody knows how many there will be, and in time."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from gan_tui.cli import cli
from gan_tui.dashboard.run_follower import RunFollower
from gan_tui.dashboard.summary import summary_lines
from gan_tui.render.glyphs import ASCII
from gan_tui.run import events
from gan_tui.run.state import RunState
from gan_tui.run.summary import summarise
from gan_tui.spec.states import Outcome
from tests.dashboard.helpers import append, make_run


def seen(step: int, elapsed: float, *more: events.AnyEvent) -> RunState:
    """Ten steps an epoch, for 20 seconds."""
    started = events.Started(device="cpu", device_name="cpu", epochs=200, steps_per_epoch=10, budget=20.0)
    metrics = events.Metrics(step=step, scalars={"d_loss": 0.5}, elapsed=elapsed, rate=1.0, remaining=20.0 - elapsed)
    return RunState.of([started, metrics, *more])


def test_epochs_are_those_that_the_budget_is_enough_for_at_this_speed() -> None:
    state = seen(25, 5.0)
    assert (state.epochs, state.total_steps, state.epoch, state.epochs_done, state.step_in_epoch) == (10, 100, 3, 2, 5)
    assert state.share_done == pytest.approx(0.25)
    assert state.remaining == pytest.approx(15)


def test_before_the_first_numbers_nothing_is_done() -> None:
    state = seen(0, 0.0)
    assert (state.epochs, state.epoch, state.share_done) == (1, 1, 0.0)


def test_a_complete_run_has_all_its_epochs_behind_it_though_the_last_is_not_whole() -> None:
    state = seen(97, 20.1, events.Finished(step=97, outcome="completed", epoch=9, elapsed=20.1))
    assert (state.epochs, state.epochs_done, state.share_done) == (10, 9, 1.0)


def test_what_is_said_of_a_run_whose_time_is_over_is_said_in_steps_and_time(tmp_path: Path) -> None:
    run = make_run(tmp_path, "timed")
    started = events.Started(device="cpu", device_name="cpu", epochs=200, steps_per_epoch=10, budget=20.0)
    append(run, started, events.Metrics(step=97, scalars={"d_loss": 0.5}, elapsed=20.1, rate=1.0))
    append(run, events.Finished(step=97, outcome="completed", epoch=9, elapsed=20.1))
    follower = RunFollower(run)
    while follower.look():
        pass
    summary, lines = summarise(run), summary_lines(run, follower.snapshot(), ASCII)
    assert (summary.step, summary.epochs) == (97, None)
    assert any(re.match(r"progress .*\b97\b.*\b20s\b", line) for line in lines)
    assert lines[-1] == f"continue  gan-tui resume {run.cli_name} --budget 40s"
    assert follower.snapshot().state.entries[-1].text == "completed after 97 steps"
    listed = CliRunner().invoke(cli, ["runs", "--plain", "--runs-dir", str(run.path.parent)]).stdout
    assert re.search(r"completed .*\b20s .*\b97\b", listed)


def test_a_clock_that_lies_makes_no_number_of_epochs_too_large_to_print() -> None:
    assert seen(10**9, 1e-9).epochs <= 10**9


@pytest.mark.parametrize(
    ("step", "ended", "epoch", "step_in_epoch"),
    [
        (0, None, 1, 0),
        (7, None, 1, 7),
        (10, None, 2, 0),
        (25, None, 3, 5),
        (25, "stopped", 3, 5),
        (30, "completed", 3, 10),
    ],
)
def test_where_nobody_knows_how_many_epochs_there_are_the_one_in_progress_is_counted(
    step: int, ended: Outcome | None, epoch: int, step_in_epoch: int
) -> None:
    state = RunState.of([events.Started(device="", device_name="host", epochs=0, steps_per_epoch=10)])
    state.step = step
    if ended:
        state.apply(events.Finished(step=step, outcome=ended, epoch=step // 10, elapsed=1.0))
    assert (state.epoch, state.step_in_epoch) == (epoch, step_in_epoch)


def test_a_run_that_has_no_epochs_is_in_none() -> None:
    state = RunState.of([events.Started(device="", device_name="host", epochs=0, steps_per_epoch=0)])
    state.step = 25
    assert (state.epoch, state.epochs_done) == (0, 0)
    state.apply(events.Epoch(step=25, epoch=3))
    assert (state.epoch, state.epochs_done) == (4, 3)
    state.apply(events.Finished(step=25, outcome="completed", epoch=3, elapsed=1.0))
    assert (state.epoch, state.epochs_done) == (3, 3)


def test_a_moment_is_of_the_epoch_in_which_its_step_was_done() -> None:
    """One number for a step, wherever it is said; how many are done is another one, and is said to be."""
    state = RunState()
    state.apply(events.Started(device="cpu", device_name="cpu", epochs=3, steps_per_epoch=10))
    assert [state.epoch_at(step) for step in (0, 1, 10, 11, 20, 30, 31)] == [1, 1, 1, 2, 2, 3, 3]
    state.apply(events.Metrics(step=20, scalars={}, elapsed=1.0, rate=1.0))
    assert (state.epoch, state.epochs_done, state.epochs_in_words("epoch")) == (3, 2, "2/3 epochs"), "the third begins"
    budget = RunState()
    budget.apply(events.Started(device="cpu", device_name="cpu", epochs=3, steps_per_epoch=10, budget=60.0))
    budget.apply(events.Metrics(step=14, scalars={}, elapsed=60.0, rate=1.0))
    budget.apply(events.Finished(step=14, outcome="completed", epoch=1, elapsed=60.0))
    assert (budget.epoch, budget.epoch_at(14), budget.epochs_in_words("epoch")) == (2, 2, "1 epoch")


def test_slow_first_steps_of_a_resume_do_not_make_it_long() -> None:
    """Of a pace of 100 steps a second it said 1h 28m, after three seconds at 2."""
    started = events.Started(device="cpu", device_name="cpu", epochs=100, steps_per_epoch=1000)
    before = [events.Metrics(step=100 * second, scalars={}, elapsed=float(second), rate=100.0) for second in range(1, 60)]
    again = events.Started(device="cpu", device_name="cpu", epochs=100, steps_per_epoch=1000, step=5900, resumed=True)
    slow = [events.Metrics(step=5900 + 2 * second, scalars={}, elapsed=59.0 + second, rate=2.0) for second in range(41)]
    left = (100_000 - 5900) / 100
    state = RunState.of([started, *before, again, *slow[:5]])
    assert state.remaining == pytest.approx(left, rel=0.2)
    state = RunState.of([started, *before, again, *slow])
    assert state.remaining == pytest.approx(50 * left, rel=0.01), "it is slow indeed"
