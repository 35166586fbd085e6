"""The view that everything begins with: digits first, then losses, gauges, charts, quality and the log."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.containers import Container
from textual.geometry import Offset, Size
from textual.widget import Widget

from gan_tui.dashboard.commander import Commander
from gan_tui.dashboard.commands import bindings
from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.nothing_yet import no_images, no_numbers
from gan_tui.dashboard.numbers_board import NumbersBoard
from gan_tui.dashboard.sample_choice import moment_of
from gan_tui.dashboard.timing import grows
from gan_tui.dashboard.views.view import YOUNG_CHART, YOUNG_IMAGES, View, ZoomPanel, focus_now
from gan_tui.dashboard.widgets.charts import RANKING_CHART, ChartArea, HistoryChart, legend
from gan_tui.dashboard.widgets.distances import Readings, TotalStrip
from gan_tui.dashboard.widgets.film_strip import FILM_SECONDS, FilmStrip
from gan_tui.dashboard.widgets.headline import Distance, TugOfWar
from gan_tui.dashboard.widgets.line_widget import TOPIC, TextLine
from gan_tui.dashboard.widgets.log_lines import LogTail
from gan_tui.dashboard.widgets.losses_and_scores import Losses
from gan_tui.dashboard.widgets.picture_board import gallery
from gan_tui.dashboard.widgets.quality import QualityStrip
from gan_tui.dashboard.widgets.sample_grid import OUTLINED, SOONEST
from gan_tui.dashboard.widgets.system_strip import SystemStrip
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.images import ImageMode
from gan_tui.render.panels import KNOWN, alone, floored, together
from gan_tui.render.text import number
from gan_tui.run.directory import RunDirectory
from gan_tui.run.state import RunState
from gan_tui.spec.metrics import METRICS, PROBABILITIES, RANKING, leading

CHARTS_SECONDS = 1.0
BOARD_SECONDS, BOARD_CELLS = 2.0, 3_000
"""Between two drawings of the curves that stand where there are no images, up to such a size; larger ones are drawn less often."""
CHARTS_HEIGHT = 9
"""Lines of the charts below the samples (see the style sheet)."""
SYSTEM_SECONDS = 2.0
LARGER = {"headline-panel": "fd-panel", "losses-panel": "loss-panel", "probabilities-panel": "probability-panel"}
"""Panels that have a larger form, which `enter` shows instead."""
UNNAMED = ("loss",)
"""What is waited for of a script that has named no number: it may train no GAN."""
VIEWS_BEHIND = {"quality-panel": "quality", "system-panel": "system", "tail-panel": "log"}
"""Panels that a whole view says more about: `enter` opens that."""


class Overview(View):
    """All that matters at a glance. Which panels are shown in how much room is said in the style sheet."""

    TITLE = "overview"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("overview")]

    def __init__(self, run: RunDirectory, commander: Commander, glyphs: Glyphs) -> None:
        super().__init__(run, commander, glyphs)
        self._images_version = 0
        task = run.task
        self._loss = run.loss_name
        self._outputs_probabilities = True
        self.sample_grid = gallery(run, glyphs, range(16, 80), id="sample-grid")
        self.numbers = ChartArea(run, glyphs, NumbersBoard(glyphs), id="number-charts")
        self.distance = Distance(run, glyphs, id="distance")
        self.losses = Losses(glyphs, task.curves, id="losses")
        self.probabilities = Readings(task, glyphs, id="probabilities") if task.readings else TugOfWar(glyphs, id="probabilities")
        self.fd_chart = HistoryChart(alone("fd"), glyphs, id="fd-chart")
        self.loss_chart = HistoryChart(KNOWN[task.charts[0]], glyphs, id="loss-chart")
        self.probability_chart = HistoryChart(KNOWN[task.charts[1]], glyphs, id="probability-chart")
        self.quality = TotalStrip(task, glyphs, id="quality") if task.picture else QualityStrip(run, glyphs, id="quality")
        self.system = SystemStrip(run, glyphs, id="system")
        self.film = FilmStrip(run, glyphs, id="overview-film")
        self.tail = LogTail(glyphs, id="tail")
        self._zoomed_from: Widget = self
        """What had the focus before the zoom."""
        charts = {"fd": self.fd_chart, "loss": self.loss_chart, "probability": self.probability_chart}
        self._chart_panels = {title: ZoomPanel(chart, id=f"{title}-panel", classes="area boxed") for title, chart in charts.items()}
        for title, panel in self._chart_panels.items():
            # The titles are the legends: our own words, so markup is safe here, and it follows the theme.
            panel.border_title = legend(charts[title].panel)
            panel.border_subtitle = "at evaluations, the whole run" if title == "fd" else "means, the whole run"
        self._samples = ZoomPanel(self.sample_grid, self.numbers, id="samples", classes="area")
        self._samples.border_title = self._what = "picture" if task.picture else OUTLINED if run.outlines else "samples"

    def compose(self) -> Iterable[Widget]:
        """From what matters first to what matters last. Where the screen is broad, what is in `side` stands beside the samples."""
        with Container(id="upper", classes="area"):
            yield self._samples
            with Container(id="side", classes="area"):
                with Container(id="meters", classes="area"):
                    yield from self._meters()
                with Container(id="charts", classes="area"):
                    yield from self._chart_panels.values()
                with ZoomPanel(id="quality-panel", classes="area bare"):
                    yield self.quality
                with ZoomPanel(id="system-panel", classes="area bare"):
                    yield self.system
        with Container(id="lower", classes="area"):
            yield self.film
            with ZoomPanel(id="tail-panel", classes="area boxed") as panel:
                panel.border_title = "log"
                yield self.tail
        yield TextLine(self.glyphs, str(self.run_directory.path), label="run", path=True, id="path")

    def _meters(self) -> Iterable[Widget]:
        """How good the samples are and who is ahead, then the losses; of a run that makes a picture, what is minimised."""
        losses = ZoomPanel(self.losses, id="losses-panel", classes="area bare")
        others = ZoomPanel(self.probabilities, id="probabilities-panel", classes="area bare")
        if self.run_directory.task.readings:
            losses.add_class("first")
            yield from (losses, others)
            return
        with Container(id="lead", classes="area first"):
            yield ZoomPanel(self.distance, id="headline-panel", classes="area bare")
            yield others
        yield losses

    def set_images(self, mode: ImageMode) -> None:
        self.sample_grid.set_mode(mode)
        self.film.set_mode(mode)

    def show_time(self, snapshot: Snapshot) -> None:
        """Why there are no images: of a silent program that is something else after a while."""
        self.sample_grid.wait(no_images(snapshot, self.run_directory, self.glyphs))

    def show(self, snapshot: Snapshot) -> None:
        """Numbers at every call; charts and samples, which cost more bytes than all numbers together, at their own pace."""
        state = snapshot.state
        objective = state.objective(self._loss)
        waiting = no_numbers(snapshot)
        self._show_probabilities(state, waiting)
        if not self.run_directory.task.ours:
            self._show_names(leading(state.scalars) if state.scalars else UNNAMED)
        self._show_lead(snapshot)
        self.losses.show(state, objective, waiting)
        self._show_numbers(snapshot)
        self.quality.show(snapshot)
        if self.due("film", FILM_SECONDS):
            self.film.show(snapshot)
        self.set_class(not snapshot.alive, "-over")
        self.tail.show(state)
        if not snapshot.recorded and (snapshot.moving or not self.system.known) and self.due("system", SYSTEM_SECONDS):
            self.system.ask(snapshot)
        if self.due("charts", CHARTS_SECONDS, state.step, YOUNG_CHART):
            self.losses.show_sparklines()
            growing = grows(snapshot)
            self._show_fd(state, growing=growing)
            self.loss_chart.show(state, objective, growing=growing)
            self.probability_chart.show(state, growing=growing)
        if snapshot.preview.images is None or snapshot.images_version == self._images_version:
            return
        if self.due("images", SOONEST if snapshot.recorded else self.sample_grid.seconds, snapshot.preview.step, YOUNG_IMAGES):
            self._images_version = snapshot.images_version
            self._show_images(snapshot)

    def _show_lead(self, snapshot: Snapshot) -> None:
        """The distance, and room for it; another program's run may have none, nor a D."""
        scalars, ours = snapshot.state.scalars, self.run_directory.task.ours
        self.distance.show(snapshot)
        measured, pulled = "fd" in scalars, ours or any(name in scalars for name in (*PROBABILITIES, *RANKING))
        self.set_class(measured, "-measured")
        self.set_class(not (measured or ours), "-no-distance")
        self.set_class(not (measured or pulled), "-no-lead")
        self.set_class(not pulled, "-no-d")

    def _show_fd(self, state: RunState, *, growing: bool) -> None:
        self.fd_chart.panel = floored(state)
        floor = state.scalars.get("fd_floor")
        aim = f"  floor {number(floor, 7, self.glyphs, METRICS['fd'].decimals).strip()}" if floor is not None else ""
        self._chart_panels["fd"].retitle(legend(self.fd_chart.panel) + aim)
        self.fd_chart.show(state, growing=growing)

    def _show_probabilities(self, state: RunState, waiting: str) -> None:
        """D's probabilities, or its pairwise accuracy where it gives none; of a run that has no D, its readings."""
        if not isinstance(self.probabilities, TugOfWar):
            self.probabilities.show(state)
            return
        given = state.outputs_probabilities(self._loss)
        if given != self._outputs_probabilities:
            self._outputs_probabilities = given
            self.probability_chart.panel = KNOWN["scores"] if given else RANKING_CHART
            self._chart_panels["probability"].retitle(legend(self.probability_chart.panel))
        self.probabilities.show(state, outputs_probabilities=given, waiting=waiting)

    def _show_names(self, names: Sequence[str]) -> None:
        """Of another program's run, whose numbers are called as its script calls them."""
        if tuple(names) != tuple(self.losses.names):
            self.losses.names = names
            self.loss_chart.panel = together(names)
            self._chart_panels["loss"].retitle(legend(self.loss_chart.panel))

    def _show_numbers(self, snapshot: Snapshot) -> None:
        """Charts, while another program's run has no images."""
        state = snapshot.state
        imageless = not self.run_directory.task.ours and snapshot.preview.images is None and bool(state.history)
        if self.has_class("-imageless") and not imageless:  # images have come, or what there was has been cut from the log
            self._samples.border_subtitle = None
            self._samples.retitle(self._what)
        self.set_class(imageless, "-imageless")
        if not imageless:
            return
        if not self.due("numbers", BOARD_SECONDS * max(1.0, self.numbers.size.area / BOARD_CELLS), state.step, YOUNG_CHART):
            self.numbers.show_newest(state)
        else:
            self.numbers.take(state, growing=grows(snapshot))
            room = self.numbers.size
            hidden = len(self.numbers.board.panels) - len(self.numbers.board.places(room.width, room.height))
            self._samples.retitle("numbers")
            self._samples.border_subtitle = f"3 has {hidden} more" if room and hidden else None

    def _show_images(self, snapshot: Snapshot) -> None:
        average = ["ema"] if snapshot.preview.ema else []
        self._samples.border_subtitle = None
        self._samples.retitle(f" {self.glyphs.middot} ".join([self._what, *moment_of(snapshot), *average]))
        self.sample_grid.show_sources(snapshot.real)
        self.sample_grid.show_names(snapshot.preview.names)
        if snapshot.preview.images is not None:
            self.sample_grid.show(snapshot.preview.images, snapshot.preview.scores)
        self._divide()

    def on_resize(self) -> None:
        self.call_after_refresh(self._divide)

    def _divide(self) -> None:
        """A picture that would have room to its left and right has that of the charts too."""
        beside_charts = self._samples.content_size - Size(0, CHARTS_HEIGHT * self.has_class("-picture-first"))
        self.set_class(self.sample_grid.is_low_in(beside_charts), "-picture-first")

    # Focus and zoom

    @property
    def panels(self) -> list[ZoomPanel]:
        """The panels that are on the screen, in reading order."""
        return [panel for panel in self.query(ZoomPanel) if panel.size and all(widget.display for widget in panel.ancestors_with_self)]

    def action_next_panel(self) -> None:
        self._move(1)

    def action_previous_panel(self) -> None:
        self._move(-1)

    def _move(self, by: int) -> None:
        panels = self.panels
        focused = [index for index, panel in enumerate(panels) if panel is self.screen.focused]
        if panels:
            focus_now(panels[((focused[0] if focused else (-1 if by > 0 else 0)) + by) % len(panels)])

    def action_zoom(self) -> None:
        """Give the focused panel the whole room, or open the view that says more; without a focus, the samples."""
        if self.has_class("-zoomed"):
            self._zoom_out()
            return
        focused = next((panel.id for panel in self.query(ZoomPanel) if panel is self.screen.focused), None) or "samples"
        if focused in VIEWS_BEHIND:
            self.app.call_later(self.app.run_action, f"app.view('{VIEWS_BEHIND[focused]}')")
            return
        self._zoomed_from = self.screen.focused or self
        panel = self.query_one(f"#{LARGER.get(focused, focused)}")
        for widget in panel.ancestors_with_self:
            if widget is self:
                break
            widget.add_class("-zoom")
        self.add_class("-zoomed")
        focus_now(panel)

    def on_click(self, event: events.Click) -> None:
        """A click focuses a panel, which Textual does; the second one zooms it. On what has a card, the screen decides."""
        if event.chain == 2 and not event.style.meta.get(TOPIC):
            self.action_zoom()

    def zoom_at(self, place: Offset) -> None:
        """The panel that the first click has focused."""
        if self.screen.focused in self.panels and self.screen.focused.region.contains_point(place):
            self.action_zoom()

    def _zoom_out(self) -> None:
        self.remove_class("-zoomed")
        self.query(".-zoom").remove_class("-zoom")
        focus_now(self._zoomed_from)

    def back(self) -> bool:
        """Out of the zoom, then away from the panel that is focused."""
        if self.has_class("-zoomed"):
            self._zoom_out()
        elif self.screen.focused is self:
            return False
        else:
            self.take_focus()
        return True
