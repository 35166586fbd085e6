"""The view `system`: what the run asks of its machine."""

from collections.abc import Iterable

from textual.containers import Vertical
from textual.widget import Widget

from gan_tui.dashboard import system_feed
from gan_tui.dashboard.commander import Commander
from gan_tui.dashboard.line import Line
from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.pacing import PacedApp
from gan_tui.dashboard.system_feed import SystemFeed
from gan_tui.dashboard.system_panels import Meter, folder_panel, gpu_panel, machine_panel, past_rows, trainer_panel
from gan_tui.dashboard.views.view import View
from gan_tui.dashboard.widgets.line_widget import TextLine
from gan_tui.dashboard.widgets.meters import Meters
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Threads

HISTORIES = "history: a cell is 2 s; a gap: this view was closed, or nothing was read"


class SystemView(View):
    """Four panels: GPUs, trainer, machine, folder. They have a slow clock of their own, which stands while the view is closed."""

    TITLE = "system"

    def __init__(self, run: RunDirectory, commander: Commander, glyphs: Glyphs) -> None:
        super().__init__(run, commander, glyphs)
        self.feed = SystemFeed(run, self._draw)
        self._snapshot: Snapshot | None = None
        self._gpus = Meters(glyphs, prefix="gpu", id="gpus")
        self._trainer = Meters(glyphs, prefix="train", id="trainer")
        self._machine = Meters(glyphs, id="machine")
        self._folder = Meters(glyphs, id="folder")
        self._foot = TextLine(glyphs, role=Role.MUTED, id="foot")
        for meters, title in (
            (self._gpus, "gpu"),
            (self._trainer, "trainer"),
            (self._machine, "this machine"),
            (self._folder, "run folder"),
        ):
            meters.show(title, (), f"reading{glyphs.ellipsis}")

    def compose(self) -> Iterable[Widget]:
        """One under the other; side by side where there is room for two."""
        yield Vertical(self._gpus, self._trainer, classes="column")
        yield Vertical(self._machine, self._folder, classes="column")
        yield self._foot

    def on_mount(self) -> None:
        self.set_interval(system_feed.SECONDS, self._ask)

    def on_resize(self) -> None:
        self._draw()
        self._fit()

    def show(self, snapshot: Snapshot) -> None:
        """The readings have their own clock; only the first does not wait for it."""
        if snapshot.recorded:  # what the machine does now says nothing of it
            self._gpus.show("machine", (), "no run records what its machine did")
            for meters in (self._trainer, self._machine, self._folder):
                meters.display = False
            return
        first = self._snapshot is None or self.feed.readings is None
        self._snapshot = snapshot
        if first or self.feed.stale:
            self._ask()
            if first:
                self.set_timer(system_feed.FIRST_SECONDS, self._ask)

    def _ask(self) -> None:
        if self._snapshot is not None and self.display:
            self.feed.ask(self._snapshot)

    def _draw(self) -> None:
        readings, usage, glyphs = self.feed.readings, self.feed.usage, self.glyphs
        if readings is None:
            return
        self._gpus.show(*gpu_panel(readings.gpus, usage, glyphs))
        started = self._snapshot.state.started if self._snapshot else None
        products = started.products if started else ""
        trainer = trainer_panel(readings.trainer, readings.machine, usage, glyphs, self._threads, products)
        self._trainer.show(*trainer._replace(meters=trainer.meters or self._past))
        self._machine.show(*machine_panel(readings.machine, readings.screen, usage, glyphs, self._line))
        self._folder.show(*folder_panel(readings.folder, glyphs))
        self._fit()

    @property
    def _past(self) -> list[Meter]:
        """Of a run that nobody trains, in the room that the readings leave free beside those of the machine."""
        snapshot = self._snapshot
        if snapshot is None or snapshot.alive or not self.screen.has_class("-wide"):
            return []
        return past_rows(snapshot.state, snapshot.task.steps, self.glyphs)

    @property
    def _threads(self) -> Threads | None:
        return self._snapshot.state.threads if self._snapshot else None

    @property
    def _line(self) -> Line | None:
        return self.app.line if isinstance(self.app, PacedApp) else None

    def _fit(self) -> None:
        """Where the panels do not fit they give up their borders; where that is not enough, a last line says so."""
        left, right = self._gpus.rows + self._trainer.rows, self._machine.rows + self._folder.rows
        rows = max(left, right) if self.screen.has_class("-wide") else left + right
        borders = 2 * (2 if self.screen.has_class("-wide") else 4)
        self.set_class(rows + borders > self.size.height, "-close")
        cut_off, free = rows > self.size.height, rows + borders < self.size.height
        explains = free and any(meters.shows_histories for meters in (self._gpus, self._trainer, self._machine))
        self._foot.say(f"{self.glyphs.ellipsis} the rest needs a taller terminal" if cut_off else HISTORIES if explains else "")
        self.set_class(cut_off, "-cut-off")
        self.set_class(explains, "-explained")
