"""`plot`: charts of one run or of several, in the terminal, in a pipe or in a file."""

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gan_tui.cli.group import RunParameter, cli, runs_dir_option, theme_option
from gan_tui.errors import UserError
from gan_tui.run import directory
from gan_tui.run.directory import RunDirectory

if TYPE_CHECKING:
    from rich.text import Text

    from gan_tui.dashboard.themes import ThemeFile
    from gan_tui.render.compare import Subject

HEIGHT = 20
"""Lines of a chart, where there is no terminal to fill."""
SUFFIXES = (".txt", ".svg")
RUN_COLOURS = ("#56b4e9", "#e69f00", "#00b386", "#cc79a7", "#d55e00", "#7f7fff", "#b5a200", "#8c8c8c")
"""Of the runs that are compared: Okabe and Ito's, three of them shifted so that all can be seen on black and on white."""


@cli.command()
@click.argument("run", type=RunParameter(), metavar="RUN...", nargs=-1, required=True)
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    default=("losses",),
    metavar="NAME",
    help="losses, scores, gradients, throughput, quality, coverage or one scalar; several times for several charts.  [default: losses]",
)
@click.option("--last", type=click.IntRange(min=1), metavar="STEPS", help="Only so many steps before the newest.")
@click.option("--smooth", type=click.IntRange(1, 1000), default=1, metavar="K", help="Mean of K neighbouring points.")
@click.option("--log", is_flag=True, help="Logarithmic vertical axis.")
@click.option("--width", type=click.IntRange(20, 1000), metavar="W", help="Columns.  [default: the terminal's, else 80]")
@click.option("--height", type=click.IntRange(6, 500), metavar="H", help="Lines of a chart.  [default: as the terminal has room, else 20]")
@click.option("--output", "-o", type=click.Path(path_type=Path), metavar="FILE", help="Write FILE (.txt or .svg) instead.")
@click.option("--color/--no-color", default=None, help="Colours or none.  [default: colours on a terminal]")
@theme_option
@runs_dir_option
def plot(run: tuple[str, ...], metrics: tuple[str, ...], last: int | None, smooth: int, log: bool, width: int | None, height: int | None,
         output: Path | None, color: bool | None, theme: str | None, runs_dir: Path) -> None:  # fmt: skip
    """Draw charts of a run, or compare several runs in one chart.

    A value that is not finite is a gap with a cross at its foot.
    """
    if output is not None and output.suffix not in SUFFIXES:
        raise UserError(f"cannot tell what to write: the name of {output} must end with {' or '.join(SUFFIXES)}")
    found = [directory.find(runs_dir, word) for word in dict.fromkeys(run)]
    from gan_tui.dashboard.themes import find_theme
    from gan_tui.render import compare, glyphs

    colours = find_theme(theme).colours
    colourful = _colourful(output, color)
    subjects = [_subject(one) for one in found]
    panels = compare.charts_of(subjects, metrics)
    request = compare.Request(metrics, last, smooth, log, colourful)
    terminal = shutil.get_terminal_size((80, 24))
    width = width or (max(20, terminal.columns) if sys.stdout.isatty() else 80)
    height = height or (max(10, min(HEIGHT + 4, (terminal.lines - 1) // len(panels))) if sys.stdout.isatty() and not output else HEIGHT)
    alphabet = glyphs.UNICODE if output else glyphs.for_terminal()
    lines = [line for panel in panels for line in compare.draw(subjects, panel, request, width, height, alphabet)]
    text = _coloured(lines, colours, on_background=output is not None)
    if output is None:
        _print(text, colourful)
    else:
        _write(output, text, colours, width, colourful)


def _colourful(output: Path | None, color: bool | None) -> bool:
    """Are there colours, by which curves can be told apart?"""
    if output is not None:
        return output.suffix == ".svg" and color is not False
    return color if color is not None else sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _subject(run: RunDirectory) -> "Subject":
    """All that a run has logged."""
    from gan_tui.render.compare import Subject
    from gan_tui.run.ideals import ideal_of
    from gan_tui.run.log import read_all
    from gan_tui.run.state import RunState

    state = RunState()
    for event in read_all(run.events):
        state.apply(event)
    try:
        loss = run.config().loss.name
    except UserError:  # somebody's own loop
        loss = None
    name = "".join(sign if sign.isprintable() else "?" for sign in run.name)
    return Subject(name, state, ideal_of(state.started, loss))


def _coloured(lines: list[list[tuple[str, str]]], colours: "ThemeFile", *, on_background: bool) -> "Text":
    """Inks as colours. Without a background of our own, text keeps the terminal's colour, which can be read on its background."""
    from rich.text import Text

    styles = {"muted": colours.muted, "faint": colours.line, "strong": f"bold {colours.foreground}", "text": colours.foreground}
    if not on_background:
        styles = {"muted": "dim", "faint": "dim", "strong": "bold", "text": ""}
    styles |= {name: getattr(colours, name) for name in ("discriminator", "generator", "accent", "good", "warning", "error")}
    styles |= {f"run-{number}": colour for number, colour in enumerate(RUN_COLOURS, 1)}
    text = Text(no_wrap=True)
    for line in lines:
        end = sum(len(part) for part, _ in line)
        blank = len("".join(part for part, _ in line)) - len("".join(part for part, _ in line).rstrip())
        row = Text().join(Text(part, styles[ink]) for part, ink in line)
        text.append_text(row[: end - blank]).append("\n")
    return text


def _print(text: "Text", colourful: bool) -> None:
    """With colours for a terminal, or as plain text."""
    if not colourful:
        click.echo(text.plain, nl=False)
        return
    from rich.console import Console

    console = Console(force_terminal=True, color_system="auto" if sys.stdout.isatty() else "truecolor", width=1000)
    console.print(text, end="", soft_wrap=True, highlight=False)


def _write(path: Path, text: "Text", colours: "ThemeFile", width: int, colourful: bool) -> None:
    """As text, or as a picture of a terminal. Raises UserError."""
    from gan_tui.run.files import write_atomic

    content = text.plain if path.suffix == ".txt" else _svg(text if colourful else type(text)(text.plain), colours, width)
    try:
        write_atomic(path, content.encode(), durable=False)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}") from None
    click.echo(f"wrote {path}")


def _svg(text: "Text", colours: "ThemeFile", width: int) -> str:
    """The chart on the theme's background."""
    import io

    from rich.console import Console
    from rich.terminal_theme import TerminalTheme

    def rgb(colour: str) -> tuple[int, int, int]:
        return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)

    theme = TerminalTheme(rgb(colours.background), rgb(colours.foreground), [(0, 0, 0)] * 8)
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(text, end="", highlight=False)
    return console.export_svg(title="gan-tui plot", theme=theme)
