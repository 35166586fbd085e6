"""What is known of the highlighted run, and its last digits."""

import math
from collections.abc import Sequence

from rich.cells import cell_len
from textual.geometry import Size

from gan_tui.counted import counted
from gan_tui.dashboard import timing
from gan_tui.dashboard.run_row import Row
from gan_tui.dashboard.verdicts import evidence_of, verdict_of
from gan_tui.dashboard.widgets.image_art import on_light
from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.dashboard.widgets.sample_grid import thumbnails
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.text import ago, duration, eta, fit, joined, number, plain, rate, rows_of, wrapped
from gan_tui.run.images import Images
from gan_tui.run.places import all_typed
from gan_tui.run.progress import is_stale
from gan_tui.spec.kinds import LEVELS
from gan_tui.spec.metrics import SPEED, headline, named

NAMED_FROM = 5
"""Lines of images beside which others say what they are."""
FEWEST_WORDS = 3
"""Lines that words may have at least where all facts are shown; more where nothing else needs them."""
FEWEST_IMAGES = 5
"""Lines that the words of a sweep leave to the images of its best trial."""
ROOM_FOR_ALL = 20
"""Lines: below, facts take two of them, and the digits what is left."""


class RunFacts(LineWidget):
    """Some lines of facts, then the samples; of a run that has none, all its numbers."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._row: Row | None = None
        self._images: Images | None = None
        self._names: Sequence[str] = ()

    def show(self, row: Row | None, images: Images | None, names: Sequence[str] = ()) -> None:
        """Show another run, or more of the same; `names`: what each of its images is, where they are no samples."""
        self._row, self._images, self._names = row, images, names
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """Facts above, digits or numbers below."""
        width, height = room
        if self._row is None or self._row.reading is None:
            return []
        facts = self._facts(width, height, roomy=height >= ROOM_FOR_ALL or self._images is None)
        left = height - len(facts)
        if self._images is None or left < 4:
            return facts[:height]
        named = joined([plain(name, self.glyphs) for name in self._names], ", ", width) if self._names else []
        whole = left >= NAMED_FROM + len(named) and all(cell_len(words) <= width for words in named)
        caption: list[Line] = [[(words.center(width), Role.MUTED)] for words in named] if whole else []
        return facts + thumbnails(self._images, "", Size(width, left - len(caption)), self.glyphs, inked=on_light(self)) + caption

    def _facts(self, width: int, height: int, *, roomy: bool) -> list[Line]:
        assert self._row is not None
        assert self._row.reading is not None
        progress: list[Line] = [[(fit(line, width, self.glyphs), Role.MUTED)] for line in self._progress(width)]
        below = self._below(width)
        words, when, role = self._words()
        words = all_typed(words)
        if self._images is None:
            most = max(FEWEST_WORDS, height - len(progress) - len(below))
        elif roomy:
            most = max(FEWEST_WORDS, height // 3)
        else:
            most = max(2, height - 1 - FEWEST_IMAGES) if self._row.is_sweep else 1
        whole = len(wrapped(plain(words + when, self.glyphs), width)) <= most
        rows = rows_of(plain(words + when * whole, self.glyphs), width, most, self.glyphs) if words else []
        said: list[Line] = [[(row, role)] for row in rows]
        if self._images is None:
            return [*progress, *said, *below]
        if self._row.is_sweep:
            return [*progress, *said, []] if roomy else [progress[0], *said]
        numbers = self._numbers(width)[0]
        if not roomy and words and role is not Role.TEXT:
            return [numbers, *said]
        return [*progress, numbers, *said, []] if roomy else [progress[0], numbers]

    def _below(self, width: int) -> list[Line]:
        """What follows the words where there are no images."""
        assert self._row is not None
        if self._row.is_sweep:
            return []
        if (place := self._row.place) is None:
            return [[], *self._numbers(width)]
        there: list[Line] = [
            [(row, Role.MUTED)] for row in wrapped(f"enter opens it on {place.host}, through ssh, with its samples", width)
        ]
        return [*self._numbers(width), [], *there]

    def _progress(self, width: int) -> list[str]:
        assert self._row is not None
        assert self._row.reading is not None
        summary, state = self._row.reading.summary, self._row.reading.state
        dot = f" {self.glyphs.middot} "
        parts = [plain(state.started.device_name, self.glyphs)] if state.started else []
        parts.append(f"{summary.epoch} of {counted(summary.epochs or 0, 'trial')}" if self._row.is_sweep else f"step {summary.step:,}")
        if self._row.is_sweep or state.trained is not None:
            parts.append(f"{duration(summary.elapsed, self.glyphs)} of training")
        if summary.rate is not None:
            parts.append(rate(summary.rate, self.glyphs).strip())
        if summary.remaining is not None:
            parts.append(f"ETA {eta(summary.remaining, self.glyphs)}")
        elif not self._row.alive and (age := timing.age(summary.seen)) is not None:
            parts.append(f"last seen {ago(age)}")
        if self._row.label.tags:
            parts.append(f"tags {' '.join(self._row.label.tags)}")
        return joined(parts, dot, width)

    def _numbers(self, width: int) -> list[Line]:
        """The newest of those that say most; all of them where no images follow."""
        assert self._row is not None
        assert self._row.reading is not None
        state = self._row.reading.state
        scalars = state.scalars
        first = ("fd", *headline(scalars))
        lines: list[Line] = [[]]
        used = 0
        others = [name for name in scalars if name not in (*first, SPEED.name)] if self._images is None else []
        for name in (*first, *others):
            if name not in scalars:
                continue
            metric, value = named(name), scalars[name]
            label = fit(plain(metric.title, self.glyphs), width - 7, self.glyphs)
            text = number(value, 6, self.glyphs, metric.decimals).strip() + " dB" * (metric.unit == "dB")
            wide = cell_len(label) + len(text) + 3
            if used + wide - 2 > width:
                lines.append([])
                used = 0
            used += wide
            lines[-1] += [(f"{label} ", metric.role), (f"{text}  ", Role.TEXT if math.isfinite(value) else Role.ERROR)]
        return lines

    def _words(self) -> tuple[str, str, Role]:
        """What is wrong, else what the numbers add up to, and of which step that is."""
        assert self._row is not None
        assert self._row.reading is not None
        state = self._row.reading.state
        if self._row.reading.trouble:
            return self._row.reading.trouble, "", Role.ERROR
        if self._row.silent:
            return self._row.silent, "", Role.WARNING
        if self._row.place is not None and (said := self._row.reading.summary).verdict:
            return said.verdict, "", next((role for level, role in LEVELS.items() if level == said.level), Role.TEXT)
        if self._row.reading.about:
            return self._row.reading.about, "", Role.TEXT
        if state.error:
            return state.error, "", Role.ERROR
        if (verdict := verdict_of(state)) is not None:
            found = evidence_of(state)
            old = ", stale" if found and not self._row.reading.task.picture and is_stale(found.step, state.step) else ""
            when = f" (step {found.step:,}{old})" if found else ""
            return verdict.text, when, LEVELS[verdict.level]
        return "", "", Role.TEXT
