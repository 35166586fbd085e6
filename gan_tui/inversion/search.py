"""The search: Adam on the latents of many starts at the same time, a group of pictures after the other.

What is minimised is the mean squared difference between what is seen of a picture and the same of G(z) (Bora et al. 2017,
arXiv:1703.03208), and a prior. The starts are not random: many samples are drawn, and those nearest to a picture begin. Each candidate
keeps its best latents. A prior on the length of z keeps them where G has learned to draw: in many dimensions, normal latents all
have about the same length, and the origin, which a prior on |z| would lead to, is as strange to G as what is far out.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from gan_tui.inversion.views import View

CHUNK = 256
"""Latents whose gradients are taken at a time: convolutional networks need megabytes for each."""
POOL_CHUNK = 1024
"""Samples of the pool that are compared at a time."""
WARM_UP, COOL_DOWN = 0.05, 0.25
"""Shares of the steps in which the learning rate rises at first, and falls at the end."""
MOST_CLASSES = 64
"""Classes of a conditional generator of which each has a start of its own; of more, the pool alone has all."""


@dataclass(frozen=True)
class Plan:
    """How to search."""

    steps: int = 100
    starts: int = 32
    """Candidates of each picture."""
    pool: int = 16_384
    """Samples of which the nearest are the starts."""
    group: int = 50
    """Pictures at the same time."""
    rate: float = 0.1
    prior: float = 0.01
    blend: float = 0.01
    """Candidates whose errors differ by less are averaged: the temperature of the softmax that weighs them. 0: the best one alone."""
    seed: int = 0


class Generator(NamedTuple):
    """A trained generator."""

    network: nn.Module
    """Called (z, y), gives pictures (N, pixels) in [-1, 1]; no weight of it wants a gradient."""
    latent_dim: int
    classes: int = 0
    """That it is told; 0: none."""

    def draw(self, z: Tensor, y: Tensor | None) -> Tensor:
        """Pictures (N, pixels) in [0, 1]; gradients flow to z."""
        found: Tensor = (self.network(z, y) + 1) / 2
        return found


class Outcome(NamedTuple):
    """Of pictures that are done, or are being looked for."""

    drawn: Tensor
    """What G draws, float (N, pixels) in [0, 1]."""
    errors: Tensor
    """Mean squared differences of what is seen, float (N,): of the best candidate."""
    lengths: Tensor
    """Mean squares of its latents, float (N,)."""


class Search:
    """All pictures, as far as they are found."""

    def __init__(self, generator: Generator, view: View, seen: Tensor, plan: Plan) -> None:
        """`seen`: of each picture, float (N, values) in [0, 1]."""
        self.generator, self._view, self._seen = generator, view, seen
        self._plan = plan
        self.step = 0
        """Done so far, of all groups."""
        self.shown = range(0)
        """Which pictures were in the last step."""
        self._done: list[Outcome] = []
        self._candidates: _Candidates | None = None

    @property
    def parts(self) -> int:
        """Groups."""
        return math.ceil(len(self._seen) / self._plan.group)

    @property
    def steps_per_part(self) -> int:
        return self._plan.steps

    @property
    def total_steps(self) -> int:
        return self.parts * self._plan.steps

    @property
    def group(self) -> range:
        """The pictures of the next step; those of the last group when all is done."""
        part = min(self.step // self._plan.steps, self.parts - 1)
        return range(part * self._plan.group, min((part + 1) * self._plan.group, len(self._seen)))

    def change(self, **changes: Any) -> None:
        """Another plan from now on: rate, prior, blend."""
        self._plan = replace(self._plan, **changes)

    def advance(self) -> None:
        """One step of the group in hand. Raises ArithmeticError where an error is not finite: then nothing has changed."""
        done = self.step % self._plan.steps
        if self._candidates is None or done == 0:
            self._candidates = self._begin()
        self._candidates.advance(self._plan, self._rate(done / self._plan.steps))
        self.step += 1
        if done + 1 == self._plan.steps:
            self._candidates.settle(self._plan)
            self._done.append(self._candidates.outcome(self._plan))

    def _rate(self, share: float) -> float:
        return self._plan.rate * min(1.0, share / WARM_UP + 0.1, (1 - share) / COOL_DOWN)

    def _begin(self) -> "_Candidates":
        seen = self._seen[self.group.start : self.group.stop]
        self.shown = self.group
        z, y = nearest_samples(self.generator, self._view, seen, self._plan)
        return _Candidates(self.generator, self._view, seen, z, y)

    def current(self) -> Outcome | None:
        """Of the pictures `shown`, as they are now; None before the first step."""
        if self._candidates is None:
            return self._done[-1] if self._done else None
        return self._candidates.outcome(self._plan) if self._candidates.measured else None

    def candidates(self, index: int, count: int) -> Tensor:
        """The best candidates of one of `shown`, the best first: (at most count, pixels); none of a group that was saved when done."""
        return self._seen.new_empty(0, 0) if self._candidates is None else self._candidates.best(index, count)

    def finished(self) -> Outcome:
        """Of all groups that are done."""
        return Outcome(*(torch.cat(parts) for parts in zip(*self._done, strict=True)))

    def state_dict(self) -> dict[str, Any]:
        """Tensors and plain containers: what the next step depends on besides what this was made of."""
        current = self._candidates if self.step % self._plan.steps else None
        return {"step": self.step, "done": [tuple(one) for one in self._done], "candidates": current.state_dict() if current else None}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there. Raises KeyError, TypeError, ValueError or RuntimeError where it is none, or another search's."""
        done = [Outcome(*one) for one in state["done"]]
        if sum(len(one.errors) for one in done) != min(len(self._seen), state["step"] // self._plan.steps * self._plan.group):
            raise ValueError("other pictures are done")
        self.step, self._done = state["step"], done
        found = sum(len(one.errors) for one in done)
        self.shown = range(found - len(done[-1].errors), found) if done else range(0)
        if state["candidates"] is not None:
            self.shown = self.group
            seen = self._seen[self.shown.start : self.shown.stop]
            self._candidates = _Candidates.from_state(self.generator, self._view, seen, state["candidates"])


class _Candidates:
    """The latents of one group: B pictures, S candidates each."""

    def __init__(self, generator: Generator, view: View, seen: Tensor, z: Tensor, y: Tensor | None) -> None:
        """`z`: (B, S, latent_dim); `y`: their classes, (B, S)."""
        self._generator, self._view, self._seen = generator, view, seen
        self._z, self._y = z, y
        self._adam = torch.optim.Adam([self._z])
        self._best_z = z.clone()
        self._best = torch.full(z.shape[:2], torch.inf, device=z.device)
        """What was minimised, of the best latents of each candidate, (B, S)."""
        self._errors = torch.zeros_like(self._best)
        self._shown_z = self._z
        """Of the step before; at the end, and where they were taken up, the best."""
        self._pictures: Tensor | None = None
        """(B, S, pixels): of these."""

    @property
    def measured(self) -> bool:
        return self._pictures is not None

    def advance(self, plan: Plan, rate: float) -> None:
        pictures, errors, gradients = self._measure(self._z, plan.prior, wanted=True)
        total = errors + plan.prior * _strangeness(self._z)
        if not total.isfinite().all():
            raise ArithmeticError("the error is not finite")
        better = total < self._best
        self._best_z = torch.where(better.unsqueeze(2), self._z, self._best_z)
        self._best = torch.where(better, total, self._best)
        self._pictures, self._errors, self._shown_z = pictures, errors, self._z.clone()
        self._z.grad = gradients
        for group in self._adam.param_groups:
            group["lr"] = rate
        self._adam.step()

    def settle(self, plan: Plan) -> None:
        """The last latents count too; from then on the pictures are those of the best."""
        _, errors, _ = self._measure(self._z, plan.prior)
        total = errors + plan.prior * _strangeness(self._z)
        self._best_z = torch.where((total < self._best).unsqueeze(2), self._z, self._best_z)
        self._z = self._best_z
        self._show_best()

    def _show_best(self) -> None:
        self._shown_z = self._best_z
        self._pictures, self._errors, _ = self._measure(self._best_z, 0.0)

    def outcome(self, plan: Plan) -> Outcome:
        assert self._pictures is not None
        total = self._errors + plan.prior * _strangeness(self._shown_z)
        best = total.argmin(1)
        rows = torch.arange(len(best), device=best.device)
        drawn = self._pictures[rows, best]
        if plan.blend:
            weights = torch.softmax((total.min(1, keepdim=True).values - total) / plan.blend, 1)
            drawn = torch.einsum("bs,bsp->bp", weights, self._pictures)
        return Outcome(drawn.clamp(0, 1), self._errors[rows, best], self._shown_z[rows, best].square().mean(1))

    def best(self, index: int, count: int) -> Tensor:
        assert self._pictures is not None
        return self._pictures[index, self._errors[index].argsort()[:count]].clamp(0, 1)

    def _measure(self, z: Tensor, prior: float, *, wanted: bool = False) -> tuple[Tensor, Tensor, Tensor | None]:
        """Pictures (B, S, pixels), errors (B, S), and where `wanted` the gradients of errors and prior (B, S, latent_dim)."""
        count = z.shape[1]
        flat = z.detach().flatten(0, 1)
        y = None if self._y is None else self._y.flatten()
        pictures, errors, gradients = [], [], []
        for places in _chunks(len(flat), CHUNK, flat.device):
            part = flat[places].requires_grad_(wanted)
            with torch.set_grad_enabled(wanted):
                drawn = self._generator.draw(part, None if y is None else y[places])
                error = (self._view.see(drawn) - self._seen[places // count]).square().mean(1)
                if wanted:
                    gradients.append(torch.autograd.grad((error + prior * _strangeness(part)).sum(), part)[0])
            pictures.append(drawn.detach())
            errors.append(error.detach())
        found = torch.cat(gradients).view_as(z) if wanted else None
        return torch.cat(pictures).view(*z.shape[:2], -1), torch.cat(errors).view(z.shape[:2]), found

    def state_dict(self) -> dict[str, Any]:
        return {
            "z": self._z.detach(),
            "y": self._y,
            "adam": self._adam.state_dict()["state"],
            "best_z": self._best_z,
            "best": self._best,
        }

    @classmethod
    def from_state(cls, generator: Generator, view: View, seen: Tensor, state: dict[str, Any]) -> "_Candidates":
        z = state["z"]
        if z.shape[0] != len(seen) or z.shape[2] != generator.latent_dim:
            raise ValueError("the latents are of other pictures")
        found = cls(generator, view, seen, z, state["y"])
        adam = found._adam.state_dict()
        found._adam.load_state_dict({"state": state["adam"], "param_groups": adam["param_groups"]})
        found._best_z, found._best = state["best_z"], state["best"]
        found._show_best()
        return found


def _strangeness(z: Tensor) -> Tensor:
    """How far the mean square of latents (..., latent_dim) is from 1, squared."""
    return (z.square().mean(-1) - 1).square()


def _chunks(count: int, size: int, device: torch.device) -> Iterator[Tensor]:
    yield from torch.arange(count, device=device).split(size)


@torch.no_grad()
def nearest_samples(generator: Generator, view: View, seen: Tensor, plan: Plan) -> tuple[Tensor, Tensor | None]:
    """Of `plan.pool` samples, the latents of those nearest to what is seen, (N, S, latent_dim), and their classes, (N, S).

    A generator that is told classes, up to MOST_CLASSES of them, has at least one start of each.
    """
    device = seen.device
    classes = generator.classes if generator.classes <= MOST_CLASSES else 0
    starts = max(math.ceil(plan.starts / classes), 1) if classes else plan.starts
    pool = max(plan.pool, starts * max(classes, 1))
    z = torch.randn(pool, generator.latent_dim, generator=torch.Generator().manual_seed(plan.seed)).to(device)
    y = torch.arange(pool, device=device) % generator.classes if generator.classes else None
    distances = torch.cat(
        [
            torch.cdist(seen, view.see(generator.draw(z[places], None if y is None else y[places])))
            for places in _chunks(pool, POOL_CHUNK, device)
        ],
        1,
    )
    kinds = [distances]
    if classes and y is not None:
        kinds = [distances.masked_fill(y != one, torch.inf) for one in range(classes)]
    chosen = torch.cat([kind.topk(starts, largest=False).indices for kind in kinds], 1)
    return z[chosen], None if y is None else y[chosen]
