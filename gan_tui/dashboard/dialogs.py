"""Dialogs over the screen: a question with a few answers, each with a letter, and one line of words."""

from collections.abc import Sequence
from enum import Enum
from typing import ClassVar, Generic, NamedTuple, TypeVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from gan_tui.dashboard.framed_dialog import FramedDialog
from gan_tui.dashboard.named_keys import put_at_edge
from gan_tui.dashboard.pacing import PacedDialog
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.text import fit, plain
from gan_tui.run.directory import RunDirectory
from gan_tui.run.places import typed

ROOMY = 16
"""Lines of a screen that has room for what the answers mean."""
WIDEST = 70
"""Cells of a dialog (see the style sheet)."""
Result = TypeVar("Result")


class Answer(NamedTuple, Generic[Result]):
    """One answer."""

    key: str
    result: Result
    label: str
    meanings: tuple[str, ...] = ()
    """In other words each, the longest first: a command with its path may need more room than there is."""


class ChoiceDialog(FramedDialog[Result]):
    """The arrows mark, enter takes what is marked, and a letter takes its answer (see the `BINDINGS` of the kinds of dialogs)."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,shift+tab,k", "mark(-1)"),
        Binding("right,tab,j", "mark(1)"),
    ]

    def __init__(self, title: str, words: str, answers: Sequence[Answer[Result]], glyphs: Glyphs, *, id: str) -> None:
        """`words` say what would happen; the last answer is what `esc` means."""
        super().__init__(classes="" if glyphs.unicode else "-ascii")
        self._glyphs = glyphs
        self._answers = answers
        self._words = Static(plain(words, glyphs), markup=False)
        self._words.display = bool(words)
        self._options = OptionList()
        self.frame = Vertical(self._words, self._options, id=id, classes="dialog")
        self.frame.border_title = title

    def compose(self) -> ComposeResult:
        """The words and the answers in a box."""
        self._options.add_options([Option(self._prompt(answer)) for answer in self._answers])
        self._options.highlighted = 0
        yield self.frame

    def on_resize(self) -> None:
        """What the answers mean, as far as there is room now."""
        for index, answer in enumerate(self._answers):
            self._options.replace_option_prompt_at_index(index, self._prompt(answer))

    def _prompt(self, answer: Answer[Result]) -> Content:
        """`d  detach`, and below what that means."""
        width = min(WIDEST, self.app.size.width) - 4 if self.app.size.height >= ROOMY else 0
        parts: list[tuple[str, str]] = [(answer.key, "$accent"), (f"  {plain(answer.label, self._glyphs)}", "bold")]
        if answer.meanings and width:
            fitting = next((words for words in answer.meanings if cell_len(words) <= width - 4), answer.meanings[-1])
            parts.append((f"\n   {fit(plain(fitting, self._glyphs), width - 4, self._glyphs)}", "$text-muted-role"))
        return Content.assemble(*parts)

    def action_mark(self, by: int) -> None:
        """Mark another answer, round and round."""
        if by > 0:
            self._options.action_cursor_down()
        else:
            self._options.action_cursor_up()

    def action_answer(self, index: int) -> None:
        self.dismiss(self._answers[index].result)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.action_answer(event.option_index)


class Question(ChoiceDialog[bool]):
    """Yes or no; the result is True for yes only."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("y", "answer(1)"), Binding("n,escape,q", "answer(0)")]

    def __init__(self, title: str, words: str, yes: str, no: str, glyphs: Glyphs) -> None:
        super().__init__(title, words, (Answer("n", False, no), Answer("y", True, yes)), glyphs, id="question")


class UnsavedQuestion(Question):
    """Before a drawing is left that no file has."""

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__("leave?", "the drawing is not saved: s saves it", "leave without it", "back to it", glyphs)


class Leave(Enum):
    """The ways out of a run that goes on."""

    DETACH = "detach"
    STOP = "stop"
    CANCEL = "cancel"


class LeaveDialog(ChoiceDialog[Leave]):
    """Detach, save and stop, or cancel. The key that asked for it, again, means to be gone at once: gone, but without loss."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("d,q", "answer(0)"), Binding("s", "answer(1)"), Binding("c,escape", "answer(2)")]

    def __init__(self, glyphs: Glyphs, run: RunDirectory, stops: int) -> None:
        """How another program is stopped, which saves what it likes, its task says; `stops`: how often it was asked to stop before."""
        attach, resume = (typed(f"gan-tui {verb} {run.cli_name}") for verb in ("attach", "resume"))
        interrupts = run.task.interrupts[: stops + 1][-1:]
        answers = (
            Answer(
                "d",
                Leave.DETACH,
                "detach",
                (f"{attach} comes back to it", attach, "it goes on"),
            ),
            Answer("s", Leave.STOP, "stop", interrupts)
            if interrupts
            else Answer("s", Leave.STOP, "save and stop", (f"{resume} goes on from there", resume, "it can be resumed")),
            Answer("c", Leave.CANCEL, "cancel", ("back to the screen",)),
        )
        super().__init__("leave?", f"{run.task.noun} goes on; the screen behind waits for your answer", answers, glyphs, id="leave")


LONGEST = 200
"""Characters of a note."""


class NoteDialog(PacedDialog[str | None]):
    """What was written, perhaps nothing; None where nothing shall be done."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss")]

    def __init__(self, glyphs: Glyphs, title: str, done: str, text: str = "") -> None:
        """`done`: what `enter` does with it; `text`: what stands there at first."""
        super().__init__(classes="" if glyphs.unicode else "-ascii")
        self._input = Input(text, id="note", max_length=LONGEST, compact=True, select_on_focus=False)
        self._input.cursor_blink = False  # a screen on which nothing happens sends nothing
        self._title, self._ellipsis = title, glyphs.ellipsis
        self._input.border_title = title
        put_at_edge(self._input, f"enter: {done}, esc: cancel")

    def compose(self) -> ComposeResult:
        """The one line in a box."""
        yield self._input

    def on_mount(self) -> None:
        """Words longer than the box move to the left."""
        self.watch(self._input, "scroll_x", self._tell_what_is_hidden)

    def _tell_what_is_hidden(self, cells: float) -> None:
        self._input.border_title = f"{self._ellipsis} {cells:.0f} more to the left" if cells else self._title

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take what was written."""
        self.dismiss(event.value.strip())
