"""The layers of the family `conv` with their gradients written out. An image is a row: a matrix (B, H * W * C), channels last.

A convolution of stride 2 makes a small image of a large one, a transposed one a large image of a small one, and each is the other's way
back. `Filters` and `Bands` are two ways to compute the pair.
"""

from math import gcd
from typing import NamedTuple, Protocol

import torch
from torch import Tensor
from torch.nn.functional import conv2d, leaky_relu_

from gan_tui.models.layers import NEGATIVE_SLOPE
from gan_tui.training.engines.kernels import filters_gradient, leaky_relu_backward
from gan_tui.training.engines.leaky_layers import leaky_convolution, leaky_linear

TAPS = 4
"""Width and height of a filter; it moves in steps of 2, and looks 1 beyond the border."""
WIDEST_BAND = 16
"""Columns of a small image up to which `Bands` waste little: of the numbers in a band matrix one in WIDEST_BAND / 2 is no zero."""

LEARNED = 4
"""Pieces in which `Bands` sum up their gradient: more threads than two find work, and the sums are the same with any number of them."""


class Weight(NamedTuple):
    """A parameter as the layers see it."""

    value: Tensor
    gradient: Tensor
    """float32, whatever the layers work in."""


class Layer(Protocol):
    """Rows in, rows out."""

    def refresh(self) -> None:
        """The weights have changed."""

    def forward(self, x: Tensor, *, leaky: bool) -> Tensor:
        """(B, inputs) to (B, outputs); `leaky`: with LeakyReLU behind it. The gradients are those of the layer alone."""

    def input_gradient(self, gradient: Tensor, made: Tensor | None = None) -> Tensor:
        """(B, outputs) to (B, inputs). `made`: what went in, where a LeakyReLU had made it: then the gradient before that."""

    def learn(self, x: Tensor, gradient: Tensor) -> None:
        """Fill in the gradients of weight and bias."""


class Dense:
    """A fully connected layer."""

    def __init__(self, weight: Weight, bias: Weight) -> None:
        """weight: (outputs, inputs)."""
        self._weight, self._bias = weight, bias

    def refresh(self) -> None:
        """Nothing: the products take the weight as it is."""

    def forward(self, x: Tensor, *, leaky: bool) -> Tensor:
        weight, bias = self._weight.value, self._bias.value
        return leaky_linear(x, weight, bias) if leaky else torch.addmm(bias, x, weight.t())

    def input_gradient(self, gradient: Tensor, made: Tensor | None = None) -> Tensor:
        return _before_leaky(torch.mm(gradient, self._weight.value), made)

    def learn(self, x: Tensor, gradient: Tensor) -> None:
        home = self._weight.gradient
        if x.dtype == home.dtype:
            torch.mm(gradient.t(), x, out=home)
        else:
            home.copy_(torch.mm(gradient.t(), x))
        self._bias.gradient.copy_(gradient.sum(0))


class Kernel(Protocol):
    """The filters of a convolution of stride 2, and what is done with them. Large images are (B, 2h * 2h * large channels), small ones
    (B, h * h * small channels)."""

    def refresh(self) -> None:
        """The filters have changed."""

    def down(self, large: Tensor, bias: Tensor | None, *, leaky: bool = False) -> Tensor:
        """The convolution: large images to small ones. `leaky`, which there is with a bias only: LeakyReLU of that."""

    def up(self, small: Tensor, bias: Tensor | None, *, leaky: bool = False, made: Tensor | None = None) -> Tensor:
        """The transposed convolution, which is also the gradient of `down`: small images to large ones. See `Layer.input_gradient`."""

    def learn(self, large: Tensor, small: Tensor) -> None:
        """The filters' gradient from the images on both sides, of which one is a gradient."""


class Room:
    """Zeros that are made once for each number of images. What nobody writes stays 0."""

    def __init__(self) -> None:
        self._of: dict[int, Tensor] = {}

    def like(self, images: Tensor, *shape: int) -> Tensor:
        """(B, *shape), for as many as these, of their type; `shape`: always the same."""
        if len(images) not in self._of:
            self._of[len(images)] = torch.zeros(len(images), *shape, dtype=images.dtype, device=images.device)
        return self._of[len(images)]


