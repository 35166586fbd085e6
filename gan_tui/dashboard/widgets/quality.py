"""The numbers of the newest evaluation: in a line or a few, in a table, and class by class."""

import math
from collections.abc import Callable

from textual.geometry import Size

from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.verdicts import age_of, best_of, evaluation_of
from gan_tui.dashboard.widgets.line_widget import DataWidget, Line, Number
from gan_tui.render.bars import spark
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.text import fit, number, plain
from gan_tui.run.history import History
from gan_tui.run.state import RunState
from gan_tui.spec.metrics import METRICS, SUMMARY, Metric, of_samples

SPARK = 24
"""Cells of a sparkline at most."""
ROOM_FOR_FLOOR = 50
"""Cells below which the moment is more worth than the floor."""
NOTE = 24
"""Cells of what stands behind it: `floor 1.70  best 128.25`."""
LABEL, VALUE, BEST = 14, 7, 13
"""Cells of the columns."""
SHORTEST, LONGEST = 12, 40
"""Cells of a sparkline."""
MEANING = 44
"""Cells that a meaning wants beside the numbers; with fewer it stands below them."""
SHARES_LABEL = "drawn "
MOST = 2.0
"""Times the share of real images that fill a bar: one that is half full is as it should be."""
FEW, RARE = 0.5, 0.1
"""Times the share of real images below which a class is too rarely drawn, or all but forgotten."""


class QualityStrip(DataWidget[Snapshot]):
    """One line, or one for each number where there are several; with the moment at which they were measured."""

    def draw(self, room: Size) -> list[Line]:
        """`FD 28.9 ▇▅▃▂▁ floor 1.7  best 25.1   step 21,600, 20 s ago   coverage 0.71   classes 9.7`."""
        found = evaluation_of(self.data.state) if self.data else None
        if self.data is None or found is None:
            return [[(fit("quality: not measured yet", room.width, self.glyphs), Role.MUTED)]]
        when, stale = age_of(found, self.data)
        role = Role.WARNING if stale else Role.MUTED
        if room.height < 3:
            return self._one_line(self.data.state, room.width, (when, role))
        heading: Line = [(fit(f"measured at {when.removeprefix('stale: ')}{', stale' if stale else ''}", room.width, self.glyphs), role)]
        return [heading, *self._table(self.data.state, room.width, room.height - 1)]

    def _one_line(self, state: RunState, width: int, when: tuple[str, Role]) -> list[Line]:
        value, floor = state.scalars.get("fd"), state.scalars.get("fd_floor")
        line: Line = []
        if value is not None:
            line = [("FD ", Role.MUTED), (_value("fd", value, self.glyphs), Number("fd", value_role(value)))]
            history = state.history.get("fd")
            if width >= 100 and history:
                line.append((" " + spark(history.buckets, min(SPARK, len(history.buckets)), self.glyphs), Role.ACCENT))
            if floor is not None and width >= ROOM_FOR_FLOOR:
                line += [(" floor ", Role.MUTED), (_value("fd_floor", floor, self.glyphs), Number("fd_floor", Role.MUTED))]
            best = _best(history)
            if best is not None and width >= 60:
                line.append((f" best {_value('fd', best, self.glyphs)}", Role.MUTED))
        used = sum(len(text) for text, _ in line)
        if used + len(when[0]) + 3 <= width:
            line.append(("   " + when[0], when[1]))
            used += len(when[0]) + 3
        for name in SUMMARY:
            if name not in state.scalars:
                continue
            text = f"{'   ' if line else ''}{METRICS[name].label} "
            shown = _value(name, state.scalars[name], self.glyphs)
            if used + len(text) + len(shown) > width:
                break
            line += [(text, Role.MUTED), (shown, Number(name, value_role(state.scalars[name])))]
            used += len(text) + len(shown)
        return [line]

    def _table(self, state: RunState, width: int, rows: int) -> list[Line]:
        names = [name for name in ("fd", *SUMMARY) if name in state.scalars]
        return [self._row(state, name, width) for name in names[:rows]]

    def _row(self, state: RunState, name: str, width: int) -> Line:
        """`FD        28.9 ▇▅▃▂▁▁▁   floor 1.7  best 25.1`."""
        metric, value = METRICS[name], state.scalars[name]
        history = state.history.get(name)
        note = f"real {metric.ideal:g}" if metric.ideal is not None else ""
        if name == "fd":
            floor, best = state.scalars.get("fd_floor"), _best(history)
            parts = [f"{word} {_value('fd', x, self.glyphs)}" for word, x in (("floor", floor), ("best", best)) if x is not None]
            note = "  ".join(parts)
        room = max(0, width - 18 - NOTE)
        sparkline = spark(history.buckets, room, self.glyphs) if history else ""
        shown = number(value, 7, self.glyphs, metric.decimals)
        return [
            (f"{metric.label:9} ", Role.MUTED),
            (shown, Number(name, value_role(value))),
            (" " + sparkline.ljust(room), Role.ACCENT),
            (f" {note:<{NOTE - 1}}"[: max(0, width - 18 - room)], Role.MUTED),
        ]


