"""`export`: a run's numbers, or its generator, in another program's form."""

from pathlib import Path

import click

from gan_tui.cli.group import cli, mention, runs_dir_option
from gan_tui.cli.own_code import allow_of_run, own_model_option
from gan_tui.cli.which_run import find_run, run_or_newest
from gan_tui.counted import counted
from gan_tui.errors import UserError
from gan_tui.exporting import numbers
from gan_tui.run.directory import RunDirectory

ENDINGS = {"torchscript": (".pt", ".pth", ".ts")}
"""Others that a file of a form may have."""
WEIGHTS = {"safetensors": ".safetensors", "torchscript": ".pt", "onnx": ".onnx"}
"""How a file of each ends; `FORMS` in gan_tui/training/exported.py writes them."""
TABLES = {numbers.FORMS[form].suffix: form for form in ("csv", "parquet")}
"""What is made, by the suffix of a file; the other forms are folders."""


@cli.command(short_help="Write a run's numbers, or its generator, for other programs.")
@run_or_newest
@click.option("--format", "form", type=click.Choice([*numbers.FORMS]), help="All numbers in this form.  [default: as -o ends, else csv]")
@click.option("--weights", type=click.Choice([*WEIGHTS]), help="The generator in this form, instead.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File; of tensorboard and wandb, folder.  [default: the run's name]")
@own_model_option
@runs_dir_option
def export(run: str | None, form: str | None, weights: str | None, output: Path | None, model: str | None, runs_dir: Path) -> None:
    """Write the numbers of a run, or its generator, for other programs.

    Numbers are as the log has them: means over a tenth of a second or so (`log.metrics_hz`), not each step. The generator is that of the
    newest checkpoint, averaged where the run averages; the file is checked to give the same images before it is written.
    """
    if form and weights:
        raise UserError("--format is for numbers, and --weights for the generator: say one of them")
    if output is not None and str(output) == "-":
        raise UserError("export writes files, and nothing to standard output: say a name with -o")
    form = _form_of(output, form, weights)
    found = find_run(runs_dir, run)
    if weights:
        allow_of_run(found, model)
        _export_weights(found, weights, output)
        return
    target = output or Path(f"{found.name}{numbers.FORMS[form].suffix}")
    count = numbers.write(found, form, target)
    mention(f"wrote {counted(count, 'row')} to {target}{'; `wandb sync` sends it' if form == 'wandb' else ''}")


def _form_of(output: Path | None, form: str | None, weights: str | None) -> str:
    """Of the numbers: what was said, or what the file's name says. Raises UserError where the name means another one, or none."""
    suffix = output.suffix.lower() if output else ""
    named = {end: f"--format {word}" for end, word in TABLES.items()} | {end: f"--weights {word}" for word, end in WEIGHTS.items()}
    said = f"--weights {weights}" if weights else f"--format {form}" if form else ""
    if said and suffix in named and named[suffix] != said:
        raise UserError(f"{output} is the name of a file of {named[suffix]}, and {said} was said: choose one of them")
    if output and weights and suffix not in (endings := ENDINGS.get(weights, (WEIGHTS[weights],))):
        raise UserError(f"{output} is no name of a file of --weights {weights}: it must end with {' or '.join(endings)}")
    if output and not said and suffix not in TABLES:
        instead = f" it ends as a file of {named[suffix]}, which would have to be said;" if suffix in named else ""
        raise UserError(f"cannot tell what to write:{instead} the name of {output} must end with {' or '.join(TABLES)}, or add --format")
    return form or TABLES.get(suffix, next(iter(numbers.FORMS)))


def _export_weights(run: RunDirectory, form: str, output: Path | None) -> None:
    from gan_tui.training.main import import_torch

    import_torch()
    from gan_tui.training import exported

    target = output or Path(f"{run.name}{WEIGHTS[form]}")
    done = exported.write(run, form, target)
    mention(f"wrote {target}: {done.interface}; the largest difference to gan-tui's own images is {done.difference:.2g}")
