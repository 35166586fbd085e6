"""One step of GAN training, as the tutorial does it: first the discriminator, then the generator."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.optim import Adam

from gan_tui.augmentation import Augmentation
from gan_tui.losses import LossPair, Penalties, Scored, uniform_from_normal
from gan_tui.spec.metrics import TRAINING
from gan_tui.training.distributed.ranks import Ranks

METRICS = tuple(metric.name for metric in TRAINING)
"""What `train_step` returns, in this order; see `gan_tui/spec/metrics.py`.

The scores are D's before its update. Loss and gradient of G are 0 in a step that leaves G alone, D's gradient in one that leaves D alone.
"""


@dataclass(frozen=True, slots=True)
class Gan:
    """Two networks, their optimisers and their objective."""

    generator: nn.Module
    discriminator: nn.Module
    g_optimizer: Adam
    d_optimizer: Adam
    loss: LossPair
    ranks: Ranks = field(default_factory=Ranks)
    penalties: Penalties = field(default_factory=Penalties)
    shared_fakes: bool = False
    """Does G learn from the very images that D has just learned from? Then it makes images once a step."""
    class_pairs: bool = True
    """Has the generated image beside a real one the same class?"""
    g_ema: nn.Module | None = None
    """A second generator, whose weights are an exponential moving average (EMA) of the first one's."""
    ema_weight: Tensor = field(default_factory=lambda: torch.tensor(1.0))
    """How far G's EMA moves towards its weights at each step of G: a scalar on the device, which CUDA graphs read."""
    augment: Augmentation | None = None
    """What is done to the images that D sees, real and generated alike; None: nothing."""
    l1_weight: Tensor | None = None
    """What the L1 distance of G's pictures to the originals counts in its loss, likewise; None: G is told of no originals."""


def train_step(
    gan: Gan,
    real: Tensor,
    z_d: Tensor,
    z_g: Tensor,
    y: Tensor | None = None,
    noise: Tensor | None = None,
    numbers: Tensor | None = None,
    unseen: tuple[Tensor, Tensor | None] | None = None,
    *,
    train_d: bool = True,
    train_g: bool = True,
    weight: float | None = None,
) -> Tensor:
    """Update D once, then G once.

    real: images (B, pixels), float32 in [-1, 1]. z_d, z_g: latents (B, latent_dim), N(0, 1), fresh for each
    network. y: the class of each real image, int64 (B,), or its outline, uint8 (B, H * W), and so that of the generated image beside it;
    None where the networks are told none. noise: for penalties by finite differences, see `Penalties.total`.
    numbers: for the augmentation, uniform (SETS, B, NUMBERS), where there is one. unseen: real images that D is not trained on and their
    y, like `real`, at most B of them, in a step after which the augmentation is steered.
    Returns METRICS, float32 (9,), on the same device. A loss that is not finite leaves the
    weights of its network as they were. `train_g=False` is a step of D alone, `train_d=False` one of G alone.
    `weight`: what these images count, where several devices share a batch (see `Ranks.weight`).
    """
    # Train the discriminator: real images should score high, generated ones low. Its gradient ends at the fake
    # images, so G runs without a graph, unless it learns from these images as well; the tutorial back-propagates into G here and throws
    # the result away.
    fake_y = y if y is None or gan.class_pairs else y.roll(1)
    originals, real = real, _seen(gan, real, numbers, 0)
    with torch.set_grad_enabled(gan.shared_fakes and train_g):
        generated = _seen(gan, gan.generator(z_d, fake_y), numbers, 1)
    fake = generated.detach()
    both = None if y is None or fake_y is None else torch.cat([y, fake_y])
    real_logits, fake_logits = gan.discriminator(torch.cat([real, fake]), both).split([len(real), len(fake)])
    d_loss = gan.loss.d_loss(real_logits, fake_logits)
    penalty = torch.zeros_like(d_loss)
    overfitting = None
    if unseen is not None and numbers is not None:
        overfitting = _overfitting(gan, real_logits.detach(), fake, fake_y, unseen, numbers)
    if gan.penalties.any:
        kinds = Scored(real, y, real_logits), Scored(fake, fake_y, fake_logits)
        penalty = gan.penalties.total(gan.discriminator, *kinds, uniform_from_normal(z_g[:, 0]), noise)
    if train_d:
        gan.d_optimizer.zero_grad()
        (d_loss + penalty).backward()
    scores = real_logits.sigmoid().mean(), fake_logits.sigmoid().mean()
    pair_accuracy = (real_logits > fake_logits).float().mean()
    d_metrics = average_gradients(gan.ranks, gan.discriminator, weight, d_loss, *scores, pair_accuracy, penalty)
    d_grad = torch.zeros_like(d_loss)
    if train_d:
        d_grad = update_if_finite(gan.discriminator, gan.d_optimizer, d_metrics[0] + d_metrics[-1])

    if gan.augment is not None and overfitting is not None:
        (overfitting,) = gan.ranks.average([], overfitting, weight=weight)
        gan.augment.steer(overfitting, len(real) * gan.ranks.count)

    # Train the generator: its images should score high with the discriminator as it is now. The gradient passes
    # through D, but D's own weights need none. Where it learns from D's images, D's scores of real ones a moment ago are good enough.
    g_loss = g_grad = l1 = torch.zeros_like(d_loss)
    if train_g:
        sees_real = gan.loss.objective.g_sees_real
        if not gan.shared_fakes:
            generated = _seen(gan, gan.generator(z_g, fake_y), numbers, 2)
            real_logits = gan.discriminator(_seen(gan, originals, numbers, 3), y) if sees_real else real_logits
        g_loss = whole = gan.loss.g_loss(real_logits.detach() if sees_real else real[:0], gan.discriminator(generated, fake_y))
        if gan.l1_weight is not None:
            l1 = (generated - originals).abs().mean()
            whole = g_loss + gan.l1_weight * l1
        gan.g_optimizer.zero_grad()
        whole.backward(inputs=list(gan.generator.parameters()))
        g_loss, l1 = average_gradients(gan.ranks, gan.generator, weight, g_loss, l1)
        g_grad = update_if_finite(gan.generator, gan.g_optimizer, g_loss + l1)
        update_ema(gan)

    d_loss, *d_scores = d_metrics
    return torch.stack([d_loss, g_loss, *d_scores, d_grad, g_grad, l1]).detach()


