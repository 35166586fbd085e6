"""`serve`: the same screen on a web page."""

import ctypes
import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

import click

from gan_tui.cli.group import cli, echo, runs_dir_option
from gan_tui.cli.which_run import find_run, run_or_newest
from gan_tui.errors import UserError
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import Mode, module_command

DEFAULT_PORT = 8217
ORPHAN_SECONDS = 1.0
PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that this process gets when its parent ends."""
OWN_HOSTS = ("127.0.0.1", "localhost")


def _only_here(_ctx: click.Context, _param: click.Parameter, host: str) -> str:
    if host not in OWN_HOSTS:
        raise UserError(
            f"--host {host}: the page can stop a run, so it is served to this machine only (127.0.0.1); "
            f"from another one: ssh -L {DEFAULT_PORT}:127.0.0.1:{DEFAULT_PORT} THIS_MACHINE, and open the address there"
        )
    return host


@cli.command(short_help="Show a run on a web page of this machine.")
@run_or_newest
@click.option("--port", type=click.IntRange(0, 65_535), default=DEFAULT_PORT, show_default=True, help="0: any that is free.")
@click.option("--host", default="127.0.0.1", callback=_only_here, hidden=True)
@runs_dir_option
def serve(run: str | None, port: int, host: str, runs_dir: Path) -> None:
    """Show a run, by default the newest, on a web page of this machine.

    Needs the extra `serve`. Only this machine can reach it, and only who has the address that is printed. From another machine:
    ssh -L 8217:127.0.0.1:8217 THIS_MACHINE, then open the same address there. Closing the page does not touch the run.
    """
    del host
    found = find_run(runs_dir, run)
    try:
        from gan_tui.web.server import RunServer, listen
    except ModuleNotFoundError:
        raise UserError("`serve` needs textual-serve: pip install 'gan-tui[serve]'") from None

    command = module_command("gan_tui", "served", str(found.path.absolute()))
    server = RunServer(command, listen(port), f"gan-tui {found.name}")
    echo(f"{found.name} is on {server.address}")
    echo(f"from another machine: ssh -L {server.port}:127.0.0.1:{server.port} THIS_MACHINE; ctrl+c ends it")
    server.serve()


@cli.command(hidden=True)
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("server", type=int)
def served(path: Path, server: int) -> None:
    """One screen of `serve`, whose process is SERVER: commands a run that is alive, shows one that is not."""
    _end_with(server)
    from gan_tui.dashboard.open_run import open_dashboard

    run = RunDirectory(path)
    open_dashboard(run, Mode.ATTACH if run.alive else Mode.WATCH)


def _end_with(server: int) -> None:
    """End when the server does, however that ends: its screens would stay otherwise.

    Linux sees to it itself, however busy this process is; elsewhere a thread looks. Nothing is lost: a screen only looks at a run.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != server:  # it went before this was said
        raise SystemExit(1)
    threading.Thread(target=_watch, args=(server,), daemon=True).start()


def _watch(server: int) -> None:
    while os.getppid() == server:
        time.sleep(ORPHAN_SECONDS)
    os._exit(1)
