"""`evaluate`: how good the samples of a trained generator are."""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from gan_tui.cli import complete
from gan_tui.cli.compute import begin_to_compute
from gan_tui.cli.group import cli, echo, runs_dir_option
from gan_tui.cli.own_code import allow_of_run, own_loss_option, own_model_option
from gan_tui.cli.stage_line import stage_line
from gan_tui.cli.which_run import find_run, run_or_newest
from gan_tui.counted import counted
from gan_tui.run.whole_paths import whole_path
from gan_tui.spec.metrics import ideal_of, of_samples

IN_A_ROW = 10
"""Classes whose shares stand beside each other."""


def class_lines(shares: Sequence[float], real_shares: Sequence[float], name: Callable[[int], str]) -> Iterator[str]:
    """The shares of the classes in percent, those of the real images below."""
    for start in range(0, len(shares), IN_A_ROW):
        those = range(start, min(start + IN_A_ROW, len(shares)))
        yield "class        " + "".join(f"{name(index):>6}" for index in those)
        yield "  drawn, %   " + "".join(f"{100 * shares[index]:6.1f}" for index in those)
        yield "  real, %    " + "".join(f"{100 * real_shares[index]:6.1f}" for index in those)


@cli.command()
@run_or_newest
@click.option("--samples", type=click.IntRange(100, 100_000), default=10_000, show_default=True, help="How many images are measured.")
@click.option("--newest", is_flag=True, help="The newest checkpoint, not the best.")
@click.option(
    "--data-dir", metavar="DIR", shell_complete=complete.place("dir"), help="Where the data's files are now, or the folder of images."
)
@own_model_option
@own_loss_option
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
@runs_dir_option
def evaluate(run: str | None, samples: int, newest: bool, data_dir: str | None, model: str | None, loss: str | None, as_json: bool,
             runs_dir: Path) -> None:  # fmt: skip
    """Measure how good a run's samples are, against the test set.

    Scores taken while a run trains are distances to its validation images (training images, where data.validation is 0), and choose the
    best checkpoint; these choose nothing.
    """
    begin_to_compute()
    from gan_tui.training import final_evaluation, rebuild

    found = find_run(runs_dir, run)
    allow_of_run(found, model, loss)
    where = whole_path(data_dir, "--data-dir", "folder or zip file") if data_dir is not None else None
    with stage_line() as tell:
        result = final_evaluation.evaluate(found, samples, newest, where, tell)
    for line in result.skipped:
        echo(f"gan-tui: {line}; taking the one before", err=True)
    if result.there_now != result.trained_on or result.other_data:
        numbers = f"the run was trained on {counted(result.trained_on, 'image')} and there are {result.there_now:,} now"
        others = "the images are others now than those the run was trained on"
        which = others if result.there_now == result.trained_on else numbers
        echo(f"gan-tui: {which}: those held back may be others than then, and some may have been learned from", err=True)
    if as_json:
        words: dict[str, float | str | None] = dict.fromkeys(result.missing)
        words |= {name: value if math.isfinite(value) else str(value) for name, value in result.scalars.items()}
        echo(json.dumps({"run": found.name} | asdict(result) | {"scalars": words}, indent=2))
        return
    settings = rebuild.settings_of(found, keep=True)[0]
    data = settings.data
    unseen = f"the {result.held_out:,} images held back" if data.folder else "the test set"
    if settings.model.outlines:
        unseen = f"training images, drawn from the outlines of {unseen}"
    echo(
        f"{found.name}, {result.checkpoint} (step {result.step:,}), {result.scalars['samples']:,.0f} samples against {unseen}, "
        f"in the features of {result.network}"
    )
    for metric in of_samples(result.scalars):
        best = ideal_of(metric, result.real_shares)
        ideal = f"ideal: {best:.4g}" if best is not None else ""
        echo(f"  {metric.name:<13}  {result.scalars[metric.name]:>9.4g}  {metric.brief:<42}  {ideal}".rstrip())
    for name, why in result.missing.items():
        echo(f"  {name:<13}  {'-':>9}  not measured: {why}")
    for line in class_lines(result.shares, result.real_shares, data.class_name):
        echo(f"  {line}")
    if result.held_out < final_evaluation.FEW:
        echo(f"  {unseen} are few: distances and shares are rough, and depend on which they are")
