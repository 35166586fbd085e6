"""The command line as processes that need not import torch: one that has imported it once forks a child for each.

A child is `gan-tui` from its first line on, with descriptors, environment, folder and signals of its own. What differs from a fresh
interpreter is what that has imported, and that the encoding of its streams is the forking process's: tests of such things start a real one.
"""

import atexit
import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from tests.patience import CEILING

REPOSITORY = Path(__file__).parents[1]
LONGEST = 1 << 20
"""Bytes of a request: arguments and environment."""


OF_THE_INTERPRETER = ("PYTHON", "LC_", "LANG", "OMP_", "CUDA_")
"""How variables begin that an interpreter, or torch, looks at as it starts: where a test wants another, a fork is too late."""


def start(arguments: Sequence[str], environment: Mapping[str, str]) -> "Process":
    """`gan-tui ARGUMENTS` with that environment and nothing on its standard input: forked where that can be."""
    names = {name for name in (*environment, *os.environ) if name.startswith(OF_THE_INTERPRETER)}
    if all(environment.get(name) == os.environ.get(name) for name in names):
        return _zygote().start(arguments, environment)
    return subprocess.Popen(
        [sys.executable, "-m", "gan_tui", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env=environment, preexec_fn=heed_signals,
    )  # fmt: skip


@cache
def _zygote() -> "Zygote":
    made = Zygote()
    atexit.register(made.close)
    return made


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
                [sys.executable, "-m", "tests.zygote", str(theirs.fileno())],
                cwd=REPOSITORY, pass_fds=[theirs.fileno()], start_new_session=True, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        self._ask({"request": "ready"})

    def start(self, arguments: Sequence[str], environment: Mapping[str, str]) -> "Forked":
        """`gan-tui ARGUMENTS`, with nothing on its standard input."""
        out, err = os.pipe(), os.pipe()
        empty = os.open(os.devnull, os.O_RDONLY)
        try:
            request = {"request": "start", "arguments": arguments, "environment": dict(environment), "folder": str(Path.cwd())}
            answer = self._ask(request, empty, out[1], err[1])
        finally:
            for descriptor in (empty, out[1], err[1]):
                os.close(descriptor)
        return Forked(self, answer["pid"], out[0], err[0])

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

    def __init__(self, zygote: Zygote, pid: int, out: int, err: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.stdout, self.stderr = open(out, encoding="utf-8"), open(err, encoding="utf-8")
        self._zygote = zygote

    def poll(self) -> int | None:
        """The exit status, or None."""
        if self.returncode is None:
            self.returncode = self._zygote.status(self.pid)
        return self.returncode

    def wait(self, timeout: float = CEILING) -> int:
        """Until it has ended. Raises TimeoutExpired."""
        deadline = time.monotonic() + timeout
        while (status := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(0.01)
        return status

    def communicate(self, timeout: float = CEILING) -> tuple[str, str]:
        """All that it says until it ends. Raises TimeoutExpired."""
        said = ["", ""]

        def read(index: int) -> None:
            stream = (self.stdout, self.stderr)[index]
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


def serve(asked: socket.socket) -> None:
    """Answer requests until there is nobody to ask them."""
    from gan_tui.training.main import import_torch

    import_torch()
    from gan_tui.cli import main  # noqa: F401
    from gan_tui.training import rank_zero  # noqa: F401
    from gan_tui.training.engines import manual_grad  # noqa: F401

    gc.collect()
    gc.freeze()  # a collection in a child would touch, and so copy, every page
    children: set[int] = set()
    while True:
        message, descriptors, _, _ = socket.recv_fds(asked, LONGEST, 3)
        if not message:
            break
        request = json.loads(message)
        answer: dict[str, object] = {}
        if request["request"] == "start":
            pid = os.fork()
            if pid == 0:
                asked.close()
                _be_the_command(request, descriptors)
            children.add(pid)
            answer["pid"] = pid
        elif request["request"] == "status":
            pid, status = os.waitpid(request["pid"], os.WNOHANG)
            children.discard(pid)
            answer["status"] = os.waitstatus_to_exitcode(status) if pid else None
        for descriptor in descriptors:
            os.close(descriptor)
        asked.send(json.dumps(answer).encode())
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    os._exit(0)  # frozen objects are reported as leaks otherwise


def _be_the_command(request: dict[str, Any], descriptors: Sequence[int]) -> None:
    """Never comes back."""
    heed_signals()
    for target, descriptor in enumerate(descriptors):
        os.dup2(descriptor, target)
        os.close(descriptor)
    streams = {
        "stdin": open(0, closefd=False),
        "stdout": open(1, "w", closefd=False),
        "stderr": open(2, "w", errors="backslashreplace", buffering=1, closefd=False),
    }
    vars(sys).update(streams)
    vars(sys).update({f"__{name}__": stream for name, stream in streams.items()})
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    sys.argv = ["gan-tui", *request["arguments"]]
    status: object = 0
    try:
        runpy.run_module("gan_tui", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        status = end.code
    except BaseException:
        traceback.print_exc()
        status = 1
    if isinstance(status, str):
        print(status, file=sys.stderr)
        status = 1
    try:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        status = 120
    finally:
        os._exit(int(status or 0) if isinstance(status, int) else 0)  # taking the interpreter down would touch every page


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
