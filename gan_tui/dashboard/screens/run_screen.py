"""The one screen that shows a run."""

from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.screen import Screen

from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.widgets.digits import Digits
from gan_tui.dashboard.widgets.history_chart import HistoryChart
from gan_tui.dashboard.widgets.key_bar import KeyBar
from gan_tui.dashboard.widgets.log_line import LogEntry, LogLine
from gan_tui.dashboard.widgets.losses import IDEAL, LOSSES, Losses
from gan_tui.dashboard.widgets.plain_line import PlainLine
from gan_tui.dashboard.widgets.probabilities import PROBABILITIES, Probabilities
from gan_tui.dashboard.widgets.progress import Progress, Rate
from gan_tui.dashboard.widgets.status import Status
from gan_tui.dashboard.widgets.title import Title
from gan_tui.errors import UserError
from gan_tui.render.chart import Scale
from gan_tui.render.glyphs import Glyphs
from gan_tui.run.directory import RunDirectory
from gan_tui.run.state import RunState

WAITING = {
    "starting": "starting the trainer",
    "loading": "loading torch and the data",
    "training": "waiting for the first samples",
}
"""Why there are no samples yet, by state; in any other state there are none to come."""


class RunScreen(Screen[None]):
    """All panels. Which of them are shown in how much room is said in the style sheet."""

    def __init__(self, run: RunDirectory, glyphs: Glyphs) -> None:
        super().__init__(classes="" if glyphs.unicode else "-ascii")
        self._run = run
        self._glyphs = glyphs
        self._images_version = 0
        title, ideal = _title(run)
        self.run_title = Title(title, glyphs, id="title")
        self.status = Status(glyphs, id="status")
        self.epochs = Progress("epoch", glyphs, id="epochs")
        self.steps = Progress("step", glyphs, id="steps")
        self.rate = Rate(glyphs, id="rate")
        self.log_line = LogLine(glyphs, id="log")
        self.digits = Digits(glyphs, id="digits")
        self.losses = Losses(glyphs, ideal, id="losses")
        self.probabilities = Probabilities(glyphs, id="probabilities")
        self.loss_chart = HistoryChart(LOSSES, glyphs, id="loss-chart")
        self.probability_chart = HistoryChart(PROBABILITIES, glyphs, scale=Scale(0.0, 1.0), guide=0.5, id="probability-chart")
        self._samples = Container(id="samples")
        self._samples.border_title = "samples"
        # The titles are the legends: our own words, so markup is safe here, and it follows the theme.
        self.loss_chart.border_title = "[$discriminator]d_loss[/]  [$generator]g_loss[/]"
        self.probability_chart.border_title = "[$discriminator]D(x)[/]  [$generator]D(G(z))[/]"
        for chart in (self.loss_chart, self.probability_chart):
            chart.border_subtitle = "the whole run"
        self.key_bar = KeyBar(glyphs, id="keys")

    def compose(self) -> ComposeResult:
        """From what matters first to what matters last."""
        # Many small widgets in a line: Textual sends a changed span from its widget's left edge on.
        with Horizontal(id="header"):
            yield self.run_title
            yield self.status
        with Horizontal(id="progress"):
            yield self.epochs
            yield self.steps
            yield self.rate
        yield self.log_line
        with self._samples:
            yield self.digits
        with Horizontal(id="meters"):
            yield self.losses
            yield self.probabilities
        with Horizontal(id="charts"):
            yield self.loss_chart
            yield self.probability_chart
        yield PlainLine("run", str(self._run.path), self._glyphs, id="path")
        yield self.key_bar

    def show_numbers(self, snapshot: Snapshot) -> None:
        """Everything but the samples."""
        self.run_title.show(snapshot)
        self.status.show(snapshot)
        self._show_progress(snapshot.state)
        self.rate.show(snapshot)
        self.losses.show(snapshot.state)
        self.probabilities.show(snapshot.state)
        self.digits.wait(WAITING.get(snapshot.name, "no samples were written"))

    def _show_progress(self, state: RunState) -> None:
        if state.started is None:
            return
        steps, total = state.started.steps_per_epoch, state.total_steps or 0
        self.epochs.show(state.epoch, state.started.epochs, state.step / total if total else 0.0)
        self.steps.show(state.step_in_epoch, steps, state.step_in_epoch / steps if steps else 0.0)

    def show_charts(self, snapshot: Snapshot) -> None:
        """The charts, which cost more than all the numbers together."""
        self.losses.show_course()
        self.loss_chart.show(snapshot.state)
        self.probability_chart.show(snapshot.state)

    def show_images(self, snapshot: Snapshot) -> None:
        """The samples, where they are other than those on the screen."""
        if snapshot.images is None or snapshot.images_version == self._images_version:
            return
        self._images_version = snapshot.images_version
        epoch = snapshot.state.epoch
        title = f"samples {self._glyphs.middot} epoch {epoch}" if epoch else "samples"
        if self._samples.border_title != title:
            self._samples.border_title = title
        self.digits.show(snapshot.images)

    def show_log(self, entry: LogEntry) -> None:
        """What happened last."""
        self.log_line.show(entry)

    def show_keys(self, paused: bool, obeyed: bool) -> None:
        """Which keys do something now."""
        self.key_bar.show(paused, obeyed)


def _title(run: RunDirectory) -> tuple[str, str]:
    """What is trained, and what its losses would be in balance; a run of somebody's own loop has its name only."""
    try:
        settings = run.config()
    except UserError:
        return run.name, ""
    return f"{settings.data.dataset} {settings.preset}", IDEAL if settings.loss.name == "non-saturating" else ""
