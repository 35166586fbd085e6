"""Our modules as processes that need not import torch or Textual: one that has imported both once forks a child for each.

A child is `gan-tui` from its first line on, with descriptors, environment, folder and signals of its own, on a terminal if it is to be; and
a trainer that it starts is forked again. What differs from a fresh interpreter is what that has imported, and that the encoding of its
streams is the forking process's: tests of such things start a real one.
"""

import atexit
import fcntl
import json
import os
import select
import signal
import socket
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any

from tests.patience import CEILING

REPOSITORY = Path(__file__).parents[1]
LONGEST = 1 << 20
"""Bytes of a request: arguments and environment."""


DIGITS = "GAN_TUI_TEST_DIGITS"
"""The variable that says how many images MNIST has, training and test each: all that is measured of them takes seconds otherwise."""
FIRST = "GAN_TUI_TEST_FIRST"
"""The variable with Python that a child executes before anything else."""
OF_THE_INTERPRETER = ("PYTHON", "LC_", "LANG", "OMP_", "CUDA_")
"""How variables begin that an interpreter, or torch, looks at as it starts: where a test wants another, a fork is too late."""

HUGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
"""What the forking process has in large pages need not be noted page by page for a child: a third of a fork's time."""


def start(arguments: Sequence[str], environment: Mapping[str, str], redirection: str = "") -> "Process":
    """`gan-tui ARGUMENTS` with that environment and nothing on its standard input: forked where that can be.

    `redirection`: as a shell is told, of those in REDIRECTED.
    """
    words = [sys.executable, "-m", "gan_tui", *arguments]
    if can_be_forked(words, environment):
        out, err = os.pipe(), os.pipe()
        empty = os.open(os.devnull, os.O_RDONLY)
        return Forked(_zygote(), words, environment, (empty, out[1], err[1]), read=(out[0], err[0]), redirection=redirection)
    if redirection:
        words = ["bash", "-c", f'exec "$@" {redirection}', "bash", *words]
    return subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        preexec_fn=heed_signals,
    )  # fmt: skip


def start_into(sink: int, arguments: Sequence[str], environment: Mapping[str, str]) -> "Forked":
    """`gan-tui ARGUMENTS` whose output and errors go to that descriptor."""
    streams = os.open(os.devnull, os.O_RDONLY), os.dup(sink), os.dup(sink)
    return Forked(_zygote(), [sys.executable, "-m", "gan_tui", *arguments], environment, streams)


REDIRECTED = {"<&-": (0, ""), ">&-": (1, ""), "2>&-": (2, ""), ">/dev/full": (1, "/dev/full"), "2>/dev/full": (2, "/dev/full")}
"""Which descriptor leads where then; to nothing: it is closed."""


def start_on_terminal(words: Sequence[str], environment: Mapping[str, str], terminal: int) -> "Process":
    """Any command, in a session of its own whose terminal that descriptor is, and which is closed here; forked where that can be."""
    if can_be_forked(words, environment):
        return Forked(_zygote(), words, environment, (terminal,) * 3, on_terminal=True)

    def take_the_terminal() -> None:
        heed_signals()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    try:
        return subprocess.Popen(
            words, stdin=terminal, stdout=terminal, stderr=terminal, text=True, env=environment, start_new_session=True,
            preexec_fn=take_the_terminal,
        )  # fmt: skip
    finally:
        os.close(terminal)


