"""Round numbers for the axes of charts: the series 1-2-5, whole steps, decades on a log axis."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from gan_tui.run.history import Bucket

LABEL = 7
"""Cells of the longest label."""
FLAT = 1e-3
"""A range that is a smaller share of its values is shown as a flat line: it is one, and its labels could not be told apart."""
NARROW = 0.01
"""The least share of its values that an axis shows: noise in the third digit (9.96 to 9.97 of ten classes) filled a whole chart."""
_UNITS = ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k"))


class Tick(NamedTuple):
    """A labelled place on an axis."""

    value: float
    label: str


class Axis(NamedTuple):
    """The values at both ends of an axis."""

    low: float
    high: float
    log: bool = False

    def share(self, value: float) -> float:
        """Where a finite value lies, from 0 (`low`) to 1 (`high`); what lies outside is at the edge."""
        low, high = self.low, self.high
        if self.log:
            value, low, high = (math.log10(max(number, 5e-324)) for number in (value, low, high))
        # Halves, because high - low of two huge numbers is infinite.
        return min(1.0, max(0.0, (value / 2 - low / 2) / (high / 2 - low / 2)))


def nice(value: float) -> float:
    """The smallest of ..., 0.1, 0.2, 0.5, 1, 2, 5, 10, ... that is not below `value` > 0."""
    if not 1e-300 < value < 1e300:
        return value
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value * (1 - 1e-9))


def step_label(step: int) -> str:
    """`800`, `12k`, `12.5k`, `1.25M`: shortened only where nothing is lost."""
    for unit, sign in _UNITS:
        if unit <= abs(step) < 1000 * unit and step % (unit // 1000) == 0:
            return f"{step / unit:.3f}".rstrip("0").rstrip(".") + sign
    return str(step)


def step_ticks(first: int, last: int, most: int) -> list[Tick]:
    """At most about `most` whole steps of the series 1-2-5 from `first` to `last`."""
    if last <= first or most < 1:
        return [Tick(first, step_label(first))]
    apart = max(1, round(nice((last - first) / most)))
    return [Tick(step, step_label(step)) for step in range(-(-first // apart) * apart, last + 1, apart)]


def epoch_ticks(first: int, last: int, steps_per_epoch: int, most: int) -> list[Tick]:
    """Ends of whole epochs, as steps; labelled by their number."""
    if steps_per_epoch < 1 or last - first < steps_per_epoch:
        return []
    epochs = step_ticks(-(-first // steps_per_epoch), last // steps_per_epoch, most)
    return [Tick(tick.value * steps_per_epoch, tick.label) for tick in epochs]


CLOCK = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400)
"""Seconds that ticks of a time axis may lie apart; above, whole days."""


def time_ticks(first: int, last: int, clock: Sequence[tuple[int, float]], most: int) -> list[Tick]:
    """Round times of training, as the steps at which they had passed. `clock`: (step, seconds) in order; between two the speed is even."""
    steps, times = [step for step, _ in clock], [seconds for _, seconds in clock]
    if len(clock) < 2:
        return []
    begin, end = _between(first, steps, times), _between(last, steps, times)
    days = math.ceil((end - begin) / 86_400 / max(1, most))
    apart = next((apart for apart in CLOCK if (end - begin) / apart <= most), 86_400 * max(1, days))
    places = range(math.ceil(begin / apart), math.floor(end / apart) + 1)
    return [Tick(_between(place * apart, times, steps), _clock_label(place * apart)) for place in places]


def _between(value: float, known: Sequence[float], wanted: Sequence[float]) -> float:
    """What belongs to `value`, by the line between its neighbours; at the ends, by the last of them."""
    right = min(len(known) - 1, max(1, bisect_right(known, value)))
    low, high = known[right - 1], known[right]
    share = (value - low) / (high - low) if high > low else 0.0
    return wanted[right - 1] + share * (wanted[right] - wanted[right - 1])


def _clock_label(seconds: int) -> str:
    """`0`, `30s`, `5m`, `1h30m`, `2d`."""
    parts = [(seconds // 86_400, "d"), (seconds % 86_400 // 3600, "h"), (seconds % 3600 // 60, "m"), (seconds % 60, "s")]
    return "".join(f"{count}{unit}" for count, unit in [part for part in parts if part[0]][:2]) or "0"


def value_axis(low: float, high: float, rows: int, *, log: bool = False) -> tuple[Axis, list[Tick]]:
    """An axis that holds `low` to `high` and ends at round numbers, so that it changes seldom; its ticks, the lowest first.

    `rows` is its height in lines. On a log axis `low` must be positive.
    """
    if log:
        return _log_axis(low, high, rows)
    size = max(abs(low), abs(high))
    if size > 1e300:
        return Axis(-1.7e308, 1.7e308), [Tick(-1e308, "-1e308"), Tick(0.0, "0"), Tick(1e308, "1e308")]
    if high - low <= FLAT * size or size < 1e-290:
        low, high = low - size / 10, high + size / 10
    elif high - low < NARROW * size:
        middle = low / 2 + high / 2
        low, high = middle - NARROW * size / 2, middle + NARROW * size / 2
    if size < 1e-290:
        low, high = -0.5, 0.5
    apart = nice((high - low) / max(1, min(6, rows // 3)))
    while True:
        grain = apart / 5
        axis = Axis(math.floor(low / grain + 1e-9) * grain, math.ceil(high / grain - 1e-9) * grain)
        places = range(math.ceil(axis.low / apart - 1e-9), math.floor(axis.high / apart + 1e-9) + 1)
        if len(places) > 1:
            return axis, [Tick(place * apart, value_label(place * apart, apart)) for place in places]
        apart = nice(apart / 2.5)


def _log_axis(low: float, high: float, rows: int) -> tuple[Axis, list[Tick]]:
    """Decades; where there are few of them, 2 and 5 as well."""
    start, end = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    end = max(end, start + 1)
    fine = [step * 10.0**power for power in range(max(-307, start), min(307, end)) for step in (1, 2, 5)] + [10.0 ** min(308, end)]
    fine = [value for value in fine if value >= low / 2.5 and value <= high * 2.5] if end - start <= 3 else fine
    below = [value for value in fine if value <= low * (1 + 1e-9)]
    above = [value for value in fine if value >= high * (1 - 1e-9)]
    bottom, top = (below or fine)[-1], (above or fine[-1:])[0]
    if bottom >= top:
        bottom, top = bottom / 2, top * 2
    between = [value for value in fine if bottom <= value <= top]
    room = max(2, rows * 2 // 3)
    if len(between) > room:
        decades = [value for value in between if round(math.log10(value), 6).is_integer()]
        stride = -(-len(decades) // room)
        between = decades[::stride] if decades else between[:: len(between) - 1]
    return Axis(bottom, top, log=True), [Tick(value, value_label(value, value)) for value in between]


def value_label(value: float, apart: float) -> str:
    """A value of an axis whose ticks are `apart`, in at most `LABEL` cells."""
    if value == 0:
        return "0"
    if abs(apart) >= 1e-4 and abs(value) < 1e4:
        text = f"{value:.{max(0, -math.floor(math.log10(apart) + 1e-9))}f}"
        if len(text) <= LABEL:
            return text
    for unit, sign in _UNITS:
        if unit <= abs(value) < 1000 * unit and abs(apart) >= unit / 1000:
            text = f"{value / unit:.3f}".rstrip("0").rstrip(".") + sign
            return text if len(text) <= LABEL else f"{value / unit:.0f}{sign}"
    texts = [_short(f"{value:.{digits}e}") for digits in (2, 1, 0)]
    return next((text for text in texts if len(text) <= LABEL), texts[-1])


def _short(text: str) -> str:
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}e{int(exponent)}"


def whole_run(points: list[Bucket], step: int, *, growing: bool) -> tuple[int, int]:
    """First and last step of an axis for `points` of a run that is at `step`; with some room to the right if it is `growing`.

    The room makes the axis a steady one: without it, every new point would move all others.
    """
    first, last = min((point.step for point in points), default=0), max([point.step for point in points] + [step])
    first = 0 if 0 <= first <= (last - first) / 8 else first
    if growing:
        grain = max(1, round(nice(max(1, last - first) / 20)))
        last = -(-(last + 1) // grain) * grain
    return first, max(last, first + 1)


def recent_steps(first: int, last: int, *, growing: bool = True) -> tuple[int, int]:
    """An axis for the points from `first` to `last`; where it is `growing`, it goes on by a quarter at a time, not with every point."""
    if not growing:
        return first, last
    width = max(4, round(nice(max(1, last - first))))
    quarter = max(1, width // 4)
    end = -(-(last + 1) // quarter) * quarter
    return max(0, end - width), end
