"""How far the run has come."""

from textual.geometry import Size

from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.widgets.line_widget import Ink, Line, LineWidget
from gan_tui.render.bars import bar
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.text import rate


class Progress(LineWidget):
    """Epochs and steps as bars, and the speed: in one line, or in two where it is narrow."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._snapshot: Snapshot | None = None

    def show(self, snapshot: Snapshot) -> None:
        """Show a newer state of the run."""
        self._snapshot = snapshot
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """`epoch  37/200 bar  step 420/600 bar  135 it/s`."""
        speed = (" " + self._speed(), Ink.TEXT)
        width = room.width - len(speed[0])
        if room.height > 1:
            return [self._part("epoch", *self._epochs(), room.width), [*self._part("step ", *self._steps(), width), speed]]
        half = (width - 2) // 2
        epochs = self._part("epoch", *self._epochs(), width - 2 - half)
        return [[*epochs, ("  ", Ink.TEXT), *self._part("step", *self._steps(), half), speed]]

    def _part(self, label: str, done: int, total: int, share: float, width: int) -> Line:
        digits = len(str(total))
        count = f"{done:>{digits}}/{total}" if total else f"{self.glyphs.dash}/{self.glyphs.dash}"
        filled, rest = bar(share, max(0, width - len(label) - len(count) - 2), self.glyphs)
        return [(label + " ", Ink.MUTED), (count + " ", Ink.TEXT), (filled, Ink.ACCENT), (rest, Ink.FAINT)]

    def _epochs(self) -> tuple[int, int, float]:
        state = self._snapshot.state if self._snapshot else None
        if state is None or state.started is None:
            return 0, 0, 0.0
        total = state.total_steps or 0
        return state.epoch, state.started.epochs, state.step / total if total else 0.0

    def _steps(self) -> tuple[int, int, float]:
        state = self._snapshot.state if self._snapshot else None
        if state is None or state.started is None:
            return 0, 0, 0.0
        total = state.started.steps_per_epoch
        return state.step_in_epoch, total, state.step_in_epoch / total if total else 0.0

    def _speed(self) -> str:
        """A run that stands still has no speed, whatever it last had."""
        moving = self._snapshot is not None and self._snapshot.name in ("training", "sampling", "evaluating", "saving")
        return rate(self._snapshot.state.rate if self._snapshot and moving else None, self.glyphs)
