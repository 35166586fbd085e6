"""`play`: two-dimensional GANs to learn from."""

import os

import click

from gan_tui.cli.group import ascii_option, check_theme, cli, colours_option, has_terminal, mouse_option, theme_option
from gan_tui.errors import UserError
from gan_tui.spec.play import LESSONS

TEXTUAL_FPS = "60"
"""How often a second Textual looks whether anything is to be drawn: of the other screens three times as seldom."""
NAMES = [lesson.name for lesson in LESSONS]


@cli.command(short_help="Play with GANs of two dimensions.", epilog=f"LESSON is one of: {', '.join(NAMES)}.")
@click.argument("lesson", type=click.Choice(NAMES), default=NAMES[0], metavar="[LESSON]")
@click.option(
    "--fps",
    type=click.FloatRange(1, 30),
    default=30.0,
    show_default=True,
    metavar="N",
    help="Pictures a second at most; a slow line gets fewer.",
)
@theme_option
@mouse_option
@colours_option
@ascii_option
def play(lesson: str, fps: float, theme: str | None, mouse: bool, colours: str) -> None:
    """Play with GANs of two dimensions: see D and G move, turn their knobs, draw their data.

    LESSON is where to begin. Nothing is written unless you press s.
    """
    os.environ.setdefault("TEXTUAL_FPS", TEXTUAL_FPS)  # Textual reads it as it is imported
    check_theme(theme)
    if not has_terminal():
        raise UserError("`gan-tui play` needs a terminal; docs/play.md shows what is to be seen there")
    from gan_tui.dashboard.open_play import open_play
    from gan_tui.render.terminal import Colours

    open_play(NAMES.index(lesson), theme, fps=fps, mouse=mouse, colours=None if colours == "auto" else Colours(colours))
