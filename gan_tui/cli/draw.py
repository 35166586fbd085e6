"""`draw`: a drawing board whose pictures a run's generator draws."""

from pathlib import Path

from gan_tui.cli.group import ScreenOptions, check_theme, cli, has_terminal, runs_dir_option, screen_options
from gan_tui.cli.which_run import find_run, run_or_newest
from gan_tui.errors import UserError


@cli.command(short_help="Draw outlines, and see their picture as it grows.")
@run_or_newest
@runs_dir_option
@screen_options
def draw(run: str | None, runs_dir: Path, screen: ScreenOptions) -> None:
    """Draw an outline with the mouse, or the arrows, and see its picture as it grows. For runs of the preset outline."""
    check_theme(screen.theme)
    found = find_run(runs_dir, run)
    if not found.outlines:
        raise UserError(f"{found.name} does not draw from outlines: `gan-tui --preset outline` trains a run that does")
    if not has_terminal():
        raise UserError(f"the drawing board needs a terminal; `gan-tui render {found.cli_name} OUTLINE.png` does without")
    from gan_tui.dashboard.open_board import open_board
    from gan_tui.render.images import ImageMode

    images = ImageMode(screen.images or "half")
    open_board(found, screen.theme, mouse=screen.mouse, images=images, colours=screen.how_many_colours)
