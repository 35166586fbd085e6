"""The keys and what they do, in the last line."""

from rich.cells import cell_len
from textual.geometry import Size

from gan_tui.dashboard.commands import COMMANDS
from gan_tui.dashboard.widgets.line_widget import Ink, Line, LineWidget


class KeyBar(LineWidget):
    """As many keys as there is room for; help and quit are the last to go."""

    _labels: dict[str, str] = {}  # noqa: RUF012 -- replaced as a whole, never changed

    def show(self, labels: dict[str, str]) -> None:
        """Give some actions another word than their own, for instance `resume`."""
        if labels != self._labels:
            self._labels = labels
            self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """`space pause  s save  g grid  t theme  ? help  q quit`."""
        shown = [(command.sign, self._labels.get(command.action, command.label)) for command in COMMANDS if command.on_bar]
        while shown and sum(cell_len(sign + label) + 3 for sign, label in shown) - 2 > room.width:
            shown.pop(-3 if len(shown) > 2 else 0)
        line: Line = []
        for sign, label in shown:
            line += [(sign, Ink.ACCENT), (f" {label}  ", Ink.MUTED)]
        return [line]
