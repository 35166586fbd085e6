"""Dialogs in a frame over a screen with frames: two edges of one width, a line apart, would read as one box that is broken."""

from typing import TypeVar

from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget

from gan_tui.dashboard.pacing import PacedDialog

Result = TypeVar("Result")


def over_edges(own: Region, behind: Screen[object]) -> Region:
    """`own`, a line higher or deeper where the edge of a frame behind would lie along its own."""
    frames = [widget.region for widget in behind.query("*") if widget.styles.border_bottom[0]]
    covered = [frame for frame in frames if (frame.x, frame.width) == (own.x, own.width) and frame.overlaps(own)]
    top = own.y - any(frame.y == own.y - 1 for frame in covered)
    bottom = own.bottom + any(frame.bottom == own.bottom + 1 for frame in covered)
    return Region(own.x, top, own.width, bottom - top)


class FramedDialog(PacedDialog[Result]):
    """One in the middle."""

    frame: Widget

    def on_mount(self) -> None:
        """Once it has its place."""
        self.call_after_refresh(self._reach_over)

    def on_resize(self) -> None:
        """In its own room first, and then from there."""
        self.frame.styles.min_height = None
        self.frame.styles.offset = (0, 0)
        self.call_after_refresh(self._reach_over)

    def _reach_over(self) -> None:
        wanted = over_edges(self.frame.region, self.behind)
        if wanted != self.frame.region:
            self.frame.styles.min_height = wanted.height
            self.frame.styles.offset = (0, wanted.y - (self.size.height - wanted.height) // 2)
