"""`render`: a file with an outline into the picture that a run's generator draws of it."""

from pathlib import Path
from typing import cast

import click

from gan_tui.cli.chart_file import check_output
from gan_tui.cli.compute import begin_to_compute
from gan_tui.cli.fast_style import free_name, write_bytes
from gan_tui.cli.group import cli, mention, runs_dir_option
from gan_tui.cli.which_run import run_argument
from gan_tui.errors import UserError
from gan_tui.printable import printable
from gan_tui.run import directory, finding


@cli.command(short_help="Draw the picture of an outline.")
@run_argument
@click.argument("outline", type=click.Path(path_type=Path), metavar="OUTLINE")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Where the picture goes.  [default: a free name here]"
)
@click.option("--lines", type=click.Choice(["auto", "dark", "light"]), default="auto", show_default=True,
              help="Which of it is line. auto: what its border is not.")  # fmt: skip
@click.option("--trace", is_flag=True, help="OUTLINE is a picture: take its outline first, as in training.")
@runs_dir_option
def render(run: str, outline: Path, output: Path | None, lines: str, trace: bool, runs_dir: Path) -> None:
    """Render an outline, black on white or white on black, with a run of the preset outline. Nothing is overwritten."""
    if trace and lines != "auto":
        raise UserError(f"--trace takes the outline of a picture, in which --lines {lines} means nothing: leave one of them out")
    check_output(output, ".png")
    found, path = finding.find(runs_dir, run), directory.expand(str(outline))
    begin_to_compute()
    from gan_tui.data.outline_file import Lines
    from gan_tui.training.rendering import render_file

    result = render_file(found, path, cast(Lines, lines), trace=trace)
    for note in result.notes:
        mention(note)
    target = write_bytes(result.png, output or free_name(path, "drawn"))
    score = "" if result.score is None else f"; D takes it for real: {result.score:.2f}"
    mention(f"wrote {printable(str(target))}{score}")
