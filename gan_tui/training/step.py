"""One step of GAN training, as the tutorial does it: first the discriminator, then the generator."""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.optim import Adam

from gan_tui.losses import LossPair
from gan_tui.training.ranks import Ranks

METRICS = ("d_loss", "g_loss", "D(x)", "D(G(z))")
"""What `train_step` returns, in this order."""


@dataclass(frozen=True, slots=True)
class Gan:
    """Two networks, their optimisers, and the game they play."""

    generator: nn.Module
    discriminator: nn.Module
    g_optimizer: Adam
    d_optimizer: Adam
    loss: LossPair
    ranks: Ranks = field(default_factory=Ranks)


def train_step(gan: Gan, real: Tensor, z_d: Tensor, z_g: Tensor) -> Tensor:
    """Update D once, then G once.

    real: images (B, pixels), float32 in [-1, 1]. z_d, z_g: latents (B, latent_dim), N(0, 1), fresh for each
    network. Returns METRICS as one float32 tensor (4,) on the same device, the scores as D gave them before
    its update. A loss that is not finite leaves the weights of its network as they were.
    """
    # Train the discriminator: real images should score high, generated ones low. Its gradient ends at the fake
    # images, so G runs without a graph; the tutorial back-propagates into G here and throws the result away.
    with torch.no_grad():
        fake = gan.generator(z_d)
    real_logits, fake_logits = gan.discriminator(torch.cat([real, fake])).split([len(real), len(fake)])
    d_loss = gan.loss.d_loss(real_logits, fake_logits)
    gan.d_optimizer.zero_grad()
    d_loss.backward()
    d_loss, d_real, d_fake = average(gan.ranks, gan.discriminator, d_loss, real_logits.sigmoid().mean(), fake_logits.sigmoid().mean())
    update_if_finite(gan.d_optimizer, d_loss)

    # Train the generator: its images should score high with the discriminator as it is now. The gradient passes
    # through D, but D's own weights need none.
    g_loss = gan.loss.g_loss(gan.discriminator(gan.generator(z_g)))
    gan.g_optimizer.zero_grad()
    g_loss.backward(inputs=list(gan.generator.parameters()))
    (g_loss,) = average(gan.ranks, gan.generator, g_loss)
    update_if_finite(gan.g_optimizer, g_loss)

    return torch.stack([d_loss, g_loss, d_real, d_fake]).detach()


def average(ranks: Ranks, network: nn.Module, *scalars: Tensor) -> tuple[Tensor, ...]:
    """With several devices, each has a part of the batch: make gradients and scalars their means. Else do nothing."""
    return ranks.average([parameter.grad for parameter in network.parameters() if parameter.grad is not None], *scalars)


def update_if_finite(optimizer: Adam, loss: Tensor) -> None:
    """Let the optimiser step unless the loss is NaN or infinite, without asking the device.

    Fused Adam skips its update where `found_inf` is 1: the hook that torch.amp.GradScaler uses.
    """
    optimizer.found_inf = (~loss.detach().isfinite()).float()  # type: ignore[attr-defined]
    optimizer.step()
