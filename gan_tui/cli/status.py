"""`status`: one line about the runs, for a shell prompt, tmux or cron."""

from pathlib import Path

import click

from gan_tui import output
from gan_tui.cli.group import cli, echo, runs_dir_option
from gan_tui.printable import printable
from gan_tui.render import glyphs
from gan_tui.render.glyphs import Glyphs
from gan_tui.run import directory
from gan_tui.run.summary import Summary, summarise

LONGEST = 30
"""Characters of a name."""


@cli.command(short_help="Say in one line what is being trained.")
@runs_dir_option
@click.option("--all", "every", is_flag=True, help="A line for each run that is being trained.")
def status(runs_dir: Path, every: bool) -> None:
    """Say in one line what is being trained: for a shell prompt, tmux or cron. Says nothing where nothing is."""
    signs = glyphs.for_terminal()
    live = [summarise(run) for run in directory.all_runs(runs_dir) if run.alive]
    for summary in live if every else live[:1]:
        more = f" +{len(live) - 1}" if len(live) > 1 and not every else ""
        echo(output.plain(_line(summary, signs) + more))


def _line(summary: Summary, signs: Glyphs) -> str:
    """`● mine training 18/200 FD 3.2, ETA 16 min`."""
    from gan_tui.render.text import eta

    name = printable(summary.name)
    name = name if len(name) <= LONGEST else name[: LONGEST - 1] + signs.ellipsis[:1]
    parts = [f"{signs.sign_of(summary.state, alive=True)} {name} {summary.state}"]
    parts += [f"{summary.epoch}/{summary.epochs}"] if summary.epochs else [f"step {summary.step:,}"]
    parts += [f"FD {summary.fd:.3g}"] if summary.fd is not None else []
    parts += [f"ETA {eta(summary.remaining, signs).strip()}"] if summary.remaining is not None else []
    parts += [f"[{summary.level}]"] if summary.level in ("bad", "warning") else []
    return " ".join(parts)
