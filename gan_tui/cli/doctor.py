"""`doctor`: what this machine offers."""

import sys

import click

from gan_tui.cli.group import cli, echo
from gan_tui.cli.wrapping import wrapped
from gan_tui.counted import counted
from gan_tui.errors import FAILED

WIDTH = len("engine manual-grad")
"""Of the longest name: lines come one by one, for some take seconds."""


@cli.command()
@click.option("--check", "checking", is_flag=True, help="Let every engine of every device train beside its eager twin: a minute or two.")
def doctor(checking: bool) -> int:
    """Show what this machine offers: devices, engines, data, runs."""
    from gan_tui.training.main import import_torch

    import_torch()
    from gan_tui.training.doctor import examine

    for what, finding in examine():
        echo("\n".join(wrapped(finding, sys.stdout, f"{what:<{WIDTH}}  ")))
    return _check() if checking else 0


def _check() -> int:
    """A line for each trial; the exit status comes back."""
    from gan_tui.training.check import check
    from gan_tui.training.doctor import devices

    failed = 0
    for line in check(devices()):
        failed += not line.ok
        echo("\n".join(wrapped(f"{line.what}: {line.finding}", sys.stdout, f"check {'ok ' if line.ok else 'BAD'}  ")))
    if failed:
        echo(
            f"gan-tui: {counted(failed, 'check')} failed: other engines or devices may train (--engine, --device); please report the lines",
            err=True,
        )
    return FAILED if failed else 0
