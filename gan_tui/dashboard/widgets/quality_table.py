"""The numbers of the newest evaluation: a table with the course of each, and class by class."""

import math
from collections.abc import Callable, Sequence
from itertools import groupby
from operator import itemgetter

from rich.cells import cell_len
from textual.geometry import Size

from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.verdicts import age_of, best_of, evaluation_of
from gan_tui.dashboard.widgets.line_widget import DataWidget, Line, Number, beside
from gan_tui.dashboard.widgets.quality import value_role
from gan_tui.render.bars import gauge, over_time, sparks
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.text import fit, number, plain
from gan_tui.run.state import RunState
from gan_tui.spec.metrics import Metric, ideal_of, of_samples

LABEL, VALUE, NOTED = 14, 7, 12
"""Cells of the columns."""
SHORTEST = 12
"""Cells of a course, at least."""
LEAST_BAR = 24
"""Cells in which classes stand below each other."""
SHARES_LABEL = "drawn "
MOST = 2.0
"""Times the share of real images that fill a bar: one that is half full is as it should be."""
FEW, RARE = 0.5, 0.1
"""Times the share of real images below which a class is too rarely drawn, or all but forgotten."""


class QualityTable(DataWidget[RunState]):
    """One row a metric with its whole course; its meaning below it where the screen is high enough."""

    def draw(self, room: Size) -> list[Line]:
        """`FD           28.9  ████▇▇▆▅▅▄▄▃▃▂▂▂▁▁▁▁▁▁  best 25.1   floor 1.70`; where there are more rows than room, how many."""
        state = self.data
        if state is None or state.evaluation is None:
            return []
        known = [metric for metric in of_samples(state.evaluation.scalars) if metric.name != "fd_floor"]
        below = room.height >= 2 * len(known)
        lines: list[Line] = []
        for metric in known:
            lines.append(self._row(state, metric, room.width))
            if below:
                lines.append([("  " + self._words(metric, room.width - 2), Role.MUTED)])
        if len(lines) > room.height > 1:
            more = f"{len(lines) - room.height + 1} more"
            lines[room.height - 1 :] = [[(f"{self.glyphs.ellipsis} {more}: a higher screen shows them", Role.MUTED)]]
        elif len(lines) > 1 == room.height:
            more = f" {self.glyphs.ellipsis} {len(known) - 1} more"
            lines = [[*self._row(state, known[0], room.width - len(more)), (more, Role.MUTED)]]
        return lines

    def _words(self, metric: Metric, width: int) -> str:
        """What it means, in full where that fits."""
        return metric.meaning if len(metric.meaning) <= width else fit(metric.brief, width, self.glyphs)

    def _row(self, state: RunState, metric: Metric, width: int) -> Line:
        history, value = state.history.get(metric.name), state.scalars[metric.name]
        best = best_of(history, metric) if history else None
        line: Line = [
            (f"{fit(plain(metric.label, self.glyphs), LABEL - 1, self.glyphs):<{LABEL - 1}} ", beside(metric.name, Role.TEXT)),
            (number(value, VALUE, self.glyphs, metric.decimals), Number(metric.name, value_role(value))),
            ("  ", Role.TEXT),
        ]
        best_words = f"best {number(best, VALUE, self.glyphs, metric.decimals).strip()}" if best is not None else ""
        notes = [words.ljust(NOTED) for words in (best_words, self._aim(state, metric))]
        left = width - LABEL - VALUE - 2
        if left >= SHORTEST + 2 * NOTED:
            course = left - 2 * NOTED
        else:
            notes = notes[1:] if left >= SHORTEST + NOTED else []
            course = left - NOTED * len(notes)
        line += self._course(state, metric, best, max(0, course - 2))
        return [*line, ("  " + "".join(notes), Role.MUTED)]

    def _aim(self, state: RunState, metric: Metric) -> str:
        """What real images score."""
        if metric.name == "fd" and "fd_floor" in state.scalars:
            return f"floor {number(state.scalars['fd_floor'], VALUE, self.glyphs, metric.decimals).strip()}"
        ideal = ideal_of(metric, state.evaluation.real_shares if state.evaluation else ())
        return f"ideal {ideal:.3g}" if ideal is not None else ""

    def _course(self, state: RunState, metric: Metric, best: float | None, width: int) -> Line:
        """All its values over the steps of the run, faint from each to the next; the best one stands out."""
        history = state.history.get(metric.name)
        if history is None or width < SHORTEST - 2:
            return [(" " * width, Role.ACCENT)]
        columns, role = over_time(history.buckets, state.step, width), Role.ACCENT if metric.role == "muted" else Role(metric.role)
        values = [column.value for column in columns]
        finite = [value for value in values if value is not None]
        signs = sparks(values, (min(finite), max(finite)) if finite else (0.0, 1.0), self.glyphs).ljust(width)
        first = next((at for at, found in enumerate(values) if best is not None and found == best), width)
        roles = [role if column.measured else Role.FAINT for column in columns] + [role] * (width - len(columns))
        roles[first : first + 1] = [Role.GOOD] * (first < width)
        pieces = groupby(zip(roles, signs, strict=True), key=itemgetter(0))
        return [("".join(sign for _, sign in piece), beside(metric.name, ink)) for ink, piece in pieces]


