"""Several processes, one run: each takes its share of every batch, and gradients are averaged.

No DistributedDataParallel: it fails on networks that are called twice in a step, and with gradient penalties. As
StyleGAN3 and R3GAN do it, all ranks begin with the same weights and each phase averages one flat vector of gradients;
that is all, and it works inside CUDA graphs. The batch and its latents are drawn whole on every rank, which
then takes its rows: so a run is the same on any number of devices, up to the rounding of sums.

Rank 0 alone has the run directory. Before each step it tells the others what comes next, over gloo, which needs no GPU.
"""

import os
import subprocess
import sys
from contextlib import suppress
from datetime import timedelta
from enum import IntEnum
from pathlib import Path
from typing import Self

import torch
import torch.distributed as dist
from torch import Tensor

from gan_tui.errors import SettingsError
from gan_tui.run.launch import trainer_command

STORE_VARIABLE = "GAN_TUI_RANK_STORE"
"""The file through which the ranks of one machine find each other; under torchrun they use its own way."""
PATIENCE = timedelta(days=365)
"""A paused run keeps its ranks waiting, so a wait is never an error; a rank that died is noticed by its closed connection."""


class Word(IntEnum):
    """What rank 0 tells the others before it does it."""

    STEP = 0
    ROLL_BACK = 1
    STOP = 2
    CHANGE = 3


class Ranks:
    """This process's place among those that train the run. A run on one device has one rank, and nothing is exchanged."""

    def __init__(self, rank: int = 0, count: int = 1) -> None:
        self.rank = rank
        self.count = count
        self._children: list[subprocess.Popen[bytes]] = []

    @classmethod
    def join(cls) -> Self:
        """Take the place that the environment gives (RANK and WORLD_SIZE, as torchrun sets them)."""
        rank, count = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
        store = os.environ.get(STORE_VARIABLE)
        if store:  # all on this machine: their sockets need not be seen from outside
            os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo0" if sys.platform == "darwin" else "lo")
        method = f"file://{store}" if store else "env://"
        # Gradients on GPUs go through NCCL; words and bytes, on the CPU, always through gloo.
        backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
        dist.init_process_group(backend, init_method=method, rank=rank, world_size=count, timeout=PATIENCE)
        return cls(rank, count)

    @classmethod
    def start(cls, count: int, store: Path) -> Self:
        """Be rank 0 of `count`, and start the others as children of this process."""
        store.unlink(missing_ok=True)
        children = []
        os.environ |= {"WORLD_SIZE": str(count), "LOCAL_WORLD_SIZE": str(count), STORE_VARIABLE: str(store)}
        for rank in range(1, count):
            environment = os.environ | {"RANK": str(rank), "LOCAL_RANK": str(rank)}
            children.append(subprocess.Popen(trainer_command("--follow"), stdin=subprocess.DEVNULL, env=environment))
        os.environ |= {"RANK": "0", "LOCAL_RANK": "0"}
        ranks = cls.join()
        ranks._children = children
        return ranks

    def share(self, rows: Tensor, dim: int = 0) -> Tensor:
        """This rank's part of a whole batch along `dim`."""
        return rows if self.count == 1 else rows.chunk(self.count, dim)[self.rank]

    def average(self, gradients: list[Tensor], *scalars: Tensor) -> tuple[Tensor, ...]:
        """Put the mean over all ranks into `gradients`; the scalars' means come back. One exchange for all of them."""
        if self.count == 1:
            return scalars
        flat = torch.cat([*(gradient.flatten() for gradient in gradients), torch.stack([scalar.detach() for scalar in scalars])])
        dist.all_reduce(flat)
        flat /= self.count
        *parts, means = flat.split([*(gradient.numel() for gradient in gradients), len(scalars)])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))
        return tuple(means)

    def say(self, word: Word) -> None:
        """Rank 0: tell the others what comes next."""
        if self.count > 1:
            dist.broadcast(torch.tensor(int(word)), src=0)

    def listen(self) -> Word:
        """The others: wait for it."""
        heard = torch.tensor(0)
        dist.broadcast(heard, src=0)
        return Word(int(heard))

    def hand_out(self, data: bytes = b"") -> bytes:
        """Rank 0 gives bytes, everyone gets them. Bytes, because objects would travel as pickles."""
        if self.count == 1:
            return data
        size = torch.tensor(len(data))
        dist.broadcast(size, src=0)
        buffer = torch.frombuffer(bytearray(data), dtype=torch.uint8) if data else torch.empty(int(size), dtype=torch.uint8)
        if len(buffer):
            dist.broadcast(buffer, src=0)
        return buffer.numpy().tobytes()

    def wait(self, event: torch.cuda.Event) -> None:
        """Wait until the device has come to `event`."""
        event.synchronize()

    def agree(self, yes: bool) -> bool:
        """Is it so on every rank? All must ask at the same point."""
        if self.count == 1:
            return yes
        votes = torch.tensor(int(yes))
        dist.all_reduce(votes, op=dist.ReduceOp.MIN)
        return bool(votes)

    @property
    def pids(self) -> list[int]:
        """The process numbers of the ranks that this one has started."""
        return [child.pid for child in self._children]

    def obituary(self) -> str | None:
        """Which children have ended with an error, in words; None where none has."""
        for child in self._children:
            with suppress(subprocess.TimeoutExpired):
                child.wait(timeout=1)
        dead = [(rank, child.returncode) for rank, child in enumerate(self._children, 1) if child.returncode]
        return ", ".join(f"rank {rank} ended with status {status}" for rank, status in dead) or None

    def leave(self) -> None:
        """End the exchange; children that still live after an error are ended too."""
        if self.count == 1:
            return
        for child in self._children:
            try:
                child.wait(timeout=10)
            except subprocess.TimeoutExpired:
                child.kill()
        with suppress(RuntimeError):
            dist.destroy_process_group()


def place_on_machine() -> tuple[int, int]:
    """(rank, count) among the ranks of this machine; (0, 1) where there is one process only."""
    return int(os.environ.get("LOCAL_RANK", "0")), int(os.environ.get("LOCAL_WORLD_SIZE", "1"))


def under_torchrun() -> bool:
    """Was this process started by torchrun as one of several?"""
    return "TORCHELASTIC_RUN_ID" in os.environ and int(os.environ.get("WORLD_SIZE", "1")) > 1


def check_batches(batch_size: int, images: int, count: int) -> None:
    """Every batch, the last one of an epoch too, must divide evenly: a mean of means is a mean only then. Raises UserError."""
    if batch_size % count or images % batch_size % count:
        parts = f"batches of {batch_size} out of {images} images"
        raise SettingsError(f"{parts} cannot be shared evenly by {count} devices: choose another --batch-size")
