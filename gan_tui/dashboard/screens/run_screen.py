"""The one screen that shows a run: header, progress and news, one of six views, the keys."""

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.geometry import Offset, Size
from textual.widgets import ContentSwitcher

from gan_tui.config import RunConfig
from gan_tui.dashboard.cards import Card, card_of
from gan_tui.dashboard.commander import Commander
from gan_tui.dashboard.commands import KeyCommand
from gan_tui.dashboard.messages import LogEntry, Snapshot, WalkAsked
from gan_tui.dashboard.pacing import PacedScreen
from gan_tui.dashboard.screens.drawing_board import DrawingBoard
from gan_tui.dashboard.screens.number_card import NumberCard, first_of, spots_on
from gan_tui.dashboard.screens.walk import WalkScreen
from gan_tui.dashboard.views import view_class
from gan_tui.dashboard.views.view import View
from gan_tui.dashboard.widgets.cramped import Cramped
from gan_tui.dashboard.widgets.header import Progress, Rate, Status, Title
from gan_tui.dashboard.widgets.key_bar import KeyBar
from gan_tui.dashboard.widgets.line_widget import FIGURE, TOPIC
from gan_tui.dashboard.widgets.news import MEDIUM, MOST_LINES, News
from gan_tui.errors import UserError
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.images import ImageMode
from gan_tui.run.directory import RunDirectory, is_trial
from gan_tui.run.state import RunState

FIRST = "overview"
"""The view that everything begins with, and goes back to."""


