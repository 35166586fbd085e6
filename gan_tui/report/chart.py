"""A chart fit for a page, laid out as shapes: axes with titles and units, each curve's mean on a pale band of all its values.

The shapes: `shapes.py`. Places are in pixels of 1/96 inch, from the upper left corner.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from gan_tui.counted import counted
from gan_tui.render.ticks import Axis, Tick, step_ticks, value_axis
from gan_tui.report.shapes import WIDTH, Area, Chart, Dot, Rule, Shape, Stroke, Words
from gan_tui.run.history import Bucket

HEIGHT = 300
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 34, 44
POINTS = 400
"""Of a curve: more than the picture has room for would only make the file large."""
LEGEND_GAP, LETTER, LEGEND_LINE = 18, 6.6, 16
FAR = 3.0
"""Values farther beyond the middle nine tenths than this times their width are counted at the edge, and flatten no others."""
NEARLY = 8
"""Of the width of the horizontal axis: one that begins so near to 0 begins there."""
TICK_ROWS = 18
"""Pixels for each line of a vertical axis."""
IDEAL, GUIDE = (6.0, 4.0), (2.0, 4.0)
"""Dashes and gaps of a curve's value at equilibrium, and of a line that is there for all curves."""


class Curve(NamedTuple):
    """One line."""

    name: str
    colour: str
    """One of INKS, or `#rrggbb`."""
    points: Sequence[Bucket]
    ideal: float | None = None
    """A dashed line of the same colour: its value at equilibrium."""
    place: Callable[[int], float] = float
    """Where a step lies on the horizontal axis."""
    newest: float | None = None
    """What stands behind its name where `points` are means; None: the mean of the last of them."""


class Plot(NamedTuple):
    """What a chart shows."""

    title: str
    curves: Sequence[Curve]
    y_title: str = ""
    x_title: str = "step"
    bounds: tuple[float, float] | None = None
    """Ends of the vertical axis; None: what the values need."""
    guide: float | None = None
    """A value worth a line."""
    log: bool = False
    """A logarithmic vertical axis: what is not above 0 lies at its foot."""


def lay_out(plot: Plot) -> Chart | None:
    """None where nothing is finite, or on a logarithmic axis above 0."""
    curves = [curve._replace(points=_thin(curve.points)) for curve in plot.curves]
    values = [value for curve in curves for bucket in curve.points for value in (bucket.low, bucket.high) if value is not None]
    if plot.log:
        values = [value for value in values if value > 0]
    if not values:
        return None
    axis, ticks = _values(plot, values)
    legend = list(_legend(plot.title, curves, _lines_across(plot, axis)))
    top = TOP + max((words.y - 20 for words in legend if isinstance(words, Words)), default=0.0)
    height = HEIGHT + top - TOP
    places = [curve.place(bucket.step) for curve in curves for bucket in curve.points]
    first, last = min(places), max(places)
    if 0 <= first <= (last - first) / NEARLY:
        first = 0.0
    if last <= first:
        last = first + 1
    ends = _Ends(Axis(first, last), axis, top, height - BOTTOM)
    shapes: list[Shape] = [*_grid(plot, ends, ticks)]
    for curve in curves:
        shapes += _curve(curve, ends, log=plot.log)
    shapes += _beyond(plot, ends)
    return Chart(plot.title, height, [*shapes, *legend])


