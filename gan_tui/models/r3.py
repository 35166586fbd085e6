"""The residual networks of R3GAN, in a small size: Huang et al. 2024, arXiv:2501.05441, section 3.

Residual blocks that begin as the identity (fix-up: Zhang et al. 2019, arXiv:1901.09321) and need no normalisation: an inverted
bottleneck of a 1x1, a grouped 3x3 and a 1x1 convolution. Sizes change by bilinear resampling alone. D mirrors G. Other than in the
paper, G ends in tanh, and the width halves where the size doubles, so that small machines can train it.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, leaky_relu

from gan_tui.models.layers import NEGATIVE_SLOPE, channels_last, sizes

GAIN = math.sqrt(2 / (1 + NEGATIVE_SLOPE**2))
"""Keeps the mean square through a LeakyReLU: He et al. 2015, arXiv:1502.01852."""
EXPANSION = 2
GROUP = 16
"""Channels of a group of the 3x3 convolution."""
WIDEST = 4
"""Times the base width, at most."""


class Residual(nn.Module):
    """x + f(x) for images (B, width, H, W); f begins as 0."""

    def __init__(self, width: int, blocks: int) -> None:
        """`blocks`: how many there are in the network; the more, the smaller each begins."""
        super().__init__()
        inner = EXPANSION * width
        gain = GAIN * blocks**-0.25  # L^(-1 / (2m - 2)) for m = 3 layers
        self.expand = convolution(width, inner, 1, gain)
        self.mix = convolution(inner, inner, 3, gain, groups=inner // math.gcd(inner, GROUP))
        self.project = convolution(inner, width, 1, 0.0, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Of the same shape."""
        result: Tensor = self.project(leaky_relu(self.mix(leaky_relu(self.expand(x), NEGATIVE_SLOPE)), NEGATIVE_SLOPE))
        return x + result


class Basis(nn.Module):
    """Latents (B, latent_dim) to a sum of learned pictures, (B, width, side, side)."""

    def __init__(self, latent_dim: int, width: int, side: int) -> None:
        super().__init__()
        self.pictures = nn.Parameter(torch.randn(width, side, side))
        self.weigh = nn.Linear(latent_dim, width, bias=False)
        nn.init.normal_(self.weigh.weight, 0, latent_dim**-0.5)

    def forward(self, z: Tensor) -> Tensor:
        """Each channel's picture, as strong as z says."""
        strength: Tensor = self.weigh(z)
        return self.pictures * strength[:, :, None, None]


class Up(nn.Module):
    """Twice the size, bilinear."""

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to (B, C, 2H, 2W)."""
        return interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


class Down(nn.Module):
    """Half the size; bilinear resampling by a half is the mean of each 2 x 2."""

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to (B, C, H / 2, W / 2)."""
        return avg_pool2d(x, 2)


def generator(latent_dim: int, channels: int, blocks: int, shape: tuple[int, int, int]) -> nn.Sequential:
    """Latents (B, latent_dim) to images (B, pixels) in [-1, 1].

    `channels`: width at full size; twice and four times as much at smaller ones. `blocks`: residual blocks at each size.
    """
    colours, side, _ = shape
    start, *larger = sizes(side)
    widths = [channels * min(WIDEST, 2**halvings) for halvings in reversed(range(len(larger) + 1))]
    total = blocks * len(widths)
    layers: list[nn.Module] = [Basis(latent_dim, widths[0], start)]
    for index, width in enumerate(widths):
        if index:
            layers += [convolution(widths[index - 1], width, 1, 1.0, bias=False), Up()]
        layers += [Residual(width, total) for _ in range(blocks)]
    return channels_last([*layers, convolution(channels, colours, 1, 1.0), nn.Tanh(), nn.Flatten()])


def discriminator(channels: int, blocks: int, shape: tuple[int, int, int]) -> nn.Sequential:
    """Images (B, pixels) in [-1, 1] to logits (B, 1): the generator's way back."""
    colours, side, _ = shape
    start, *larger = sizes(side)
    widths = [channels * min(WIDEST, 2**halvings) for halvings in range(len(larger) + 1)]
    total = blocks * len(widths)
    layers: list[nn.Module] = [nn.Unflatten(1, shape), convolution(colours, channels, 1, 1.0)]
    for index, width in enumerate(widths):
        if index:
            layers += [Down(), convolution(widths[index - 1], width, 1, 1.0, bias=False)]
        layers += [Residual(width, total) for _ in range(blocks)]
    gather = convolution(widths[-1], widths[-1], start, 1.0, groups=widths[-1], bias=False, padding=0)
    head = nn.Linear(widths[-1], 1)
    nn.init.normal_(head.weight, 0, widths[-1] ** -0.5)
    nn.init.zeros_(head.bias)
    return channels_last([*layers, gather, nn.Flatten(), head])


def convolution(
    inputs: int, outputs: int, side: int, gain: float, *, groups: int = 1, bias: bool = True, padding: int | None = None
) -> nn.Conv2d:
    """Of stride 1 and, unless `padding` is said, of unchanged size; weights ~ N(0, gain / sqrt(fan in)), biases 0."""
    layer = nn.Conv2d(inputs, outputs, side, padding=side // 2 if padding is None else padding, groups=groups, bias=bias)
    nn.init.normal_(layer.weight, 0, gain / math.sqrt(layer.weight[0].numel()))
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
