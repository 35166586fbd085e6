"""Where a picture changes for VGG16: gradients of the feature maps of `conv1_2`, which see colour and leave fine texture out.

The weights that ship were fine-tuned for edges (see features.py). At an edge many maps change, each a little beside it, so their gradients
are added up as a structure tensor (Di Zenzo 1986, doi:10.1016/0734-189X(86)90223-9), which is averaged over a few pixels; its larger
eigenvalue is how much changes, and the vector of that, across which way.
"""

from functools import cache

import torch
from torch import Tensor
from torch.nn.functional import interpolate, pad

from gan_tui.style import features

LAYER = "conv1_2"
ENLARGED = 2
"""Times: what a convolution sees is half as wide then, and a line as thin as one pixel is two lines no more."""
AROUND = 4
"""Pixels of the border that are repeated: the network's own border is black, which would be a frame."""
MASK = (0.25, 0.5, 0.25)
UNIT = 4000.0
"""Of feature maps: an edge from black to white is then as strong as one of brightness (gan_tui/data/outlines.py), 0.37."""
PIXELS = 1 << 19
"""Enlarged, at a time: each takes a kilobyte and more in between."""


def gradients(images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """How much images, uint8 (N, C, H, W) of one channel or three, change, and towards where: strength, across and down, (N, 1, H, W) each.

    Each image is by itself; on the images' device.
    """
    count, _, height, width = images.shape
    size = max(1, PIXELS // ((height + 2 * AROUND) * (width + 2 * AROUND) * ENLARGED**2))
    parts = [_gradients(part) for part in images.split(size)]
    strength, across, down = (torch.cat(several) for several in zip(*parts, strict=True)) if count else (images[:, :1].float(),) * 3
    return strength, across, down


@torch.no_grad()
def _gradients(images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    framed = pad(images.float().div(255).expand(-1, 3, -1, -1), (AROUND,) * 4, mode="replicate")
    large = interpolate(framed, scale_factor=ENLARGED, mode="bilinear", align_corners=False)
    maps = _network(images.device)(large, (LAYER,))[LAYER]
    across, down = maps[..., 1:-1, 2:] - maps[..., 1:-1, :-2], maps[..., 2:, 1:-1] - maps[..., :-2, 1:-1]
    products = [(a * b).sum(1, keepdim=True) for a, b in ((across, across), (down, down), (across, down))]
    xx, yy, xy = (_averaged(product)[..., AROUND:-AROUND, AROUND:-AROUND] for product in products)
    half = (xx - yy) / 2
    root = (half.square() + xy.square()).sqrt()
    strength = ((xx + yy) / 2 + root).clamp(min=0).sqrt() / UNIT
    level = half >= 0
    return strength, torch.where(level, half + root, xy.abs()), torch.where(level, xy, (root - half) * torch.where(xy < 0, -1.0, 1.0))


def _averaged(products: Tensor) -> Tensor:
    """(N, 1, 2 H - 2, 2 W - 2), of which a pixel around is missing, in the images' own size, over three of their pixels."""
    small = interpolate(pad(products, (1, 1, 1, 1), mode="replicate"), scale_factor=1 / ENLARGED, mode="area")
    mask = torch.tensor(MASK, device=products.device)
    return torch.nn.functional.conv2d(pad(small, (1, 1, 1, 1), mode="replicate"), (mask[:, None] * mask)[None, None])


@cache
def _network(device: torch.device) -> features.FeatureNetwork:
    return features.shipped().to(device)
