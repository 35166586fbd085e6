"""Every key of a screen, and what the numbers mean, in plain words."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.geometry import Size

from gan_tui.dashboard.commands import VIEW_MEANINGS, KeyCommand, commands_of, view_name
from gan_tui.dashboard.framed_dialog import FramedDialog
from gan_tui.dashboard.glossary import SECTIONS
from gan_tui.dashboard.inversion_glossary import inversion_sections
from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.named_keys import put_at_edge
from gan_tui.dashboard.style_glossary import style_sections
from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.text import plain, wrapped
from gan_tui.spec.tasks import GAN, INVERSION, STYLE, STYLE_NET, STYLE_SHEET, Task

SEEN = {
    "overview": "How far the training is, and the verdict: what the numbers add up to. G's newest images, always from the same latents. "
    "FD with its curve: how good the images are (lower is better). Below it D against G on one rope, D's part in D's colour: in the "
    "middle D only guesses. Then the losses; the charts have a line of means in a band of all values. FD is that of the newest "
    "evaluation; the rope and the losses are of the newest steps, of one alone where steps are slow. The verdict has means over more of "
    "them, and says over how many.",
    "samples": "G's newest images, each from latents that stay the same throughout the run, so that you can watch each of them change. "
    "The strip below has the first of them as they were at early epochs, and now.",
    "charts": "Every number over the run: the line is the mean, the pale band goes from the lowest to the highest value, and the newest "
    "value stands at its end. Faint lines across are ideals, signs at the top what happened: roll-backs, changed settings, bookmarks. "
    "`logits` is a picture of D's output on real and generated images: over the run, and as two histograms of the newest evaluation; "
    "`layers` is a table of what each layer does.",
    "quality": "The newest evaluation: what is drawn of each class (a bar that is half full is as it should be; yellow: too few or too "
    "many, red: hardly any), and each measure with its curve, its best value and its ideal. A curve has the colour that it has in the "
    "charts: D's where it is about D. Green: its best value; faint: between two evaluations.",
    "system": "What the run takes of the machine, now and over the last minutes.",
    "log": "What happened, the newest last.",
}
"""What stands in each view of a GAN's run."""
WHAT = "what do I see?"
"""Above what stands on the screen now."""
EXPLAIN = (
    "i explains the numbers: what each is, whether it is healthy, what to do. "
    "So does a click on one, its name, bar or curve, but in view 3."
)
LEAVING = (
    "The {noun} is a process of its own. Closing this screen, losing the connection or the terminal does not touch it; "
    "`gan-tui attach` brings the screen back with its whole history."
)
FONT = "Boxes or gaps instead of lines and dots? Start with --ascii once; it is remembered."
MOUSE = (
    "Nothing needs the mouse: a click marks a panel or presses a key where one is named, the wheel scrolls. "
    "To select text with it hold shift (in some terminals option or fn), or start with --no-mouse."
)
LABEL = 16
"""Cells of the column of keys and terms."""
NARROW = 46
"""Cells below which a meaning stands below its term."""

Section = tuple[str, Sequence[tuple[str, str]]]
"""A title, and terms with their meanings."""


def help_on_run(
    view: str, task: Task = GAN, snapshot: Snapshot | None = None, commands: Sequence[KeyCommand] | None = None
) -> Iterator[Section]:
    """The keys of the view that is open, those that act everywhere, those of the other views; then the numbers, those of the run too.

    `commands`: what the keys do, where that is not what they do on the screen of any run of `task`.
    """
    if task is GAN:
        yield WHAT, (("", SEEN[view]), ("", EXPLAIN))
    for title in (view, "", *(other for other in VIEW_MEANINGS if other != view)):
        found = [command for command in commands or commands_of(task) if command.view == title]
        if found:
            yield f"keys: {view_name(title, task) if title else 'everywhere'}", _keys(found)
        if title == view:
            yield "", (("", FONT),)
    yield "", (("", LEAVING.format(noun=task.noun)), ("", MOUSE))
    if snapshot is not None and task in (STYLE, STYLE_SHEET, STYLE_NET):
        yield from style_sections(snapshot)
    elif snapshot is not None and task is INVERSION:
        yield from inversion_sections(snapshot)
    else:
        yield from SECTIONS


