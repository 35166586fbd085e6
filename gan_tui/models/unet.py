"""A picture from its outline: the U-Net of Isola et al. 2017, arXiv:1611.07004, in a small size, and the D that sees both.

As there, G halves the outline again and again and comes back up, and at each size what it saw on its way down is at hand: lines stay
where they are. Other than there, that is added, not appended, which is a third of the work, and groups of channels are normalised (Wu
and He 2018, arXiv:1803.08494), not batches: without any, G's tanh saturates at black. Noise is left out: there G learned to ignore it
(section 2.2). D scores the whole picture, which is smaller than one of their patches (section 3.4).
"""

from itertools import pairwise
from math import gcd

from torch import Tensor, cat, nn
from torch.nn.functional import interpolate

from gan_tui.models import dcgan
from gan_tui.models.layers import NEGATIVE_SLOPE
from gan_tui.pixel_range import from_uint8

WIDEST = 4
"""Times the base width, at most."""
GROUP = 8
"""Channels that are normalised together."""
SMALLEST = 8
"""Pixels: no size is halved that is not larger."""


class OutlineGenerator(nn.Module):
    """Outlines to pictures."""

    def __init__(self, channels: int, shape: tuple[int, int, int]) -> None:
        """`channels`: width at full size; up to WIDEST times as much at smaller ones. `shape`: (channels, height, width) of the images."""
        super().__init__()
        colours, height, width = shape
        self.size = height, width
        widths, side = [channels], max(height, width)
        while side > SMALLEST:
            widths.append(min(WIDEST * channels, 2 * widths[-1]))
            side = (side + 1) // 2
        self.enter = nn.Sequential(nn.Conv2d(1, channels, 3, padding=1), nn.LeakyReLU(NEGATIVE_SLOPE))
        self.down = nn.ModuleList(_layer(nn.Conv2d(a, b, 4, stride=2, padding=1)) for a, b in pairwise(widths))
        self.middle = _layer(nn.Conv2d(widths[-1], widths[-1], 3, padding=1))
        self.narrow = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in pairwise(widths))
        self.merge = nn.ModuleList(_layer(nn.Conv2d(a, a, 3, padding=1)) for a in widths[:-1])
        self.leave = nn.Conv2d(channels, colours, 3, padding=1)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, NEGATIVE_SLOPE)
                nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
        nn.init.normal_(self.leave.weight, 0, 0.01)  # grey at first

    def forward(self, z: Tensor, y: Tensor) -> Tensor:  # noqa: ARG002
        """Outlines `y`, uint8 (B, H * W), to images (B, pixels) in [-1, 1]; latents say nothing here."""
        x = self.enter(from_uint8(y).view(-1, 1, *self.size))
        seen = []
        for down in self.down:
            seen.append(x)
            x = down(x)
        x = self.middle(x)
        for narrow, merge, there in zip(reversed(self.narrow), reversed(self.merge), reversed(seen), strict=True):
            x = merge(interpolate(narrow(x), size=there.shape[2:], mode="nearest") + there)
        images: Tensor = self.leave(x).tanh().flatten(1)
        return images


def _layer(convolution: nn.Conv2d) -> nn.Sequential:
    width = convolution.out_channels
    return nn.Sequential(convolution, nn.GroupNorm(width // gcd(width, GROUP), width), nn.LeakyReLU(NEGATIVE_SLOPE))


class OutlineDiscriminator(nn.Module):
    """Is this picture real, and that of this outline?"""

    def __init__(self, channels: int, shape: tuple[int, int, int]) -> None:
        """DCGAN's discriminator with the outline as one more channel; see `OutlineGenerator`."""
        super().__init__()
        colours, height, width = shape
        self.core = dcgan.discriminator(channels, (colours + 1, height, width))

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Images (B, pixels) in [-1, 1] and outlines, uint8 (B, H * W), to logits (B, 1)."""
        logits: Tensor = self.core(cat([x, from_uint8(y)], 1))
        return logits
