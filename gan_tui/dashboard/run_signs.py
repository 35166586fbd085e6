"""By which a run is known among those that are compared: in the list where it is marked, and beside its curves."""

from rich.style import Style
from textual.theme import Theme

from gan_tui.render.compare import RUN_CHARACTERS, RUN_MARKERS
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import RUN_COLOURS, RUN_COLOURS_ON_LIGHT


def sign_of_run(position: int, glyphs: Glyphs) -> str:
    """Of the first, second, ... that was marked; those that have no room beside the others have no sign of their own."""
    signs = RUN_MARKERS if glyphs.unicode else RUN_CHARACTERS
    return signs[position] if position < len(signs) else glyphs.middot


def colour_of_run(position: int, theme: Theme) -> Style:
    """On the ground of that theme."""
    colours = RUN_COLOURS if theme.dark else RUN_COLOURS_ON_LIGHT
    return Style(color=colours[position % len(colours)])
