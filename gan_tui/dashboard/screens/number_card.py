"""A card about one number, over the screen that stands still behind it: the arrows go on to the next number."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Offset, Region
from textual.screen import Screen
from textual.widget import Widget

from gan_tui.dashboard.cards import Card
from gan_tui.dashboard.framed_dialog import over_edges
from gan_tui.dashboard.named_keys import put_at_edge
from gan_tui.dashboard.pacing import PacedDialog
from gan_tui.dashboard.screens.help import HelpText, ScrolledText
from gan_tui.dashboard.widgets.line_widget import LineWidget, TextLine
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role

WIDEST = 74
"""Cells of a card."""
NOT_WORTH_IT = 10
"""Cells beside a card, up to which it takes them too: its frame would stand in pieces of that of the panel behind it."""
TALLEST = 18
"""Lines of a card; more are scrolled."""
FRAME = 2
"""Lines of its border."""
KEYS = "arrows: others, esc back"
WHOLE, ABOVE, BELOW = f"the screen waits; {KEYS}", f"pgup: what is above; {KEYS}", f"pgdn: more; {KEYS}"
"""What stands in its lower edge; the latter two where it is scrolled."""


class Spot(NamedTuple):
    """A number on the screen."""

    region: Region
    topic: str
    text: str


def spots_on(screen: Screen[Any]) -> list[Spot]:
    """All numbers that can be seen, in reading order."""
    found = []
    for widget in screen.query(LineWidget):
        if widget.region and all(each.display for each in widget.ancestors_with_self if isinstance(each, Widget)):
            found += [Spot(*spot) for spot in widget.numbers() if screen.region.contains_region(spot[0])]
    return sorted(found, key=lambda spot: (spot.region.y, spot.region.x))


class NumberCard(PacedDialog[Offset]):
    """One number after the other. The result: where the click that opened it was followed by another one, which is a double click there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,i,enter,space,question_mark", "dismiss"),
        Binding("right,tab,l,n", "go(1, 0)"),
        Binding("left,shift+tab,h,p", "go(-1, 0)"),
        Binding("down,j", "go(0, 1)"),
        Binding("up,k", "go(0, -1)"),
    ]

    def __init__(self, spots: Sequence[Spot], first: int, card_of: Callable[[str, str], Card], glyphs: Glyphs) -> None:
        """`spots`: at least one; `card_of` says what there is to say of a topic, which is shown so on the screen."""
        super().__init__(classes="" if glyphs.unicode else "-ascii")
        self._spots, self._at, self._card_of = spots, first, card_of
        self._sign = TextLine(glyphs, role=Role.ACCENT, id="spot")
        self._text = HelpText((), glyphs)
        self._box = ScrolledText(self._text, id="card")

    def compose(self) -> ComposeResult:
        yield self._sign
        yield self._box

    def on_mount(self) -> None:
        """Over a screen that may still be laid out for a size that it has just got."""
        self.behind.screen_layout_refresh_signal.subscribe(self, self._behind_was_laid_out)
        self.watch(self._box, "scroll_y", self._say_what_is_hidden, init=False)
        self.watch(self._box, "virtual_size", self._say_what_is_hidden, init=False)
        self._show()

    def on_resize(self) -> None:
        """The screen behind is laid out anew, and every number stands elsewhere."""
        self._look_again()

    def _behind_was_laid_out(self, _: Screen[object]) -> None:
        self._look_again()
        self.call_after_refresh(self._look_again)  # what is drawn otherwise in its new room

    def _look_again(self) -> None:
        """Stay with the number that it is about; where that is not shown any more, with the first one that is."""
        spots = spots_on(self.behind) if self.is_attached and self.is_current else []
        if spots and spots != self._spots:
            before = self._spots[self._at]
            same = [index for index, spot in enumerate(spots) if spot.topic == before.topic]
            nth = [spot.topic for spot in self._spots[: self._at]].count(before.topic)
            self._spots, self._at = spots, same[min(nth, len(same) - 1)] if same else 0
        self._show()

    def _say_what_is_hidden(self) -> None:
        hidden = self._box.max_scroll_y
        put_at_edge(self._box, WHOLE if not hidden else ABOVE if self._box.scroll_y >= hidden else BELOW)

    def on_click(self, event: events.Click) -> None:
        """Another number, or back."""
        hit = [index for index, spot in enumerate(self._spots) if spot.region.contains(event.screen_x, event.screen_y)]
        if hit:
            self._at = hit[0]
            self._show()
        elif not self._box.region.contains(event.screen_x, event.screen_y):
            self.dismiss(event.screen_offset if event.chain == 2 else None)

    def action_go(self, across: int, down: int) -> None:
        """The next number in reading order, or the nearest one above or below."""
        here = self._spots[self._at].region
        if down:
            there = [index for index, spot in enumerate(self._spots) if (spot.region.y - here.y) * down > 0]
            if there:
                self._at = min(there, key=lambda index: _distance(here, self._spots[index].region))
        else:
            self._at = (self._at + across) % len(self._spots)
        self._show()

    def _show(self) -> None:
        """The number bright in its place, the card where it does not cover it."""
        spot, size = self._spots[self._at], self.app.size
        card = self._card_of(spot.topic, spot.text)
        self._sign.say(spot.text)
        self._sign.styles.width = spot.region.width
        self._sign.styles.offset = spot.region.offset
        self._box.border_title = card.title
        width = WIDEST if size.width - WIDEST > NOT_WORTH_IT else size.width
        self._text.tell((("", card.entries),))
        wanted = self._text.lines_within(width - 6) + FRAME
        above, below = spot.region.y, size.height - spot.region.bottom
        height = min(wanted, TALLEST, max(above, below))
        y = spot.region.bottom if height <= below else above - height
        room = Region(max(0, min(spot.region.x, size.width - width)), y, width, height)
        wider = over_edges(room, self.behind)
        room = room if wider.overlaps(spot.region) else wider
        self._box.styles.width, self._box.styles.height, self._box.styles.offset = room.width, room.height, room.offset
        self._box.scroll_home(animate=False)
        self.call_after_refresh(self._say_what_is_hidden)


def _distance(here: Region, there: Region) -> tuple[int, int]:
    return abs(there.y - here.y), abs(there.x - here.x)


def first_of(spots: Iterable[Spot], topic: str, line: int) -> int:
    """Which of them is about a topic; else the first from `line` on, or the first."""
    wanted = [index for index, spot in enumerate(spots) if (spot.topic == topic if topic else spot.region.y >= line)]
    return wanted[0] if wanted else 0
