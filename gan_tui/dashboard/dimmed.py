"""What lies behind a dialog: dimmed, but for the colours that say which image a cell shows (`gan_tui/render/kitty.py`).

Textual would dim those too: a terminal that shows images would then find none under them, or others.
"""

from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.renderables.background_screen import BackgroundScreen

from gan_tui.render.kitty import PLACEHOLDER


class DimmedScreen(BackgroundScreen):
    """The screen below."""

    @classmethod
    def process_segments(cls, segments: Iterable[Segment], color: Color) -> Iterable[Segment]:
        """The segments under a tint."""
        for before in segments:
            (segment,) = super().process_segments((before,), color)
            if PLACEHOLDER in segment.text and segment.style is not None and before.style is not None:
                segment = Segment(segment.text, segment.style + Style(color=before.style.color))
            yield segment
