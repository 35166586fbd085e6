"""Around the field of `gan-tui play`: the head with lesson and state, and the numbers, knobs, legend and charts beside it."""

from collections.abc import Iterable

from textual.containers import Container, Horizontal
from textual.widget import Widget

from gan_tui.dashboard.play_state import Play
from gan_tui.dashboard.widgets.charts import HistoryChart, legend
from gan_tui.dashboard.widgets.field import Field
from gan_tui.dashboard.widgets.line_widget import TextLine
from gan_tui.dashboard.widgets.losses_and_scores import Losses, Probabilities
from gan_tui.dashboard.widgets.play_panels import Covered, KnobPanel, Legend, Updates
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.panels import KNOWN
from gan_tui.render.styles import Role
from gan_tui.render.text import quantity
from gan_tui.spec.metrics import LOSSES
from gan_tui.spec.objectives import OBJECTIVES
from gan_tui.spec.play import LESSONS

HINT, SHORT_HINT = "draw with the mouse", "draw: mouse"
AROUND = 2
"""Columns between title and state, and behind both."""


class PlayHead(Horizontal):
    """The lesson's title, or what else is to be said, and the state."""

    def __init__(self, glyphs: Glyphs) -> None:
        self._glyphs = glyphs
        self._title = TextLine(glyphs, role=Role.STRONG, id="play-title")
        self._state = TextLine(glyphs, role=Role.MUTED, right=True, id="play-state")
        super().__init__(self._title, self._state, id="play-head")

    def show(self, play: Play, *, begun: bool, trouble: str, notice: str, rate: float | None) -> None:
        """`begun`: the process is there. `rate`: steps a second."""
        if trouble:
            state = "ended"
        elif not begun:
            state = f"starting{self._glyphs.ellipsis}"
        elif play.empty:  # paused or not, it waits for points
            state = HINT
        elif not play.playing:
            state = "paused"
        elif play.trained is None:  # the first steps take torch seconds
            state = f"starting{self._glyphs.ellipsis}"
        else:
            state = "training" if rate is None else f"{quantity(rate):>5} steps/s"
        title = f"lesson {play.number + 1} of {len(LESSONS)}: {play.lesson.title}"
        seed = f", seed {play.seed}" if play.seed != play.lesson.seed else ""
        title += seed
        if self.size.width < len(title) + len(state) + AROUND:
            title = f"{play.number + 1}/{len(LESSONS)} {play.lesson.title}{seed}"
        if state == HINT and self.size.width < len(title) + len(state) + AROUND:
            state = SHORT_HINT
        self._state.say(state)
        self._title.say(trouble or notice or title, Role.ERROR if trouble else None)


class PlaySide(Container):
    """What is known, and what can be turned."""

    def __init__(self, field: Field, glyphs: Glyphs) -> None:
        super().__init__(id="play-side")
        self._updates, self._covered = Updates(glyphs, id="play-updates"), Covered(glyphs, id="play-covered")
        self._losses = Losses(glyphs, (*LOSSES, "g_grad"), id="play-losses")
        self._scores = Probabilities(glyphs, id="play-scores")
        self._knobs = KnobPanel(glyphs, id="play-knobs")
        self.legend = Legend(field, glyphs, id="play-legend")
        self._charts = [HistoryChart(KNOWN[name], glyphs, id=f"play-{name}-chart") for name in ("losses", "scores")]
        for chart in self._charts:
            chart.add_class("boxed")
            chart.border_title = legend(chart.panel)

    def compose(self) -> Iterable[Widget]:
        yield from (self._updates, self._losses, self._scores, self._covered, self._knobs, self.legend, *self._charts)

    def show_numbers(self, play: Play) -> None:
        objective = OBJECTIVES[play.knobs.loss]
        self._updates.show(play)
        self._covered.show(play)
        self._losses.show(play.state, objective)
        self._losses.show_sparklines()
        self._scores.show(play.state, outputs_probabilities=objective.probabilities)
        for chart in self._charts:
            chart.show(play.state, objective)

    def show_knobs(self, play: Play) -> None:
        """And what the legend has to explain."""
        self._knobs.show(play)
        self.legend.show(play)