def can_be_forked(words: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Is it a module, in this interpreter, with the variables that an interpreter looks at as they are here?"""
    names = {name for name in (*environment, *os.environ) if name.startswith(OF_THE_INTERPRETER)}
    return module_of(words) is not None and all((environment.get(name) or None) == (os.environ.get(name) or None) for name in names)


def module_of(words: Sequence[str]) -> list[str] | None:
    """Which one `python -m MODULE ...` starts, and with which arguments; None of any other command."""
    match list(words):
        case [sys.executable, "-m", *rest] | [sys.executable, "-P", "-m", *rest]:
            return rest
        case _:
            return None


@cache
def _zygote() -> "Zygote":
    made = Zygote()
    atexit.register(made.close)
    return made


def start_piped(words: Sequence[str], environment: Mapping[str, str]) -> tuple["Forked", IO[bytes], IO[bytes]]:
    """`python -m WORDS`, forked, with its standard input and output."""
    taken, told = os.pipe(), os.pipe()
    process = Forked(_zygote(), [sys.executable, "-m", *words], environment, (taken[0], told[1], os.dup(2)))
    return process, open(taken[1], "wb"), open(told[0], "rb")


def await_end(pid: int, seconds: float) -> None:
    """Until a process has ended, or as many seconds, without asking again and again; at once where the system cannot say it."""
    if sys.platform == "linux":
        with suppress(OSError):
            descriptor = os.pidfd_open(pid)
            try:
                select.select([descriptor], [], [], seconds)
            finally:
                os.close(descriptor)


def flushed(status: int) -> int:
    """With which an interpreter ends now: 120, as Python has it, where what it has said cannot be written."""
    try:
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
    except OSError:
        return 120
    return status


def heed_signals() -> None:
    """As a process that was started from a terminal: under nohup or in the background some are ignored, and children inherit that."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


class Zygote:
    """The forking process, and what a test asks of it."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(CEILING)
        self._lock = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.forking", str(theirs.fileno())],
                cwd=REPOSITORY, pass_fds=[theirs.fileno()], start_new_session=True, stdin=subprocess.DEVNULL, env=os.environ | HUGE_PAGES,
            )  # fmt: skip
        self._ask({"request": "ready"})

    def start(self, words: Sequence[str], environment: Mapping[str, str], descriptors: Sequence[int], **more: object) -> int:
        """`python -m MODULE ...` with these standard streams; its id. `more`: `terminal`, `redirected`, as tests/forking.py reads them."""
        request = {
            "request": "start",
            "words": list(words),
            "environment": dict(environment),
            "folder": str(Path.cwd()),
            **more,
        }
        pid: int = self._ask(request, *descriptors)["pid"]
        return pid

    def status(self, pid: int) -> int | None:
        """Of a child that has ended, as `Popen.poll` gives it; None before. Ask no more then: its id may be another's."""
        found: int | None = self._ask({"request": "status", "pid": pid})["status"]
        return found

    def close(self) -> None:
        """End it; it takes its children along."""
        self._socket.close()
        self._process.wait(CEILING)

    def _ask(self, request: dict[str, Any], *descriptors: int) -> dict[str, Any]:
        with self._lock:
            socket.send_fds(self._socket, [json.dumps(request).encode()], descriptors)
            answer: dict[str, Any] = json.loads(self._socket.recv(LONGEST))
        return answer


class Forked:
    """A process as subprocess.Popen would show it."""

    def __init__(
        self, zygote: Zygote, words: Sequence[str], environment: Mapping[str, str], descriptors: Sequence[int], *,
        read: Sequence[int] = (), on_terminal: bool = False, redirection: str = "",
    ) -> None:  # fmt: skip
        """`descriptors`: its standard streams, which are closed here; `read`: the other ends of its output and its errors."""
        self.returncode: int | None = None
        self._zygote = zygote
        self._streams = [open(descriptor, encoding="utf-8") for descriptor in read]
        try:
            self.pid = zygote.start(
                words, environment, descriptors, terminal=on_terminal, redirected=[REDIRECTED[word] for word in redirection.split()]
            )
        finally:
            for descriptor in set(descriptors):
                os.close(descriptor)

    @property
    def stdout(self) -> TextIOWrapper:
        return self._streams[0]

    @property
    def stderr(self) -> TextIOWrapper:
        return self._streams[1]

    def poll(self) -> int | None:
        """The exit status, or None."""
        if self.returncode is None:
            self.returncode = self._zygote.status(self.pid)
        return self.returncode

    def wait(self, timeout: float = CEILING) -> int:
        """Until it has ended. Raises TimeoutExpired."""
        deadline = time.monotonic() + timeout
        await_end(self.pid, timeout)
        while (status := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(0.01)
        return status

    def communicate(self, timeout: float = CEILING) -> tuple[str, str]:
        """All that it says until it ends. Raises TimeoutExpired."""
        said = ["", ""]

        def read(index: int) -> None:
            stream = self._streams[index]
            if not stream.closed:
                said[index] = stream.read()
                stream.close()

        readers = [threading.Thread(target=read, args=(index,), daemon=True) for index in (0, 1)]
        for reader in readers:
            reader.start()
        deadline = time.monotonic() + timeout
        for reader in readers:
            reader.join(max(0.0, deadline - time.monotonic()))
            if reader.is_alive():
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
        self.wait(max(0.0, deadline - time.monotonic()))
        return said[0], said[1]

    def send_signal(self, number: int) -> None:
        """Nobody but the forking process collects the child, and only when asked: its id cannot have gone to another."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


Process = Forked | subprocess.Popen[str]
