"""The keys and what they do, in the last line."""

from rich.cells import cell_len
from textual.geometry import Size

from gan_tui.dashboard.commands import COMMANDS
from gan_tui.dashboard.widgets.line_widget import Ink, Line, LineWidget
from gan_tui.render.glyphs import Glyphs


class KeyBar(LineWidget):
    """As many keys as there is room for; help and quit are the last to go."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._paused = False
        self._obeyed = True
        self._view = "overview"

    def show(self, paused: bool, obeyed: bool) -> None:
        """`space` resumes a run that is paused; without a trainer that obeys there is nothing to command."""
        if (paused, obeyed) != (self._paused, self._obeyed):
            self._paused, self._obeyed = paused, obeyed
            self.redraw()

    def show_view(self, title: str) -> None:
        """Another view is open: its own keys come first."""
        self._view = title
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """`space pause  s save  g grid  t theme  ? help  q quit`."""
        commands = [command for command in COMMANDS if command.on_bar and (self._obeyed or not command.for_trainer)]
        commands = [command for command in commands if command.view in ("", self._view)]
        shown = [(command.sign, "resume" if self._paused and command.key == "space" else command.label) for command in commands]
        while shown and sum(cell_len(sign + label) + 3 for sign, label in shown) - 2 > room.width:
            shown.pop(-3 if len(shown) > 2 else 0)
        line: Line = []
        for sign, label in shown:
            line += [(sign, Ink.ACCENT), (f" {label}  ", Ink.MUTED)]
        return [line]
