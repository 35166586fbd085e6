"""`plot`: charts of one run or of several, in the terminal, in a pipe or in a file."""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from gan_tui.cli import complete
from gan_tui.cli.chart_file import check_output, coloured, write
from gan_tui.cli.group import cli, echo, mention, mention_damaged_settings, runs_dir_option, theme_option
from gan_tui.cli.typed import typed
from gan_tui.cli.which_run import find_runs, runs_or_newest
from gan_tui.errors import UserError, reason_of
from gan_tui.files import write_for_person
from gan_tui.output import say
from gan_tui.printable import printable
from gan_tui.run.damage import refuse_damaged
from gan_tui.run.directory import RunDirectory
from gan_tui.spec.metrics import CHARTS, HEADLINE

if TYPE_CHECKING:
    from rich.text import Text

    from gan_tui.render.compare import Subject
    from gan_tui.render.panels import ChartPanel

MOST_COLUMNS = 1000
DRAWN = (".svg", ".pdf", ".png")
"""Files that a chart is drawn into; a `.txt` has it as text, as a terminal shows it."""
HEIGHT = 20
"""Lines of a chart, where there is no terminal to fill."""


@cli.command()
@runs_or_newest
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    metavar="NAME",
    shell_complete=complete.charted,
    help=f"{', '.join(chart.name for chart in CHARTS)} or one metric; several times, or a list, for several charts.  "
    "[default: FD, else losses or the first of its own]",
)
@click.option("--last", type=click.IntRange(min=1), metavar="STEPS", help="Only so many steps before the newest.")
@click.option("--smooth", type=click.IntRange(1, 1000), metavar="K",
              help="Mean of K neighbouring points at most; few stay as they are.  "
                   "[default: 1; in a drawn chart, what the noise asks for]")  # fmt: skip
@click.option("--log", is_flag=True, help="Logarithmic vertical axis.")
@click.option("--x", "horizontal", type=click.Choice(["step", "epoch", "time"]), help="Horizontal axis of a drawn chart.  [default: step]")
@click.option("--width", type=click.IntRange(20, MOST_COLUMNS), metavar="W", help="Columns.  [default: $COLUMNS, the terminal's, or 80]")
@click.option("--height", type=click.IntRange(6, 500), metavar="H", help="Lines of a chart.  [default: as the terminal has room, else 20]")
@click.option("--output", "-o", type=click.Path(path_type=Path), metavar="FILE",
              help="Instead: draw it into FILE (.svg, .pdf, .png), or write it as text (.txt).")  # fmt: skip