def help_on_keys(commands: Sequence[KeyCommand], *seen: str) -> Iterator[Section]:
    """What is seen on a screen, a paragraph each, and its keys, each once (`g` is told with `d g`)."""
    told: set[str] = set()
    once = []
    for command in commands:
        if not told.issuperset(command.sign.split()):
            once.append(command)
            told.update(command.sign.split())
    yield WHAT, tuple(("", words) for words in seen)
    yield "keys", _keys(once)


def _keys(commands: Sequence[KeyCommand]) -> list[tuple[str, str]]:
    """A sign that stands for two keys on the key bar is that of the first, where the second is told by itself."""
    told = {command.sign for command in commands}

    def shown(sign: str) -> str:
        first, _, second = sign.partition(" ")
        return first if second in told else sign

    return [(shown(command.sign), command.meaning) for command in commands]


class HelpScreen(FramedDialog[None]):
    """The help, over the screen. Any key that people try brings them back."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark,f1,space,enter", "dismiss")]

    def __init__(self, sections: Iterator[Section], glyphs: Glyphs) -> None:
        super().__init__(classes="" if glyphs.unicode else "-ascii")
        self.frame = ScrolledText(HelpText(tuple(sections), glyphs), id="help")
        self.frame.border_title = "help"
        put_at_edge(self.frame, "up/down scroll, esc back")

    def compose(self) -> ComposeResult:
        yield self.frame


class ScrolledText(VerticalScroll):
    """Textual's own, with vi's keys; every key of a burst counts, as a slow line delivers them."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("k", "scroll_up"), Binding("j", "scroll_down")]

    def scroll_to(self, x: float | None = None, y: float | None = None, **_: Any) -> None:
        """At once: Textual's own waits for a refresh, and what comes meanwhile starts from the same line."""
        super().scroll_to(x, y, animate=False, immediate=True)

    def action_scroll_end(self) -> None:
        self.scroll_to(y=self.max_scroll_y)


class HelpText(LineWidget):
    """Sections of terms and their meanings, as high as they are."""

    def __init__(self, sections: Sequence[Section], glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self._sections = sections

    def tell(self, sections: Sequence[Section]) -> None:
        """Say something else."""
        self._sections = sections
        self.refresh(layout=True)
        self._drawn_for = None

    def lines_within(self, width: int) -> int:
        """How many lines they are."""
        return len(self._lines(width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """All lines."""
        del container, viewport
        return len(self._lines(width))

    def draw(self, room: Size) -> list[Line]:
        """All lines; the box shows some of them."""
        return self._lines(room.width)

    def _lines(self, width: int) -> list[Line]:
        lines: list[Line] = []
        for title, entries in self._sections:
            lines.append([])
            if title:
                lines.append([(title, Role.ACCENT)])
            for term, meaning in entries:
                lines += self._entry(plain(term, self.glyphs), plain(meaning, self.glyphs), width)
        return lines[1:]

    def _entry(self, term: str, meaning: str, width: int) -> list[Line]:
        """The term left of its meaning, or above it where the screen is narrow; words without a term take the whole width."""
        margin = 0 if not term else 2 if width < NARROW else LABEL
        rows = wrapped(meaning, max(8, width - margin))
        below: list[Line] = [[(" " * margin, Role.TEXT), (row, Role.TEXT if term else Role.MUTED)] for row in rows]
        if not term:
            return below
        if margin < LABEL or len(term) >= LABEL:
            return [[(term, Role.STRONG)], *below]
        return [[(term.ljust(LABEL), Role.STRONG), (rows[0], Role.TEXT)], *below[1:]]
