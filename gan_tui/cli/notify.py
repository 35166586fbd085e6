"""`notify`: whom a run calls, and a trial call."""

import socket
import time
from typing import TYPE_CHECKING

import click

from gan_tui.cli.group import cli, echo
from gan_tui.errors import FAILED, UserError
from gan_tui.spec.notices import NOTICES

if TYPE_CHECKING:
    from gan_tui.notify.settings import Notify


@cli.command(short_help="Say whom your runs call, and what for.")
@click.option("--test", is_flag=True, help="Call now, and say what came of it.")
@click.option("--example", is_flag=True, help="Print a file to begin with.")
def notify(test: bool, example: bool) -> None:
    """Say what a run calls you for, and how: by a command, a webhook, and the bell of a terminal that shows it.

    It stands in ~/.config/gan-tui/notify.toml, for all your runs. Without that file only the bell rings.
    """
    from gan_tui.notify import settings

    if example:
        echo(settings.EXAMPLE, nl=False)
        return
    chosen = settings.load()
    if test:
        _try(chosen)
        return
    there = "" if settings.path().exists() else ", which is not there: `gan-tui notify --example` prints one to begin with"
    echo(f"{settings.path()}{there}")
    echo(f"  command   {chosen.command or 'none'}")
    echo(f"  webhook   {_masked(chosen.webhook)}{f', as {chosen.format}' if chosen.webhook else ''}")
    echo(f"  bell      {'in terminals that show the run' if chosen.bell else 'never'}")
    for kind in NOTICES.values():
        echo(f"  {kind.name:<10}{'yes' if kind.name in chosen.on else 'no ':<5}{kind.meaning}")


def _masked(webhook: str) -> str:
    """Its host: the rest is a secret."""
    return f"{'/'.join(webhook.split('/')[:3])}/..." if webhook else "none"


def _try(chosen: "Notify") -> None:
    from gan_tui.cli.calling import calling
    from gan_tui.notify.delivery import Notice, deliver

    if not chosen.calls:
        raise UserError("there is nobody to call: `gan-tui notify --example` prints a file that names a command and a webhook")
    facts = {"run": "trial", "host": socket.gethostname(), "time": time.time()}
    with calling():
        troubles = deliver(Notice("finished", "trial is done", "gan-tui notify --test", facts), chosen)
    for trouble in troubles:
        echo(f"gan-tui: {trouble}", err=True)
    if troubles:
        raise SystemExit(FAILED)
    echo("delivered")
