"""The charts of the view `charts`: the curves of a run, and pictures of what no curve can show. No Textual in here."""

from collections.abc import Sequence
from dataclasses import dataclass

from gan_tui.dashboard.chart_board import Board, Place
from gan_tui.dashboard.drawn_chart import Drawn
from gan_tui.render.figure import Span, spans
from gan_tui.render.layers import LAYERS, draw_layers
from gan_tui.render.logits import LOGITS, draw_logits, moment_at
from gan_tui.render.panels import KNOWN
from gan_tui.render.text import fit
from gan_tui.run.inside import Layer
from gan_tui.run.state import RunState
from gan_tui.spec.objectives import Objective


@dataclass
class RunBoard(Board):
    """Pictures stand behind the charts that every run has, before those of single numbers."""

    def take(self, state: RunState, objective: Objective | None, *, growing: bool) -> None:
        selected = self.selected
        super().take(state, objective, growing=growing)
        behind = max((place for place, panel in enumerate(self.panels, 1) if panel.key in KNOWN and panel.key != "throughput"), default=0)
        behind += [panel.key for panel in self.panels[behind : behind + 1]] == ["throughput"]
        self.panels[behind:behind] = [LOGITS] * bool(state.logits) + [LAYERS] * bool(self._layers)
        self.selected = min(selected, max(0, len(self.panels) - 1))

    @property
    def _layers(self) -> Sequence[Layer]:
        """As the newest evaluation saw them."""
        return self.state.evaluation.layers if self.state.evaluation else ()

    def _draw(self, place: Place) -> Drawn:
        return super()._draw(place) if place.panel.scalars else Drawn([], None, [])

    def _chart(self, place: Place, *, mark: bool) -> list[list[Span]]:
        """A picture shows the evaluation at the cursor where that is kept, so it is drawn at every look."""
        panel = place.panel
        if panel.scalars:
            return super()._chart(place, mark=mark)
        sign = [(f"{self.glyphs.arrow} " if self.panels[self.selected] is panel else "  ", "accent")] if mark else []
        what, lines = self._logits(place) if panel is LOGITS else self._table(place)
        words = fit(f"{panel.key}  ", place.width - 2 * mark, self.glyphs)
        about = fit(what, max(0, place.width - 2 * mark - len(words)), self.glyphs)
        return [[*sign, (words, "strong"), (about, "muted")], *lines]

    def _logits(self, place: Place) -> tuple[str, list[list[Span]]]:
        moment = moment_at(self.state.logits, self.pointed)
        rows = draw_logits(self.state.logits, self.look(LOGITS), self.pointed, place.width, place.height - 1, self.glyphs)
        return f"of D, evaluation of step {moment.step:,}", [spans(row) for row in rows]

    def _table(self, place: Place) -> tuple[str, list[list[Span]]]:
        step = self.state.evaluation.step if self.state.evaluation else 0
        lines = draw_layers(self._layers, place.width, place.height - 1, self.glyphs)
        return f"of both networks in one batch, evaluation of step {step:,}", lines

    def point(self, x: int, y: int, places: Sequence[Place]) -> bool:
        """A click on a picture marks it: the steps below it lie elsewhere than in a chart."""
        for place in places:
            if not place.panel.scalars and place.x <= x < place.x + place.width and place.y <= y < place.y + place.height:
                self.selected = self.panels.index(place.panel)
                return True
        return super().point(x, y, places)
