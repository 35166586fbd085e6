"""Style transfer by optimisation (Gatys et al. 2016), from coarse to fine: the pixels of a picture are what is trained.

At each scale the picture of the scale before is enlarged and goes on, with the detail of the content that the scale before could not
hold. A coarse scale costs a quarter of the next finer one and settles what is large, for which the finest alone would need many steps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from gan_tui.spec.transfer import SMALLEST, scales_of
from gan_tui.style.distances import content_distance, gram_matrix, mixed, style_distance, total_variation
from gan_tui.style.features import CONTENT_LAYER, STYLE_LAYERS, FeatureNetwork
from gan_tui.style.lbfgs import Lbfgs

Start = Literal["content", "noise"]
"""What the coarsest scale begins with."""
OUTSIDE = 20.0
"""Weight of what lies outside of 0..1, as mean square: a picture cannot hold it, and cutting it off at the end costs more."""
_LUMA = (0.299, 0.587, 0.114)
"""Of red, green and blue (Rec. 601)."""


@dataclass(frozen=True)
class Weights:
    """What the distances count in the total. None depends on the size of the picture; see distances.py."""

    content: float = 1.0
    style: float = 10.0
    tv: float = 1.0
    """Of the total variation: larger is smoother."""
    layers: tuple[float, ...] = (1.0,) * len(STYLE_LAYERS)
    """Of each of STYLE_LAYERS in the style distance, which is their weighted mean."""


class Target(NamedTuple):
    """What a picture shall be near to."""

    content: Tensor
    """Feature maps of CONTENT_LAYER."""
    grams: Mapping[str, Tensor]
    """Gram matrices by layer."""


class Distances(NamedTuple):
    """How far a picture is from its target: scalars."""

    content: Tensor
    styles: Mapping[str, Tensor]
    """By layer."""
    tv: Tensor
    outside: Tensor

    def style(self, weights: Weights) -> Tensor:
        """The mean over the layers, by their weights."""
        parts = [weight * self.styles[layer] for layer, weight in zip(STYLE_LAYERS, weights.layers, strict=True)]
        return torch.stack(parts).sum() / max(sum(weights.layers), 1e-12)

    def total(self, weights: Weights) -> Tensor:
        """What is minimised."""
        return weights.content * self.content + weights.style * self.style(weights) + weights.tv * self.tv + OUTSIDE * self.outside


def target_of(
    network: FeatureNetwork, content: Tensor, styles: Sequence[Tensor], shares: Sequence[float] = (), strength: float = 1.0
) -> Target:
    """What to be near to: the content of one picture, the styles of others, pictures RGB (1, 3, H, W) in 0..1 of any sizes.

    `shares`: of each style; all equal where nothing is said. `strength`: 1 is the styles', 0 the content's own style.
    """
    with torch.no_grad():
        maps = network(content, (*STYLE_LAYERS, CONTENT_LAYER))
        own = {layer: gram_matrix(maps[layer]) for layer in STYLE_LAYERS}
        theirs = [{layer: gram_matrix(found) for layer, found in network(style, STYLE_LAYERS).items()} for style in styles]
        wanted = mixed(theirs, shares or [1.0] * len(styles))
        return Target(maps[CONTENT_LAYER], mixed([wanted, own], [strength, 1 - strength]))


def measure(network: FeatureNetwork, picture: Tensor, target: Target) -> Distances:
    """The distances of a picture, RGB (1, 3, H, W), to a target of the same size. Gradients flow to the picture."""
    maps = network(picture, (*STYLE_LAYERS, CONTENT_LAYER))
    return Distances(
        content_distance(maps[CONTENT_LAYER], target.content),
        {layer: style_distance(gram_matrix(maps[layer]), target.grams[layer]) for layer in STYLE_LAYERS},
        total_variation(picture),
        (picture - picture.clamp(0, 1)).square().mean(),
    )


def resized(picture: Tensor, size: tuple[int, int]) -> Tensor:
    """(1, 3, H, W) in another size, by averages where it is smaller."""
    return functional.interpolate(picture, size, mode="bicubic", align_corners=False, antialias=True)


class Transfer:
    """One style transfer: the picture as it is now, and how it goes on."""

    def __init__(
        self,
        network: FeatureNetwork,
        content: Tensor,
        styles: Sequence[Tensor],
        weights: Weights,
        *,
        steps: int = 60,
        scales: int = 2,
        shares: Sequence[float] = (),
        strength: float = 1.0,
        start: Start = "content",
        seed: int = 0,
    ) -> None:
        """Pictures: RGB (1, 3, H, W) in 0..1 on the network's device; `content` in the size of the result, each style in its own,
        by which the size of its strokes is said. `steps`: at each of at most so many `scales`. `seed`: of a `start` with noise.
        """
        self.network, self.content, self.styles = network, content, styles
        self._weights = weights
        self._shares, self._strength = shares, strength
        self.steps_per_part = steps
        self.scales = scales_of(content.shape[-2], content.shape[-1], scales)
        self.step = 0
        """Done so far."""
        first = resized(content, self.scales[0])
        if start == "noise":
            first = 0.5 + 0.1 * torch.randn(first.shape, generator=torch.Generator().manual_seed(seed)).to(first.device)
        self.picture = first
        """At the scale of the moment, RGB (1, 3, h, w), mostly in 0..1."""
        self._memory = Lbfgs()
        self._target: tuple[int, Target] | None = None

    @property
    def total_steps(self) -> int:
        return self.steps_per_part * len(self.scales)

    @property
    def parts(self) -> int:
        """Its scales: each has as many steps."""
        return len(self.scales)

    @property
    def scale(self) -> int:
        """The index of the scale that the next step is at; of the last one when all is done."""
        return min(self.step // self.steps_per_part, len(self.scales) - 1)

    @property
    def weights(self) -> Weights:
        return self._weights

    def change(self, weights: Weights) -> None:
        """Other weights from now on: the curvature that was seen is not theirs."""
        self._weights = weights
        self._memory = Lbfgs()

    @property
    def target(self) -> Target:
        """At the scale of the moment."""
        if self._target is None or self._target[0] != self.scale:
            size = self.scales[self.scale]
            share = size[0] / self.content.shape[-2]
            styles = [resized(style, _scaled(style, share)) for style in self.styles]
            found = target_of(self.network, resized(self.content, size), styles, self._shares, self._strength)
            self._target = self.scale, found
        return self._target[1]

    def advance(self) -> Distances:
        """One step; the distances before it come back. Raises ArithmeticError where the total is not finite: then nothing has changed."""
        size = self.scales[self.scale]
        if tuple(self.picture.shape[-2:]) != size:
            self._enlarge(size)
        picture = self.picture.detach().requires_grad_()
        distances = measure(self.network, picture, self.target)
        total = distances.total(self._weights)
        if not total.isfinite():
            raise ArithmeticError("the total distance is not finite")
        (gradient,) = torch.autograd.grad(total, picture)
        self.picture = self._memory.step(picture.detach(), gradient)
        self.step += 1
        return distances

    def _enlarge(self, size: tuple[int, int]) -> None:
        content = resized(self.content, size)
        detail = content - resized(resized(self.content, (self.picture.shape[-2], self.picture.shape[-1])), size)
        self.picture, self._memory = resized(self.picture, size) + detail, Lbfgs()

    def measure(self) -> Distances:
        """The distances of the picture as it would be saved, its values cut to 0..1."""
        with torch.no_grad():
            return measure(self.network, self.result(), self.target)

    def result(self) -> Tensor:
        """The picture, RGB (1, 3, h, w) in 0..1."""
        return self.picture.clamp(0, 1)

    def state_dict(self) -> dict[str, Any]:
        """Tensors and plain containers: what the next step depends on besides what this was made of."""
        return {"step": self.step, "picture": self.picture, "memory": self._memory.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there. Raises KeyError, TypeError, ValueError or RuntimeError where it is none, or another picture's."""
        picture = state["picture"]
        if not isinstance(picture, Tensor) or tuple(picture.shape[-2:]) not in self.scales:
            raise ValueError("the picture has another size")
        self._memory.load_state_dict(state["memory"])
        self.step, self.picture = state["step"], picture.to(self.content)


