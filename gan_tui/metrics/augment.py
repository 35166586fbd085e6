"""What the classifier sees besides digits as they are: digits moved or roughened a little, and things that are no digit."""

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, avg_pool2d, grid_sample, one_hot


def move(images: Tensor, generator: torch.Generator) -> Tensor:
    """Each image turned, slanted, scaled and shifted by its own small random amount.

    float32 (N, 1, 28, 28) in [-1, 1] in and out. Up to 12 degrees, 0.2 of slant, 12 % of size either way and 2.5 pixels.
    """

    def uniform(most: float) -> Tensor:
        return (2 * torch.rand(len(images), generator=generator) - 1) * most

    angle, slant, width, height = uniform(0.21), uniform(0.2), 1 + uniform(0.12), 1 + uniform(0.12)
    cos, sin = angle.cos(), angle.sin()
    rows = [width * cos, slant - height * sin, uniform(0.18), width * sin, height * cos, uniform(0.18)]
    grid = affine_grid(torch.stack(rows, 1).view(-1, 2, 3), list(images.shape), align_corners=False)
    # Outside an image there is paper, -1, where grid_sample would put grey.
    return grid_sample(images + 1, grid, align_corners=False) - 1


def roughen(images: Tensor, generator: torch.Generator) -> Tensor:
    """Half of the images with noise, half (independently) a little blurred; each by its own amount.

    float32 (N, 1, 28, 28) in [-1, 1] in and out. Noise of standard deviation up to 0.5; up to all of a 3 x 3 mean. A generator's digits
    have speckles and soft strokes that no MNIST image has, and people read them all the same: so must the classifier.
    """

    def amount(most: float) -> Tensor:
        drawn = torch.rand(2, len(images), 1, 1, 1, generator=generator)
        return drawn[0] * most * (drawn[1] < 0.5)

    soft = torch.lerp(images, avg_pool2d(images + 1, 3, stride=1, padding=1) - 1, amount(1))
    return (soft + amount(0.5) * torch.randn(images.shape, generator=generator)).clamp(-1, 1)


def spoil(images: Tensor, labels: Tensor, classes: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Images that are no digit, and the honest answer to each: half are cut up and shuffled, half are two digits at once.

    Of float32 (N, 1, 28, 28), and int64 (N,), come as many images and their targets, float32 (N, classes). A classifier that
    never met garbage is sure of it, and would call it legible (outlier exposure: Hendrycks et al. 2019, arXiv:1812.04606).
    """
    half = len(images) // 2
    tiles = images[:half].view(half, 4, 7, 4, 7).transpose(2, 3).reshape(half, 16, 49)
    order = torch.rand(half, 16, generator=generator).argsort(1)
    tiles = tiles.gather(1, order[:, :, None].expand(-1, -1, 49))
    shuffled = tiles.view(half, 4, 4, 7, 7).transpose(2, 3).reshape(half, 1, 28, 28)
    other = (torch.arange(half, len(images)) - half + 1) % (len(images) - half) + half
    overlaid = torch.maximum(images[half:], images[other])
    overlaid_targets = (one_hot(labels[half:], classes) + one_hot(labels[other], classes)) / 2
    return torch.cat([shuffled, overlaid]), torch.cat([torch.full((half, classes), 1 / classes), overlaid_targets])
