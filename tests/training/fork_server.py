"""Trainers by the hundred: a process, itself forked (tests/zygote.py), forks a child for each.

A child is a trainer from its first line on: it takes the lock, listens to signals, trains, saves. What it does not do
is import torch and unpack sixty thousand digits: hundreds of kills cannot wait for that, and a trainer's life is the
same with DIGITS of them.

Requests are lines of JSON on standard input, answers lines of JSON on standard output.
"""

import ctypes
import gc
import json
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gan_tui.run.directory import RunDirectory
from tests import clock, zygote
from tests.patience import CEILING

DIGITS = 1200


class ForkedTrainer:
    """A trainer in a process of its own, in the forking process's care."""

    def __init__(self, server: "ForkServer", pid: int, run: RunDirectory, output: Path, errors: Path) -> None:
        self.pid, self.run = pid, run
        self._server, self._output, self._errors = server, output, errors
        self._status: int | None = None

    def poll(self) -> int | None:
        """The exit status as `Popen.poll` gives it."""
        if self._status is None:
            self._status = self._server.ask("poll", pid=self.pid)["status"]
        return self._status

    def signal(self, number: signal.Signals) -> None:
        """Nobody but the forking process collects the child, and only when asked: its id cannot have gone to another."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def wait(self) -> int:
        deadline = time.monotonic() + CEILING
        if self._status is None:
            zygote.await_end(self.pid, CEILING)
        while (status := self.poll()) is None:
            assert time.monotonic() < deadline, f"the trainer of {self.run.name} did not end within {CEILING:.0f} s"
            time.sleep(0.005)
        return status

    def kill(self) -> None:
        """SIGKILL, and wait until the kernel has taken back everything, the lock included."""
        self.signal(signal.SIGKILL)
        self.wait()

    @property
    def errors(self) -> str:
        """What it has written to standard error, but for the line about its data."""
        lines = self._errors.read_text().splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith("gan-tui: data: "))

    @property
    def output(self) -> str:
        """What it has written to standard output."""
        return self._output.read_text()


class ForkServer:
    """The forking process, and what a test asks of it."""

    def __init__(self, outputs: Path) -> None:
        """`outputs`: where the children's standard output and error go."""
        self._outputs = outputs
        self._count = 0
        environment = os.environ | {zygote.DIGITS: str(DIGITS)}
        self._process, self._requests, self._answers = zygote.start_piped(["tests.training.fork_server"], environment)
        self.ask("ready")

    def ask(self, request: str, **details: object) -> dict[str, Any]:
        self._requests.write(json.dumps({"request": request, **details}).encode() + b"\n")
        self._requests.flush()
        readable, _, _ = select.select([self._answers], [], [], CEILING)
        line = self._answers.readline() if readable else ""
        assert line, f"the forking process did not answer to {request}"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def start(self, run: RunDirectory, *conditions: str, output: Path | None = None, errors: Path | None = None) -> ForkedTrainer:
        """Fork a trainer of `run`; `conditions` are names in CONDITIONS, or of a rank's fault (see faulty.py)."""
        self._count += 1
        output = output or self._outputs / f"{self._count:04d}.out"
        errors = errors or self._outputs / f"{self._count:04d}.err"
        for path in (output, errors):
            path.touch()  # a child may be killed before it has opened them
        paths = {"run": str(run.path), "output": str(output), "errors": str(errors)}
        return ForkedTrainer(self, self.ask("start", conditions=conditions, **paths)["pid"], run, output, errors)

    def close(self) -> None:
        """End it; it takes its children along."""
        self._requests.close()
        self._process.wait(CEILING)
        self._answers.close()


def _slow_down_the_disk() -> None:
    """Every fsync takes long enough for two signals."""
    fsync = os.fsync

    def slow(descriptor: int) -> None:
        time.sleep(0.15)
        fsync(descriptor)

    setattr(os, "fsync", slow)  # noqa: B010 - mypy minds what one assigns to a function of the standard library


def give_up_privileges() -> None:
    """Root writes into read-only folders, but not without its capabilities (capset(2)); other people have none anyway."""
    if os.getuid() == 0:
        header = (ctypes.c_uint32 * 2)(0x20080522, 0)
        if ctypes.CDLL(None, use_errno=True).capset(header, (ctypes.c_uint32 * 6)()) != 0:
            raise OSError(ctypes.get_errno(), "capset")


CONDITIONS: dict[str, Callable[[], None]] = {
    "backwards clock": clock.run_backwards,
    "slow disk": _slow_down_the_disk,
    "no privileges": give_up_privileges,
}
"""What a trainer may have to live with."""


def serve() -> None:
    """Answer requests until standard input is closed."""
    import torch

    from gan_tui.data import mnist
    from gan_tui.training import main, rank_zero  # noqa: F401
    from gan_tui.training.engines import manual_grad  # noqa: F401
    from tests.training import faulty  # noqa: F401

    # A pool of threads would not live through a fork; one thread needs none.
    torch.set_num_threads(1)
    images, labels = mnist.load()
    images, labels = images[:DIGITS].clone(), labels[:DIGITS].clone()
    mnist.load = lambda *, train=True: (images, labels)  # noqa: ARG005
    gc.collect()
    gc.freeze()  # a collection in a child would touch, and so copy, every page
    children: set[int] = set()
    for line in sys.stdin:
        request = json.loads(line)
        answer: dict[str, object] = {}
        if request["request"] == "start":
            pid = os.fork()
            if pid == 0:
                os._exit(_be_a_trainer(request))  # taking the interpreter down would touch every page, too
            children.add(pid)
            answer["pid"] = pid
        elif request["request"] == "poll":
            pid, status = os.waitpid(request["pid"], os.WNOHANG)
            children.discard(pid)
            answer["status"] = os.waitstatus_to_exitcode(status) if pid else None
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    os._exit(0)  # frozen objects are reported as leaks otherwise


def _be_a_trainer(request: dict[str, Any]) -> int:
    """Train; the exit status that the interpreter would have come back with."""
    from gan_tui.training.main import train
    from tests.training import faulty

    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for path, descriptor in ((request["output"], 1), (request["errors"], 2)):
        opened = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)
    try:
        for name in request["conditions"]:
            CONDITIONS[name]() if name in CONDITIONS else faulty.arrange(name)
        status = train(RunDirectory(Path(request["run"])))
    except BaseException:
        traceback.print_exc()
        status = 1
    return zygote.flushed(status)


if __name__ == "__main__":
    serve()
