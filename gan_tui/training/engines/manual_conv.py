"""training/step.py for the family `conv` without autograd: the gradients are written out, as manual_grad.py does it for MLPs.

How to read it: `_train_d` and `_train_g` below are the two halves of `train_step`. Each goes forward, asks the loss for its gradient with
respect to D's logits (losses.py), and takes that back through the networks (flat_conv.py) layer by layer (conv_layers.py): the chain rule.
flat_adam.py then takes the step.

Why: half of an eager step's time is not its convolutions. It is converting between float32 and bfloat16, allocating, walking the autograd
graph, updating twenty tensors. Here the weights lie ready in the type that the layers take. All images that D looks at are one batch:
real ones, generated ones, and those with noise on them for the penalties. What oneDNN is slow at is computed otherwise (conv_layers.py).
"""

import torch
from torch import Tensor

from gan_tui.pixel_range import scale_bytes_
from gan_tui.training.engines import TrainingInputs
from gan_tui.training.engines.eager import EagerEngine, EagerSteps
from gan_tui.training.engines.flat_conv import FlatDiscriminator, FlatGenerator, Judged


class ManualConvSteps(EagerSteps):
    """Several training steps, one after the other, with any loss of logits; penalties are finite differences, if any."""

    def __init__(self, inputs: TrainingInputs, dtype: torch.dtype, colours: int, side: int) -> None:
        """`dtype`: what the layers compute in, float32 or bfloat16. `colours`, `side`: of the images."""
        super().__init__(inputs)
        gan, self._dtype = inputs.gan, dtype
        with torch.no_grad():
            self._generator = FlatGenerator(gan.generator, gan.g_optimizer, dtype, colours, side)
            self._discriminator = FlatDiscriminator(gan.discriminator, gan.d_optimizer, dtype, colours, side)
            if gan.g_ema is not None:
                self._generator.adopt_ema(gan.g_ema, gan.ema_weight)

    @property
    def held(self) -> list[Tensor]:
        """What a step changes besides the tensors of `TrainingInputs.gan`."""
        return self._generator.held + self._discriminator.held

    def sync(self) -> None:
        """Tell the optimisers' states how many steps were taken."""
        self._generator.sync()
        self._discriminator.sync()

    @torch.no_grad()
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
        assert numbers is None, "no augmentation is written out"
        assert unseen is None
        self._generator.follow_rate()
        self._discriminator.follow_rate()
        noises = [None] * len(turns) if noise is None else noise
        rows = [self._step(*its, weight) for its in zip(batches, latents, noises, turns, strict=True)]
        metrics = torch.stack(rows)
        self._inputs.ranks.average([metrics], weight=weight)
        return metrics

    def _step(self, batch: Tensor, latents: Tensor, noise: Tensor | None, train_g: bool, weight: float) -> Tensor:
        """Update D once, then G once, as `train_step` does; METRICS come back, of this rank's rows."""
        gan, G, size = self._inputs.gan, self._generator, len(batch)  # noqa: N806
        y = self._inputs.classes(batch)
        fake_y = y if y is None or gan.class_pairs else y.roll(1)
        real = scale_bytes_(self._inputs.images.index_select(0, batch).float())
        # D's update leaves G as it is, so G makes the images of both updates at once.
        both = train_g and not gan.shared_fakes
        made = G.forward(latents[: 1 + both].flatten(0, 1), _twice(fake_y) if both else fake_y)
        d_metrics, real_logits = self._train_d(real, y, made[-1][:size], fake_y, noise, weight)

        g_loss = g_grad = torch.zeros((), device=real.device)
        if train_g:
            passed = [rows[size:] for rows in made] if both else made
            g_loss, g_grad = self._train_g(passed, fake_y, real, y, real_logits, weight)
        d_loss, *d_scores, d_grad = d_metrics
        return torch.stack([d_loss, g_loss, *d_scores, d_grad, g_grad, torch.zeros_like(g_loss)])

    def _train_d(
        self, real: Tensor, y: Tensor | None, fake: Tensor, fake_y: Tensor | None, noise: Tensor | None, weight: float
    ) -> tuple[tuple[Tensor, ...], Tensor]:
        """D's METRICS and its logits of the real images, before its update."""
        gan, D, size = self._inputs.gan, self._discriminator, len(real)  # noqa: N806
        kinds = self._penalised() if noise is not None else []
        rows = gan.penalties.rows(size)
        # The penalty is gamma/2 times the mean of slope^2, where slope = (D(x + sigma e) - D(x)) / sigma. By the chain rule its gradient
        # is gamma slope / (sigma rows) at the first of the two logits, and minus that at the second.
        moved = [
            ((real, fake)[kind][:rows] + gan.penalties.sigma * noise[kind, :rows]).to(self._dtype) for kind in kinds if noise is not None
        ]
        told = None if y is None or fake_y is None else torch.cat([y, fake_y, *((y, fake_y)[kind][:rows] for kind in kinds)])
        judged = D.forward(torch.cat([real.to(self._dtype), fake, *moved]), told)
        gradient = torch.zeros_like(judged.logits)
        pair, there = judged.logits[: 2 * size], judged.logits[2 * size :].split(rows) if kinds else []
        of_pair, d_loss = gan.loss.of_d(pair)
        gradient[: 2 * size] = of_pair / size
        penalty = torch.zeros((), device=real.device)
        for index, (kind, logits) in enumerate(zip(kinds, there, strict=True)):
            slope = (logits - pair[kind * size :][:rows]) / gan.penalties.sigma
            penalty = penalty + gan.penalties[kind] / 2 * slope.square().mean()
            pull = slope * (gan.penalties[kind] / (gan.penalties.sigma * rows))
            gradient[(2 * size + index * rows) :][:rows] = pull
            gradient[kind * size :][:rows] -= pull
        D.backward(judged, gradient, learn=True)
        real_logits, fake_logits = pair.split(size)
        length = torch.zeros(1, device=real.device)
        (zero,) = D.average(gan.ranks, weight, (d_loss + penalty) * 0)
        D.update_if_finite(zero, length)
        scores = real_logits.sigmoid().mean(), fake_logits.sigmoid().mean(), (real_logits > fake_logits).float().mean()
        return (d_loss, *scores, penalty, length[0]), real_logits

    def _penalised(self) -> list[int]:
        """0 for real images, 1 for generated ones: which of them have a penalty."""
        return [kind for kind in (0, 1) if self._inputs.gan.penalties[kind]]

    def _train_g(
        self, passed: list[Tensor], fake_y: Tensor | None, real: Tensor, y: Tensor | None, real_logits: Tensor, weight: float
    ) -> tuple[Tensor, Tensor]:
        """G's loss and the length of its gradient. passed: what G.forward gave for these images. real_logits: D's, a moment ago."""
        gan, G, D, size = self._inputs.gan, self._generator, self._discriminator, len(real)  # noqa: N806
        again = gan.loss.objective.g_sees_real and not gan.shared_fakes
        judged = self._judge(passed[-1], fake_y, real, y) if again else D.forward(passed[-1], fake_y)
        fake_logits = judged.logits[:size]
        if again:
            real_logits = judged.logits[size:]
        seen = real_logits if gan.loss.objective.g_sees_real else real_logits[:0]
        gradient, g_loss = gan.loss.of_g(seen, fake_logits)
        image_gradient = D.backward(_first(judged, size), gradient / size, learn=False)
        G.backward(passed, image_gradient, fake_y)
        length = torch.zeros(1, device=real.device)
        (zero,) = G.average(gan.ranks, weight, g_loss * 0)
        G.update_if_finite(zero, length)
        return g_loss, length[0]

    def _judge(self, fake: Tensor, fake_y: Tensor | None, real: Tensor, y: Tensor | None) -> Judged:
        told = None if y is None or fake_y is None else torch.cat([fake_y, y])
        return self._discriminator.forward(torch.cat([fake, real.to(self._dtype)]), told)


def _twice(y: Tensor | None) -> Tensor | None:
    return None if y is None else torch.cat([y, y])


def _first(judged: Judged, size: int) -> Judged:
    """Of the first images alone."""
    scale = judged.scale if judged.scale.dim() == 1 else judged.scale[:size]
    y = None if judged.y is None else judged.y[:size]
    return Judged(judged.logits[:size], [rows[:size] for rows in judged.passed], judged.features[:size], scale, y)


class ManualConvEngine(EagerEngine):
    """`ManualConvSteps`, one step at a time, on a CPU."""

    name = "manual-grad"

    def __init__(self, inputs: TrainingInputs, dtype: torch.dtype, colours: int, side: int) -> None:
        """See `ManualConvSteps`."""
        super().__init__(inputs, ManualConvSteps(inputs, dtype, colours, side))
