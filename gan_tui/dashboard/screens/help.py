"""Every key, and what the numbers mean, in plain words."""

from collections.abc import Iterable
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from gan_tui.dashboard.commands import COMMANDS
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.text import plain

GLOSSARY = (
    ("D", "the discriminator: it looks at an image and says how likely it is to be real, from 0 to 1."),
    ("G", "the generator: it makes images out of noise, z, and is trained to be taken for real."),
    ("D(x)", "what D says of real images, on average. 1: it always knows them. In balance 0.5."),
    (
        "D(G(z))",
        "what D says of G's images. Near 0: D sees through all of them, and G learns little. In balance 0.5. "
        "In a healthy run of `classic` the two stay apart, at about 0.7 and 0.25, and do not drift to 1 and 0.",
    ),
    (
        "d_loss",
        "how wrong D is, added over real and generated images: this sum of two terms is 1.386 (2 ln 2) where D can only guess. "
        "Near 0: D has won, which stops G. Above 1.386: D is worse than a coin.",
    ),
    (
        "g_loss",
        "how surely G is found out, -ln D(G(z)): 0.693 (ln 2) in balance, about 2 in a healthy run of `classic`. "
        "It need not fall for the images to become better: D becomes better too.",
    ),
    ("nan, inf", "the training has broken down: a smaller learning rate is the usual cure."),
    (
        "samples",
        "images made from the same noise throughout the run, so that each one can be seen to become better. All alike: G has collapsed.",
    ),
    ("epoch, step", "a step trains D and G once on one batch; an epoch is one pass over the training set."),
    ("it/s", "steps a second, over the last few seconds."),
    ("elapsed", "time spent training, pauses left out."),
    ("ETA", "time that the rest of the epochs will take at the present speed."),
)
LEAVING = (
    "The training is a process of its own. Closing this screen, losing the connection or the terminal does not touch it; "
    "`gan-tui attach` brings the screen back with its whole history."
)
LABEL = 12
"""Cells of the column of keys and terms."""


class HelpScreen(ModalScreen[None]):
    """The help, over the run. Any key that people try brings them back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1,space,enter", "dismiss"),
        Binding("up,k", "scroll(-1)"),
        Binding("down,j", "scroll(1)"),
    ]

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(classes="" if glyphs.unicode else "-ascii")
        self._glyphs = glyphs

    def compose(self) -> ComposeResult:
        """Keys first, then the terms."""
        keys = [(command.sign, command.meaning) for command in COMMANDS]
        with VerticalScroll(id="help") as box:
            box.border_title = "help"
            box.border_subtitle = "up/down scroll, esc back"
            yield Static("keys", classes="title")
            yield Static(self._table(keys))
            yield Static(Text(plain(LEAVING, self._glyphs)), classes="paragraph")
            yield Static("what the numbers mean", classes="title")
            yield Static(self._table(GLOSSARY))

    def _table(self, entries: Iterable[tuple[str, str]]) -> Table:
        """Terms left, their meaning beside them."""
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(width=LABEL, no_wrap=True)
        table.add_column(ratio=1)
        for term, meaning in entries:
            table.add_row(Text(term, style="bold"), Text(plain(meaning, self._glyphs)))
        return table

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self.query_one("#help").scroll_relative(y=lines, animate=False)
