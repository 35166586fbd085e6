"""What stands below the charts: steps, epochs, or the time of training. No Textual."""

from typing import Literal, get_args

from gan_tui.render.curves import middle
from gan_tui.render.figure import ChartView, Scale
from gan_tui.render.panels import whole
from gan_tui.render.ticks import epoch_ticks, time_ticks
from gan_tui.run.state import RunState
from gan_tui.spec.metrics import SPEED

XAxis = Literal["step", "epoch", "time"]
LEAST = 2
"""Ticks without which an axis says nothing, and that of steps stands in its place."""


def following(axis: XAxis) -> XAxis:
    """The next one, round and round."""
    axes: tuple[XAxis, ...] = get_args(XAxis)
    return axes[(axes.index(axis) + 1) % len(axes)]


def with_axis(look: ChartView, axis: XAxis, state: RunState) -> ChartView:
    """The same with that below it, as far as it is known: a run may count no epochs, and may have said nothing of its speed.

    The curves stay where they are: a time stands at the step that was reached by then.
    """
    scale = _scale(axis, look.steps_per_epoch, state)
    if scale is None or len(scale(look.first, look.last, LEAST * 2)) < LEAST:
        return look
    return look._replace(scale=scale, counted=look.epoch if axis == "epoch" else axis, steps_per_epoch=0)


def _scale(axis: XAxis, steps_per_epoch: int, state: RunState) -> Scale | None:
    if axis == "epoch":
        return lambda first, last, most: epoch_ticks(first, last, steps_per_epoch, most)
    if axis == "time":
        clock = _clock(state)
        return lambda first, last, most: time_ticks(first, last, clock, most)
    return None


def _clock(state: RunState) -> list[tuple[int, float]]:
    """(step, seconds of training so far): by the speed that was logged, and in all as long as the run says."""
    points = [(point.step, speed) for point in whole(state, SPEED.name) if (speed := middle(point))]
    clock, seconds = [(0, 0.0)], 0.0
    for step, speed in points:
        seconds += max(0, step - clock[-1][0]) / speed
        clock.append((step, seconds))
    return [(step, passed * state.elapsed / seconds) for step, passed in clock] if seconds and state.elapsed else []