class _Ends(NamedTuple):
    """Where a step and a value lie."""

    steps: Axis
    values: Axis
    top: float
    floor: float

    def x(self, place: float) -> float:
        return round(LEFT + self.steps.share(place) * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        return round(self.floor - self.values.share(value) * (self.floor - self.top), 1)

    def holds(self, value: float) -> bool:
        return self.values.low <= value <= self.values.high


def _values(plot: Plot, values: list[float]) -> tuple[Axis, list[Tick]]:
    rows = (HEIGHT - TOP - BOTTOM) // TICK_ROWS
    if plot.log:
        return value_axis(min(values), max(values), rows, log=True)
    axis, ticks = value_axis(*(plot.bounds or _usual(values)), rows)
    return (Axis(*plot.bounds) if plot.bounds else axis), ticks


def _grid(plot: Plot, ends: _Ends, ticks: Sequence[Tick]) -> Iterator[Shape]:
    right, top, floor = WIDTH - RIGHT, ends.top, ends.floor
    for value, label in ticks:
        if ends.holds(value):
            y = ends.y(value)
            yield Rule(LEFT, y, right, y, "line")
            yield Words(LEFT - 8, y + 4, label, anchor="end")
    first, last, _ = ends.steps
    across = step_ticks(int(first), int(last), 8) if plot.x_title == "step" else value_axis(first, last, 24)[1]
    for value, label in across:
        if first <= value <= last:
            x = ends.x(value)
            yield Rule(x, floor, x, floor + 5, "muted")
            yield Words(x, floor + 18, label, anchor="middle")
    yield Rule(LEFT, top, LEFT, floor, "muted")
    yield Rule(LEFT, floor, right, floor, "muted")
    yield Words((LEFT + right) / 2, floor + BOTTOM - 8, plot.x_title, anchor="middle")
    if plot.y_title:
        yield Words(14, (top + floor) / 2, plot.y_title, anchor="middle", upright=True)
    if plot.guide is not None and ends.holds(plot.guide):
        yield Rule(LEFT, ends.y(plot.guide), right, ends.y(plot.guide), "good", dashes=GUIDE)


def _curve(curve: Curve, ends: _Ends, *, log: bool) -> Iterator[Shape]:
    if curve.ideal is not None and ends.holds(curve.ideal):
        y = ends.y(curve.ideal)
        yield Rule(LEFT, y, WIDTH - RIGHT, y, curve.colour, dashes=IDEAL, opacity=0.7)
    for known, group in groupby(curve.points, lambda bucket: bucket.high is not None and (bucket.high > 0 or not log)):
        if not known:
            continue
        piece = list(group)
        xs = [ends.x(curve.place(bucket.step)) for bucket in piece]
        lows, highs = [bucket.low or 0.0 for bucket in piece], [bucket.high or 0.0 for bucket in piece]
        means = [_mean(bucket) for bucket in piece]
        if any(high > low for low, high in zip(lows, highs, strict=True)):
            above = list(zip(xs, map(ends.y, highs), strict=True))
            yield Area([*above, *reversed(list(zip(xs, map(ends.y, lows), strict=True)))], curve.colour)
        line = [(x, ends.y(mean)) for x, mean in zip(xs, means, strict=True)]
        for part in _seen(line, [log or ends.holds(mean) for mean in means]):
            yield Dot(*part[0], curve.colour) if len(part) == 1 else Stroke(part, curve.colour)


def _seen(line: Sequence[tuple[float, float]], inside: Sequence[bool]) -> Iterator[list[tuple[float, float]]]:
    """The parts of a line inside the axes, each as far as the edge: a line along the edge would be values that there were not."""
    for within, group in groupby(range(len(line)), inside.__getitem__):
        if within:
            places = list(group)
            yield list(line[max(0, places[0] - 1) : places[-1] + 2])


def _beyond(plot: Plot, ends: _Ends) -> Iterator[Shape]:
    """How many points there is no room for, and how far they reach."""
    low, high, log = ends.values
    points = [bucket for curve in plot.curves for bucket in curve.points]
    above = [bucket.high for bucket in points if bucket.high is not None and bucket.high > high]
    below = [bucket.low for bucket in points if bucket.low is not None and bucket.low < low and not log]
    if above:
        yield Words(WIDTH - RIGHT - 4, ends.top + 12, f"{counted(len(above), 'point')} above, up to {max(above):.4g}", anchor="end")
    if below:
        yield Words(WIDTH - RIGHT - 4, ends.floor - 6, f"{counted(len(below), 'point')} below, down to {min(below):.4g}", anchor="end")


def _mean(bucket: Bucket) -> float:
    if bucket.mean is not None:
        return bucket.mean
    return (bucket.low or 0.0) / 2 + (bucket.high or 0.0) / 2


def _lines_across(plot: Plot, axis: Axis) -> list[tuple[str, Rule]]:
    """What the dashed lines across the chart are, and how each looks in the legend."""
    ideals = [curve for curve in plot.curves if curve.ideal is not None and axis.low <= curve.ideal <= axis.high]
    found = []
    if ideals:
        colour = ideals[0].colour if len(ideals) == 1 else "muted"
        found.append(("at equilibrium", Rule(0, 0, 0, 0, colour, dashes=IDEAL, opacity=0.7)))
    if plot.guide is not None and axis.low <= plot.guide <= axis.high:
        found.append(("ideal", Rule(0, 0, 0, 0, "good", dashes=GUIDE)))
    return found


def _legend(title: str, curves: Sequence[Curve], across: Sequence[tuple[str, Rule]]) -> Iterator[Shape]:
    """The title at the left; each curve's name and newest value at the right of it, or in lines below where that is too little room."""
    yield Words(LEFT, 20, title, "ink", title=True)
    room = WIDTH - RIGHT - LEFT
    lines = [(_named(curve), Rule(0, 0, 0, 0, curve.colour, width=3)) for curve in curves]
    entries = [(_shortened(words, room - 20), rule) for words, rule in [*lines, *across]]
    widths = [LETTER * len(words) + 20 for words, _ in entries]
    whole = sum(widths) + LEGEND_GAP * (len(widths) - 1)
    beside = whole + LEGEND_GAP + LETTER * 1.2 * len(title) <= room
    x, y = (WIDTH - RIGHT - whole, 20.0) if beside else (float(LEFT), 20.0 + LEGEND_LINE)
    for (words, rule), width in zip(entries, widths, strict=True):
        if x + width > WIDTH - RIGHT + 1 and x > LEFT:
            x, y = float(LEFT), y + LEGEND_LINE
        yield rule._replace(x=round(x, 1), y=y - 4, to_x=round(x + 12, 1), to_y=y - 4)
        yield Words(round(x + 16, 1), y, words)
        x += width + LEGEND_GAP


def _named(curve: Curve) -> str:
    newest = curve.newest
    if newest is None:
        newest = next((_mean(bucket) for bucket in reversed(curve.points) if bucket.low is not None), None)
    return curve.name if newest is None else f"{curve.name} {newest:.4g}"


def _shortened(text: str, room: float) -> str:
    most = int(room / LETTER)
    return text if len(text) <= most else f"{text[: most - 1]}\u2026"


def _thin(points: Sequence[Bucket]) -> list[Bucket]:
    """At most POINTS, each the lowest, the highest and the mean of several."""
    size = -(-len(points) // POINTS)
    return list(points) if size <= 1 else [_merged(points[start : start + size]) for start in range(0, len(points), size)]


def _merged(points: Sequence[Bucket]) -> Bucket:
    known = [point for point in points if point.low is not None]
    if not known:
        return points[0]
    means = [_mean(point) / len(known) for point in known]
    return Bucket(points[0].step, min(point.low or 0.0 for point in known), max(point.high or 0.0 for point in known), sum(means))


def _usual(values: list[float]) -> tuple[float, float]:
    """The ends of the values, but for a few that are far beyond all others."""
    ordered = sorted(values)
    low, high = ordered[len(ordered) // 20], ordered[-1 - len(ordered) // 20]
    room = FAR * (high / 2 - low / 2) * 2
    if not room:
        return ordered[0], ordered[-1]
    return max(ordered[0], low - room), min(ordered[-1], high + room)
