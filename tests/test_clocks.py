"""Time that is no training time."""

import pytest

from gan_tui.clocks import Standstill


def after(steps: int, seconds: float) -> Standstill:
    clock = Standstill()
    for _ in range(steps):
        assert clock.held(seconds, seconds) == 0.0
    return clock


@pytest.mark.parametrize(
    ("wall", "processor", "held"),
    [
        (38.0, 0.01, 37.99),  # SIGSTOP
        (38.0, 30.0, 0.0),  # it compiled, say
        (4.0, 0.01, 0.0),  # a short one is not looked at
    ],
)
def test_a_step_far_beyond_all_others_that_did_no_work_was_held(wall: float, processor: float, held: float) -> None:
    clock = after(20, 0.01)
    assert clock.held(wall, processor) == pytest.approx(held)
    assert clock.held(0.01, 0.01) == 0.0


def test_slow_steps_and_the_first_ones_are_what_they_are() -> None:
    assert after(20, 2.0).held(38.0, 0.01) == 0.0, "nineteen times as long may be a slow one"
    assert after(5, 0.01).held(38.0, 0.01) == 0.0, "its pace is not known yet"
