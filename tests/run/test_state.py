"""What a run's events add up to."""

import msgspec
import pytest

from gan_tui.run import events
from gan_tui.run.inside import Layer, Logits
from gan_tui.run.state import MOMENTS, RunState
from tests.dashboard.helpers import metrics, started


def test_a_window_of_one_step_does_not_move_the_speed() -> None:
    """Before a checkpoint the window is closed early: a single quick step is no sign of a quicker machine."""
    state = RunState()
    elapsed, step = 0.0, 0
    for seconds, steps in [(0.1, 20)] * 20 + [(0.001, 1)] + [(0.1, 20)] * 5:
        elapsed, step = elapsed + seconds, step + steps
        state.apply(events.Metrics(step=step, scalars={"d_loss": 1.0}, elapsed=elapsed, rate=steps / seconds))
    assert state.rate == pytest.approx(200, rel=0.02)
    highest = max(bucket.high or 0 for bucket in state.history["steps/s"].buckets)
    assert highest < 210


def test_a_resumed_run_has_the_pace_of_before_until_it_has_its_own() -> None:
    """Its log knows it."""
    state = RunState()
    for event in (started(), metrics(100), metrics(200)):
        state.apply(event)
    assert state.remaining is None, "the first steps of a run say nothing"
    rate = state.rate
    assert rate
    state.apply(started(resumed=True, step=200))
    assert state.remaining == pytest.approx((120_000 - 200) / rate)


def test_another_number_of_threads_is_the_devices_name_from_then_on() -> None:
    state = RunState()
    state.apply(msgspec.structs.replace(started(), device_name="cpu (driver too old), 2 threads"))
    state.apply(events.Threads(step=100, count=1, most=2, rate=57.0, before=10.0))
    assert state.started
    assert state.started.device_name == "cpu (driver too old), 1 thread"
    assert state.threads
    assert "1 of 2 CPU threads" in state.entries[-1].text
    state.apply(started(resumed=True, step=200))
    assert state.threads is None


def test_a_verdict_is_a_line_of_the_log_when_it_changes() -> None:
    def said(step: int, text: str) -> events.Verdict:
        return events.Verdict(rule="early", level="info", text=text, advice="wait", step=step)

    state = RunState.of([said(100, "not measured"), said(300, "not measured"), said(500, "early: FD 40"), said(700, "early: FD 40")])
    assert [(entry.step, entry.text) for entry in state.entries] == [(100, "not measured"), (500, "early: FD 40")]
    assert state.verdict is not None
    assert state.verdict.step == 700, "it is known to hold still"


def test_the_logits_of_evaluations_are_kept_once_thinned_and_only_where_they_can_be_drawn() -> None:
    counts = tuple(range(24))

    def evaluation(step: int, low: float = -1.0) -> events.Evaluation:
        logits = Logits(low, 1.0, counts, counts)
        return events.Evaluation(
            step=step, scalars={"fd": 1.0}, network="n", seconds=1.0, best=True, logits=logits, layers=(Layer(network="G", name="0"),)
        )

    state = RunState.of([evaluation(step) for step in range(1000)])
    assert 60 < len(state.logits) <= MOMENTS
    assert (state.logits[0].step, state.logits[-1].step) == (0, 999)
    assert state.evaluation is not None
    assert state.evaluation.logits is None
    assert [layer.name for layer in state.evaluation.layers] == ["0"]
    kept = state.brief()
    assert kept.evaluation is not None
    assert state.best is not None
    assert (kept.logits, kept.evaluation.layers, state.best.layers) == ([], (), ())
    before = len(state.logits)
    for strange in (evaluation(1000, low=2.0), events.Evaluation(step=1001, scalars={}, network="n", seconds=1.0)):
        state.apply(strange)
    assert len(state.logits) == before
    again = events.decode(events.encode(evaluation(5)))
    assert isinstance(again, events.Evaluation)
    assert again.logits == evaluation(5).logits


@pytest.mark.parametrize(
    ("step", "epoch", "words"), [(97, 2, "completed after 97 steps"), (0, 2, "completed after 2 epochs"), (0, 0, "completed")]
)
def test_a_run_that_counted_nothing_has_not_ended_after_0_of_it(step: int, epoch: int, words: str) -> None:
    state = RunState.of([events.Finished(outcome="completed", epoch=epoch, elapsed=1.0, step=step)])
    assert state.entries[-1].text == words
