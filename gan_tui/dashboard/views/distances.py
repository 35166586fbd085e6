"""The view 4 of a run that makes a picture: all its numbers and their curves."""

from collections.abc import Iterable
from pathlib import Path

from textual.widget import Widget

from gan_tui.config import StyleConfig
from gan_tui.dashboard.chart_board import Board
from gan_tui.dashboard.commander import Commander
from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.views.quality import QualityView
from gan_tui.dashboard.views.view import View
from gan_tui.dashboard.widgets.charts import ChartArea
from gan_tui.dashboard.widgets.distances import DistanceTable, WhatIsMeasured
from gan_tui.dashboard.widgets.verdict_block import VerdictBlock
from gan_tui.errors import UserError
from gan_tui.printable import printable
from gan_tui.render.glyphs import Glyphs
from gan_tui.run.directory import RunDirectory
from gan_tui.spec.transfer import RANDOM, RANDOM_NAME

CHART_SECONDS = 5.0
"""Between two drawings of the charts."""
CHART_ROWS = 10
"""Lines that a chart wants here."""


class DistancesView(View):
    """What the quality view is to a GAN."""

    TITLE = QualityView.TITLE
    WHOLE_VERDICT = True

    def __init__(self, run: RunDirectory, commander: Commander, glyphs: Glyphs) -> None:
        super().__init__(run, commander, glyphs)
        self._verdict = VerdictBlock(run.cli_name, glyphs, id="verdict")
        self._heading = WhatIsMeasured(_heading(run), glyphs, id="quality-heading")
        self._table = DistanceTable(run.task, glyphs, id="quality-table")
        self._table.add_class("-as-long")
        self._charts = ChartArea(run, glyphs, Board(glyphs, markable=False, rows=CHART_ROWS), id="quality-charts")

    def compose(self) -> Iterable[Widget]:
        yield self._verdict
        yield self._heading
        yield self._table
        yield self._charts

    def show(self, snapshot: Snapshot) -> None:
        state = snapshot.state
        self._verdict.show(snapshot)
        self._heading.show(snapshot)
        self._table.show(state)
        if self.due("charts", CHART_SECONDS):
            self._charts.take(state, growing=snapshot.alive and state.outcome is None)


def _heading(run: RunDirectory) -> str:
    """What pictures are compared in: of a style transfer, the file that was said, if any."""
    try:
        settings = run.settings()
    except UserError:
        return run.task.heading
    said = isinstance(settings, StyleConfig) and settings.transfer.features
    if said == RANDOM:
        return f"features of {RANDOM_NAME}, which has learned nothing"
    return f"features of {printable(Path(said).name)}" if said else run.task.heading
