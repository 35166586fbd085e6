"""The view `quality`: how good the samples are, and what to make of the run."""

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget

from gan_tui.dashboard.commander import Commander
from gan_tui.dashboard.commands import bindings
from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.quality_board import QualityBoard
from gan_tui.dashboard.verdicts import budget_of, verdict_of, without_evaluations
from gan_tui.dashboard.views.view import View
from gan_tui.dashboard.widgets.charts import ChartArea
from gan_tui.dashboard.widgets.line_widget import Paragraph, TextLine
from gan_tui.dashboard.widgets.quality_table import ClassShares, QualityTable, heading
from gan_tui.dashboard.widgets.verdict_block import VerdictBlock
from gan_tui.errors import UserError
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.run.directory import RunDirectory
from gan_tui.run.state import RunState

CHART_SECONDS = 10.0
"""Between two drawings of the charts while there is no newer evaluation: only their horizontal axis grows."""


class QualityView(View):
    """The advice that belongs to the verdict, every number of the newest evaluation, and the curves of what tells most."""

    TITLE = "quality"
    WHOLE_VERDICT = True
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("quality")]

    def __init__(self, run: RunDirectory, commander: Commander, glyphs: Glyphs) -> None:
        super().__init__(run, commander, glyphs)
        self._verdict = VerdictBlock(run.cli_name, glyphs, id="verdict")
        self._budget = budget_of(run)
        self._heading = TextLine(glyphs, role=Role.MUTED, id="quality-heading")
        self._outlook = Paragraph(glyphs, Role.MUTED, id="outlook")
        self._class_shares = ClassShares(glyphs, _class_name(run), id="class-shares")
        self._table = QualityTable(glyphs, id="quality-table")
        self.charts = ChartArea(run, glyphs, QualityBoard(glyphs), id="quality-charts")
        self._shown: tuple[object, ...] = ()

    def compose(self) -> Iterable[Widget]:
        yield self._verdict
        yield self._heading
        yield self._outlook
        yield self.charts
        with Container(id="quality-numbers"):
            yield self._class_shares
            yield self._table

    def show(self, snapshot: Snapshot) -> None:
        state = snapshot.state
        self._verdict.show(snapshot)
        if state.evaluation is None:
            self._outlook.say(without_evaluations(snapshot, self._budget, self.run_directory.cli_name))
        else:
            words, stale = heading(snapshot, self._heading.size.width or self.app.size.width - 2)
            self._heading.say(words, Role.WARNING if stale else None)
            self._outlook.say(state.evaluation.outlook)
        self._class_shares.show(state)
        self._table.show(state)
        self.set_class(state.evaluation is None, "-unmeasured")
        over = state.outcome is not None or not snapshot.alive  # nothing is to come any more: the verdict is what there is to say
        self.set_class(state.evaluation is not None and (not state.evaluation.outlook or over or _is_alarmed(state)), "-no-outlook")
        self.set_class(state.evaluation is None or not state.evaluation.shares, "-no-classes")
        shown = (id(state), id(state.evaluation), len(state.marks), snapshot.name)
        if state.evaluation is not None and (self.due("charts", CHART_SECONDS) or shown != self._shown):
            self._shown = shown
            self.charts.take(state, growing=snapshot.alive and state.outcome is None)

    def back(self) -> bool:
        """Away with the cursor that a click has put on the charts."""
        if self.charts.board.cursor is None:
            return False
        self.charts.board.cursor = None
        self.charts.redraw()
        return True


def _is_alarmed(state: RunState) -> bool:
    """Has the verdict graver things to say than how far FD is from standing still?"""
    verdict = verdict_of(state)
    return verdict is not None and verdict.level in ("warning", "bad")


def _class_name(run: RunDirectory) -> Callable[[int], str]:
    """What the classes of the run's data are called."""
    try:
        return run.config().data.class_name
    except UserError:
        return str