def _seen(gan: Gan, images: Tensor, numbers: Tensor | None, which: int) -> Tensor:
    """Images as D sees them; `which` of the SETS of numbers."""
    if gan.augment is None:
        return images
    assert numbers is not None
    return gan.augment(images, numbers[which])


@torch.no_grad()
def _overfitting(
    gan: Gan, real_logits: Tensor, fake: Tensor, fake_y: Tensor | None, unseen: tuple[Tensor, Tensor | None], numbers: Tensor
) -> Tensor:
    """P(D(training image) > D(unseen image)), augmented alike, a scalar; D learns nothing of it.

    The unseen ones stand beside the same generated images, for batch normalisation makes a score depend on its company.
    """
    images, y = unseen[0][: len(real_logits)], None if unseen[1] is None else unseen[1][: len(real_logits)]
    both = None if y is None or fake_y is None else torch.cat([y, fake_y])
    buffers = {name: buffer.clone() for name, buffer in gan.discriminator.named_buffers()}
    beside = torch.cat([_seen(gan, images, numbers[:, : len(images)], 0), fake])
    logits: Tensor = functional_call(gan.discriminator, buffers, (beside, both))[: len(images)]
    higher = real_logits.flatten()[:, None] - logits.flatten()[None]
    return (higher.sign().mean() + 1) / 2


def average_gradients(ranks: Ranks, network: nn.Module, weight: float | None, *scalars: Tensor) -> tuple[Tensor, ...]:
    """With several devices, each has a part of the batch: make gradients and scalars the whole batch's. Else do nothing."""
    return ranks.average([parameter.grad for parameter in network.parameters() if parameter.grad is not None], *scalars, weight=weight)


def update_if_finite(network: nn.Module, optimizer: Adam, loss: Tensor) -> Tensor:
    """Let the optimiser step unless the loss is NaN or infinite, without asking the device; the gradient's length comes back.

    Fused Adam skips its update where `found_inf` is 1: the hook that torch.amp.GradScaler uses.
    """
    gradients = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
    optimizer.found_inf = (~loss.detach().isfinite()).float()  # type: ignore[attr-defined]
    optimizer.step()
    return _length(gradients)


def length(gradients: list[Tensor]) -> Tensor:
    """The length of all gradients as one vector: what torch.nn.utils.get_total_norm gives, which torch has since 2.6."""
    whole: Tensor = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(gradient) for gradient in gradients]))
    return whole


_length: Callable[[list[Tensor]], Tensor] = getattr(torch.nn.utils, "get_total_norm", length)


@torch.no_grad()
def update_ema(gan: Gan) -> None:
    """Move the averaged generator a little towards the trained one: g_ema += ema_weight (weights - g_ema)."""
    if gan.g_ema is None:
        return
    for mine, its in zip(gan.g_ema.parameters(), gan.generator.parameters(), strict=True):
        mine.lerp_(its, gan.ema_weight)
    for statistic, newest in zip(gan.g_ema.buffers(), gan.generator.buffers(), strict=True):  # of batch normalisation
        statistic.copy_(newest)
