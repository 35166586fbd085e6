"""The charts of the view `charts`: the curves of a run, and pictures of what no curve can show. No Textual in here."""

from collections.abc import Sequence
from dataclasses import dataclass

from gan_tui.dashboard.chart_board import Board, Drawn, Place
from gan_tui.render.figure import Span, spans
from gan_tui.render.logits import LOGITS, draw_logits, moment_at
from gan_tui.render.panels import KNOWN
from gan_tui.render.text import fit
from gan_tui.run.state import RunState
from gan_tui.spec.objectives import Objective


@dataclass
class RunBoard(Board):
    """Pictures stand behind the charts that every run has, before those of single numbers."""

    def take(self, state: RunState, objective: Objective | None, *, growing: bool) -> None:
        selected = self.selected
        super().take(state, objective, growing=growing)
        if state.logits:
            self.panels.insert(sum(panel.key in KNOWN for panel in self.panels), LOGITS)
        self.selected = min(selected, max(0, len(self.panels) - 1))

    def _draw(self, place: Place) -> Drawn:
        return Drawn([], None, []) if place.panel is LOGITS else super()._draw(place)

    def _chart(self, place: Place, *, mark: bool) -> list[list[Span]]:
        """A picture shows the evaluation at the cursor, so it is drawn at every look."""
        if place.panel is not LOGITS:
            return super()._chart(place, mark=mark)
        sign = [(f"{self.glyphs.arrow} " if self.panels[self.selected] is LOGITS else "  ", "accent")] if mark else []
        moment = moment_at(self.state.logits, self.pointed)
        words = fit(f"{LOGITS.key}  ", place.width - 2 * mark, self.glyphs)
        what = fit(f"of D, evaluation of step {moment.step:,}", max(0, place.width - 2 * mark - len(words)), self.glyphs)
        rows = draw_logits(self.state.logits, self.look(LOGITS), self.pointed, place.width, place.height - 1, self.glyphs)
        return [[*sign, (words, "strong"), (what, "muted")], *(spans(row) for row in rows)]

    def point(self, x: int, y: int, places: Sequence[Place]) -> bool:
        """A click on a picture marks it: the steps below it lie elsewhere than in a chart."""
        for place in places:
            if place.panel is LOGITS and place.x <= x < place.x + place.width and place.y <= y < place.y + place.height:
                self.selected = self.panels.index(LOGITS)
                return True
        return super().point(x, y, places)
