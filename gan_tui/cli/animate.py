"""`animate`: a film of how a run's samples came about, a strip of it, or a walk between samples."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gan_tui.cli.chart_file import check_output
from gan_tui.cli.compute import begin_to_compute
from gan_tui.cli.group import cli, mention, runs_dir_option
from gan_tui.cli.sample import TRUNCATION
from gan_tui.cli.typed import Unranged
from gan_tui.cli.which_run import find_run, run_or_newest
from gan_tui.errors import UserError, reason_of
from gan_tui.files import write_for_person
from gan_tui.run.directory import RunDirectory

if TYPE_CHECKING:
    from gan_tui.film.frames import Frame

SECONDS, SIZE, SIDE = 8.0, 480, 56
STOPS, TILES = 5, 16
SECONDS_A_STOP = 1.6
WALK_RATE = 20.0
"""Frames a second of a walk."""
PICTURES = (".gif", ".webp", ".png", ".mp4")


@cli.command(short_help="Make a film of a run's samples, a strip, or a walk.")
@run_or_newest
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE",
              help="Its name says what is made: .gif, .webp, .png (animated), or .mp4 where ffmpeg is installed.")  # fmt: skip
@click.option(
    "--seconds", type=click.FloatRange(0.5, 120), metavar="S", help=f"How long the film is.  [default: {SECONDS:g}, of a walk by its stops]"
)
@click.option(
    "--size",
    type=click.IntRange(32, 1024),
    metavar="PIXELS",
    help=f"Of the picture's longer side, and the line with step and FD comes below it; of an image in a strip.  [default: {SIZE}, {SIDE}]",
)
@click.option("--strip", type=click.IntRange(2, 24), metavar="N", help="Instead, one PNG: the same latents at N moments side by side.")
@click.option("--walk", is_flag=True, help="Instead, from sample to sample of the generator as it was saved last, and home again.")
@click.option("--stops", type=click.IntRange(2, 60), help=f"Samples that a walk goes to.  [default: {STOPS}]")
@click.option("--tiles", type=click.IntRange(1, 64), help=f"Walks side by side.  [default: {TILES}]")
@click.option("--seed", cls=Unranged, type=click.IntRange(0, 2**63 - 1), help="Of a walk: same seed, same way.  [default: 0]")
@click.option("--class", "of_class", metavar="NAME|N", help="Of a walk: only this class.  [default: one a tile, in turn]")
@click.option("--truncation", type=click.FloatRange(0.01, 10), metavar="T", help=TRUNCATION)
@runs_dir_option
def animate(run: str | None, output: Path, seconds: float | None, size: int | None, strip: int | None, walk: bool, stops: int | None,
            tiles: int | None, seed: int | None, of_class: str | None, truncation: float | None, runs_dir: Path) -> None:  # fmt: skip
    """Make a film of a run: the same latents from the first epoch to the newest, with step and FD below.

    It is made of the grids that the run has saved, and needs no generator; --walk does.
    """
    if strip and walk:
        raise UserError("--strip and --walk are two things: ask for one of them")
    of_a_walk = {"--stops": stops, "--tiles": tiles, "--seed": seed, "--class": of_class, "--truncation": truncation}
    if not walk and (said := [name for name, value in of_a_walk.items() if value is not None]):
        raise UserError(f"{' and '.join(said)} {'belongs' if len(said) == 1 else 'belong'} to a walk: add --walk")
    stops = stops or STOPS
    check_output(output, *([".png"] if strip else PICTURES))
    found = find_run(runs_dir, run)
    from gan_tui.film import encode, moments

    suffix = output.suffix.lower()
    encode.check(suffix)
    few = ""
    if strip:
        made = moments.strip(found, strip, size or SIDE)
        content = encode.png(made.picture)
        few = "" if made.columns == strip else f": {made.columns} moments side by side, as many as the run has saved"
    elif walk:
        content = encode.encode(
            _walk(found, seconds or stops * SECONDS_A_STOP, size or SIZE, stops, tiles or TILES, seed or 0, of_class, truncation), suffix
        )
    else:
        content = encode.encode(moments.film(found, seconds or SECONDS, size or SIZE), suffix)
    try:
        write_for_person(output, content)
    except OSError as error:
        raise UserError(f"cannot write {output}: {reason_of(error)}") from None
    mention(f"wrote {output} ({encode.measures(content)}{max(1, len(content) // 1000):,} kB){few}")


def _walk(run: RunDirectory, seconds: float, size: int, stops: int, tiles: int, seed: int, of_class: str | None,
          truncation: float | None) -> Iterator["Frame"]:  # fmt: skip
    from gan_tui.film import frames

    begin_to_compute()
    from gan_tui.training import walk

    count = frames.affordable(seconds * WALK_RATE, size)
    for picture in walk.pictures(run, count, stops, tiles, seed, of_class, truncation):
        yield frames.Frame(frames.scaled(picture, frames.size_for(picture, size)), "", seconds / count)
