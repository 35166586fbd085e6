"""`sample`: images from a trained generator."""

import math
from pathlib import Path

import click

from gan_tui.cli.chart_file import check_output
from gan_tui.cli.compute import begin_to_compute
from gan_tui.cli.group import cli, mention, runs_dir_option
from gan_tui.cli.own_code import allow_of_run, own_model_option
from gan_tui.cli.stage_line import stage_line
from gan_tui.cli.typed import Unranged
from gan_tui.cli.which_run import find_run, run_or_newest
from gan_tui.errors import UserError

OUTLINES = 3
"""Times as wide as an image is one between its outline and its original."""
NAMED = 12
"""Rows that are named one by one in what is printed; the picture names all."""
IMAGES, LATENTS, MOST_LATENTS = 64, 10, 1000
TRUNCATION = "Latents cut off at -T and T: below about 1.5 the images are more alike, and better.  [default: none]"


@cli.command()
@run_or_newest
@click.option("-n", "--count", type=click.IntRange(1, 100_000), help="How many images.  [default: 64]")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write them as one PNG grid.")
@click.option("--npy", type=click.Path(path_type=Path, dir_okay=False), help="Write them as a NumPy array, uint8 N x height x width.")
@click.option("--seed", cls=Unranged, type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Same seed, same images.")
@click.option("--class", "of_class", metavar="NAME|N", help="Of this class, where the run was told classes.  [default: all in turn]")
@click.option("--grid", is_flag=True, help="A row for each class or group, with its name; a column for each of 10 latents, or of -n.")
@own_model_option
@click.option("--truncation", type=click.FloatRange(0.01, 10), metavar="T", help=TRUNCATION)
@runs_dir_option
def sample(run: str | None, count: int | None, output: Path | None, npy: Path | None, seed: int, of_class: str | None, grid: bool,
           model: str | None, truncation: float | None, runs_dir: Path) -> None:  # fmt: skip
    """Draw images from a run's generator as it was saved last."""
    if not output and not npy:
        raise UserError("say where the images shall go: -o grid.png, --npy images.npy, or both")
    if grid and of_class is not None:
        raise UserError("--grid has a row for every class: leave --class away")
    check_output(output, ".png")
    check_output(npy, ".npy", option="--npy")
    begin_to_compute()
    from gan_tui.training import sampling

    found = find_run(runs_dir, run)
    allow_of_run(found, model)
    names: list[str] = []
    if grid:
        columns, names = min(count or LATENTS, MOST_LATENTS), sampling.class_names(found)
        with stage_line() as tell:
            images = shown = sampling.class_grid(found, columns, seed, truncation, tell)
    else:
        count = count or IMAGES
        columns = math.ceil(math.sqrt(count))
        with stage_line() as tell:
            images, shown = sampling.sample(found, count, seed, of_class, truncation, tell)
        if shown.shape != images.shape:
            columns = math.ceil(columns / math.sqrt(OUTLINES))
    sampling.write_images(images, columns, output, npy, shown, names)
    for path in filter(None, (output, npy)):
        mention(f"wrote {path}")
    if grid:
        few = len(names) <= NAMED
        mention(f"rows from the top: {', '.join(names) if few else f'{names[0]} to {names[-1]}, {len(names)} in all'}")