def _value(name: str, value: float, glyphs: Glyphs) -> str:
    return number(value, 7, glyphs, METRICS[name].decimals).strip()


def value_role(value: float) -> Role:
    """A number, or what is none."""
    return Role.STRONG if math.isfinite(value) else Role.ERROR


def _best(history: History | None) -> float | None:
    return best_of(history, METRICS["fd"]) if history else None


class QualityTable(DataWidget[RunState]):
    """One row a metric; its meaning beside it, or below where the screen is narrow and high enough."""

    def draw(self, room: Size) -> list[Line]:
        """`FD             28.9 █▅▃▂▁▁▁ best 25.1  distance from real images ...`."""
        state = self.data
        if state is None or state.evaluation is None:
            return []
        known = of_samples(state.evaluation.scalars)
        left = room.width - LABEL - VALUE - BEST
        below = left < SHORTEST + MEANING and room.height >= 2 * len(known)
        gap = 1 if room.height >= (2 + below) * len(known) else 0
        spare = left if below else left - MEANING - 2
        sparkline = 0 if spare < SHORTEST else min(LONGEST, spare)
        lines: list[Line] = []
        for metric in known:
            row = self._row(state, metric, sparkline)
            used = sum(len(text) for text, _ in row)
            if not below and room.width - used >= 12:
                row.append(("  " + self._words(metric, room.width - used - 2), Role.MUTED))
            lines.append(row)
            if below:
                lines.append([("  " + self._words(metric, room.width - 2), Role.MUTED)])
            lines += [[]] * gap
        return lines

    def _words(self, metric: Metric, width: int) -> str:
        """What it means, in full where that fits."""
        ideal = f"; ideal {metric.ideal:g}" if metric.ideal is not None else ""
        return next(
            (words for words in (metric.meaning, metric.brief + ideal) if len(words) <= width), fit(metric.brief, width, self.glyphs)
        )

    def _row(self, state: RunState, metric: Metric, sparkline: int) -> Line:
        history = state.history.get(metric.name)
        best = best_of(history, metric) if history else None
        value = state.scalars[metric.name]
        return [
            (f"{fit(plain(metric.label, self.glyphs), LABEL - 1, self.glyphs):<{LABEL - 1}} ", Role.TEXT),
            (number(value, VALUE, self.glyphs, metric.decimals), Number(metric.name, value_role(value))),
            (f"  {spark(history.buckets, sparkline - 2, self.glyphs)}" if history and sparkline > 2 else " " * sparkline, Role.ACCENT),
            (
                f" best {number(best, VALUE, self.glyphs, metric.decimals).strip():<{BEST - 6}}" if best is not None else " " * BEST,
                Role.MUTED,
            ),
        ]


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
    longer = ", ".join([*parts, f"took {found.seconds:.1f} s"])
    return longer if len(longer) <= width else ", ".join(parts), stale


class ClassShares(DataWidget[RunState]):
    """One line: each class with a bar, and its percentage where there is room."""

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
        for percent, gap in ((True, " "), (False, " "), (False, "")):
            line = self._line(shares, real, gap, percent=percent)
            if sum(len(text) for text, _ in line) <= room.width:
                return [line]
        return []

    def _line(self, shares: tuple[float, ...], real: tuple[float, ...], gap: str, *, percent: bool) -> Line:
        line: Line = [(SHARES_LABEL, Role.MUTED)]
        top = len(self.glyphs.spark) - 1
        for index, (share, expected) in enumerate(zip(shares, real, strict=True)):
            times = share / expected if expected > 0 else MOST * (share > 0)
            sign = self.glyphs.spark[round(min(1.0, max(0.0, times / MOST)) * top)]
            role = Role.ERROR if times < RARE else Role.WARNING if times < FEW or times >= MOST else Role.GOOD
            line += [(self._class_name(index), Role.STRONG), (sign, role), (f"{share:.0%}{gap}" if percent else gap, Role.MUTED)]
        return line
