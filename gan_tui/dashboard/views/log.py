"""The view `log`: everything that happened, to be read; of a script, what it printed last as well."""

from collections.abc import Callable, Iterable
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import BindingType
from textual.widget import Widget

from gan_tui.dashboard.commander import Commander
from gan_tui.dashboard.commands import bindings
from gan_tui.dashboard.dialogs import NoteDialog
from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.views.view import View
from gan_tui.dashboard.widgets.line_widget import TextLine
from gan_tui.dashboard.widgets.log_lines import LogLines, readable
from gan_tui.dashboard.widgets.printed_lines import PrintedLines
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.run.directory import RunDirectory
from gan_tui.run.entries import Entry
from gan_tui.spec.kinds import kind_of

FILTERS: dict[str, Callable[[Entry], bool]] = {
    "main events": lambda entry: kind_of(entry.kind).group != "routine" or entry.kind in ("verdict", "started"),
    "everything": lambda _: True,
    "troubles": lambda entry: kind_of(entry.kind).group == "trouble",
    "verdicts and evaluations": lambda entry: entry.kind in ("verdict", "evaluation"),
    "what people did": lambda entry: kind_of(entry.kind).group == "people",
}
"""What `f` goes through, what is shown at first before all others."""


class LogView(View):
    """Every line of the log, errors marked; follows the end unless the user scrolled up."""

    TITLE = "log"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("log")]

    def __init__(self, run: RunDirectory, commander: Commander, glyphs: Glyphs) -> None:
        super().__init__(run, commander, glyphs)
        self._filter = next(iter(FILTERS))
        self._words = ""
        """What was searched for, in small letters."""
        self.takes_keys = True
        """False on paper."""
        self._printed_alone = False
        self._heading = TextLine(glyphs, role=Role.MUTED, id="log-heading")
        self.lines = LogLines(glyphs, FILTERS[self._filter], id="log-lines")
        self._path = TextLine(glyphs, str(run.trainer_log), Role.MUTED, label="printed", path=True, id="printed-path")
        self.printed = PrintedLines(glyphs, id="printed-lines")

    def compose(self) -> Iterable[Widget]:
        """What is shown, and the lines; below them what was printed, under the path of its file."""
        yield self._heading
        yield self.lines
        yield self._path
        yield self.printed

    def show(self, snapshot: Snapshot) -> None:
        """Newer lines; those of a view that is scrolled up stay where they are."""
        self.lines.show(snapshot.state.entries)
        self.set_class(bool(snapshot.printed), "-printed")
        self.set_class(bool(snapshot.printed) and self._printed_alone, "-printed-alone")
        self.printed.show(snapshot.printed)
        self._show_heading()

    def _show_heading(self) -> None:
        count, newer, middot = self.lines.chosen, self.lines.newer, self.glyphs.middot
        scrolled = f"{newer} newer below" if newer else "scrolled up"
        where = "following the end" if newer is None else f"{scrolled}, `end` follows"
        what = f"{self._filter} {middot} with '{self._words}'" if self._words else self._filter
        hidden = self.lines.count - count
        kept_back = hidden and not self._words and self._filter == next(iter(FILTERS))
        keys = (f" ({hidden} hidden, `f` shows them)", f" ({hidden} hidden: f)") if self.takes_keys else (f" ({hidden} hidden)",)
        forms = keys if kept_back else ("",)
        said = f"{what} {middot} {count} entr{'y' if count == 1 else 'ies'}"
        words = [*(f"{said}{more} {middot} {where}" for more in forms), said + forms[-1], said]
        room = self._heading.size.width or self.app.size.width - 2
        self._heading.say(next((form for form in words if cell_len(form) <= room), words[-1]))

    def on_held_lines_scrolled(self) -> None:
        self._show_heading()

    def action_scroll(self, how: str) -> None:
        """Scroll, up for older lines: `up`, `down`, `pageup`, `pagedown`, `home` or `end`."""
        scrolled = self.printed if self._printed_alone else self.lines
        page = max(1, scrolled.size.height - 1)
        steps = {"up": 1, "down": -1, "pageup": page, "pagedown": -page, "home": 10**9}
        if how == "end":
            scrolled.follow()
        else:
            scrolled.scroll(steps[how])

    def action_filter(self) -> None:
        """The next kind of entries; behind the last, what was printed alone, where there is any."""
        names = list(FILTERS)
        self._printed_alone = self.has_class("-printed") and not self._printed_alone and self._filter == names[-1]
        self.set_class(self._printed_alone, "-printed-alone")
        if self._printed_alone:
            return
        self._filter = names[(names.index(self._filter) + 1) % len(names)]
        self._choose()

    def action_search(self) -> None:
        """Ask for words, and show the entries that have them."""
        self.app.push_screen(NoteDialog(self.glyphs, "search the log", "show", self._words), self._search)

    def _search(self, words: str | None) -> None:
        if words is not None:
            self._words = words.lower()
            self._choose()

    def _choose(self) -> None:
        kind, words = FILTERS[self._filter], self._words
        self.lines.choose(lambda entry: kind(entry) and words in readable(entry))

    def back(self) -> bool:
        """Out of the search."""
        if not self._words:
            return False
        self._search("")
        return True