def _scaled(style: Tensor, share: float) -> tuple[int, int]:
    return max(SMALLEST, round(style.shape[-2] * share)), max(SMALLEST, round(style.shape[-1] * share))


def luminance(pictures: Tensor) -> Tensor:
    """The brightness of RGB (N, 3, H, W) as three equal channels."""
    shares = torch.tensor(_LUMA, device=pictures.device, dtype=pictures.dtype).view(1, 3, 1, 1)
    return (pictures * shares).sum(1, keepdim=True).expand_as(pictures).contiguous()


def matched(grey: Tensor, other: Tensor) -> Tensor:
    """`grey` with the mean and the standard deviation of `other`: else a dark painting would darken the picture."""
    return ((grey - grey.mean()) / grey.std().clamp_min(1e-4) * other.std() + other.mean()).clamp(0, 1)


def recoloured(grey: Tensor, colours: Tensor) -> Tensor:
    """The brightness of one picture and the colours of another of the same size, RGB (N, 3, H, W) in 0..1.

    Where the colours of the content stay and the style is taken in brightness alone: Gatys et al. 2016, "Preserving Color in Neural
    Artistic Style Transfer" (arXiv:1606.05897), luminance-only transfer.
    """
    return (luminance(grey) + colours - luminance(colours)).clamp(0, 1)