def heading(snapshot: Snapshot, width: int) -> tuple[str, bool]:
    """Which evaluation it is and how old, as far as there is room; and whether that is too old to speak of the present."""
    state = snapshot.state
    found, measured = state.evaluation, evaluation_of(state)
    if found is None or measured is None:
        return "", False
    words, stale = age_of(measured, snapshot)
    samples = state.scalars.get("samples")
    count = f"{samples:,.0f} samples" if samples is not None and 0 < samples < 1e9 else ""
    when = words.replace(f"step {found.step:,}", f"step {found.step:,} (epoch {state.epoch_at(found.step)})") if state.started else words
    best = "lowest FD" if found.best else f"lowest FD at step {state.best.step:,}" if state.best else ""
    parts = [part for part in (when, best, count, found.network) if part]
    parts.append(f"took {found.seconds:.1f} s")
    while len(parts) > 1 and len(", ".join(parts)) > width:
        parts.pop()
    return ", ".join(parts), stale


class ClassShares(DataWidget[RunState]):
    """Each class with a bar, and its percentage where there is room: in one line, or below each other where there is room for that."""

    def __init__(self, glyphs: Glyphs, class_name: Callable[[int], str], *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._class_name = class_name

    def draw(self, room: Size) -> list[Line]:
        """`drawn 0▄10% 1▄11% 2▂4% ...`; the names and bars alone where that is too long, and nothing where even these are."""
        state = self.data
        if state is None or state.evaluation is None:
            return []
        shares, real = state.evaluation.shares, state.evaluation.real_shares
        if len(shares) != len(real) or not all(map(math.isfinite, (*shares, *real))):
            return []
        if 1 < len(shares) < room.height and room.width >= LEAST_BAR:
            return self._below_each_other(shares, real, room)
        for percent, gap in ((True, " "), (False, " "), (False, "")):
            line = self._line(shares, real, gap, percent=percent)
            if sum(len(text) for text, _ in line) <= room.width:
                return [line]
        return []

    def _below_each_other(self, shares: Sequence[float], real: Sequence[float], room: Size) -> list[Line]:
        """`7 ━━━━━━┿━━━──────  12%`, its middle where the share of real images is."""
        names = [fit(plain(self._class_name(index), self.glyphs), LABEL, self.glyphs) for index in range(len(shares))]
        widest = max(map(cell_len, names))
        lines: list[Line] = [[("classes drawn; middle: as in the data", Role.MUTED)]]
        for name, share, expected in zip(names, shares, real, strict=True):
            times = _times(share, expected)
            filled, rest = gauge(min(1.0, times / MOST), room.width - widest - 7, self.glyphs)
            label = (name + " " * (widest - cell_len(name) + 1), Role.STRONG)
            lines.append([label, (filled, _class_role(times)), (rest, Role.FAINT), (f"{share:>5.0%} ", Role.MUTED)])
        return lines

    def _line(self, shares: Sequence[float], real: Sequence[float], gap: str, *, percent: bool) -> Line:
        line: Line = [(SHARES_LABEL, Role.MUTED)]
        top = len(self.glyphs.spark) - 1
        for index, (share, expected) in enumerate(zip(shares, real, strict=True)):
            times = _times(share, expected)
            sign = self.glyphs.spark[round(min(1.0, max(0.0, times / MOST)) * top)]
            name = (self._class_name(index), Role.STRONG)
            line += [name, (sign, _class_role(times)), (f"{share:.0%}{gap}" if percent else gap, Role.MUTED)]
        return line


def _times(share: float, expected: float) -> float:
    """How many times the share that real images have."""
    return share / expected if expected > 0 else MOST * (share > 0)


def _class_role(times: float) -> Role:
    return Role.ERROR if times < RARE else Role.WARNING if times < FEW or times >= MOST else Role.GOOD
