"""`replay`: the training of a run once more, on the screen and faster."""

from pathlib import Path

import click

from gan_tui.cli.group import ScreenOptions, check_theme, cli, has_terminal, runs_dir_option, screen_options
from gan_tui.cli.which_run import find_run, run_or_newest
from gan_tui.errors import UserError
from gan_tui.run.damage import refuse_damaged
from gan_tui.run.directory import RunDirectory

SPEED = 60.0


@cli.command(short_help="Watch a run's training again, faster.")
@run_or_newest
@click.option("--speed", type=click.FloatRange(0.02, 65_536), metavar="X", help=f"Times as fast as it was trained.  [default: {SPEED:g}]")
@click.option("--seconds", type=click.FloatRange(1, 86_400), metavar="S", help="Instead: the whole run in so many seconds.")
@runs_dir_option
@screen_options
def replay(run: str | None, speed: float | None, seconds: float | None, runs_dir: Path, screen: ScreenOptions) -> None:
    """Watch a run's training again: every view as it was then, from the log and the saved grids.

    space pauses, > and < change the speed, . and , go on and back; all other keys are those of `watch`. Pauses, and nights before a resume,
    take a second. A run that still trains is played as far as it is now.
    """
    if speed and seconds:
        raise UserError("--speed and --seconds say the same thing twice: ask for one of them")
    found = find_run(runs_dir, run)
    check_recorded(found)
    check_theme(screen.theme)
    if not has_terminal():
        raise UserError(f"a replay needs a terminal; `gan-tui cast {found.cli_name} -o film.gif` makes a film of it without one")
    from gan_tui.dashboard.playback import Playback
    from gan_tui.dashboard.replay import Replay, open_replay
    from gan_tui.render.images import ImageMode

    playback = Playback(found)
    speed = max(0.02, playback.recording.length / seconds) if seconds else speed or SPEED
    images = ImageMode(screen.images) if screen.images else None
    open_replay(
        Replay(found, playback, speed, screen.theme, fps=screen.fps, images=images, colours=screen.how_many_colours), mouse=screen.mouse
    )


def check_recorded(run: RunDirectory) -> None:
    """Raises UserError where there is nothing to be played."""
    refuse_damaged(run)
    if not run.events.exists() or not run.events.stat().st_size:
        raise UserError(f"{run.name} has recorded nothing yet: there is nothing to be played")
