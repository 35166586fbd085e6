"""`doctor`: what this machine offers."""

import click

from gan_tui.cli.group import cli, echo
from gan_tui.errors import FAILED

WIDTH = len("engine manual-grad")
"""Of the longest name: lines come one by one, for some take seconds."""


@cli.command()
@click.option("--check", "checking", is_flag=True, help="Let every engine of every device train beside its eager twin: a minute.")
def doctor(checking: bool) -> int:
    """Show what this machine offers: devices, engines, data, runs."""
    from gan_tui.training.main import import_torch

    import_torch()
    from gan_tui.training.doctor import examine

    for what, finding in examine():
        echo(f"{what:<{WIDTH}}  {finding}")
    return _check() if checking else 0


def _check() -> int:
    """A line for each trial; the exit status comes back."""
    from gan_tui.training.check import check
    from gan_tui.training.doctor import devices

    failed = 0
    for line in check(devices()):
        failed += not line.ok
        echo(f"check {'ok ' if line.ok else 'BAD'}  {line.what}: {line.finding}")
    if failed:
        echo(f"gan-tui: {failed} checks failed: other engines or devices may train (--engine, --device); please report the lines", err=True)
    return FAILED if failed else 0
