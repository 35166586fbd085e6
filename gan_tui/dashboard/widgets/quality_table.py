"""Every number of the newest evaluation, with its course, its best and what it means."""

from textual.geometry import Size

from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.quality import best_of
from gan_tui.dashboard.verdicts import age_of, evaluation_of
from gan_tui.dashboard.widgets.line_widget import DataWidget, Line
from gan_tui.dashboard.widgets.quality_strip import value_ink
from gan_tui.render.bars import spark
from gan_tui.render.ink import Ink
from gan_tui.render.text import fit, number, plain
from gan_tui.run.state import RunState
from gan_tui.spec.metrics import Metric, of_samples

LABEL, VALUE, BEST = 14, 7, 13
"""Cells of the columns."""
SHORTEST, LONGEST = 12, 40
"""Cells of a course."""
MEANING = 44
"""Cells that a meaning wants beside the numbers; with fewer it stands below them."""


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
        course = 0 if spare < SHORTEST else min(LONGEST, spare)
        lines: list[Line] = []
        for metric in known:
            row = self._row(state, metric, course)
            used = sum(len(text) for text, _ in row)
            if not below and room.width - used >= 12:
                row.append(("  " + self._words(metric, room.width - used - 2), Ink.MUTED))
            lines.append(row)
            if below:
                lines.append([("  " + self._words(metric, room.width - 2), Ink.MUTED)])
            lines += [[]] * gap
        return lines

    def _words(self, metric: Metric, width: int) -> str:
        """What it means, in full where that fits."""
        ideal = f"; ideal {metric.ideal:g}" if metric.ideal is not None else ""
        return next(
            (words for words in (metric.meaning, metric.brief + ideal) if len(words) <= width), fit(metric.brief, width, self.glyphs)
        )

    def _row(self, state: RunState, metric: Metric, course: int) -> Line:
        history = state.history.get(metric.name)
        best = best_of(history, metric) if history else None
        value = state.scalars[metric.name]
        return [
            (f"{fit(plain(metric.label, self.glyphs), LABEL - 1, self.glyphs):<{LABEL - 1}} ", Ink.TEXT),
            (number(value, VALUE, self.glyphs, metric.decimals), value_ink(value)),
            (f"  {spark(history.buckets, course - 2, self.glyphs)}" if history and course > 2 else " " * course, Ink.ACCENT),
            (
                f" best {number(best, VALUE, self.glyphs, metric.decimals).strip():<{BEST - 6}}" if best is not None else " " * BEST,
                Ink.MUTED,
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
    per_epoch = state.started.steps_per_epoch if state.started else 0
    when = words.replace(f"step {found.step:,}", f"step {found.step:,} (epoch {found.step // per_epoch})") if per_epoch else words
    best = "lowest FD" if found.best else f"lowest FD at step {state.best.step:,}" if state.best else ""
    parts = [part for part in (when, best, count, found.network) if part]
    longer = ", ".join([*parts, f"took {found.seconds:.1f} s"])
    return longer if len(longer) <= width else ", ".join(parts), stale