@click.option("--color/--no-color", default=None, help="Colours or none.  [default: colours on a terminal]")
@theme_option
@runs_dir_option
def plot(run: tuple[str, ...], metrics: tuple[str, ...], last: int | None, smooth: int | None, log: bool, horizontal: str | None,
         width: int | None, height: int | None, output: Path | None, color: bool | None, theme: str | None,
         runs_dir: Path) -> None:  # fmt: skip
    """Draw charts of a run, or compare several runs in one chart.

    A value that is not finite is a gap, in text with a cross at its foot. A drawn chart has the mean on a band of all values, axes with
    titles and units, and needs no other program: SVG and PDF are vectors, a PNG has 288 pixels to the inch.
    """
    if output is not None:
        check_output(output, ".txt", *DRAWN)
    drawn = output is not None and output.suffix.lower() in DRAWN
    in_text = {"--width": width, "--height": height, "--color": color, "--theme": theme}
    if drawn and (said := [name for name, value in in_text.items() if value is not None]):
        raise UserError(f"{' and '.join(said)} {'belongs' if len(said) == 1 else 'belong'} to a chart in text, and {output} is drawn")
    if horizontal and not drawn:
        raise UserError("--x is of a chart that is drawn: add -o FILE.svg (.pdf, .png)")
    found = find_runs(runs_dir, run)
    for one in found:
        refuse_damaged(one)
        mention_damaged_settings(one)
    if drawn and output is not None:
        _draw(found, output, metrics, horizontal or "step", last, smooth, log)
        return
    from gan_tui.dashboard.themes import find_theme
    from gan_tui.render import compare, glyphs

    with typed("--theme", theme):
        colours = find_theme(theme).colours
    colourful = _colourful(output, color)
    subjects = [_subject(one) for one in found]
    panels = compare.charts_of(subjects, metrics)
    _tell_left_out(subjects, panels)
    request = compare.Request(metrics, last, smooth or 1, log, colourful)
    terminal = shutil.get_terminal_size((80, 24))  # COLUMNS first, which holds in a pipe too
    width = width or max(20, min(MOST_COLUMNS, terminal.columns))
    height = height or (max(10, min(HEIGHT + 4, (terminal.lines - 1) // len(panels))) if sys.stdout.isatty() and not output else HEIGHT)
    alphabet = glyphs.UNICODE if output else glyphs.for_terminal()
    lines = [line for panel in panels for line in compare.draw(subjects, panel, request, width, height, alphabet)]
    text = coloured(lines, colours, on_background=output is not None)
    if output is None:
        _print(text, colourful)
    else:
        write(output, type(text)(text.plain), colours, width, "gan-tui plot")


def _tell_left_out(subjects: Sequence["Subject"], panels: Sequence["ChartPanel"]) -> None:
    """Of several runs, those that a chart has not: each once, on standard error."""
    drawn = list(dict.fromkeys(key for panel in panels for key, _ in panel.scalars))
    for subject in subjects if len(subjects) > 1 else ():
        if lacking := [key for key in drawn if not subject.state.history.get(key)]:
            where = "left out" if len(lacking) == len(drawn) else "left out there"
            say(f"{subject.name} has no {' and no '.join(lacking)}: {where}")


def _draw(runs: list[RunDirectory], output: Path, metrics: tuple[str, ...], horizontal: str, last: int | None, smooth: int | None,
          log: bool) -> None:  # fmt: skip
    from gan_tui.render import compare
    from gan_tui.report import figures, pdf, png, svg

    subjects = [_subject(run) for run in runs]
    panels = compare.charts_of(subjects, metrics)
    _tell_left_out(subjects, panels)
    known = any(HEADLINE in subject.state.history for subject in subjects)
    if known and not metrics and HEADLINE not in {name for panel in panels for name, _ in panel.scalars}:
        say(f"a curve of FD needs two evaluations, a comparison two runs that have one: {panels[0].name} drawn instead")
    request = figures.Request(panels, cast("figures.Horizontal", horizontal), last, smooth, log)
    charts = figures.charts(runs, subjects, request)
    encode = {".svg": svg.encode, ".pdf": pdf.encode, ".png": png.encode}[output.suffix.lower()]
    try:
        write_for_person(output, encode(charts))
    except OSError as error:
        raise UserError(f"cannot write {output}: {reason_of(error)}") from None
    mention(f"wrote {output}")


def _colourful(output: Path | None, color: bool | None) -> bool:
    """Are there colours, by which curves can be told apart?"""
    if output is not None:
        return False
    return color if color is not None else sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _subject(run: RunDirectory) -> "Subject":
    """All that a run has logged."""
    from gan_tui.render.compare import Subject
    from gan_tui.run.log import read_state

    state = read_state(run.events)
    return Subject(printable(run.name), state, state.objective(run.loss_name), run.task.epoch)


def _print(text: "Text", colourful: bool) -> None:
    """With colours for a terminal, or as plain text."""
    if not colourful:
        echo(text.plain, nl=False)
        return
    from rich.console import Console

    console = Console(force_terminal=True, color_system="auto" if sys.stdout.isatty() else "truecolor", width=1000)
    console.print(text, end="", soft_wrap=True, highlight=False)
