"""The group that all commands belong to, the arguments that several of them share, and how they print."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
from click.shell_completion import CompletionItem

from gan_tui import __version__, garbage
from gan_tui.cli import complete
from gan_tui.cli.meant import no_command
from gan_tui.cli.typed import Command, Context, typed
from gan_tui.cli.wrapping import wrapped
from gan_tui.errors import UserError
from gan_tui.printable import printable, printable_lines
from gan_tui.run import directory
from gan_tui.run.delete import Skeleton
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import Mode

if TYPE_CHECKING:
    from gan_tui.render.terminal import Colours

Result = TypeVar("Result")


class DefaultToTrain(click.Group):
    """`gan-tui --epochs 3` is `gan-tui train --epochs 3`, and `gan-tui` alone is `gan-tui train`."""

    command_class = Command
    context_class = Context
    homes: Mapping[str, str] = {}
    """The module below `gan_tui.cli` that a command is in, imported once that is asked for: a shell's prompt waits for `status`."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """From its module; None where there is no such command."""
        del ctx
        if cmd_name in self.homes:
            with garbage.none_made():
                import_module(f"gan_tui.cli.{self.homes[cmd_name]}")
        return self._known.get(cmd_name)

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Called by a module for each of its commands."""
        self._known[str(name or cmd.name)] = cmd

    @property  # type: ignore[override]
    def commands(self) -> dict[str, click.Command]:
        """All of them, imported."""
        for module in dict.fromkeys(self.homes.values()):
            import_module(f"gan_tui.cli.{module}")
        return self._known

    @commands.setter
    def commands(self, commands: dict[str, click.Command]) -> None:
        self._known = commands

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `train` where no command is named."""
        own = {option for parameter in self.get_params(ctx) for option in parameter.opts}
        if ctx.resilient_parsing and not args:
            return super().parse_args(ctx, args)  # a shell asks what may stand here: the commands, too
        if not args or (args[0].startswith("-") and args[0] not in own):
            at = self._command_behind_options(args)
            args = ["train", *args] if at is None else [args[at], *args[:at], *args[at + 1 :]]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Raises UsageError for a word that is no command."""
        if self.get_command(ctx, args[0]) is None and not ctx.resilient_parsing:
            raise click.UsageError(no_command(args[0], [name for name, command in self.commands.items() if not command.hidden]), ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands, and the options of `train`, which needs no name."""
        found = super().shell_complete(ctx, incomplete)
        if incomplete.startswith("-"):
            train = self.commands["train"]
            found += train.shell_complete(click.Context(train, ctx, "train", resilient_parsing=True), incomplete)
        return found

    def _command_behind_options(self, args: Sequence[str]) -> int | None:
        """Where a command is named behind options of its own, as in `gan-tui --ascii style PICTURE`; None where none is."""
        if not any(arg in self.homes for arg in args):
            return None
        options = [option for command in self.commands.values() for option in command.params if isinstance(option, click.Option)]
        flags = {name for option in options if option.is_flag for name in option.opts}  # --dry-run of train, where run has a value
        with_value = {name for option in options for name in option.opts} - flags
        at = 0
        while at < len(args) and args[at].startswith("-"):
            at += 2 if args[at] in with_value else 1
        return at if at < len(args) and args[at] in self.commands else None


DRAWN = ("ascii", "half", "braille", "pixels")
"""How images can be drawn."""
runs_dir_option = click.option(
    "--runs-dir",
    type=click.Path(path_type=Path, file_okay=False),
    callback=lambda _ctx, _param, value: directory.expand(str(value)) if value else directory.default_runs_dir(),
    help=f"Folder that holds the runs.  [default: ${directory.RUNS_VARIABLE}, else ~/gan-tui-runs]",
)
theme_option = click.option("--theme", metavar="NAME", shell_complete=complete.themes, help="Colours; `gan-tui themes` lists them.")
fps_option = click.option(
    "--fps",
    type=click.FloatRange(0.1, 20),
    metavar="N",
    help="Drawings of the screen a second at most.  [default: 2.2; of a run on two cores 1]",
)
mouse_option = click.option("--mouse/--no-mouse", default=True, help="Without it the terminal selects text as ever (with it: hold shift).")


