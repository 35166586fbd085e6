"""Rank 0's hold on the processes of the other ranks: it starts them, watches over them, and ends them."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from gan_tui.printable import printable
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import trainer_command
from gan_tui.training.distributed.watch import Watch, end_abruptly

STORE_VARIABLE = "GAN_TUI_RANK_STORE"
"""The file through which the ranks of one machine find each other; under torchrun they use its own way."""
PARENT_VARIABLE = "GAN_TUI_RANK_PARENT"
"""The process number of rank 0, which has started this one."""
BEREFT = 3
"""The exit status of a rank that leaves because another one is gone: it is not the cause."""
LEAVING = 10.0
"""Seconds in which a rank should have ended after it has left the others."""


class Workers:
    """The other ranks' processes, where this process has started any, and the watch over them."""

    def __init__(self, last_words: Callable[[str], None]) -> None:
        """`last_words` gets who is gone where the main thread cannot say it (see `Watch`)."""
        self._children: list[_Child] = []
        self._store: Path | None = None
        self._several = False
        self.watch = Watch(lambda reason: self._end(last_words, reason))
        self.watch.signs.append(self._failure_report)

    def begin(self) -> None:
        """There are other ranks, of whatever making: watch over them."""
        self._several = True
        self.watch.start()

    def start(self, count: int) -> None:
        """Be rank 0 of `count` on this machine, and start the others as children of this process."""
        # Not in the run's folder: that may lie on a disk of the network, where locks on files may not work.
        self._store = Path(tempfile.mkdtemp(prefix="gan-tui-ranks-"))
        os.environ |= {"WORLD_SIZE": str(count), "LOCAL_WORLD_SIZE": str(count), STORE_VARIABLE: str(self._store / "store")}
        for rank in range(1, count):
            environment = os.environ | {"RANK": str(rank), "LOCAL_RANK": str(rank), PARENT_VARIABLE: str(os.getpid())}
            self._children.append(_Child(rank, environment))
        os.environ |= {"RANK": "0", "LOCAL_RANK": "0"}

    @property
    def pids(self) -> list[int]:
        """The process numbers of the children."""
        return [child.process.pid for child in self._children]

    def _failure_report(self) -> str | None:
        """Which children have ended, in words; None where none has. Those that have only followed another into death are left out."""
        dead = [child for child in self._children if child.process.poll() is not None]
        causes = [child for child in dead if child.process.returncode != BEREFT] or dead
        return ", ".join(child.failure_report() for child in causes) or None

    def part(self) -> None:
        """After all have left in order, wait for the children's ends, and say of those that did not end well."""
        self.watch.stop()
        deadline = time.monotonic() + LEAVING
        for child in self._children:
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.0, deadline - time.monotonic()))
            if child.process.returncode != 0:
                how = "did not end" if child.process.returncode is None else f"ended with status {child.process.returncode}"
                _say(f"rank {child.rank} {how} after everything was saved")
        self._kill()

    def give_up(self, status: int) -> None:
        """After a failure that is written down: end the children, wait for none, and let this process end with `status` in seconds."""
        self.watch.stop()
        self._kill()
        if self._several:
            end_abruptly(status)

    def _end(self, last_words: Callable[[str], None], reason: str) -> None:
        try:
            last_words(reason)
        finally:
            self._kill()

    def _kill(self) -> None:
        for child in self._children:
            child.process.kill()
        remove_store(self._store)


class _Child:
    """One of the other ranks; what it says is passed on, and its last line kept."""

    def __init__(self, rank: int, environment: dict[str, str]) -> None:
        self.rank = rank
        command = trainer_command("--worker")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
        self._last_line = ""
        self._reader = threading.Thread(target=self._pass_on, name=f"what rank {rank} says", daemon=True)
        self._reader.start()

    def _pass_on(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            if text := line.decode(errors="replace").strip():
                self._last_line = text
            with suppress(OSError):
                os.write(2, line)

    def failure_report(self) -> str:
        """How it ended, and what it said of that."""
        status = self.process.returncode
        words = f"rank {self.rank} ended with status {status}"
        if status == -signal.SIGKILL:
            return f"{words} (killed: by the system, if memory ran out)"
        self._reader.join(0.5)
        reason = self._last_line.removeprefix("gan-tui: ").removeprefix(f"rank {self.rank}: ")
        return f"{words}: {reason}" if reason else words


def with_advice(reason: str, run: RunDirectory) -> str:
    """What to do when a rank is gone."""
    return f"{reason}; {how_to_go_on(run)}"


def how_to_go_on(run: RunDirectory) -> str:
    """The command, and from where: of a run without a checkpoint there is nothing to go on from."""
    how = "goes on from the last checkpoint" if run.has_checkpoint else "starts it again"
    return f"`gan-tui resume {run.cli_name}` {how}"


def remove_store(folder: Path | None) -> None:
    """The ranks meet there no more."""
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


def _say(text: str) -> None:
    with suppress(OSError):
        print(f"gan-tui: {printable(text)}", file=sys.stderr, flush=True)
