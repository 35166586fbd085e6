"""Groups of alike images, which take the place of classes where nobody knows any.

k-means (Lloyd 1982, doi:10.1109/TIT.1982.1056489), begun as Arthur and Vassilvitskii 2007 do (k-means++), on what edges an image has where
(histograms of gradients, after Dalal and Triggs 2005, doi:10.1109/CVPR.2005.177). Of 30 groups of MNIST each is one digit to 88 %; by
their pixels alone, to 75 %. That GANs gain by classes that were found: Liu et al. 2020, Diverse Image Generation via Self-Conditioned GANs,
arXiv:2006.10728.
"""

import math
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, pad

from gan_tui.data.dataset import Dataset
from gan_tui.errors import SettingsError

SIDE = 28
"""Pixels across and down, at most, of what is described."""
CELLS, BINS = 5, 8
"""Parts of an image, across and down, and directions of its edges in each."""
SHARPNESS = 4
"""How often the cosine between an edge and a direction is squared: how much alone the nearest one counts."""
FLAT = 1e-6
"""A gradient that has no direction."""
BRIGHTNESS = 0.25
"""What the brightness of a part counts beside its edges: colours tell apart what has the same edges."""
DIRECTIONS = 32
"""In which images differ most (principal components), and in which distances are taken."""
LOOKED_AT = 10_000
"""Images, at most, by which the groups are found; all are then put into one."""
ROUNDS = 25
LEAST_ALIKE = 10
"""Images of which a group must have as many, on average."""
CHUNK = 250
"""Images at a time."""
SEED = 11


def with_clusters(data: Dataset, count: int) -> Dataset:
    """`data`, in which the networks are told of each image in which of `count` groups it is: 0, the largest one, to `count` - 1.

    Of few images there are fewer groups. They are those of the training images; others are in the nearest. For the same images they are
    always the same. Raises SettingsError.
    """
    most = len(data.images) // LEAST_ALIKE
    if most < 2:
        raise SettingsError(f"data.clusters = {count} is not allowed: {len(data.images):,} images are too few to group")
    if count > most:
        note = f"{most} groups of alike images, not data.clusters = {count}: there are {len(data.images):,} images"
        return with_clusters(replace(data, notes=(*data.notes, note)), most)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # more would wait for each other where the machine is busy
    try:
        return _grouped(data, count)
    finally:
        torch.set_num_threads(threads)


def _grouped(data: Dataset, count: int) -> Dataset:
    draw = torch.Generator().manual_seed(SEED)
    chosen = data.images[torch.randperm(len(data.images), generator=draw)[:LOOKED_AT]]
    some = torch.cat([described(part) for part in chosen.split(CHUNK)])
    middle = some.mean(0)
    directions = torch.linalg.eigh((some - middle).mT @ (some - middle)).eigenvectors[:, -DIRECTIONS:]
    centres = found_centres((some - middle) @ directions, count, draw)

    def groups_of(images: Tensor) -> Tensor:
        return torch.cat([nearest((described(part) - middle) @ directions, centres) for part in images.split(CHUNK)])

    labels = groups_of(data.images)
    sizes, largest_first = labels.bincount(minlength=count).sort(descending=True, stable=True)
    order = torch.empty(count, dtype=torch.int64)
    order[largest_first] = torch.arange(count)
    held_out = None if data.validation is None else order[groups_of(data.validation)]
    note = f"{count} groups of alike images found: of {sizes[-1]:,} to {sizes[0]:,} images"
    return replace(
        data,
        labels=order[labels],
        test_labels=order[groups_of(data.test)],
        validation_labels=held_out,
        clusters=count,
        notes=(*data.notes, note),
    )


def described(images: Tensor) -> Tensor:
    """Images, uint8 (N, C, H, W), as rows, float64 (N, CELLS * CELLS * (BINS + C)), so fine that no order of sums changes a group."""
    copies = adaptive_avg_pool2d(images.float() / 255, min(SIDE, images.shape[-1]))
    framed = pad(copies.mean(1, keepdim=True), (1, 1, 1, 1), mode="replicate")  # the border is no edge
    across, down = framed[..., 1:-1, 2:] - framed[..., 1:-1, :-2], framed[..., 2:, 1:-1] - framed[..., :-2, 1:-1]
    strength = (across.square() + down.square()).sqrt_()
    across, down = across / strength.clamp(min=FLAT), down / strength.clamp(min=FLAT)
    parts = [BRIGHTNESS * adaptive_avg_pool2d(copies, CELLS)]
    for turn in range(BINS):
        angle = 2 * math.pi * turn / BINS
        along = (across * math.cos(angle)).add_(down, alpha=math.sin(angle)).relu_()
        for _ in range(SHARPNESS):
            along.square_()
        parts.append(adaptive_avg_pool2d(along.mul_(strength), CELLS).sqrt_())
    return torch.cat([part.flatten(1) for part in parts], 1).double()


def found_centres(x: Tensor, count: int, draw: torch.Generator) -> Tensor:
    """`count` centres (count, d) of rows (N, d), each the mean of those that are nearest to it."""
    centres = x[:1]
    far = (x - centres).square().sum(1)
    for _ in range(count - 1):
        weights = far if bool(far.sum() > 0) else torch.ones_like(far)  # no more different images than centres
        centres = torch.cat([centres, x[torch.multinomial(weights, 1, generator=draw)]])
        far = torch.minimum(far, (x - centres[-1]).square().sum(1))
    for _ in range(ROUNDS):
        own = nearest(x, centres)
        sizes = own.bincount(minlength=count).unsqueeze(1)
        centres = torch.where(sizes > 0, torch.zeros_like(centres).index_add_(0, own, x) / sizes.clamp(min=1), centres)
    return centres


def nearest(x: Tensor, centres: Tensor) -> Tensor:
    """For each row of x, (N, d), the number of the nearest centre, int64 (N,)."""
    return torch.cdist(x, centres).argmin(1)
