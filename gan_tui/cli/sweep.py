"""`sweep`: short trials over the values of a setting, shown while they run."""

import json
import math
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gan_tui import config
from gan_tui.cli.group import cli, has_terminal, runs_dir_option
from gan_tui.errors import UserError
from gan_tui.run import directory
from gan_tui.sweep import RATES, Outcome, Sweep, Trial, recommend, values_of

if TYPE_CHECKING:
    from rich.console import RenderableType

WIDTH = 32
"""Cells of the longest bar."""


@cli.command()
@click.option("--lr", metavar="A..B|A,B,...", help="Learning rates of both networks.  [default: 1e-5..1e-2, unless --over]")
@click.option("--over", metavar="SECTION.KEY=A..B|A,B,...", help="Another setting, such as loss.r1=0.1..10.")
@click.option("--points", type=click.IntRange(2, 20), default=7, show_default=True, help="Values in a range A..B, at equal ratios.")
@click.option("--seeds", type=click.IntRange(1, 20), default=1, show_default=True, help="Trials of each value.")
@click.option("--epochs", metavar="N", default="3", show_default=True, help="Length of a trial.")
@click.option("--preset", metavar="NAME", help="Where all other settings come from.  [default: classic]")
@click.option("--set", "assignments", metavar="SECTION.KEY=VALUE", multiple=True, help="Any other setting of all trials.")
@click.option("--name", help="Name of the sweep's folder.  [default: sweep and the time]")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, for scripts.")
@runs_dir_option
def sweep(
    lr: str | None,
    over: str | None,
    points: int,
    seeds: int,
    epochs: str,
    preset: str | None,
    assignments: tuple[str, ...],
    name: str | None,
    as_json: bool,
    runs_dir: Path,
) -> None:
    """Try values of a learning rate (or of another setting) in short runs, and say which is best, with the evidence.

    The trials are ordinary runs in one folder: `gan-tui runs --runs-dir FOLDER` lists them.
    """
    if lr and over:
        raise UserError("--lr and --over are two sweeps: choose one")
    key, _, text = over.partition("=") if over else ("", "", lr or "1e-5..1e-2")
    tables = [config.parse_assignment(assignment) for assignment in (f"train.epochs={epochs}", *assignments)]
    base = config.resolve(preset or config.DEFAULT_PRESET, tables)
    if not base.evaluation.budget:
        raise UserError("a sweep compares evaluations, and evaluation.budget = 0 turns them off")
    keys = (key.strip(),) if over else RATES
    folder = runs_dir / (directory.check_name(name) if name else f"sweep-{time.strftime('%Y%m%d-%H%M%S')}")
    if folder.exists():
        raise UserError(f"{folder} exists already: choose another --name")
    plan = Sweep(folder, base, keys, values_of(text, points), seeds)
    click.echo(f"gan-tui: {len(plan.trials)} trials of {base.train.epochs} epochs in {folder}", err=True)
    try:
        _show_live(plan) if has_terminal() and not as_json else _show_lines(plan)
    except KeyboardInterrupt:
        click.echo("gan-tui: stopped; what follows is from the trials that have ended", err=True)
    if as_json:
        click.echo(json.dumps(plan.to_json(), indent=2))
    else:
        click.echo(recommend(plan.outcomes(), plan.values))


def _show_lines(plan: Sweep) -> None:
    """A line for each trial that ends."""
    shown: Trial | None = None
    for trial in plan.run():
        if trial.done and trial is not shown:
            shown = trial
            click.echo(f"{plan.keys[0]} {trial.value:g}, seed {trial.seed}: FD {trial.distance:.4g}", err=True)


def _show_live(plan: Sweep) -> None:
    """A table with bars that fill while the trials run."""
    from rich.console import Console
    from rich.live import Live

    with Live(console=Console(), auto_refresh=False) as live:
        for trial in plan.run():
            live.update(_table(plan, trial), refresh=True)
        live.update(_table(plan, None), refresh=True)


def _table(plan: Sweep, present: Trial | None) -> "RenderableType":
    from rich.table import Table

    outcomes = {outcome.value: outcome for outcome in plan.outcomes()}
    finite = [outcome.mean for outcome in outcomes.values() if math.isfinite(outcome.mean)]
    table = Table(box=None, title=f"{' and '.join(plan.keys)}: Frechet distance after {plan.epochs} epochs", title_justify="left")
    for heading in ("value", "mean", "range", ""):
        table.add_column(heading, justify="left" if heading in ("", "range") else "right")
    for value in plan.values:
        outcome = outcomes.get(value)
        state = _progress(present) if present and present.value == value and not present.done else ""
        table.add_row(f"{value:g}", *(_cells(outcome, finite, state) if outcome else ("", "", state)))
    return table


def _cells(outcome: Outcome, finite: list[float], state: str) -> tuple[str, str, str]:
    if not math.isfinite(outcome.mean):
        return "-", "", f"broke down {state}"
    best, worst = min(finite), max(finite)
    bar = "=" * max(1, round(WIDTH * outcome.mean / worst))
    mark = "[bold]<- best so far[/]" if outcome.mean == best else ""
    spread = f"{min(outcome.distances):.3g} to {max(outcome.distances):.3g}" if len(outcome.distances) > 1 else ""
    return f"{outcome.mean:.3g}", spread, f"{bar} {mark} {state}"


def _progress(trial: Trial) -> str:
    state = trial.state
    if not state.total_steps:
        return f"seed {trial.seed}: {state.phase}"
    done = state.step / state.total_steps
    losses = ", ".join(f"{name} {state.scalars[name]:.2f}" for name in ("d_loss", "g_loss") if name in state.scalars)
    return f"seed {trial.seed}: {done:4.0%}  {losses}"
