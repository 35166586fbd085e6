"""The view that everything begins with: digits first, then losses, gauges and charts."""

from collections.abc import Iterable

from textual.containers import Container, Horizontal
from textual.widget import Widget

from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.views.view import View
from gan_tui.dashboard.widgets.digits import Digits
from gan_tui.dashboard.widgets.history_chart import HistoryChart
from gan_tui.dashboard.widgets.losses import IDEAL, LOSSES, Losses
from gan_tui.dashboard.widgets.plain_line import PlainLine
from gan_tui.dashboard.widgets.probabilities import PROBABILITIES, Probabilities
from gan_tui.errors import UserError
from gan_tui.render.chart import Scale
from gan_tui.render.glyphs import Glyphs
from gan_tui.run.directory import RunDirectory

IMAGES_SECONDS = 0.5
"""Between two drawings of samples of up to `IMAGES_CELLS`; larger ones are drawn less often."""
IMAGES_CELLS = 2_000
"""Cells of samples drawn in `IMAGES_SECONDS`: about 4 kB a second, at any size."""
CHARTS_SECONDS = 1.0

WAITING = {
    "starting": "starting the trainer",
    "loading": "loading torch and the data",
    "training": "waiting for the first samples",
}
"""Why there are no samples yet, by state; in any other state there are none to come."""


class Overview(View):
    """All that matters at a glance. Which panels are shown in how much room is said in the style sheet."""

    TITLE = "overview"

    def __init__(self, run: RunDirectory, glyphs: Glyphs) -> None:
        super().__init__(run, glyphs)
        self._images_version = 0
        self.digits = Digits(glyphs, id="digits")
        self.losses = Losses(glyphs, _ideal(run), id="losses")
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

    def compose(self) -> Iterable[Widget]:
        """From what matters first to what matters last."""
        with self._samples:
            yield self.digits
        with Horizontal(id="meters"):
            yield self.losses
            yield self.probabilities
        with Horizontal(id="charts"):
            yield self.loss_chart
            yield self.probability_chart
        yield PlainLine("run", str(self.run_directory.path), self.glyphs, id="path")

    def show(self, snapshot: Snapshot) -> None:
        """Numbers at every call; charts and samples, which cost more bytes than all numbers together, at their own pace."""
        self.losses.show(snapshot.state)
        self.probabilities.show(snapshot.state)
        self.digits.wait(WAITING.get(snapshot.name, "no samples were written"))
        if self.due("charts", CHARTS_SECONDS):
            self.losses.show_course()
            self.loss_chart.show(snapshot.state)
            self.probability_chart.show(snapshot.state)
        if snapshot.images is None or snapshot.images_version == self._images_version:
            return
        if self.due("images", IMAGES_SECONDS * max(1.0, self.digits.cells / IMAGES_CELLS)):
            self._images_version = snapshot.images_version
            self._show_images(snapshot)

    def _show_images(self, snapshot: Snapshot) -> None:
        epoch = snapshot.state.epoch
        title = f"samples {self.glyphs.middot} epoch {epoch}" if epoch else "samples"
        if self._samples.border_title != title:
            self._samples.border_title = title
        if snapshot.images is not None:
            self.digits.show(snapshot.images)


def _ideal(run: RunDirectory) -> str:
    """What its losses would be in balance, where that is known."""
    try:
        return IDEAL if run.config().loss.name == "non-saturating" else ""
    except UserError:
        return ""
