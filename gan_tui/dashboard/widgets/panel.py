"""A part of a view that can be looked at alone."""

from typing import Self

from textual.containers import Container
from textual.geometry import Region


class Box(Container):
    """A container whose title changes while the run goes on."""

    _retitling = False

    def retitle(self, title: str) -> None:
        """Another title, at the cost of one line: Textual would send the whole panel with all that is in it anew."""
        if title != self.border_title:
            self._retitling = True
            self.border_title = title
            self._retitling = False

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Textual's, but for a new title its line only; regions count from the inner corner."""
        if self._retitling:
            regions = (Region(-self.gutter.left, -self.gutter.top, self.outer_size.width, 1),)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)


class Panel(Box, can_focus=True):
    """Holds the focus (tab, or a click), which its border or its ground shows quietly; `enter` then gives it the whole room."""