class RunScreen(PacedScreen[None]):
    """What stands around the views, and which of them is open. What is shown in how much room is said in the style sheet."""

    def __init__(self, run: RunDirectory, commander: Commander, glyphs: Glyphs, keys: Sequence[KeyCommand]) -> None:
        """`keys`: those of the key bar."""
        super().__init__(classes="" if glyphs.unicode else "-ascii")
        self._run, self._glyphs = run, glyphs
        self._commander = commander
        self._snapshot: Snapshot | None = None
        folder = run.path.absolute()
        self.run_title = Title(run.name, _words(run), glyphs, sweep=folder.parent.name if is_trial(folder) else "", id="title")
        self.status = Status(glyphs, id="status")
        self.epochs = Progress(run.task.epoch, glyphs, id="epochs")
        self.steps = Progress("step", glyphs, id="steps")
        self.rate = Rate(glyphs, id="rate")
        self.cramped = Cramped(glyphs, id="cramped")
        self.news = News(run.cli_name, glyphs, id="news")
        self._pace = 1.0
        self._images = ImageMode.ASCII
        self._views: dict[str, View] = {}
        """Those that have been opened. Each is made when it is: nobody waits for six views to see one."""
        self.view = self.view_of(FIRST)
        """The one that is open."""
        self._switcher = ContentSwitcher(self.view, id="views", initial=self.view.id)
        self.key_bar = KeyBar(glyphs, keys, views=True, id="keys")

    def compose(self) -> ComposeResult:
        """From what matters first to what matters last."""
        self._take_size(self.app.size, update=False)  # before there is anything that would be styled twice
        # Many small widgets in a line: Textual sends a changed span from its widget's left edge on.
        with Horizontal(id="header"):
            yield self.run_title
            yield self.status
        with Horizontal(id="progress"):
            yield self.epochs
            yield self.steps
            yield self.rate
        yield self.cramped
        yield self.news
        yield self._switcher
        yield self.key_bar

    def on_mount(self) -> None:
        """The first view has the keys."""
        self.view.take_focus()

    def on_screen_suspend(self) -> None:
        """Behind a dialog it stands still."""
        self.rate.wait(waits=True)

    def on_screen_resume(self) -> None:
        """What came meanwhile, at once."""
        self.rate.wait(waits=False)
        if self._snapshot is not None:
            self.show(self._snapshot, at_once=True)

    def on_resize(self, event: events.Resize) -> None:
        self._take_size(event.size)

    def _take_size(self, size: Size, *, update: bool = True) -> None:
        """The classes of Textual's breakpoints, one a direction, and those for sizes that they cannot tell: all at once."""
        classes = room_classes(size.width, size.height)
        for cells, known in ((size.width, self.app.HORIZONTAL_BREAKPOINTS), (size.height, self.app.VERTICAL_BREAKPOINTS)):
            reached = max((least for least, _ in known or () if cells >= least), default=-1)
            classes |= {name: least == reached for least, name in known or ()}
        if changed := [name for name, there in classes.items() if self.has_class(name) is not there]:
            for there in (False, True):  # Textual's own way of doing both at once is younger than the oldest that we take
                self.set_class(there, *(name for name in changed if classes[name] is there), update=False)
            if update:
                self.update_node_styles(animate=False)

    def view_of(self, title: str) -> View:
        """The view of that title."""
        if title not in self._views:
            view = self._views[title] = view_class(title, self._run.task)(self._run, self._commander, self._glyphs)
            view.pace = self._pace
            view.set_images(self._images)
        return self._views[title]

    async def switch(self, title: str) -> None:
        """Open another view, up to date from its first moment on."""
        self.view = self.view_of(title)
        with self.app.batch_update():
            if not self.view.is_attached:
                await self._switcher.mount(self.view)
            self._switcher.current = self.view.id
            self.view.take_focus()
            self.key_bar.show_view(title)
            self._grant_lines()
            if self._snapshot is not None:
                self.view.show_now(self._snapshot)
            self._refresh_layout()  # the next key may be there already, and asks how much room there is

    async def back(self) -> bool:
        """`esc`: out of what is open inside of a view, or back to the overview. False where there is no way back."""
        if self.view.back():
            return True
        if self.view.TITLE == FIRST:
            return False
        await self.switch(FIRST)
        return True

    def explain(self, topic: str = "") -> None:
        """A card about the first number that can be seen, or the one about `topic`. Both are of now, and stand while it is open."""
        if self._snapshot is None:
            return
        self.show(self._snapshot, at_once=True)
        standing = self._snapshot._replace(state=self._snapshot.state.standing())

        def card(topic: str, shown: str) -> Card:
            return card_of(topic, standing, self._run.cli_name, self._run.loss_name, self._glyphs, shown)

        spots = spots_on(self)
        if any(not topic or spot.topic == topic for spot in spots):
            first = first_of(spots, topic, self._switcher.region.y)
            self.app.push_screen(NumberCard(spots, first, card, self._glyphs), self._clicked_twice)

    def _clicked_twice(self, place: Offset | None) -> None:
        if place is not None:
            self.view.zoom_at(place)

    def on_click(self, event: events.Click) -> None:
        """A card about the number that was clicked, or whose name, bar or curve was. Two clicks there zoom, as they do elsewhere.

        The second one comes here where it is faster than the card, and else to that.
        """
        meta, card = event.style.meta, self.app.screen
        if event.chain == 1 and meta.get(TOPIC):
            self.explain(meta[TOPIC])
        elif event.chain == 2 and meta.get(TOPIC) and not meta[FIGURE]:
            if isinstance(card, NumberCard):
                card.dismiss(event.screen_offset)
            else:
                self.view.zoom_at(event.screen_offset)

    def set_pace(self, pace: float) -> None:
        """Draw what is costly so many times less often than usual."""
        self._pace = pace
        for view in self._views.values():
            view.pace = pace

    def set_images(self, mode: ImageMode) -> None:
        """Draw images in that way."""
        self._images = mode
        for view in self._views.values():
            view.set_images(mode)

    def show(self, snapshot: Snapshot, *, at_once: bool = False) -> bool:
        """Everything, at the pace of each or at once. False where something is still dirty."""
        self._snapshot = snapshot
        self.set_class(bool(snapshot.recorded), "-recorded")
        self.run_title.show(snapshot)
        self.show_time(snapshot)
        self._show_progress(snapshot.state, snapshot.saved)
        (self.view.show_now if at_once else self.view.refresh_from)(snapshot)
        return not self.view.dirty

    def show_time(self, snapshot: Snapshot) -> None:
        """What changes while nothing happens: a stall, an interruption that lasts. Draws nothing where it has not changed."""
        self.status.show(snapshot)
        self.cramped.show(snapshot)
        self.rate.show(snapshot)
        self.view.show_time(snapshot)

    def _show_progress(self, state: RunState, saved: int | None) -> None:
        if state.started is None:
            self.steps.show(saved or 0, 0, 0.0)  # of a run whose log is lost, and of no other, a checkpoint says it
            return
        self.set_class(not (state.epoch or state.epochs or self._run.task.ours), "-no-epochs")
        each, total = state.started.steps_per_epoch, state.started.total_steps
        self.epochs.show(state.epoch, state.planned_epochs, state.share_done, state.started.budget)
        if each == 1 and self._run.task.ours:  # the epochs are the steps; of a script's nobody knows how many it takes in one
            total = state.planned_epochs
        done, of = (state.step_in_epoch, each) if each > 1 else (state.step, total)
        self.steps.show(done, of, done / of if of else 0.0)
        self.set_class(not self.epochs.has_bar, "-open-epochs")
        self.set_class(not self.steps.has_bar, "-open-steps")

    def show_news(self, snapshot: Snapshot | None, notice: LogEntry | None) -> None:
        """The verdict, and what happened last; an error gets more room, and advice that is long."""
        self.news.show(snapshot, notice)
        self.set_class(self.news.alarm is not None, "-alarm")
        self.set_class(self.news.wants_a_line(self.news.size.width), "-wordy")
        self._grant_lines()

    def _grant_lines(self) -> None:
        """To a view about the verdict, as many lines for it as it takes; on a small screen, which has no second place for it, its share."""
        news, before = self.news, self.news.granted
        width, height = self.app.size
        wanted = news.lines_for_all(news.size.width) if self.view.WHOLE_VERDICT and width >= 30 and height >= 10 else 0
        usual = MEDIUM if self.has_class("-double") else 1
        if usual == 1:
            wanted = min(wanted, MOST_LINES)
        news.granted = wanted if usual < wanted <= MOST_LINES else 0
        if news.granted != before:
            news.styles.height = news.granted or None

    def on_walk_asked(self, message: WalkAsked) -> None:
        """Through the latents of this run."""
        self.app.push_screen(WalkScreen(self._run, self._glyphs, message.images))

    def on_drawing_wanted(self) -> None:
        """The drawing board, over this screen, which waits."""
        self.app.push_screen(DrawingBoard(self._run, self._glyphs))

    def show_keys(self, *, paused: bool) -> None:
        """Which keys do something now; those of what this run cannot do are faint, and say why."""
        self.key_bar.show(paused=paused, accepts_commands=self._commander.accepts, unable=self._commander.all_unable)


def room_classes(width: int, height: int) -> dict[str, bool]:
    """What there is room for on a screen of that size; each class is explained in the style sheet."""
    columns = width >= 150 and height >= 18
    return {
        "-single": height < 2,
        "-double": height >= 18 and width >= 30,
        "-roomy": height >= 28 and width >= 30,
        "-columns": columns,
        "-terse": 30 <= width < 70 and 10 <= height < 15,
        "-stacked": 30 <= width < 70 and height >= 50,
        "-detailed": height >= (40 if columns else 56) and width >= 60,
        "-tailed": height >= 46 and width >= 30,
        "-pictures": width >= 100,
    }


def _words(run: RunDirectory) -> str:
    """What is trained, own networks and losses by their names; empty where that is not known."""
    try:
        settings = run.settings()
    except UserError:
        return ""
    own = [settings.model.family] * settings.model.own + [settings.loss.name] * settings.loss.own if isinstance(settings, RunConfig) else []
    return " ".join((*settings.words, *own))
