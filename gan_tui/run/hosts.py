"""Runs on other machines, through the user's own `ssh`: no daemon, no port, no key of ours. What comes back is text from outside.

A host and a run are checked and quoted before they reach a command line: a word that begins with a minus is no host, so none is an
option of ssh's, and the far shell is given every argument in quotes.
"""

import json
import os
import re
import select
import shlex
import signal
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from tempfile import TemporaryFile
from threading import Event
from typing import Annotated, NamedTuple, NoReturn

import msgspec
from msgspec import Meta

from gan_tui import __version__
from gan_tui.counted import counted
from gan_tui.errors import UserError, reason_of
from gan_tui.printable import printable, shortened
from gan_tui.run.label import MOST, Tag
from gan_tui.run.places import COMMAND, CONTROLS, Place, check_host
from gan_tui.run.selection import Listed
from gan_tui.run.summary import Summary
from gan_tui.spec.kinds import LevelName
from gan_tui.spec.states import StateName
from gan_tui.spec.tasks import GAN, TASKS

HERE = "."
"""As a host: this machine."""
VARIABLE = "GAN_TUI_REMOTE"
SECONDS = 30.0
"""In which a host answers; ssh itself is given a third of it to connect."""
LARGEST = 8 << 20
"""Bytes of an answer: some ten thousand runs."""
LATEST = 1e11
"""Unix time of the last moment that is believed, as in the log."""
LOOK_SECONDS = 0.1
"""After so long without a word it is asked whether to wait on."""
AT_ONCE = 8
"""Hosts that are asked together."""
SWEEPS = "--sweeps"
NOT_FOUND, NOT_REACHED = 127, 255
"""What a shell says of a command that it does not know, and ssh of a host that it does not reach."""
WITHOUT_PASSWORD = "a list is asked for without a password: a key, an agent or a connection that is shared lets it in"
_NOT_LET_IN = ("Permission denied", "Authentication failed", "Too many authentication")

Text = Annotated[str, Meta(max_length=4000)]
Count = Annotated[int, Meta(ge=0, le=10**15)]
Value = Text | int | float | bool | Annotated[tuple[Text | int | float, ...], Meta(max_length=100)] | None
"""Of a setting."""


class Answer(NamedTuple):
    """What a host has said: its runs, or why there are none."""

    host: str
    runs: Sequence[Listed]
    trouble: str = ""
    brief: str = ""
    """The same in a few words, where there is little room."""

    @property
    def silent(self) -> bool:
        """Has it named no run because of its trouble?"""
        return bool(self.trouble) and not self.runs


class _TroubleError(UserError):
    """Why a host has not said what it was asked."""

    def __init__(self, line: str, brief: str = "") -> None:
        super().__init__(line)
        self.brief = brief or line


class _Entry(msgspec.Struct):
    """A run in `gan-tui runs --json`, of this version or another one."""

    name: Annotated[str, Meta(min_length=1, max_length=300)]
    path: Text
    state: StateName
    alive: bool
    epoch: Count
    epochs: Count | None
    step: Count
    started: Text | float | None
    seen: Text | float | None
    elapsed: float
    rate: float | None = None
    remaining: float | None = None
    fd: float | None = None
    best_fd: float | None = None
    network: Text | None = None
    loss_name: Text | None = None
    loss: float | None = None
    verdict: Text | None = None
    level: LevelName | None = None
    tags: Annotated[tuple[Tag, ...], Meta(max_length=MOST)] = ()
    archived: bool = False
    task: Text = GAN.name
    sweep: bool = False
    settings: Annotated[dict[Annotated[str, Meta(max_length=100)], Value], Meta(max_length=500)] = {}


def remote_command(said: str | None) -> str:
    """How gan-tui is called there, in the words of the far shell: what was said, `$GAN_TUI_REMOTE`, or its name. Raises UserError."""
    command = said or os.environ.get(VARIABLE) or COMMAND
    if not command.strip() or CONTROLS.search(command):
        raise UserError("the command on the other machine must be one line, and not empty")
    return command


def ssh(host: str, command: str, arguments: Sequence[str], *options: str) -> list[str]:
    """The command line that has `command` with `arguments` run there."""
    return ["ssh", *options, "--", check_host(host), " ".join([command, *map(shlex.quote, arguments)])]


def hand_over(place: Place, command: str, arguments: Sequence[str], *, terminal: bool) -> NoReturn:
    """Become the ssh that runs it there. Raises UserError where there is no ssh."""
    argv = _about(place, command, arguments, *(["-t"] if terminal else ["-T", "-n"]))  # -n: a loop around it keeps its own input
    try:
        os.execvp(argv[0], argv)
    except OSError as error:
        raise UserError(f"cannot start ssh: {reason_of(error)}; other machines are reached through it") from None


def visit(place: Place, command: str, arguments: Sequence[str]) -> int:
    """Give this terminal to the ssh that runs it there, and have it back: the exit status. Raises UserError where there is no ssh."""
    before = signal.signal(signal.SIGINT, lambda *_: None)  # ctrl+c is ssh's, which may be asking for a password
    try:
        return subprocess.call(_about(place, command, arguments, "-t"))
    except OSError as error:
        raise UserError(f"cannot start ssh: {reason_of(error)}; other machines are reached through it") from None
    finally:
        signal.signal(signal.SIGINT, before)


def _about(place: Place, command: str, arguments: Sequence[str], *options: str) -> list[str]:
    """The command line of `command` on that run."""
    return ssh(place.host, command, [*arguments, "--", place.run] if place.run else arguments, *options)


