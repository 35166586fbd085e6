"""Several processes, one run: each takes its share of every batch, and gradients are averaged.

No DistributedDataParallel: it fails on networks that are called twice in a step, and with gradient penalties. As
StyleGAN3 and R3GAN do it, all ranks begin with the same weights and each phase averages one flat vector of gradients;
that is all, and it works inside CUDA graphs. The batch and its latents are drawn whole on every rank, which
then takes its rows. So a run is the same on any number of devices, up to the rounding of sums, but for what looks at a batch as a
whole: batch normalisation takes its statistics from a rank's own rows, and penalties on a share of the batch from a share of those.

Rank 0 alone has the run directory. Before each step it tells the others what comes next, over gloo, which needs no GPU.
"""

import gc
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from enum import IntEnum
from typing import Self

import torch
import torch.distributed as dist
from torch import Tensor

from gan_tui.errors import first_line
from gan_tui.training.distributed.link import Link
from gan_tui.training.distributed.watch import Watch, exit_within
from gan_tui.training.distributed.workers import STORE_VARIABLE
from gan_tui.training.out_of_memory import is_out_of_memory

COLLECTIVE_TIMEOUT = timedelta(days=365)
"""A paused run keeps its ranks waiting, so a wait is never an error; who looks after a rank that died is `Watch`."""
LEAVE_TIMEOUT = 20.0
"""Seconds after which ranks that should take their connections down together are taken to be stuck."""
MAX_POLL_PAUSE = 0.002
"""Seconds between two looks at an event on the device."""
POLL_SECONDS = 0.05
"""Seconds between two looks at the other ranks meanwhile."""
REPORT_BYTES = 256
"""Bytes in which a rank says what it is."""


class RankGoneError(RuntimeError):
    """Another rank does not answer any more. No UserError: no command has failed, the run has."""


class Signal(IntEnum):
    """What rank 0 tells the others before it does it."""

    STEP = 0
    ROLL_BACK = 1
    STOP = 2
    CHANGE = 3


class Ranks:
    """This process's place among those that train the run. A run on one device has one rank, and nothing is exchanged."""

    def __init__(self, rank: int = 0, count: int = 1, watch: Watch | None = None) -> None:
        self.rank = rank
        self.count = count
        self._watch = watch
        self._link: Link | None = None

    @classmethod
    def join(cls, watch: Watch, stopping: Callable[[], str | None] = lambda: None) -> Self:
        """Take the place that the environment gives (RANK and WORLD_SIZE, as torchrun sets them), and wait for the other ranks.

        Raises RankGoneError where one of them has died, or `stopping` has a reason to wait no longer.
        """
        rank, count = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
        ranks, failures = cls(rank, count, watch), list[Exception]()

        def meet() -> None:
            try:
                _meet(rank, count)
            except Exception as error:
                failures.append(error)

        # In a thread, for it waits where neither signals nor deaths are received of.
        thread = threading.Thread(target=meet, daemon=True)
        thread.start()
        while thread.is_alive():
            thread.join(POLL_SECONDS)
            if reason := stopping():  # asked first: what ends this rank may have ended another one too
                raise RankGoneError(f"{reason} while not all of the {count} ranks had come")
            ranks.check()
        if failures:
            raise RankGoneError(f"the ranks cannot find each other: {_gist(failures[0])}")
        if STORE_VARIABLE not in os.environ:
            with _exchange():
                ranks._link = Link(rank, count, COLLECTIVE_TIMEOUT)
            watch.signs.append(ranks._link.lost)
        return ranks

    def share(self, rows: Tensor, dim: int = 0) -> Tensor:
        """This rank's part of a whole batch along `dim`: as many rows as the others, or one less.

        A batch of fewer rows than ranks leaves some without any: they take the first one, which then counts nothing (see `weight`).
        """
        if self.count == 1:
            return rows
        part = rows.tensor_split(self.count, dim)[self.rank]
        return part if part.shape[dim] else rows.narrow(dim, 0, 1)

    def weight(self, rows: int) -> float:
        """What this rank's part of a batch of `rows` counts in a mean over the whole batch: its share of the rows."""
        return (rows // self.count + (self.rank < rows % self.count)) / rows

    def average(self, gradients: list[Tensor], *scalars: Tensor, weight: float | None = None) -> tuple[Tensor, ...]:
        """Put the mean over the whole batch into `gradients`; the scalars' means come back. One exchange for all of them.

        Each rank's are means over its own rows, which count `weight` (see `weight`); None stands for equal parts.
        """
        if self.count == 1:
            return scalars
        flat = torch.cat([*(gradient.flatten() for gradient in gradients), *(scalar.detach().reshape(1) for scalar in scalars)])
        flat *= 1 / self.count if weight is None else weight
        with _exchange():
            dist.all_reduce(flat)
        *parts, means = flat.split([*(gradient.numel() for gradient in gradients), len(scalars)])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))
        return tuple(means)

    def broadcast_signal(self, signal: Signal) -> None:
        """Rank 0: tell the others what comes next."""
        if self.count > 1:
            with _exchange():
                dist.broadcast(torch.tensor(int(signal)), src=0)

    def receive_signal(self) -> Signal:
        """The others: wait for it."""
        received = torch.tensor(0)
        with _exchange():
            dist.broadcast(received, src=0)
        return Signal(int(received))

    def broadcast_bytes(self, data: bytes = b"") -> bytes:
        """Rank 0 gives bytes, everyone gets them, whatever others give. Bytes, because objects would travel as pickles."""
        if self.count == 1:
            return data
        data = b"" if self.rank else data
        size = torch.tensor(len(data))
        with _exchange():
            dist.broadcast(size, src=0)
            buffer = torch.frombuffer(bytearray(data), dtype=torch.uint8) if data else torch.empty(int(size), dtype=torch.uint8)
            if len(buffer):
                dist.broadcast(buffer, src=0)
        return buffer.numpy().tobytes()

    def agree(self, yes: bool) -> bool:
        """Is it so on every rank? All must ask at the same point."""
        if self.count == 1:
            return yes
        votes = torch.tensor(int(yes))
        with _exchange():
            dist.all_reduce(votes, op=dist.ReduceOp.MIN)
        return bool(votes)

    def gather(self, text: str) -> list[str]:
        """What each rank says of itself, by rank; at most REPORT_BYTES bytes of it."""
        if self.count == 1:
            return [text]
        mine = torch.frombuffer(bytearray(text.encode()[:REPORT_BYTES].ljust(REPORT_BYTES, b"\0")), dtype=torch.uint8)
        all_of_them = [torch.empty_like(mine) for _ in range(self.count)]
        with _exchange():
            dist.all_gather(all_of_them, mine)
        return [one.numpy().tobytes().rstrip(b"\0").decode(errors="replace") for one in all_of_them]

    def check(self) -> None:
        """Raise RankGoneError where another rank is known to be gone."""
        if (reason := self.failure_report()) is not None:
            raise RankGoneError(reason)

    def wait(self, event: torch.cuda.Event) -> None:
        """Until `event` has happened on the device. Raises RankGoneError where it never will, because another rank is gone."""
        if self.count == 1:
            event.synchronize()
            return
        began = looked = time.monotonic()
        while not event.query():
            now = time.monotonic()
            if now - looked >= POLL_SECONDS:
                self.check()
                looked = now
            time.sleep(min(MAX_POLL_PAUSE, (now - began) / 10))

    def failure_report(self) -> str | None:
        """Which ranks are gone, in words; None where none is."""
        return self._watch.lost() if self._watch else None

    def leave(self) -> None:
        """All ranks together, after everything is saved: end the exchange.

        Nothing may hold a CUDA graph any more: NCCL waits for those that have captured its work. Raises RankGoneError where another
        rank died meanwhile; who is stuck in it ends, for all is saved.
        """
        if self.count == 1:
            return
        if self._watch:
            self._watch.stop()
        gc.collect()
        stuck = exit_within(LEAVE_TIMEOUT, 0, f"rank {self.rank} could not part from the others; everything is saved")
        try:
            if self.rank == 0:
                self.broadcast_signal(Signal.STOP)
            with _exchange():
                if self._link is not None:
                    self._link.part()
                dist.destroy_process_group()
        finally:
            stuck.cancel()


