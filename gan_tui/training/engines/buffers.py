"""Memory of several training steps of MLPs, which stays where it is."""

import copy
import math
from collections.abc import Sequence
from typing import Self

import torch
from torch import Tensor

from gan_tui.losses import Penalties
from gan_tui.pixel_range import scale_bytes_
from gan_tui.training.engines import TrainingInputs
from gan_tui.training.engines.flat_mlp import FlatMlp


class Buffers:
    """Room for what `count` steps on batches of one size leave behind, and for what one of them needs."""

    def __init__(
        self, count: int, batch: int, inputs: TrainingInputs, generator: FlatMlp, discriminator: FlatMlp, dtype: torch.dtype
    ) -> None:
        device, pixels = inputs.images.device, inputs.images.shape[1]
        many = generator.many
        self.indexed = torch.empty(count * math.prod(many) * batch, pixels, dtype=torch.uint8, device=device)
        self.images = discriminator.room(count, *many, 4, batch, pixels)
        """Of each step: real images, generated ones for D's update, those for G's, and the real ones again: every input in one piece."""
        self.d_logits = torch.empty(count, *many, 2 * batch, 1, dtype=dtype, device=device)
        """Of real and generated images, before D's update."""
        self.g_logits = torch.empty(count, *many, 2 * batch, 1, dtype=dtype, device=device)
        """Of generated images, and where the objective sees them of real ones, after D's update."""
        self.lengths = torch.zeros(count, 2, *many, max(generator.parts, discriminator.parts), device=device)
        """Of D's gradient and of G's, in parts."""
        self.lost = torch.zeros(count, 2, *many, device=device)
        """For D's steps and for G's: see `StepRecord`."""
        self.values = torch.zeros(count, 2, *many, device=device)
        """Likewise, of a person's own loss: its values."""
        self.penalties = torch.zeros(count, *many, device=device)
        self.g_outputs, self.g_gradients = generator.buffers(2 * batch)[:-1], generator.buffers(batch)
        self.d_outputs, self.d_gradients = discriminator.buffers(2 * batch)[:-1], discriminator.buffers(2 * batch)
        self.d_gradients_half = [buffer[..., :batch, :] for buffer in self.d_gradients]
        self.zeros = torch.zeros(2 * batch, dtype=dtype, device=device)

    def first(self, count: int) -> Self:
        """The room for so many of the steps, in the same memory."""
        part = copy.copy(self)
        part.indexed = self.indexed[: len(self.indexed) // len(self.images) * count]
        for name in ("images", "d_logits", "g_logits", "lengths", "lost", "values", "penalties"):
            setattr(part, name, getattr(self, name)[:count])
        return part

    def load(self, images: Tensor, batches: Tensor, *, twice: bool) -> None:
        """Fill in the real images, once or twice for each step. images: uint8 (N, pixels). batches: int64 (count, ..., batch)."""
        self.lost.zero_()
        torch.index_select(images, 0, batches.reshape(-1), out=self.indexed)
        scale_bytes_(self.images[..., 0, :, :].copy_(self.indexed.view(*batches.shape, -1)))
        if twice:
            self.images[..., 3, :, :].copy_(self.images[..., 0, :, :])


class PenaltyRows:
    """Which rows of D's outputs the penalties look at, and with what weight."""

    def __init__(self, several: Sequence[Penalties], batch: int, like: Tensor) -> None:
        """`several`: of each GAN that is trained here."""
        self._rows = rows = several[0].rows(batch)
        kinds = [kind for kind in (0, 1) if any(penalties[kind] for penalties in several)]  # R1 and R2
        self._starts = [kind * batch for kind in kinds]
        gammas = torch.tensor([[penalties[kind] / rows for kind in kinds] for penalties in several], dtype=like.dtype, device=like.device)
        self.weights = gammas.repeat_interleave(rows, 1).unsqueeze(2)
        """(K, rows, 1)."""

    def of(self, outputs: list[Tensor]) -> list[Tensor]:
        """Those rows of the outputs of each hidden layer."""
        return [torch.cat([output[..., start : start + self._rows, :] for start in self._starts], -2) for output in outputs]
