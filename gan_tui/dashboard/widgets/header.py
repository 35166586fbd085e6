"""What runs, where, in which state, since when and for how long still."""

from rich.cells import cell_len
from textual.geometry import Size

from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.widgets.line_widget import Ink, Line, LineWidget
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.text import duration, fit, plain
from gan_tui.run.state import StateName

STATE_INKS: dict[StateName, Ink] = {
    "starting": Ink.MUTED,
    "loading": Ink.MUTED,
    "training": Ink.GOOD,
    "paused": Ink.WARNING,
    "sampling": Ink.ACCENT,
    "evaluating": Ink.ACCENT,
    "saving": Ink.ACCENT,
    "stopping": Ink.WARNING,
    "completed": Ink.GOOD,
    "stopped": Ink.WARNING,
    "failed": Ink.ERROR,
    "interrupted": Ink.ERROR,
}
COMPACT = 60
"""Cells: below, the times lose their labels and the program its name."""
TINY = 30


class Header(LineWidget):
    """The first line. As the room shrinks it gives up the device, the labels, the times, and keeps the state."""

    def __init__(self, title: str, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._title = title
        self._snapshot: Snapshot | None = None

    def show(self, snapshot: Snapshot) -> None:
        """Show a newer state of the run."""
        self._snapshot = snapshot
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """One line: left what, right how."""
        left = self._what(room.width)
        right = self._how(room.width, labelled=True)
        if _length(left) + _length(right) + 2 > room.width:
            right = self._how(room.width, labelled=False)
        left = self._cut(left, room.width - _length(right) - 2)
        return [[*left, (" " * max(0, room.width - _length(left) - _length(right)), Ink.TEXT), *right]]

    def _what(self, width: int) -> Line:
        started = self._snapshot.state.started if self._snapshot else None
        device = plain(started.device_name, self.glyphs) if started else ""
        program: Line = [("gan-tui  ", Ink.STRONG)] if width >= COMPACT else []
        return [*program, (self._title, Ink.TEXT), (f"  {device}" if device else "", Ink.MUTED)]

    def _how(self, width: int, labelled: bool) -> Line:
        if self._snapshot is None:
            return [(f"{self.glyphs.ring} starting", Ink.MUTED)]
        state, name = self._snapshot.state, self._snapshot.name
        dot = self.glyphs.dot if self._snapshot.alive else self.glyphs.cross if name == "failed" else self.glyphs.ring
        if width < TINY:
            share = f" {100 * state.step / state.total_steps:.0f}%" if state.total_steps else ""
            return [(fit(f"{dot} {name}{share}", width, self.glyphs), STATE_INKS[name])]
        elapsed, remaining = duration(state.elapsed, self.glyphs), duration(state.remaining if self.running else None, self.glyphs)
        label = "  elapsed " if labelled else "  "
        line: Line = [(f"{dot} {name}", STATE_INKS[name]), (label, Ink.MUTED), (elapsed.rjust(7), Ink.TEXT)]
        return line if width < COMPACT else [*line, ("  ETA ", Ink.MUTED), (remaining.rjust(7), Ink.TEXT)]

    def _cut(self, line: Line, room: int) -> Line:
        shown: Line = []
        for text, ink in line:
            cut = fit(text, room, self.glyphs) if room > 3 else ""
            room -= cell_len(cut)
            shown.append((cut, ink))
        return shown

    @property
    def running(self) -> bool:
        """Does the time that remains mean anything now?"""
        return self._snapshot is not None and self._snapshot.name in ("training", "sampling", "evaluating", "saving")


def _length(line: Line) -> int:
    return sum(cell_len(text) for text, _ in line)