class Filters:
    """As torch's convolutions compute it, but for the way up.

    A transposed convolution of stride 2 is slow in oneDNN. Where four pixels of the small image meet, the large one has a square of four,
    each with a filter of 2 x 2 of its own over those: sub-pixel convolution (Shi et al. 2016, arXiv:1609.07009).
    """

    def __init__(self, weight: Weight, side: int) -> None:
        """weight: (small channels, large channels, 4, 4), channels last in memory. `side`: of the small image."""
        self._weight, self._side = weight, side
        self._small, self._large = weight.value.shape[:2]
        shape = 2, 2, self._large, 2, 2, self._small
        self._corners = torch.empty(shape, dtype=weight.value.dtype, device=weight.value.device)
        """Of each pixel of a square, by its column and its row: (2, 2, large channels, 2, 2, small channels)."""
        self._squares = Room()
        """For those of large images; what lies beyond the border is 0."""

    def refresh(self) -> None:
        # By tap k, row m of the small image reaches row 2 m + k - 1 of the large one. Below row m, square m + 1 has the rows 2 m + 1 and
        # 2 m + 2: that is by the taps 2 and 3, and from row m + 1 by 0 and 1. Columns likewise.
        self._corners.copy_(_taps(self._weight.value).flip(2, 4).permute(5, 3, 1, 2, 4, 0))

    @property
    def _by_corners(self) -> Tensor:
        """(4 * large channels, small channels, 2, 2)."""
        return self._corners.flatten(0, 2).permute(0, 3, 1, 2)

    def _image(self, rows: Tensor, side: int) -> Tensor:
        return rows.view(len(rows), side, side, -1).permute(0, 3, 1, 2)

    def down(self, large: Tensor, bias: Tensor | None, *, leaky: bool = False) -> Tensor:
        found = _convolution(self._image(large, 2 * self._side), self._weight.value, bias, 2, leaky=leaky)
        return found.permute(0, 2, 3, 1).reshape(len(large), -1)

    def up(self, small: Tensor, bias: Tensor | None, *, leaky: bool = False, made: Tensor | None = None) -> Tensor:
        of_four = None if bias is None else bias.expand(4, -1).reshape(-1)
        squares = _convolution(self._image(small, self._side), self._by_corners, of_four, 1, leaky=leaky).permute(0, 2, 3, 1)
        return _before_leaky(self._within_border(squares.contiguous()).reshape(len(small), -1), made)

    def _within_border(self, squares: Tensor) -> Tensor:
        """(B, h + 1, h + 1, 4 * large channels) as large images, (B, h, 2, 2 h, large channels): the outermost squares reach beyond."""
        image, row, column, _ = squares.stride()
        one = self._large  # pixels of a square lie one below the other, and behind each column of two the next one
        shape = len(squares), self._side, 2, 2 * self._side, one
        return squares.as_strided(shape, (image, row, row - one, column // 2, 1), squares.storage_offset() + 3 * one)

    def learn(self, large: Tensor, small: Tensor) -> None:
        # In bfloat16 oneDNN gives the gradient of few filters to one thread. Of corners there are four times as many, and small ones.
        if small.dtype != torch.float32 and torch.get_num_threads() > 1:
            self._learn_corners(large, small)
            return
        pair = self._image(large, 2 * self._side), self._image(small, self._side)
        self._weight.gradient.copy_(filters_gradient(*pair, self._weight.value))

    def _learn_corners(self, large: Tensor, small: Tensor) -> None:
        squares = self._squares.like(large, self._side + 1, self._side + 1, 4 * self._large)
        within = self._within_border(squares)
        within.copy_(large.view(within.shape))
        found = filters_gradient(self._image(small, self._side), squares.permute(0, 3, 1, 2), self._by_corners, stride=1)
        by_place = found.permute(0, 2, 3, 1).reshape(self._corners.shape)
        _taps(self._weight.gradient).copy_(by_place.permute(5, 2, 3, 1, 4, 0).flip(2, 4))


def _taps(filters: Tensor) -> Tensor:
    """(small channels, large channels, 4, 4) as (small channels, large channels, below, row, beside, column): of 2 each."""
    found: Tensor = filters.unflatten(3, (2, 2)).unflatten(2, (2, 2))
    return found


class Bands:
    """As products of matrices, for large images of one channel, of which oneDNN's convolutions make little.

    A row of the small image depends on four rows of the large one, all of its pixels by the same filters: a matrix with the filters in a
    band along its diagonal, and 0 elsewhere.
    """

    def __init__(self, weight: Weight, side: int) -> None:
        """weight: (small channels, 1, 4, 4). `side`: of the small image."""
        self._weight, self._side = weight, side
        self._channels, self._width = len(weight.value), 2 * side + 2
        self._matrix = torch.zeros(TAPS * self._width, side * self._channels, dtype=weight.value.dtype, device=weight.value.device)
        """(4 rows of a large image with a border, a row of a small one)."""
        self._filters = self._diagonal(self._matrix)
        self._frames = Room()
        """For large images; their border is 0."""
        self._newest: tuple[Tensor, Tensor] | None = None
        """Large images, and their rows in fours: what is convolved is what the filters' gradient is made of."""

    def _diagonal(self, matrix: Tensor) -> Tensor:
        """The filters in matrices, (..., 4, h, 4, small channels): row of the filter, place, column of the filter, channel."""
        # Place j sees the columns 2 j to 2 j + 3 of a large image with its border: the next place is two rows lower, one pixel further.
        step = self._side * self._channels
        shape = TAPS, self._side, TAPS, self._channels
        return matrix.as_strided(
            (*matrix.shape[:-2], *shape), (*matrix.stride()[:-2], self._width * step, 2 * step + self._channels, step, 1)
        )

    def refresh(self) -> None:
        self._filters.copy_(self._weight.value[:, 0].permute(1, 2, 0).unsqueeze(1))

    def _fours(self, large: Tensor) -> Tensor:
        """The rows of large images in fours with a border, as each row of the small ones sees them: (B * h, 4 * width)."""
        if self._newest is None or self._newest[0] is not large:
            self._newest = large, self._in_fours(large)
        return self._newest[1]

    def _in_fours(self, large: Tensor) -> Tensor:
        count, side, width = len(large), 2 * self._side, self._width
        framed = self._frames.like(large, width, width)
        framed[:, 1:-1, 1:-1].copy_(large.view(count, side, side))
        fours = framed.as_strided((count, self._side, TAPS * width), (width * width, 2 * width, 1))
        return fours.reshape(-1, TAPS * width)

    def _lines(self, small: Tensor) -> Tensor:
        return small.view(-1, self._side * self._channels)

    def down(self, large: Tensor, bias: Tensor | None, *, leaky: bool = False) -> Tensor:
        fours = self._fours(large)
        if bias is None:
            found = torch.mm(fours, self._matrix)
        else:
            of_line = bias.expand(self._side, -1).reshape(-1)
            found = leaky_linear(fours, self._matrix.t(), of_line) if leaky else torch.addmm(of_line, fours, self._matrix)
        return found.view(len(large), -1)

    def up(self, small: Tensor, bias: Tensor | None, *, leaky: bool = False, made: Tensor | None = None) -> Tensor:
        product = torch.mm(self._lines(small), self._matrix.t()).float()  # few numbers of bfloat16 in a row are added one by one
        fours = product.view(len(small), self._side, TAPS, self._width)[..., 1:-1]
        # Of each pair of rows the upper one is the second of its own four and the last of the four above.
        found = fours[:, :, 1:3].contiguous() if bias is None else fours[:, :, 1:3] + bias
        found[:, 1:, 0] += fours[:, :-1, 3]
        found[:, :-1, 1] += fours[:, 1:, 0]
        found = found.to(small.dtype).view(len(small), -1)
        return leaky_relu_(found, NEGATIVE_SLOPE) if leaky else _before_leaky(found, made)

    def learn(self, large: Tensor, small: Tensor) -> None:
        fours, lines = self._fours(large), self._lines(small)
        pieces = gcd(LEARNED, len(fours))  # oneDNN gives a long sum of small matrices to one thread
        found = torch.bmm(fours.view(pieces, -1, fours.shape[1]).transpose(1, 2), lines.view(pieces, -1, lines.shape[1]))
        filters = self._diagonal(found).sum((0, 2), dtype=torch.float32)
        self._weight.gradient[:, 0].copy_(filters.permute(2, 0, 1))


def _before_leaky(gradient: Tensor, made: Tensor | None) -> Tensor:
    """The gradient before the LeakyReLU that `made` came from, in place; the gradient itself where there is none."""
    return gradient if made is None else leaky_relu_backward(gradient, made, NEGATIVE_SLOPE, out=gradient)


def _convolution(x: Tensor, filters: Tensor, bias: Tensor | None, stride: int, *, leaky: bool) -> Tensor:
    return leaky_convolution(x, filters, bias, stride) if leaky and bias is not None else conv2d(x, filters, bias, stride, 1)


def kernel_of(weight: Weight, side: int) -> Kernel:
    """The faster of the two ways; see `Filters` and `Bands`."""
    return Bands(weight, side) if weight.value.shape[1] == 1 and side <= WIDEST_BAND else Filters(weight, side)


class Convolution:
    """What a convolution and a transposed one have in common."""

    def __init__(self, kernel: Kernel, bias: Weight) -> None:
        self._kernel, self._bias = kernel, bias

    def refresh(self) -> None:
        self._kernel.refresh()

    def _learn(self, large: Tensor, small: Tensor, gradient: Tensor) -> None:
        """`gradient`: that behind the layer, one of the two."""
        self._kernel.learn(large, small)
        self._bias.gradient.copy_(gradient.view(-1, len(self._bias.value)).sum(0))


class Down(Convolution):
    """A convolution of stride 2."""

    def forward(self, x: Tensor, *, leaky: bool) -> Tensor:
        return self._kernel.down(x, self._bias.value, leaky=leaky)

    def input_gradient(self, gradient: Tensor, made: Tensor | None = None) -> Tensor:
        return self._kernel.up(gradient, None, made=made)

    def learn(self, x: Tensor, gradient: Tensor) -> None:
        self._learn(x, gradient, gradient)


class Up(Convolution):
    """A transposed convolution of stride 2."""

    def forward(self, x: Tensor, *, leaky: bool) -> Tensor:
        return self._kernel.up(x, self._bias.value, leaky=leaky)

    def input_gradient(self, gradient: Tensor, made: Tensor | None = None) -> Tensor:
        return _before_leaky(self._kernel.down(gradient, None), made)

    def learn(self, x: Tensor, gradient: Tensor) -> None:
        self._learn(gradient, x, gradient)
