"""Two runs or more side by side: their numbers in one chart, their samples beside each other, their settings where they differ."""

import asyncio
import os
from collections.abc import Sequence
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.events import Resize

from gan_tui.counted import counted
from gan_tui.dashboard.browser_commands import COMPARE_COMMANDS, COMPARE_LEGEND
from gan_tui.dashboard.pacing import PacedScreen
from gan_tui.dashboard.run_list import MOST_COMPARED
from gan_tui.dashboard.screens.help import HelpScreen, help_on_keys
from gan_tui.dashboard.widgets.comparison import Compared, Curves, Differences, Scoreboard
from gan_tui.dashboard.widgets.key_bar import KeyBar
from gan_tui.dashboard.widgets.line_widget import TextLine
from gan_tui.dashboard.widgets.sample_grid import Thumbnails
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.text import fit_both_ends
from gan_tui.run.directory import RunDirectory
from gan_tui.run.features import networks_of
from gan_tui.spec.metrics import HEADLINE

LOOK_SECONDS = 2.0
SAMPLES = 18
"""Cells that a run's samples need."""
SMOOTHING = (1, 5, 25)
"""Points of which each shown point is the mean."""
DIFFERENCES = 8
"""Lines of settings that differ, at most."""


class CompareScreen(PacedScreen[None]):
    """Follows all its runs at a slow pace."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(key, command.action, show=False, priority=key.startswith("ctrl+"))
            for command in COMPARE_COMMANDS
            for key in command.key.split(",")
            if command.action != "chart"
        ),
        Binding("left,h,shift+tab", "chart(-1)", show=False),
        Binding("right,l,tab", "chart(1)", show=False),
    ]
    AUTO_FOCUS = ""

    def __init__(self, runs: Sequence[RunDirectory], glyphs: Glyphs, *, colourful: bool = True) -> None:
        super().__init__(classes="" if glyphs.unicode else "-ascii")
        self._glyphs = glyphs
        self.runs = [Compared(run, position, glyphs) for position, run in enumerate(runs[:MOST_COMPARED])]
        self._left_out = len(runs) - len(self.runs)
        self._versions = [-1] * len(self.runs)
        self.title_line = TextLine(glyphs, id="compare-title")
        self.board = Scoreboard(self.runs, glyphs, id="board")
        self.curves = Curves(self.runs, glyphs, colourful=colourful and "NO_COLOR" not in os.environ, id="curves")
        self.samples = [Thumbnails(glyphs) for _ in self.runs]
        self.boxes = [Container(samples, classes="compare-box") for samples in self.samples]
        self.differences = Differences(self.runs, glyphs, id="differences")
        self._zoom = 0

    def compose(self) -> ComposeResult:
        """Numbers, chart, samples, settings."""
        yield self.title_line
        yield self.board
        yield self.curves
        with Horizontal(id="compare-samples"):
            yield from self.boxes
        yield self.differences
        yield KeyBar(self._glyphs, COMPARE_COMMANDS, id="compare-keys")

    def on_mount(self) -> None:
        """As many lines as there are runs."""
        self.board.styles.height = len(self.runs) + 1
        self.differences.styles.height = min(DIFFERENCES, max(1, len(self.differences.names)))
        self._say()
        self._follow()

    def on_resize(self, event: Resize) -> None:
        """Samples of as many runs as have room."""
        room = max(1, (event.size.width - 2) // SAMPLES)
        each = (event.size.width - 2) // min(room, len(self.boxes))
        for position, box in enumerate(self.boxes):
            box.display = position < room
            name = f"{self.runs[position].sign} {self.runs[position].name}"
            box.border_title = fit_both_ends(name, each - 6, self._glyphs).replace("[", r"\[")

    @work(exit_on_error=False)
    async def _follow(self) -> None:
        while True:
            changed = False
            for run in self.runs:
                changed |= run.follower.look()
                while run.follower.behind:
                    self.curves.waiting = f"reading {run.name}{self._glyphs.ellipsis}"
                    run.follower.look()
                    await asyncio.sleep(0)
            self.curves.waiting = ""
            if changed:
                self._draw()
            await asyncio.sleep(LOOK_SECONDS)

    def _draw(self) -> None:
        self.board.redraw()
        self.curves.redraw()
        self._say()
        for position, run in enumerate(self.runs):
            snapshot = run.snapshot
            if snapshot.images_version != self._versions[position]:
                self._versions[position] = snapshot.images_version
                self.samples[position].show(snapshot.preview.images)
        self._divide()

    def _say(self) -> None:
        words = f"compare  {counted(len(self.runs), 'run')}"
        if self._left_out:
            words += f" ({self._left_out} more have no room)"
        smooth, log = self.curves.request.smooth, self.curves.request.log
        words += f" {self._glyphs.middot} means of {smooth} points at most" if smooth > 1 else ""
        words += f" {self._glyphs.middot} logarithmic" if log else ""
        words += f" {self._glyphs.middot} no number in common" if self.curves.unlike else ""
        apart = len(networks_of([run.snapshot.state for run in self.runs], HEADLINE))
        words += f" {self._glyphs.middot} FD of {apart} feature networks: not comparable" if apart > 1 else ""
        self.title_line.say(words, Role.STRONG)

    def tell(self, words: str, role: Role = Role.TEXT) -> None:
        """Say something in the first line."""
        self.title_line.say(words, role)

    def action_chart(self, by: int) -> None:
        self.curves.move(by)

    def action_zoom(self) -> None:
        """The chart alone, the samples alone, or both."""
        self._zoom = (self._zoom + 1) % 3
        self._divide()

    def _divide(self) -> None:
        """Of runs none of which has samples, the chart has all of the room."""
        imageless = not any(run.snapshot.preview.images for run in self.runs)
        self.set_class(self._zoom == 1 or (imageless and self._zoom == 0), "-chart-only")
        self.set_class(self._zoom == 2, "-samples-only")

    def action_log_axis(self) -> None:
        self.curves.request = self.curves.request._replace(log=not self.curves.request.log)
        self._say()
        self.curves.redraw()

    def action_smooth(self) -> None:
        """More neighbours, or none."""
        following = SMOOTHING[(SMOOTHING.index(self.curves.request.smooth) + 1) % len(SMOOTHING)]
        self.curves.request = self.curves.request._replace(smooth=following)
        self._say()
        self.curves.redraw()

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(help_on_keys(COMPARE_COMMANDS, COMPARE_LEGEND), self._glyphs))

    def action_back(self) -> None:
        self.dismiss()
