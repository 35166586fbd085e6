"""What to do with a run that goes on when its screen is left."""

from enum import Enum
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.screen import ModalScreen

from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.ink import Ink
from gan_tui.render.text import fit, plain


class Leave(Enum):
    """The ways out."""

    DETACH = "detach"
    STOP = "stop"
    CANCEL = "cancel"


class Choice(NamedTuple):
    """One line of the dialog."""

    key: str
    leave: Leave
    label: str
    meanings: tuple[str, ...]
    """In other words each, the longest first: a command with its path may need more room than there is."""


class LeaveDialog(ModalScreen[Leave]):
    """Detach, save and stop, or cancel. The choice that is marked first is the one that destroys nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "choose('DETACH')"),
        Binding("s", "choose('STOP')"),
        Binding("c,escape", "choose('CANCEL')"),
        Binding("up,left,shift+tab,k", "move(-1)"),
        Binding("down,right,tab,j", "move(1)"),
        Binding("enter", "take"),
    ]

    def __init__(self, glyphs: Glyphs, word: str) -> None:
        """`word`: what a person types to mean the run."""
        super().__init__(classes="" if glyphs.unicode else "-ascii")
        attach, resume = (f"gan-tui {command} {plain(word, glyphs)}" for command in ("attach", "resume"))
        self._choices = Choices(
            (
                Choice("d", Leave.DETACH, "detach", (f"{attach} comes back to the training", attach, "the training goes on")),
                Choice("s", Leave.STOP, "save and stop", (f"{resume} goes on from there", resume, "it can be resumed")),
                Choice("c", Leave.CANCEL, "cancel", ("back to the screen",)),
            ),
            glyphs,
            id="choices",
        )

    def compose(self) -> ComposeResult:
        """The three choices in a box."""
        self._choices.border_title = "leave?"
        yield self._choices

    def action_choose(self, name: str) -> None:
        """Leave by a letter."""
        self.dismiss(Leave[name])

    def action_move(self, by: int) -> None:
        """Mark another choice."""
        self._choices.move(by)

    def action_take(self) -> None:
        """Leave by the choice that is marked."""
        self.dismiss(self._choices.chosen)


class Choices(LineWidget):
    """Each choice as two lines: what, and what it means."""

    def __init__(self, choices: tuple[Choice, ...], glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._choices = choices
        self._marked = 0

    @property
    def chosen(self) -> Leave:
        """The choice that is marked."""
        return self._choices[self._marked].leave

    def move(self, by: int) -> None:
        """Mark the next choice or the one before, round and round."""
        self._marked = (self._marked + by) % len(self._choices)
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """Two lines a choice and a gap; one line where there is no room for that."""
        width, height = room
        roomy = height >= 3 * len(self._choices) - 1
        lines: list[Line] = []
        for index, choice in enumerate(self._choices):
            marked = index == self._marked
            mark = f"{self.glyphs.arrow if marked else ' '} "
            lines.append([(mark, Ink.ACCENT), (choice.key, Ink.ACCENT), (f"  {choice.label}", Ink.STRONG if marked else Ink.TEXT)])
            if roomy:
                fitting = (words for words in choice.meanings if cell_len(words) <= width - 5)
                meaning = next(fitting, choice.meanings[-1])
                lines += [[("     " + fit(meaning, width - 5, self.glyphs), Ink.MUTED)], []]
        return lines