def list_all(hosts: Sequence[str], command: str, *, settings: bool = False, sweeps: bool = False) -> list[Answer]:
    """What each of them lists, several asked at once; `settings`: with those of each run; `sweeps`: those too.

    Raises UserError for a word that is no host.
    """
    for host in hosts:
        check_host(host)
    stopped = Event()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            return list(pool.map(lambda host: list_of(host, command, stopped, settings=settings, sweeps=sweeps), hosts))
        finally:
            stopped.set()  # ctrl+c: each ssh is in a session of its own, and would not hear of it


def list_of(host: str, command: str, stopped: Event, *, settings: bool = False, sweeps: bool = False) -> Answer:
    """What one of them lists, archived runs too; `stopped`: nobody waits for it any more. Raises UserError for a word that is no host."""
    words = ("runs", "--json", "--all", *(["--all-settings"] if settings else []))
    said = _asked(host, command, (*words, SWEEPS) if sweeps else words, stopped)
    older = sweeps and said.silent and SWEEPS in said.trouble  # a gan-tui that knows no such option
    return _asked(host, command, words, stopped) if older else said


def _asked(host: str, command: str, words: Sequence[str], stopped: Event) -> Answer:
    options = ("-T", "-o", "BatchMode=yes", "-o", f"ConnectTimeout={SECONDS / 3:.0f}")
    check_host(host)
    try:
        content = _output(ssh(host, command, words, *options), command, stopped)
        entries = json.loads(content)  # and not msgspec's, which takes nothing at all where one name is no UTF-8
    except _TroubleError as error:
        return Answer(host, (), str(error), error.brief)
    except (ValueError, RecursionError):
        entries = None
    if not isinstance(entries, list):
        return Answer(host, (), f"{command} has answered with something that is no list of runs: is it gan-tui?", "no list of runs")
    runs = [run for entry in entries if (run := _listed(host, entry))]
    odd = len(entries) - len(runs)
    trouble = f"{counted(odd, 'run')} of {len(entries)} left out: gan-tui {__version__} cannot read what is said of them" if odd else ""
    return Answer(host, runs, trouble, f"{counted(odd, 'run')} left out" if odd else "")


def _output(argv: Sequence[str], command: str, stopped: Event) -> bytes:
    """What a command prints, if it ends well, in time and is not too long. Raises _TroubleError."""
    deadline = time.monotonic() + SECONDS
    with TemporaryFile() as errors:
        try:
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, start_new_session=True)
        except OSError as error:
            raise _TroubleError(f"cannot start ssh: {reason_of(error)}") from None
        try:
            assert process.stdout
            content = _read(process.stdout.fileno(), deadline, stopped)
            status = process.wait(max(0.0, deadline - time.monotonic()))
        except (TimeoutError, subprocess.TimeoutExpired):
            raise _TroubleError(f"no answer for {SECONDS:.0f} seconds") from None
        finally:
            _end(process)
        errors.seek(0)
        said = [line for line in errors.read(4000).decode("utf-8", "replace").splitlines() if line.strip()]
    if status == NOT_FOUND:
        missing = f"'{command}' is not found there"
        raise _TroubleError(f"{missing}: say what it is called with --remote-command or ${VARIABLE}", missing)
    if status:
        telling = next((line for line in reversed(said) if "terminating, " not in line), f"ssh ended with status {status}")
        why = shortened(printable(telling).strip(), 200)
        advice = _advice(why, argv[-2]) if status == NOT_REACHED else ""
        raise _TroubleError(f"{why.rstrip('.')}; {advice}" if advice else why, _core(why))
    return content


def _advice(why: str, host: str) -> str:
    """What helps where ssh was not let in: it is not let ask."""
    if any(words in why for words in _NOT_LET_IN):
        return WITHOUT_PASSWORD
    return f"`ssh {host}`, once and by hand, lets you look at its key" if "Host key" in why else ""


def _core(line: str) -> str:
    """`No route to host` of `ssh: connect to host gone port 22: No route to host`; without the ways in that were tried."""
    return re.sub(r"\s*\([^()]*\)\.?$", "", line).rstrip(".").rpartition(": ")[2] or line


def _read(descriptor: int, deadline: float, stopped: Event) -> bytes:
    """All that comes, until the last process that holds the other end has closed it.

    Raises TimeoutError, also where nobody waits any more, and _TroubleError for what is too long.
    """
    content = bytearray()
    while True:
        while not select.select([descriptor], [], [], LOOK_SECONDS)[0]:
            if stopped.is_set() or time.monotonic() > deadline:
                raise TimeoutError
        more = os.read(descriptor, 1 << 16)
        if not more:
            return bytes(content)
        content += more
        if len(content) > LARGEST:
            raise _TroubleError(f"more than {LARGEST >> 20} MB came back: no list of runs is as long", "no list of runs")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """With all that it has started: a wrapper's child would hold the pipe and the connection. It has ended already where all went well."""
    if process.returncode is None:  # not waited for yet, so the number is still its own
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout:
        process.stdout.close()


def _listed(host: str, said: object) -> Listed | None:
    """A run of another machine, called as `attach` takes it; None for what is no run that this version knows."""
    try:
        entry = msgspec.convert(said, _Entry)
        f"{entry.name}{entry.path}{entry.verdict}".encode()
    except ValueError:
        return None
    found = msgspec.structs.asdict(entry)
    settings, is_sweep = found.pop("settings"), found.pop("sweep")
    name = f"{host}:{entry.name}"
    task = entry.task if entry.task in TASKS else GAN.name  # of a later version
    summary = Summary(**found | {"name": name, "task": task, "started": _moment(entry.started), "seen": _moment(entry.seen)})
    return Listed(summary, settings, host, is_sweep)


def _moment(said: str | float | None) -> float | None:
    """Unix time."""
    try:
        moment = datetime.fromisoformat(said).timestamp() if isinstance(said, str) else said
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment is not None and 0 <= moment < LATEST else None
