"""What a run's events add up to."""

import pytest

from gan_tui.run import events
from gan_tui.run.state import RunState


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
