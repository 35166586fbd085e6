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
from gan_tui.dashboard.timing import grows
from gan_tui.dashboard.views.view import View
from gan_tui.dashboard.widgets.charts import HistoryChart
from gan_tui.dashboard.widgets.cores import Cores, CoreUse
from gan_tui.dashboard.widgets.line_widget import TextLine
from gan_tui.dashboard.widgets.meters import Meters
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.panels import alone
from gan_tui.render.styles import Role
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Threads
from gan_tui.spec.metrics import SPEED

AROUND = 4
"""Cells of a panel's border, and of what is free inside of it."""
HISTORIES = "history: a cell is 2 s; a gap: this view was closed, or nothing was read"


class SystemView(View):
    """GPUs, trainer, machine, cores, folder; in free room the speed over the whole run.

    The readings have a slow clock of their own, which stands while the view is closed.
    """

    TITLE = "system"

    def __init__(self, run: RunDirectory, commander: Commander, glyphs: Glyphs) -> None:
        super().__init__(run, commander, glyphs)
        self.feed = SystemFeed(run, self._draw)
        self._snapshot: Snapshot | None = None
        self._gpus = Meters(glyphs, prefix="gpu", id="gpus")
        self._trainer = Meters(glyphs, prefix="train", id="trainer")
        self._machine = Meters(glyphs, id="machine")
        self._cores = Cores(glyphs, id="cores")
        self._folder = Meters(glyphs, id="folder")
        self._speeds = [HistoryChart(alone(SPEED.name), glyphs) for _ in range(2)]
        """Below what leaves more room: the trainer of a run without GPUs, or else the machine."""
        self._speed_panels = [Vertical(chart, classes="boxed speed") for chart in self._speeds]
        for panel in self._speed_panels:
            panel.border_title = f"speed {glyphs.middot} {SPEED.unit}, the whole run"
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
        yield Vertical(self._gpus, self._trainer, self._speed_panels[0], classes="column")
        yield Vertical(self._machine, self._cores, self._folder, self._speed_panels[1], classes="column")
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
            for widget in (self._trainer, self._machine, self._cores, self._folder, *self._speed_panels):
                widget.display = False
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
        if readings is None or not self.is_attached:  # one that was made while the screen closed
            return
        self._gpus.show(*gpu_panel(readings.gpus, usage, glyphs))
        self._gpus.display = bool(readings.gpus.gpus) or self._snapshot is None or self._snapshot.alive
        started = self._snapshot.state.started if self._snapshot else None
        trainer = trainer_panel(readings.trainer, readings.machine, usage, glyphs, self._threads, started)
        self._trainer.show(*trainer._replace(meters=trainer.meters or self._past))
        self._machine.show(*machine_panel(readings.machine, readings.screen, usage, glyphs, self._line))
        uses = enumerate(readings.machine.core_use)
        self._cores.take([CoreUse(use, usage[f"core {number}"]) for number, use in uses], readings.machine.processor)
        self._folder.show(*folder_panel(readings.folder, glyphs, ours=self.run_directory.task.ours))
        self._show_speed(at_left=not readings.gpus.gpus)
        self._fit()

    def _show_speed(self, *, at_left: bool) -> None:
        """As the log has it, so of a run that is over as well."""
        snapshot = self._snapshot
        known = snapshot is not None and SPEED.name in snapshot.state.history
        for index, panel in enumerate(self._speed_panels):
            panel.set_class(known and at_left is (index == 0), "-known")
        if snapshot is not None and known:
            self._speeds[not at_left].show(snapshot.state, growing=grows(snapshot))

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
        wide = self.screen.has_class("-wide")
        left, right = self._gpus.rows * self._gpus.display + self._trainer.rows, self._machine.rows + self._folder.rows
        rows = max(left, right) if wide else left + right
        borders = 2 * (2 if wide else 4)
        cores = self._cores.rows(max(1, self.size.width // (1 + wide) - AROUND)) + 2
        needed = max(left, right + cores) if wide else left + right + cores
        self.set_class(not self._cores.data or needed + borders > self.size.height, "-no-cores")
        self.set_class(rows + borders > self.size.height, "-close")
        cut_off, free = rows > self.size.height, rows + borders < self.size.height
        explains = free and any(meters.shows_histories for meters in (self._gpus, self._trainer, self._machine))
        self._foot.say(f"{self.glyphs.ellipsis} the rest needs a taller terminal" if cut_off else HISTORIES if explains else "")
        self.set_class(cut_off, "-cut-off")
        self.set_class(explains, "-explained")
