"""Ranks with faults, for trainers of fork_server.py: what starts as a process of its own elsewhere is forked here, torch and all."""

import os
import signal
import threading
import time
from collections.abc import Callable
from subprocess import TimeoutExpired
from types import SimpleNamespace
from typing import NoReturn

import torch

from gan_tui.errors import SettingsError
from gan_tui.training import worker
from gan_tui.training.distributed import workers
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.session import Session
from gan_tui.training.worker import run_worker

STEPS = 5
"""That go well."""


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def _refuse() -> NoReturn:
    raise SettingsError("device 'cuda:1' is not there")


def _break() -> NoReturn:
    raise ValueError("bad shape")


def _run_out_of_memory() -> NoReturn:
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nGPU 0 has a total capacity of")


def _hang() -> NoReturn:
    """As who waits for the device: outside of Python, for ever."""
    os.write(2, b"hangs\n")
    lock = threading.Lock()
    lock.acquire()
    while True:
        lock.acquire()


def _be_stopped() -> NoReturn:
    """Of the signal that rank 0 gets as well, some time later."""
    os.write(2, b"is asked to stop\n")
    time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
    raise AssertionError


FAULTS = {
    "is asked to stop": _be_stopped,
    "dies": _die,
    "refuses": _refuse,
    "breaks": _break,
    "runs out of memory": _run_out_of_memory,
    "hangs": _hang,
}


def arrange(condition: str) -> None:
    """`condition`: "RANK MOMENT: FAULT", as in "1 in a step: dies"; never is a moment too. For rank 0, before it starts the other."""
    rank, _, rest = condition.partition(" ")
    moment, _, name = rest.partition(": ")

    def prepare() -> None:
        _let_happen(moment, FAULTS[name])

    def start(_command: list[str], *, env: dict[str, str], **_: object) -> Forked:
        forked = Forked(env, prepare if rank == "1" else lambda: None)
        if rank == "0":
            prepare()
        return forked

    stand_in = SimpleNamespace(Popen=start, DEVNULL=None, PIPE=None, TimeoutExpired=TimeoutExpired)
    setattr(workers, "subprocess", stand_in)  # noqa: B010 - mypy minds what one assigns to a module


def _let_happen(moment: str, fault: Callable[[], NoReturn]) -> None:
    advance = Session.advance

    def advance_some(session: Session, *most: int) -> torch.Tensor:
        return fault() if session.progress.step >= STEPS else advance(session, *most)

    match moment:
        case "at once":
            setattr(Ranks, "join", lambda *_: fault())  # noqa: B010 - mypy minds what one assigns to a method
        case "choosing":
            setattr(worker, "choose_device", lambda *_: fault())  # noqa: B010
        case "building":
            setattr(Session, "__init__", lambda *_: fault())  # noqa: B010
        case "in a step":
            setattr(Session, "advance", advance_some)  # noqa: B010
        case "never":
            pass
        case _:
            raise ValueError(moment)


class Forked:
    """As much of `subprocess.Popen` as workers.py knows."""

    def __init__(self, environment: dict[str, str], prepare: Callable[[], None]) -> None:
        self.returncode: int | None = None
        self._lock = threading.Lock()
        readable, writable = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(readable)
            os.dup2(writable, 2)
            os.environ.update(environment)
            prepare()
            os._exit(run_worker())
        os.close(writable)
        self.stderr = os.fdopen(readable, "rb")

    def poll(self) -> int | None:
        with self._lock:
            if self.returncode is None:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                self.returncode = os.waitstatus_to_exitcode(status) if pid else None
            return self.returncode

    def wait(self, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > deadline:
                raise TimeoutExpired("a rank", timeout)
            time.sleep(0.01)

    def kill(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
