"""Parallel coordinates of a search as text: an axis for each setting and one for the metric, and a line through them for each trial.

Inselberg 1985, The plane with parallel coordinates. The best value is at the top of the last axis, whichever way the metric goes.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from gan_tui.render.field import FieldLook, Layer
from gan_tui.render.figure import Row as Cells
from gan_tui.render.figure import Span, spans
from gan_tui.render.glyphs import BRAILLE, Glyphs
from gan_tui.render.text import fit, plain
from gan_tui.render.ticks import Axis
from gan_tui.sweep.search_report import Row, SearchReport
from gan_tui.sweep.space import Dimension, labels

APART = 12
"""Columns from one axis to the next at least: settings for which there is no room are left out, those that matter least first."""
LABEL_APART = 4
"""Columns between two axes that are no label's."""
LEAST_LINES = 4
CAPTION = 2
"""Lines for the names above, and for what stands for what below."""
BEST = 0.25
"""Share of the trials whose lines stand out."""
EARLY = "others; where ended early, with what they read then"
WIDE = 5.0
"""From this ratio of the worst value to the best on, the metric's axis is logarithmic."""
LAYERS = ("faint", "good", "strong")
"""Roles of the lines, the lowest first: the others, the best quarter, the best one."""
SIGNS = ".*#"
"""Of the same without braille."""


class _Line(NamedTuple):
    """A trial: where it meets each axis, 0 (below) to 1."""

    shares: Sequence[float]
    layer: int


def draw(report: SearchReport, width: int, height: int, glyphs: Glyphs) -> list[list[Span]]:
    """The picture in `height` lines; no lines where there is no room, or nothing to be seen yet: fewer than two trials with a value."""
    rows = [row for row in report.ranked() if row.value is not None and None not in row.values]
    kept = _kept(report, (width - APART) // APART)
    lines = height - CAPTION
    if len(rows) < 2 or lines < LEAST_LINES or not kept:
        return []
    metric = _metric_axis(report, rows)
    drawn = [_line(report, row, kept, metric, place, len(rows)) for place, row in enumerate(rows)]
    columns = [round(index * (width - 1) / len(kept)) for index in range(len(kept) + 1)]
    cells: list[Cells] = [[(" ", "text")] * width for _ in range(lines)]
    for layer, role in enumerate(LAYERS):
        _draw_lines([line for line in drawn if line.layer == layer], columns, cells, SIGNS[layer], role, glyphs)
    for index, column in enumerate(columns):
        _draw_axis(cells, column, columns[1] - LABEL_APART, _ticks(report, kept, index, metric), glyphs)
    return [_names(report, kept, columns, width, glyphs), *map(spans, cells), _caption(report, len(kept), rows, width, glyphs)]


def _kept(report: SearchReport, most: int) -> list[int]:
    """Which dimensions have an axis, in their order."""
    dimensions = report.plan.dimensions
    by_importance = sorted(range(len(dimensions)), key=lambda index: -report.importance.get(dimensions[index].name, 0.0))
    return sorted(by_importance[: max(0, most)])


def _metric_axis(report: SearchReport, rows: Sequence[Row]) -> Axis:
    """`low` is the worst."""
    values = [row.value for row in rows if row.value is not None]
    low, high = min(values), max(values)
    return Axis(*((low, high) if report.plan.maximise else (high, low)), log=low > 0 and high >= WIDE * low)


def _line(report: SearchReport, row: Row, kept: Sequence[int], metric: Axis, place: int, count: int) -> _Line:
    shares = []
    for index in kept:
        value = row.values[index]
        shares.append(report.plan.dimensions[index].share(value) if value is not None else 0.0)
    value = row.value or 0.0
    shares.append(metric.share(value) if metric.low != metric.high else 1.0)
    layer = 2 if place == 0 and row.state == "done" else 1 if place < math.ceil(BEST * count) and row.state == "done" else 0
    return _Line([share if math.isfinite(share) else 0.0 for share in shares], layer)


def _draw_lines(lines: Sequence[_Line], columns: Sequence[int], cells: list[Cells], sign: str, role: str, glyphs: Glyphs) -> None:
    width, height = len(cells[0]), len(cells)
    layer = Layer(width, height, FieldLook(dots=glyphs.unicode, unicode=glyphs.unicode, shaded=False))
    points = [2 * (column + 0.5) / width - 1 for column in columns]
    for line in lines:
        heights = [share * (2 - 1 / height) - 1 + 0.5 / height for share in line.shares]
        for index in range(len(points) - 1):
            layer.line((points[index], heights[index]), (points[index + 1], heights[index + 1]))
    for cell, bits in layer.cells.items():
        cells[cell // width][cell % width] = (chr(BRAILLE + bits) if glyphs.unicode else sign, role)


def _ticks(report: SearchReport, kept: Sequence[int], index: int, metric: Axis) -> list[tuple[float, str]]:
    """Where on an axis which label stands."""
    if index == len(kept):
        return [(0.0, f"{metric.low:.3g}"), (1.0, f"{metric.high:.3g}")]
    dimension: Dimension = report.plan.dimensions[kept[index]]
    return [(dimension.share(value), dimension.text(value)) for value in dimension.ends()]


def _draw_axis(cells: list[Cells], column: int, room: int, ticks: Sequence[tuple[float, str]], glyphs: Glyphs) -> None:
    """Labels stand right of their axis in so much room, those of the last one left of it."""
    for row in cells:
        row[column] = (glyphs.vertical, "muted")
    for share, label in ticks:
        row = cells[min(len(cells) - 1, int((1 - share) * len(cells)))]
        text = fit(plain(label, glyphs), room, glyphs).strip()
        right = column + 1 + len(text) < len(row)
        start = column + 1 if right else column - len(text)
        for offset, sign in enumerate(text):
            row[start + offset] = (sign, "text")
        beside = start + len(text) if right else start - 1
        if row[beside][1] not in ("text", "muted"):  # a blank keeps lines off, and hides no other label
            row[beside] = (" ", "text")


def _names(report: SearchReport, kept: Sequence[int], columns: Sequence[int], width: int, glyphs: Glyphs) -> list[Span]:
    names = [labels(report.plan.dimensions)[index] for index in kept] + [report.label]
    line = [" "] * width
    for name, column in zip(names, columns, strict=True):
        text = fit(name, APART - 2, glyphs).strip()
        start = min(max(0, column - len(text) // 2 if column else 0), width - len(text))
        line[start : start + len(text)] = text
    return [("".join(line), "strong")]


def _caption(report: SearchReport, kept: int, rows: Sequence[Row], width: int, glyphs: Glyphs) -> list[Span]:
    entries: list[tuple[str, str, str]] = [("#", "strong", "best"), ("*", "good", "best quarter"), (".", "faint", "others")]
    if glyphs.unicode:
        entries = [(glyphs.full, role, words) for _, role, words in entries]
    if any(row.state != "done" for row in rows) and width >= len(EARLY) + 2 * APART:
        entries[2] = (entries[2][0], "faint", EARLY)
    if missing := len(report.plan.dimensions) - kept:
        entries.insert(1, ("+", "muted", f"{missing} not shown"))
    while len(entries) > 1 and sum(len(sign) + len(words) + 3 for sign, _, words in entries) - 2 > width:
        entries.pop()
    return [span for sign, role, words in entries for span in ((sign, role), (f" {words}  ", "muted"))]
