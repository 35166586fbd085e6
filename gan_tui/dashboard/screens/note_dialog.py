"""One line of words: a note for a bookmark, words to search for."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Input

from gan_tui.render.glyphs import Glyphs

LONGEST = 200
"""Characters of a note."""


class NoteDialog(ModalScreen[str | None]):
    """What was written, perhaps nothing; None where nothing shall be done."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss")]

    def __init__(self, glyphs: Glyphs, title: str, done: str, text: str = "") -> None:
        """`done`: what `enter` does with it; `text`: what stands there at first."""
        super().__init__(classes="" if glyphs.unicode else "-ascii")
        self._taken = False
        self._input = Input(text, id="note", max_length=LONGEST, compact=True, select_on_focus=False)
        self._input.cursor_blink = False  # a screen on which nothing happens sends nothing
        self._input.border_title = title
        self._input.border_subtitle = f"enter: {done}, esc: cancel"

    def compose(self) -> ComposeResult:
        """The one line in a box."""
        yield self._input

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take what was written, once: over a slow line a second enter may be on its way already."""
        if not self._taken:
            self._taken = True
            self.dismiss(event.value.strip())
