"""The keys and what they do, in the last line. What stands there can be clicked."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len
from textual.geometry import Size

from gan_tui.dashboard.commands import VIEW_MEANINGS, KeyCommand
from gan_tui.dashboard.widgets.line_widget import Key, Line, LineWidget
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.spec.commands import CommandName

TITLES = tuple(VIEW_MEANINGS)


class Item(NamedTuple):
    """One key on the bar."""

    sign: str
    label: str
    key: str
    """What a click presses."""
    strong: bool = False

    @property
    def width(self) -> int:
        """Cells, the gap behind it included."""
        return cell_len(self.sign + self.label) + 3


class KeyBar(LineWidget):
    """As many keys as there is room for; help and quit are the last to go."""

    def __init__(self, glyphs: Glyphs, commands: Sequence[KeyCommand], *, views: bool = False, id: str | None = None) -> None:
        """`views`: show which of the views behind 1 to 6 is open."""
        super().__init__(glyphs, id=id)
        self._commands = commands
        self._views = views
        self._paused = False
        self._accepts_commands = True
        self._unable: frozenset[CommandName] = frozenset()
        self._view = TITLES[0]
        self._names = {command.argument: command.label for command in commands if command.action == "view"}

    def show(self, *, paused: bool, accepts_commands: bool, unable: frozenset[CommandName] = frozenset()) -> None:
        """`space` resumes a run that is paused; without a live trainer there is nothing to command. `unable`: what it never takes."""
        if (paused, accepts_commands, unable) != (self._paused, self._accepts_commands, self._unable):
            self._paused, self._accepts_commands, self._unable = paused, accepts_commands, unable
            self.redraw()

    def offer(self, commands: Sequence[KeyCommand]) -> None:
        """Other keys than before."""
        if commands != self._commands:
            self._commands = commands
            self.redraw()

    def show_view(self, title: str) -> None:
        """Another view is open: its own keys come in front of those that act everywhere."""
        self._view = title
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """`space pause  enter zoom  1-6 views  s save  g grid  t theme  ? help  q quit`."""
        line: Line = []
        for item in self.items(room.width):
            look = Role.STRONG if item.strong else Role.MUTED
            line += [(item.sign, Key(item.key, Role.ACCENT)), (f" {item.label}", Key(item.key, look)), ("  ", Role.MUTED)]
        return [line]

    def items(self, width: int) -> list[Item]:
        """What fits, the least important left out."""
        useful = [
            command
            for command in self._commands
            if not command.for_trainer or (self._accepts_commands and command.sends not in self._unable)
        ]
        commands = [command for command in useful if command.on_bar or command.bar_of == self._view]
        own = [self._item(command) for command in commands if self._view in (command.view, command.bar_of)]
        everywhere = [self._item(command) for command in commands if not command.view and not command.bar_of]
        first = [item for item in everywhere if item.key == "space"]
        rest = [item for item in everywhere if item.key != "space"]
        short = self._one_item_for_views() if self._views else []
        shown = [*first, *own, *short, *rest]
        while shown and sum(item.width for item in shown) - 2 > width:
            spare = [item for item in rest[:-2] if item in shown] or [item for item in own if item in shown]
            shown.remove(spare[-1] if spare else shown[-3 if len(shown) > 2 else 0])
        names = enumerate(self._names.items(), 1)
        long = [Item(str(number), name, str(number), title == self._view) for number, (title, name) in names]
        expanded = [found for item in shown for found in (long if item in short else [item])]
        return expanded if short and sum(item.width for item in expanded) - 2 <= width else shown

    def _item(self, command: KeyCommand) -> Item:
        resume = self._paused and command.key == "space"
        return Item(command.sign, "resume" if resume else command.label, command.key.split(",")[0])

    def _one_item_for_views(self) -> list[Item]:
        """All views as one key; a click goes on to the next."""
        following = (TITLES.index(self._view) + 1) % len(TITLES) + 1
        return [Item(f"1-{len(TITLES)}", "views", str(following))]
