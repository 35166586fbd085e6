"""Style transfer in one pass: a network that has learned 26 paintings.

Dumoulin, Shlens and Kudlur 2017, "A Learned Representation for Artistic Style" (arXiv:1610.07629): one feed-forward network (Johnson et al.
2016) for all styles; each style is nothing but its own scale and shift behind every instance norm. Weights by Magenta: weights/NOTICE.md.
"""

from collections.abc import Mapping
from importlib import resources

import torch
from safetensors.torch import load
from torch import Tensor
from torch.nn import functional

from gan_tui.spec.transfer import STYLES

NAME = "multistyle26-f16"
EPSILON = 1e-5
"""Of the instance norm."""
RESIDUAL_BLOCKS = 6
DIVISOR = 4
"""Height and width are halved twice."""
STRIP = 128
"""Rows that the first layer, which has by far the most numbers, takes at a time."""
WHOLE = 1 << 20
"""Pixels up to which it takes the picture at once: a strip costs that layer twice."""


class FeedForward:
    """The network. All its numbers are constants."""

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        """Names as in the shipped file: `contract.0.w`, `contract.0.norm.gamma` (a row a style), and so on."""
        # Channels last: two thirds of the time on a CPU.
        self._tensors = {
            name: tensor.float().contiguous(memory_format=torch.channels_last) if tensor.dim() == 4 else tensor.float()
            for name, tensor in tensors.items()
        }
        self.styles = len(self._tensors["contract.0.norm.gamma"])

    def to(self, device: torch.device) -> "FeedForward":
        """On a device."""
        self._tensors = {name: tensor.to(device) for name, tensor in self._tensors.items()}
        return self

    @torch.no_grad()
    def __call__(self, picture: Tensor, shares: Tensor, *, strips: bool | None = None) -> Tensor:
        """`paint`, of one picture (1, 3, H, W). `strips`: whether the first layers go over it in strips; None: where it is large.

        The result is the same to rounding: no seams, because what a norm needs of the whole picture is gathered first.
        """
        large = picture.shape[-2] * picture.shape[-1] > WHOLE if strips is None else strips
        return paint(self._tensors, picture, shares, strips=large)


def paint(tensors: Mapping[str, Tensor], pictures: Tensor, shares: Tensor, *, strips: bool = False) -> Tensor:
    """RGB (N, 3, H, W) in 0..1, any size from 8 x 8 on, to the same in a style; `shares` (styles,): how much of each, sum 1.

    Gradients flow to the tensors. `strips`: of one picture, with less memory.
    """
    return _Pass(tensors, shares.to(pictures)).paint(pictures, strips=strips)


class _Pass:
    """One way through the network."""

    def __init__(self, tensors: Mapping[str, Tensor], shares: Tensor) -> None:
        self._tensors, self._shares = tensors, shares

    def paint(self, pictures: Tensor, *, strips: bool) -> Tensor:
        height, width = pictures.shape[-2:]
        padded = functional.pad(pictures, (0, -width % DIVISOR, 0, -height % DIVISOR), mode="reflect")
        padded = padded.contiguous(memory_format=torch.channels_last)
        maps = self._begin_in_strips(padded) if strips else self._convolve("contract.1", self._block("contract.0", padded), stride=2)
        maps = self._norm("contract.1", maps).relu_()
        maps = self._block("contract.2", maps, stride=2)
        for block in range(RESIDUAL_BLOCKS):
            inner = self._block(f"res.{block}.0", maps)
            maps = maps + self._norm(f"res.{block}.1", self._convolve(f"res.{block}.1", inner))
        for layer in ("expand.0", "expand.1"):
            maps = self._block(layer, functional.interpolate(maps, scale_factor=2.0, mode="nearest"))
        return self._norm("expand.2", self._convolve("expand.2", maps)).sigmoid_()[..., :height, :width]

    def _block(self, layer: str, maps: Tensor, stride: int = 1) -> Tensor:
        return self._norm(layer, self._convolve(layer, maps, stride)).relu_()

    def _convolve(self, layer: str, maps: Tensor, stride: int = 1) -> Tensor:
        weight = self._tensors[f"{layer}.w"]
        return functional.conv2d(functional.pad(maps, (weight.shape[-1] // 2,) * 4, mode="reflect"), weight, stride=stride)

    def _norm(self, layer: str, maps: Tensor) -> Tensor:
        """Instance norm, with the scale and the shift of the style."""
        gamma, beta = self._of_style(layer)
        return functional.instance_norm(maps, weight=gamma, bias=beta, eps=EPSILON)

    def _of_style(self, layer: str) -> tuple[Tensor, Tensor]:
        return self._shares @ self._tensors[f"{layer}.norm.gamma"], self._shares @ self._tensors[f"{layer}.norm.beta"]

    def _begin_in_strips(self, picture: Tensor) -> Tensor:
        """`contract.1` of `contract.0`, without the whole of the latter: 32 maps of full size."""
        height = picture.shape[-2]
        weight = self._tensors["contract.0.w"]
        margin = weight.shape[-1] // 2
        framed = functional.pad(picture, (margin,) * 4, mode="reflect")

        def rows(begin: int, end: int) -> Tensor:
            return functional.conv2d(framed[..., begin : end + 2 * margin, :], weight)

        sums = torch.zeros(2, weight.shape[0], dtype=torch.float64)
        for begin in range(0, height, STRIP):
            part = rows(begin, min(height, begin + STRIP))[0].flatten(1)
            sums += torch.stack([part.sum(1, dtype=torch.float64), part.square().sum(1, dtype=torch.float64)]).cpu()
        mean, square = sums / (height * picture.shape[-1])
        mean_, variance = (one.float().to(picture.device) for one in (mean, square - mean.square()))
        gamma, beta = self._of_style("contract.0")
        found = []
        for begin in range(0, height, STRIP):  # both even: a step of the next layer sees one row more above, and none below
            end = min(height, begin + STRIP)
            part = functional.batch_norm(rows(max(0, begin - 1), end), mean_, variance, gamma, beta, eps=EPSILON).relu_()
            top = part[..., 1:2, :] if begin == 0 else part[..., :0, :]
            part = functional.pad(torch.cat([top, part], 2), (1, 1, 0, 0), mode="reflect")
            found.append(functional.conv2d(part, self._tensors["contract.1.w"], stride=2))
        return torch.cat(found, 2)


def shipped_tensors() -> dict[str, Tensor]:
    """What is in the file that comes with the package, float16."""
    return load((resources.files("gan_tui") / "style" / "weights" / f"{NAME}.safetensors").read_bytes())


def shipped() -> FeedForward:
    """The network that comes with the package, on the CPU."""
    return FeedForward(shipped_tensors())


def shares_of(styles: Mapping[int, float]) -> Tensor:
    """`FeedForward`'s shares from weights of styles by their numbers; whatever their sum is. Raises ValueError where it is not above 0."""
    found = torch.zeros(len(STYLES))
    for number, weight in styles.items():
        found[number] += weight
    if not bool((found >= 0).all()) or not float(found.sum()) > 0:
        raise ValueError("shares of styles are 0 or more, and not all 0")
    return found / found.sum()
