"""One run on the whole terminal, from its first moment to what stands in the scrollback behind it."""

from collections.abc import Sequence
from contextlib import nullcontext

from gan_tui import garbage
from gan_tui.dashboard.trainer_process import TrainerProcess
from gan_tui.errors import MISTAKEN
from gan_tui.output import say
from gan_tui.render.images import ImageMode
from gan_tui.render.terminal import Colours
from gan_tui.run.delete import Skeleton
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import Mode
from gan_tui.run.places import typed
from gan_tui.run.presence import Presence


def open_dashboard(
    run: RunDirectory,
    mode: Mode,
    theme: str | None = None,
    *,
    trainer_command: Sequence[str] | None = None,
    fps: float | None = None,
    mouse: bool = True,
    images: ImageMode | None = None,
    colours: Colours | None = None,
    made: Skeleton | None = None,
    listed: bool = False,
) -> int:
    """Show `run` until the person leaves, then leave a summary in the terminal's scrollback.

    MISTAKEN comes back where the trainer that this started was refused what it was asked for, else 0; a run that was `made` for that goes.

    Raises UserError for a theme that is unknown or broken, and where no trainer can be started. One that this started goes on.
    `trainer_command` is another trainer than gan-tui's own; `fps` bounds the drawings a second; `colours` outranks what the terminal says.
    `listed`: it comes from a list of runs, to which `esc` goes back as `q` does.
    Without `mouse` the terminal's own selecting and copying needs no shift key, through SSH and tmux too.
    """
    trainer = TrainerProcess(run, trainer_command) if mode is Mode.TRAIN else None  # it imports torch while this imports Textual
    with trainer.or_neither() if trainer else nullcontext():
        with garbage.nothing_goes():
            from gan_tui.dashboard import summary
            from gan_tui.dashboard.app import Dashboard
            from gan_tui.dashboard.line import GONE_SECONDS
            from gan_tui.dashboard.themed_app import say_what_broke

        app = Dashboard(run, mode, theme, trainer=trainer, fps=fps, images=images, colours=colours)
    app.listed = listed
    app.presence = Presence(run.path)
    app.presence.enter()
    app.run(mouse=mouse)
    app.presence.leave()
    status = MISTAKEN if app.trainer is not None and app.trainer.exit_code == MISTAKEN else 0
    if app.trainer is not None:
        app.trainer.let_go()
    if status == MISTAKEN and made is not None:
        made.discard(mistaken=True)
    summary.leave_behind(run, app.snapshot)
    if app.line_is_gone:
        say(f"this terminal had not answered for {GONE_SECONDS / 60:.0f} minutes, so the screen was closed")
    going = app.snapshot is not None and app.snapshot.alive and not app.snapshot.state.outcome
    verb = "attach" if going else "watch"
    again = f"`{typed(f'gan-tui {verb} {run.cli_name}')}` shows it again"
    say_what_broke(app, run.path, f"the training goes on, and {again}" if going else again)
    return status
