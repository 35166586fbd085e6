"""A question that is answered with yes or no, and no is marked first."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.screen import ModalScreen

from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.ink import Ink
from gan_tui.render.text import fit, plain, wrapped


class Question(ModalScreen[bool]):
    """The result is True for yes only."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)"),
        Binding("n,escape,q", "answer(False)"),
        Binding("up,down,left,right,tab,shift+tab,j,k", "move"),
        Binding("enter", "take"),
    ]

    def __init__(self, title: str, words: str, yes: str, no: str, glyphs: Glyphs) -> None:
        """`words` say what would happen; `yes` and `no` name the two ways."""
        super().__init__(classes="" if glyphs.unicode else "-ascii")
        self._answers = Answers(words, yes, no, glyphs, id="question")
        self._answers.border_title = title

    def compose(self) -> ComposeResult:
        """Words and two answers in a box."""
        yield self._answers

    def action_answer(self, yes: bool) -> None:
        """Answer by a letter."""
        self.dismiss(yes)

    def action_move(self) -> None:
        """Mark the other answer."""
        self._answers.move()

    def action_take(self) -> None:
        """Answer with what is marked."""
        self.dismiss(self._answers.yes)


class Answers(LineWidget):
    """What would happen, then no, then yes."""

    def __init__(self, words: str, yes: str, no: str, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._words = plain(words, glyphs)
        self._labels = (("n", no), ("y", yes))
        self.yes = False

    def move(self) -> None:
        """Mark the other one."""
        self.yes = not self.yes
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """The answers are the last to go where there is little room."""
        width, height = room
        said: list[Line] = [[(line, Ink.TEXT)] for line in wrapped(self._words, width)]
        answers: list[Line] = [self._answer(index, width) for index in range(2)]
        gap: list[Line] = [[]] if height > len(said) + 2 else []
        return [*said[: max(0, height - 2)], *gap, *answers]

    def _answer(self, index: int, width: int) -> Line:
        key, label = self._labels[index]
        marked = index == self.yes
        words = fit(plain(label, self.glyphs), max(0, width - 5), self.glyphs)
        return [
            (f"{self.glyphs.arrow if marked else ' '} ", Ink.ACCENT),
            (key, Ink.ACCENT),
            (f"  {words}", (Ink.ERROR if index else Ink.STRONG) if marked else Ink.TEXT),
        ]