@contextmanager
def _exchange() -> Iterator[None]:
    """What fails in here fails because another rank does not answer."""
    try:
        yield
    except RuntimeError as error:
        if is_out_of_memory(error):  # NCCL's own buffers want memory too: that is no rank that is gone
            raise
        raise RankGoneError(_gist(error)) from None


def _gist(error: Exception) -> str:
    """The first line, and the last error of NCCL's own, which comes after it."""
    lines = str(error).splitlines()
    causes = [line.strip() for index, line in enumerate(lines) if index and lines[index - 1].startswith("Last error")]
    return ": ".join([first_line(error), *causes[:1]])


def _meet(rank: int, count: int) -> None:
    store = os.environ.get(STORE_VARIABLE)
    if store:  # all on this machine: their sockets need not be seen from outside
        os.environ.setdefault("GLOO_SOCKET_IFREPORT_BYTES", "lo0" if sys.platform == "darwin" else "lo")
    # Else torch aborts the whole process where NCCL hears of a dead rank first, and the reason is never written down.
    os.environ.setdefault("TORCH_NCCL_ASYNC_ERROR_HANDLING", "0")
    # Else NCCL exchanges handles between ranks within a capture, where one rank may break off and the others would wait for it.
    os.environ.setdefault("NCCL_GRAPH_REGISTER", "0")
    method = f"file://{store}" if store else "env://"
    # Gradients on GPUs go through NCCL; words and bytes, on the CPU, always through gloo.
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    dist.init_process_group(backend, init_method=method, rank=rank, world_size=count, timeout=COLLECTIVE_TIMEOUT)


def place_on_machine() -> tuple[int, int]:
    """(rank, count) among the ranks of this machine; (0, 1) where there is one process only."""
    return int(os.environ.get("LOCAL_RANK", "0")), int(os.environ.get("LOCAL_WORLD_SIZE", "1"))


def under_torchrun() -> bool:
    """Was this process started by torchrun as one of several?"""
    return "TORCHELASTIC_RUN_ID" in os.environ and int(os.environ.get("WORLD_SIZE", "1")) > 1
