"""Randomness as a function of position: (seed, attempt, what, where) -> numbers.

No generator carries state from one step to the next, so a resumed run draws what the undisturbed one would have
drawn, and a checkpoint need not hold generator states. The idea is EDM2's (Karras et al. 2024).
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

BLOCK = 20
"""Steps whose latents are drawn in one go. It divides the tutorial's 300 and 600 steps, so that whole blocks fit."""


class Randomness:
    """All random numbers of a run."""

    def __init__(self, seed: int, device: torch.device, attempt: int = 0) -> None:
        """`attempt` counts roll-backs: going the same way again would end in the same place."""
        self._seed = seed
        self._attempt = attempt
        self._device = device
        self._generator = torch.Generator(device)
        self._block: tuple[int, int, int] | None = None
        self._latents = torch.empty(0)

    def at(self, what: str, position: int = 0) -> torch.Generator:
        """The generator as it stands at the beginning of `position` in the stream `what`."""
        self._generator.manual_seed(self._seed_of(what, position))
        return self._generator

    def _seed_of(self, what: str, position: int) -> int:
        place = f"{self._seed}/{self._attempt}/{what}/{position}".encode()
        return int.from_bytes(hashlib.blake2b(place, digest_size=8).digest()) >> 1

    @contextmanager
    def own_code(self, step: int, rank: int) -> Iterator[None]:
        """Have torch's own generators, which Dropout and a person's code draw from, draw the numbers of this step; others' are put back."""
        kind, seed = self._device.type, self._seed_of(f"own code {rank}", step)
        with torch.random.fork_rng(devices=[self._device] if kind == "cuda" else []):
            torch.default_generator.manual_seed(seed)
            if kind != "cpu":
                getattr(torch, kind).manual_seed(seed)
            yield

    def order(self, epoch: int, size: int) -> Tensor:
        """A permutation of `range(size)`, int64, for one pass over the data; `epoch` counts from 0."""
        return self.permutation("order", epoch, size)

    def permutation(self, what: str, position: int, size: int) -> Tensor:
        """A permutation of `range(size)`, int64."""
        return torch.randperm(size, generator=self.at(what, position), device=self._device)

    def latents(self, step: int, batch: int, dim: int) -> tuple[Tensor, Tensor]:
        """Two sets of latents (batch, dim) ~ N(0, 1) for one step: for D's update and for G's."""
        z_d, z_g = self.latents_block(step // BLOCK, batch, dim)[step % BLOCK]
        return z_d, z_g

    def latents_block(self, block: int, batch: int, dim: int) -> Tensor:
        """The latents (BLOCK, 2, batch, dim) of steps `block * BLOCK` and following."""
        if self._block != (block, batch, dim):
            self._latents = torch.randn(BLOCK, 2, batch, dim, generator=self.at("latents", block), device=self._device)
            self._block = (block, batch, dim)
        return self._latents

    def noise(self, step: int, shape: tuple[int, ...]) -> Tensor:
        """Numbers ~ N(0, 1) of any shape for one step, besides its latents."""
        return torch.randn(shape, generator=self.at("noise", step), device=self._device)

    def uniform(self, step: int, shape: tuple[int, ...]) -> Tensor:
        """Numbers uniform in [0, 1) of any shape for one step, besides its latents and noise."""
        return torch.rand(shape, generator=self.at("uniform", step), device=self._device)

    def fixed_latents(self, count: int, dim: int) -> Tensor:
        """The latents (count, dim) behind every grid and preview of the run."""
        return torch.randn(count, dim, generator=self.at("fixed latents"), device=self._device)
