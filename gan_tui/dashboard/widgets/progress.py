"""How far the run has come, and how fast it goes."""

from textual.geometry import Size

from gan_tui.dashboard import timing
from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.timing import stalled_for
from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.render.bars import bar
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.ink import Ink
from gan_tui.render.text import coarse, quantity, rate
from gan_tui.spec.states import STATES


class Progress(LineWidget):
    """A count and its bar."""

    def __init__(self, label: str, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._label = label
        self._done = self._total = 0
        self._share = 0.0

    def show(self, done: int, total: int, share: float) -> None:
        """`done` of `total`, the bar filled to `share`; a `total` of 0 is not known yet."""
        self._done, self._total, self._share = done, total, share
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """`epoch  37/200 ━━━━╸─────────`."""
        unknown = f"{self.glyphs.dash}/{self.glyphs.dash}"
        count = f"{self._done:>{len(str(self._total))}}/{self._total}" if self._total else unknown
        filled, rest = bar(self._share, max(0, room.width - len(self._label) - len(count) - 2), self.glyphs)
        return [[(self._label + " ", Ink.MUTED), (count + " ", Ink.TEXT), (filled, Ink.ACCENT), (rest, Ink.FAINT)]]


class Rate(LineWidget):
    """Steps a second, and images a second where there is room. A run that stands still has none, whatever it last had."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._snapshot: Snapshot | None = None

    def show(self, snapshot: Snapshot) -> None:
        """Show a newer state of the run, or the same one some time later."""
        self._snapshot = snapshot
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """`8,431 it/s   843k img/s`, right-aligned; `for 20 s` while an evaluation, say, lasts."""
        snapshot = self._snapshot
        busy = _busy_for(snapshot) if snapshot else None
        if busy is not None:
            return [[(f"for {busy}".rjust(room.width), Ink.ACCENT)]]
        standing = snapshot is None or not snapshot.moving or stalled_for(snapshot) is not None
        steps = None if snapshot is None or standing else snapshot.state.rate
        text = rate(steps, self.glyphs)
        batch = snapshot.state.started.batch_size if snapshot and snapshot.state.started else 0
        if room.width < WITH_IMAGES or not batch:
            return [[(text.rjust(room.width), Ink.TEXT)]]
        images = quantity(steps * batch) if steps is not None and 0 <= steps < 1e12 else self.glyphs.dash
        return [[(text.rjust(room.width - 13), Ink.TEXT), (f"{images:>7} img/s", Ink.MUTED)]]


WITH_IMAGES = 26
"""Cells for both."""
LONG_PHASE = 2.0
"""Seconds from which on it is said for how long sampling, evaluating or saving has been going on."""


def _busy_for(snapshot: Snapshot) -> str | None:
    """How long the training has been waiting for something else, coarsely; None where that is not worth a word."""
    if not STATES[snapshot.name].interrupts or not snapshot.alive or snapshot.state.phase_at is None:
        return None
    seconds = timing.now() - snapshot.state.phase_at
    if seconds < LONG_PHASE:
        return None
    return f"{int(seconds) // 2 * 2} s" if seconds < 20 else coarse(seconds)