class _HowDrawn(click.Choice[str]):
    """Of `run`, whose users think of their files, also a pattern of files."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if ctx is not None and ctx.command.name == "run" and any(sign in value for sign in "*?[./"):
            return value
        return super().convert(value, param, ctx)


images_option = click.option(
    "--images", type=_HowDrawn(DRAWN), default=None,
    help="How images are drawn; m changes and remembers it. pixels: kitty's and Ghostty's own.  [default: grey ascii, coloured half]",
)  # fmt: skip
colours_option = click.option(
    "--colours", "--colors", type=click.Choice(["auto", "none", "16", "256", "true"]), default="auto", show_default=True,
    help="How many colours. auto: what NO_COLOR, the environment and the terminal itself say.",
)  # fmt: skip


def _choose_characters(ctx: click.Context, _param: click.Parameter, ascii_only: bool | None) -> None:
    """From now on; a frame that is printed once (`--once`, which is eager) changes nothing for later."""
    if ascii_only is None:
        return
    from gan_tui.render import glyphs

    glyphs.choose(ascii_only=ascii_only)
    if not ctx.params.get("once"):
        glyphs.remember(ascii_only=ascii_only)


ascii_option = click.option(
    "--ascii/--unicode", default=None, callback=_choose_characters, expose_value=False,
    help="Draw with plain ASCII, for fonts without dots and blocks; or with what the locale has. Remembered.",
)  # fmt: skip


@dataclass(frozen=True)
class ScreenOptions:
    """How a person wants the screen."""

    theme: str | None = None
    fps: float | None = None
    """Drawings a second; None: as often as is thrifty."""
    mouse: bool = True
    images: str | None = None
    """None: as the run's task is shown best."""
    colours: str = "auto"

    @property
    def how_many_colours(self) -> "Colours | None":
        """None: as many as there are."""
        from gan_tui.render.terminal import Colours

        return None if self.colours == "auto" else Colours(self.colours)


def screen_options(function: Callable[..., Result]) -> Callable[..., Result]:
    """The options of the screen as one argument, `screen`."""

    @theme_option
    @fps_option
    @mouse_option
    @images_option
    @colours_option
    @ascii_option
    @wraps(function)
    def packed(
        *args: object, theme: str | None, fps: float | None, mouse: bool, images: str | None, colours: str, **others: object
    ) -> Result:
        return function(*args, screen=ScreenOptions(theme, fps, mouse, images, colours), **others)

    return packed


def name_option(explained: str) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
    """`--name` of a new run."""

    def checked(_ctx: click.Context, _param: click.Parameter, name: str | None) -> str | None:
        with typed("--name", name):
            return None if name is None else directory.check_name(name)

    return click.option("--name", metavar="NAME", callback=checked, help=explained)


headless_option = click.option("--headless", is_flag=True, help="No screen: work in the foreground, and print a line now and then.")


@click.group(cls=DefaultToTrain, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, "-V", "--version", message="gan-tui %(version)s")
def cli() -> None:
    """Train a GAN and watch its digits appear.

    Without a command, `gan-tui` starts a new run with the preset `classic` on MNIST and opens its dashboard. Training goes on
    when the screen closes; `gan-tui attach` brings it back.

    `gan-tui train --help` lists the options of that (--preset, --dataset, --epochs, --headless ...), `gan-tui presets` the presets.

    RUN is a path, a name, an unambiguous beginning of a name, or `latest`. Where it may be left out, it is the newest: of `attach`
    the newest that is being trained, of `resume` the newest that is not.
    """


def echo(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print to standard output, or to standard error, what a terminal cannot mistake for commands. Raises OSError.

    What a terminal is told on standard error is broken between words.
    """
    shown = printable_lines(text)
    if err:
        shown = "\n".join(row for line in shown.split("\n") for row in wrapped(line, sys.stderr))
    click.echo(shown, err=err, nl=nl)


def mention(text: str) -> None:
    """Print where something went, to whoever hears it: it is there without the line as well."""
    try:
        echo(printable(text))
    except OSError:
        sys.stdout = open(os.devnull, "w")


def mention_damaged_settings(run: RunDirectory) -> None:
    """Say that something is made without them."""
    from gan_tui.run.damage import damaged_settings

    if why := damaged_settings(run):
        echo(f"gan-tui: {why}; what is shown of {run.name} is what its log says", err=True)


def has_terminal() -> bool:
    """Is there a terminal that can show a screen?"""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return all(stream is not None and stream.isatty() for stream in streams) and os.environ.get("TERM") != "dumb"


def check_theme(theme: str | None) -> None:
    """Complain before a run is made, not after. Raises UserError for a theme that is unknown or broken."""
    from gan_tui.dashboard.themes import choose_theme, find_theme

    if theme is None:
        if problem := choose_theme(None)[1]:  # of $GAN_TUI_THEME, which keeps nothing from starting
            echo(f"gan-tui: {problem}", err=True)
        return
    with typed("--theme", theme):
        find_theme(theme)


def open_dashboard(
    run: RunDirectory,
    mode: Mode,
    screen: ScreenOptions,
    command: list[str] | None = None,
    made: Skeleton | None = None,
    *,
    listed: bool = False,
) -> int:
    """Show a run until the person leaves; `command` starts its trainer, and the run may have been `made` for it, or chosen in a list.

    The exit status comes back: MISTAKEN where the trainer was refused what it was asked for. Raises UserError where there is no terminal.
    """
    check_theme(screen.theme)
    if not has_terminal():
        raise UserError(
            f"the dashboard needs a terminal; `gan-tui watch {run.cli_name} --once`, `gan-tui runs --plain` and "
            f"`gan-tui control {run.cli_name} VERB` do without"
        )
    from gan_tui.dashboard.open_run import open_dashboard as open_here
    from gan_tui.render.images import ImageMode

    return open_here(
        run,
        mode,
        screen.theme,
        trainer_command=command,
        fps=screen.fps,
        mouse=screen.mouse,
        images=ImageMode(screen.images) if screen.images else None,
        colours=screen.how_many_colours,
        made=made,
        listed=listed,
    )
