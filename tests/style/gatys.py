"""The loop of Gatys et al. 2016 as plainly as it can be written: the twin of gan_tui/style/transfer.py."""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from gan_tui.style.distances import total_variation
from gan_tui.style.features import CONTENT_LAYER, STYLE_LAYERS, FeatureNetwork

Loss = Callable[[Tensor], Tensor]


def loss_of(
    network: FeatureNetwork,
    content: Tensor,
    style: Tensor,
    *,
    weights: tuple[float, float, float] = (1.0, 10.0, 1.0),
    outside: float = 20.0,
) -> Loss:
    """Weights: of content, style and total variation. Each distance is written out here once more."""
    with torch.no_grad():
        wanted = network(content, [CONTENT_LAYER])[CONTENT_LAYER]
        grams = [gram_matrix(network(style, [layer])[layer]) for layer in STYLE_LAYERS]

    def loss(picture: Tensor) -> Tensor:
        maps = network(picture)
        content_part = ((maps[CONTENT_LAYER] - wanted) ** 2).sum() / (wanted**2).sum()
        style_part = torch.zeros(())
        for layer, gram in zip(STYLE_LAYERS, grams, strict=True):
            style_part = style_part + ((gram_matrix(maps[layer]) - gram) ** 2).sum() / (gram**2).sum() / len(STYLE_LAYERS)
        beyond = ((picture < 0) * picture**2 + (picture > 1) * (picture - 1) ** 2).mean()
        total: Tensor = weights[0] * content_part + weights[1] * style_part + weights[2] * total_variation(picture) + outside * beyond
        return total

    return loss


def gram_matrix(features: Tensor) -> Tensor:
    """(N, C, H, W) to (N, C, C)."""
    maps = features.flatten(2)
    return maps @ maps.transpose(1, 2) / maps.shape[2]


def lbfgs(loss: Loss, start: Tensor) -> Iterator[tuple[Tensor, float]]:
    """The picture before each step and its loss, by torch's own L-BFGS, one evaluation a step."""
    picture = start.clone().contiguous().requires_grad_()
    optimizer = torch.optim.LBFGS([picture], max_iter=1, history_size=20, tolerance_grad=0, tolerance_change=0)
    return _steps(loss, picture, optimizer)


def adam(loss: Loss, start: Tensor, rate: float = 0.02) -> Iterator[tuple[Tensor, float]]:
    """The same by Adam."""
    picture = start.clone().contiguous().requires_grad_()
    return _steps(loss, picture, torch.optim.Adam([picture], lr=rate))


def _steps(loss: Loss, picture: Tensor, optimizer: torch.optim.Optimizer) -> Iterator[tuple[Tensor, float]]:
    while True:
        values: list[float] = []
        before = picture.detach().clone()

        def closure(values: list[float] = values) -> Tensor:
            optimizer.zero_grad()
            value = loss(picture)
            torch.autograd.backward([value])
            values.append(value.item())
            return value

        optimizer.step(closure)  # type: ignore[arg-type]
        yield before, values[0]


def pictures(height: int = 48, width: int = 64) -> Sequence[Tensor]:
    """A content and a style, RGB (1, 3, H, W): a disc on a slope, and stripes of two colours."""
    y, x = torch.meshgrid(torch.linspace(0, 1, height), torch.linspace(0, 1, width), indexing="ij")
    disc = (((x - 0.5) ** 2 + (y - 0.5) ** 2) < 0.08).float()
    content = torch.stack([0.2 + 0.6 * disc, 0.3 + 0.4 * y, 0.8 - 0.5 * disc])[None]
    stripes = ((x * 9 + y * 4) % 1 < 0.5).float()
    style = torch.stack([stripes, 0.4 + 0.2 * stripes, 1 - stripes])[None]
    return content, style
