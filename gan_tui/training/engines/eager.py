"""One step after the other, each as training/step.py reads; and the same through torch.compile."""

import logging
from dataclasses import replace
from typing import cast

import torch
from torch import Tensor, nn

from gan_tui.augmentation import TARGET
from gan_tui.errors import UserError, first_line
from gan_tui.training.engines import TrainingInputs, trains_g
from gan_tui.training.step import train_step

TELL_STEPS = 64
"""Steps between looks at how much is augmented."""


class EagerSteps:
    """training/step.py as it reads, one step after the other."""

    def __init__(self, inputs: TrainingInputs) -> None:
        self._inputs = inputs

    @property
    def held(self) -> list[Tensor]:
        """Nothing: all that changes is the networks' and the optimisers'."""
        return []

    def prepare(self, count: int, size: int) -> None:
        """Nothing is needed."""

    def __call__(
        self,
        batches: Tensor,
        latents: Tensor,
        noise: Tensor | None,
        turns: tuple[bool, ...],
        weight: float,
        numbers: Tensor | None = None,
        unseen: tuple[Tensor, Tensor | None] | None = None,
    ) -> Tensor:
        inputs, rows = self._inputs, list[Tensor]()
        noises = [None] * len(turns) if noise is None else noise
        for batch, (z_d, z_g), its_noise, train_g in zip(batches, latents, noises, turns, strict=True):
            y = inputs.classes(batch)
            real = inputs.real(batch)
            rows.append(train_step(inputs.gan, real, z_d, z_g, y, its_noise, numbers, unseen, train_g=train_g, weight=weight))
        return torch.stack(rows)

    def sync(self) -> None:
        """Nothing is held back."""


class EagerEngine:
    """The eager twin of every faster engine, and the frame of those that take one step at a time."""

    name = "eager"

    def __init__(self, inputs: TrainingInputs, steps: EagerSteps | None = None) -> None:
        """`steps`: what takes them, `EagerSteps` where none are given."""
        self.notes: list[str] = []
        self._inputs = inputs
        self._steps = steps or EagerSteps(inputs)
        self._order = torch.empty(0, dtype=torch.int64)
        self._told = 0.0

    def begin_epoch(self, order: Tensor) -> None:
        self._order = order

    def advance(self, step: int, index: int, most: int, d_steps: int = 1) -> Tensor:  # noqa: ARG002
        """One step, however many are allowed."""
        inputs = self._inputs
        batch, latents, noise = inputs.batch(self._order, index), torch.stack(inputs.latents(step, index)), inputs.noise(step, index)
        noise = None if noise is None else noise.unsqueeze(0)
        self._tell_of_the_augmentation(step)
        turns, numbers = (trains_g(step, d_steps),), inputs.numbers(step, index)
        unseen = inputs.some_unseen(step)
        return self._steps(batch.unsqueeze(0), latents.unsqueeze(0), noise, turns, inputs.weight(index), numbers, unseen)

    def _tell_of_the_augmentation(self, step: int) -> None:
        """Every now and then, for that waits for the device, and where it has changed by a tenth."""
        augment = self._inputs.gan.augment
        if augment is None or not augment.adaptive or step % TELL_STEPS:
            return
        now = round(float(augment.state[0]), 1)
        if now != self._told:
            self._told = now
            known = float(augment.state[1])
            self.notes.append(
                f"augmentation (ada): each of its three kinds is done to {now:.0%} of what D sees, for D ranks a training image above a "
                f"held-out one in {known:.0%} of the cases; {TARGET:.0%} is aimed at"
            )

    def sync(self) -> None:
        self._steps.sync()

    def close(self) -> None:
        """Nothing is held."""


class CompiledEngine(EagerEngine):
    """The eager steps on compiled networks."""

    name = "compiled"


def compiled_engine(inputs: TrainingInputs) -> CompiledEngine:
    """The eager engine on compiled networks, which share their weights with the ones that are saved.

    The first steps compile: half a minute or more. Raises UserError where this machine cannot compile.
    """
    logging.getLogger("torch.utils.cpp_extension").setLevel(logging.ERROR)  # it warns of a missing GPU where none is wanted
    try:
        torch._dynamo.reset()
        generator = cast(nn.Module, torch.compile(inputs.gan.generator, dynamic=False))
        discriminator = cast(nn.Module, torch.compile(inputs.gan.discriminator, dynamic=False))
        with torch.no_grad():
            z = torch.zeros(inputs.batch_size, inputs.latent_dim, device=inputs.images.device)
            generator(z, None if inputs.labels is None else inputs.labels[:1].repeat_interleave(inputs.batch_size, 0))
    except Exception as error:  # the compiler's errors have no common class
        raise UserError(f"engine 'compiled' does not work here ({first_line(error, 120)}): use --engine auto") from None
    return CompiledEngine(inputs._replace(gan=replace(inputs.gan, generator=generator, discriminator=discriminator)))
