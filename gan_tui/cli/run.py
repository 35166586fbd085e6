"""`run`: somebody else's training script, read by what it prints."""

import json
from pathlib import Path

import click

from gan_tui.cli.group import cli, echo
from gan_tui.errors import UserError
from gan_tui.files import open_regular
from gan_tui.foreign import patterns
from gan_tui.foreign.reader import Reader
from gan_tui.foreign.report import read_log


@cli.command()
@click.option(
    "--dry-run", "log", type=click.Path(path_type=Path), metavar="FILE", required=True, help="Say what would be read from a saved log."
)
@click.option("--json", "as_json", is_flag=True, help="With --dry-run: as one JSON object.")
@click.option("--map", "maps", multiple=True, metavar="OURS=PRINTED", help="A printed name of a number, such as d_loss=Loss/discriminator.")
@click.option("--pattern", "regexes", multiple=True, metavar="REGEX", help="Its named groups are numbers: 'D is at (?P<d_loss>[-.0-9]+)'.")
def run(log: Path, as_json: bool, maps: tuple[str, ...], regexes: tuple[str, ...]) -> None:
    """Say which numbers of a training script's output would be charted.

    docs/your-own-training.md says what counts as a number.
    """
    reader = Reader(patterns.renamed(maps), patterns.compiled(regexes))
    try:
        with open_regular(log) as file:
            report = read_log(file, reader)
    except OSError as error:
        raise UserError(f"cannot read {log}: {error.strerror}") from None
    except ValueError as error:
        raise UserError(f"cannot read {log}: {error}") from None
    if as_json:
        echo(json.dumps(report.as_json()))
        return
    for line in report.lines():
        echo(line)
