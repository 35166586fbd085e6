"""`sample`: images from a trained generator."""

from pathlib import Path

import click

from gan_tui.cli.chart_file import check_output
from gan_tui.cli.group import cli, mention, run_argument, runs_dir_option
from gan_tui.errors import UserError
from gan_tui.run import directory


@cli.command()
@run_argument
@click.option("-n", "--count", type=click.IntRange(1, 100_000), default=64, show_default=True, help="How many images.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write them as one PNG grid.")
@click.option("--npy", type=click.Path(path_type=Path, dir_okay=False), help="Write them as a NumPy array, uint8 N x height x width.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Same seed, same images.")
@click.option("--class", "of_class", type=int, metavar="N", help="Of this class, where the run was told classes.  [default: all in turn]")
@runs_dir_option
def sample(run: str, count: int, output: Path | None, npy: Path | None, seed: int, of_class: int | None, runs_dir: Path) -> None:
    """Draw images from a run's generator as it was saved last."""
    if not output and not npy:
        raise UserError("say where the images shall go: -o grid.png, --npy images.npy, or both")
    check_output(output, ".png")
    check_output(npy, ".npy")
    from gan_tui.training.main import import_torch

    import_torch()
    from gan_tui.training import sampling

    sampling.sample_to_files(directory.find(runs_dir, run), count, seed, output, npy, of_class)
    for path in filter(None, (output, npy)):
        mention(f"wrote {path}")
