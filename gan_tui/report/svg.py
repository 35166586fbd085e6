"""Charts as SVG, fit for a page: axes with titles and units, each curve's mean on a pale band from its lowest to its highest values."""

import math
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from typing import NamedTuple

from gan_tui.render.ticks import Axis, step_ticks, value_axis
from gan_tui.run.history import Bucket

WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 34, 44
POINTS = 400
"""Of a curve: more than the picture has room for would only make the file large."""
LEGEND_GAP, LETTER = 18, 6.6
FAR = 3.0
"""Values farther beyond the middle nine tenths than this times their width lie at the edge, and flatten no others."""


class Curve(NamedTuple):
    """One line."""

    name: str
    colour: str
    """CSS."""
    points: Sequence[Bucket]
    ideal: float | None = None
    """A dashed line of the same colour: its value at equilibrium."""


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


def draw(plot: Plot, *, standalone: bool = False) -> str:
    """The chart as an `svg` element; `standalone`: as a file of its own, with its colours in it. Empty where nothing is finite."""
    curves = [curve._replace(points=_thin(curve.points)) for curve in plot.curves]
    values = [value for curve in curves for bucket in curve.points for value in (bucket.low, bucket.high) if value is not None]
    if not values:
        return ""
    first = min(bucket.step for curve in curves for bucket in curve.points)
    last = max(max(bucket.step for curve in curves for bucket in curve.points), first + 1)
    low, high = plot.bounds or _usual(values)
    axis, ticks = value_axis(low, high, (HEIGHT - TOP - BOTTOM) // 18)
    if plot.bounds:
        axis = Axis(*plot.bounds)
    place = _Place(Axis(first, last), axis)
    parts = [_head(plot, standalone=standalone), *_grid(plot, place, ticks, first, last)]
    for curve in curves:
        parts += _curve(curve, place)
    parts += [*_legend(plot.title, curves), "</svg>"]
    return "\n".join(parts)


class _Place(NamedTuple):
    """Where a step and a value lie."""

    steps: Axis
    values: Axis

    def x(self, step: float) -> float:
        return round(LEFT + self.steps.share(step) * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        return round(HEIGHT - BOTTOM - self.values.share(value) * (HEIGHT - TOP - BOTTOM), 1)


STYLE = """\
.chart{--ink:#1c2128;--muted:#5b6472;--line:#d5dae1;--page:#fff;--discriminator:#0b72b5;--generator:#c65d00;--accent:#0f7f66;--good:#0f7f66}
@media(prefers-color-scheme:dark){.chart{--ink:#e3e8ef;--muted:#9aa5b4;--line:#39414d;--page:#14181f;--discriminator:#5cc8ff;--generator:#ff9d5c;
--accent:#62e6c3;--good:#62e6c3}}
.chart{font:12px system-ui,sans-serif;background:var(--page)}
.chart text{fill:var(--muted)}
.chart .title{fill:var(--ink);font-weight:600;font-size:13px}"""


def _head(plot: Plot, *, standalone: bool) -> str:
    style = f"<style>{STYLE}</style>" if standalone else ""
    return (
        f'<svg class="chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img">'
        f"<title>{escape(plot.title)}</title>{style}"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="var(--page)"/>'
    )


def _grid(plot: Plot, place: _Place, ticks: Sequence[tuple[float, str]], first: int, last: int) -> Iterator[str]:
    right, floor = WIDTH - RIGHT, HEIGHT - BOTTOM
    for value, label in ticks:
        if place.values.low <= value <= place.values.high:
            y = place.y(value)
            yield f'<path d="M{LEFT} {y}H{right}" stroke="var(--line)"/><text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{label}</text>'
    for value, label in step_ticks(first, last, 8):
        x = place.x(value)
        yield f'<path d="M{x} {floor}v5" stroke="var(--muted)"/><text x="{x}" y="{floor + 18}" text-anchor="middle">{label}</text>'
    yield f'<path d="M{LEFT} {TOP}V{floor}H{right}" fill="none" stroke="var(--muted)"/>'
    yield f'<text x="{(LEFT + right) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{escape(plot.x_title)}</text>'
    if plot.y_title:
        middle = (TOP + floor) / 2
        yield f'<text x="14" y="{middle}" text-anchor="middle" transform="rotate(-90 14 {middle})">{escape(plot.y_title)}</text>'
    if plot.guide is not None and place.values.low <= plot.guide <= place.values.high:
        yield f'<path d="M{LEFT} {place.y(plot.guide)}H{right}" stroke="var(--good)" stroke-dasharray="2 4"/>'


def _curve(curve: Curve, place: _Place) -> Iterator[str]:
    if curve.ideal is not None and place.values.low <= curve.ideal <= place.values.high:
        y = place.y(curve.ideal)
        yield f'<path d="M{LEFT} {y}H{WIDTH - RIGHT}" stroke="{curve.colour}" stroke-dasharray="6 4" opacity=".7"/>'
    for known, group in groupby(curve.points, lambda bucket: bucket.low is not None):
        if not known:
            continue
        piece = [_Known(bucket.step, bucket.low or 0.0, bucket.high or 0.0, _mean(bucket)) for bucket in group]
        if any(bucket.high > bucket.low for bucket in piece):
            above = " ".join(f"{place.x(bucket.step)},{place.y(bucket.high)}" for bucket in piece)
            below = " ".join(f"{place.x(bucket.step)},{place.y(bucket.low)}" for bucket in reversed(piece))
            yield f'<polygon points="{above} {below}" fill="{curve.colour}" opacity=".18"/>'
        if len(piece) == 1:
            yield f'<circle cx="{place.x(piece[0].step)}" cy="{place.y(piece[0].mean)}" r="2.5" fill="{curve.colour}"/>'
        else:
            line = " ".join(f"{place.x(bucket.step)},{place.y(bucket.mean)}" for bucket in piece)
            yield f'<polyline points="{line}" fill="none" stroke="{curve.colour}" stroke-width="1.6" stroke-linejoin="round"/>'


class _Known(NamedTuple):
    step: int
    low: float
    high: float
    mean: float


def _mean(bucket: Bucket) -> float:
    if bucket.mean is not None:
        return bucket.mean
    return (bucket.low or 0.0) / 2 + (bucket.high or 0.0) / 2


def _legend(title: str, curves: Sequence[Curve]) -> Iterator[str]:
    """The title at the left; at the right each curve's name and newest value, as far as there is room."""
    yield f'<text class="title" x="{LEFT}" y="20">{escape(title)}</text>'
    x = float(WIDTH - RIGHT)
    for curve in reversed(curves):
        newest = next((_mean(bucket) for bucket in reversed(curve.points) if bucket.low is not None), math.nan)
        words = curve.name if math.isnan(newest) else f"{curve.name} {newest:.4g}"
        x -= LETTER * len(words)
        if x - LEGEND_GAP < LEFT + LETTER * 1.2 * len(title):
            return
        yield f'<text x="{round(x, 1)}" y="20">{escape(words)}</text>'
        yield f'<path d="M{round(x - 16, 1)} 16h12" stroke="{curve.colour}" stroke-width="3"/>'
        x -= LEGEND_GAP + 10


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
