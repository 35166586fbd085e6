"""The networks of the family `conv`, and their Adam, on flat buffers with the gradients written out; with classes or without."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import Adam

from gan_tui.models.conditional import ConditionalDiscriminator, ConditionalGenerator
from gan_tui.models.layers import NEGATIVE_SLOPE
from gan_tui.training.engines.conv_layers import Dense, Down, Layer, Up, Weight, kernel_of
from gan_tui.training.engines.flat_adam import FlatAdam
from gan_tui.training.engines.kernels import leaky_relu_backward_, table_gradient, tanh_, tanh_backward_

ALIGNED = 32
"""Numbers of which the place of a parameter is a multiple: products want their factors to begin at round addresses."""


class FlatConv(FlatAdam):
    """What both networks are: layers one after the other, with LeakyReLU between them.

    An image is a row, with its channels last, but in what G gives and D takes, (B, pixels), where they come first.
    """

    def __init__(self, network: nn.Module, layers: list[nn.Module], optimizer: Adam, dtype: torch.dtype, colours: int, side: int) -> None:
        """`layers`: those of `network` that work one after the other. `colours`, `side`: of the images."""
        parameters = list(network.parameters())
        size = sum(_room(parameter) for parameter in parameters)
        super().__init__(size, optimizer, dtype, parameters[0].device, wide_gradients=True)
        self._colours, self._side = colours, side
        start, self._homes = 0, dict[Tensor, Weight]()
        for parameter in parameters:
            self._homes[parameter] = self._adopt_at(start, parameter, optimizer)
            start += _room(parameter)
        self._layers = self._make(layers)
        self._round()

    def _adopt_at(self, start: int, parameter: Tensor, optimizer: Adam) -> Weight:
        """A parameter keeps the order in which its numbers lie."""
        shape, strides, end = parameter.shape, parameter.stride(), start + parameter.numel()

        def place(flat: Tensor) -> Tensor:
            part = flat[start:end]
            return part.as_strided(shape, strides, part.storage_offset())

        return Weight(*self._adopt(parameter, optimizer, place))

    def _make(self, modules: list[nn.Module]) -> list[Layer]:
        """The layers with weights. A convolution must know the size of its images: D begins with `side`, and G ends with it."""
        made = list[Layer]()
        side = self._side >> sum(isinstance(module, nn.ConvTranspose2d) for module in modules)
        for module in modules:
            if isinstance(module, nn.Linear):
                made.append(Dense(self._homes[module.weight], self._homes[module.bias]))
            elif isinstance(module, nn.Conv2d):
                side //= 2
                assert module.bias is not None
                made.append(Down(kernel_of(self._homes[module.weight], side), self._homes[module.bias]))
            elif isinstance(module, nn.ConvTranspose2d):
                assert module.bias is not None
                made.append(Up(kernel_of(self._homes[module.weight], side), self._homes[module.bias]))
                side *= 2
        return made

    def _round(self) -> None:
        super()._round()
        for layer in self._layers:
            layer.refresh()

    def _channels_last(self, images: Tensor) -> Tensor:
        """Images (B, pixels) as rows with the channels last."""
        return images if self._colours == 1 else images.view(len(images), self._colours, -1).transpose(1, 2).flatten(1)

    def _channels_first(self, rows: Tensor) -> Tensor:
        """And back."""
        return rows if self._colours == 1 else rows.view(len(rows), -1, self._colours).transpose(1, 2).flatten(1)

    def _forward(self, x: Tensor, *, leaky_end: bool) -> list[Tensor]:
        """What goes into each layer, and what comes out of the last one; `leaky_end`: behind its LeakyReLU, as with all others."""
        passed = [x]
        for layer in self._layers:
            passed.append(layer.forward(passed[-1], leaky=leaky_end or layer is not self._layers[-1]))
        return passed

    def _backward(self, passed: list[Tensor], gradient: Tensor, *, learn: bool, first: bool) -> Tensor:
        """From the gradient before the last activation to that before the first layer; where not `first`, to that behind it.

        learn: fill in the weights' gradients.
        """
        for index in reversed(range(len(self._layers))):
            layer, x = self._layers[index], passed[index]
            if learn:
                layer.learn(x, gradient)
            if index or first:
                gradient = layer.input_gradient(gradient, x if index else None)
        return gradient


def _room(parameter: Tensor) -> int:
    return -(-parameter.numel() // ALIGNED) * ALIGNED


def _of_classes(embedding: Weight, gradient: Tensor, y: Tensor) -> None:
    """Fill in the gradient of the classes' vectors from those of the vectors (B, width) that were looked up."""
    embedding.gradient.copy_(table_gradient(gradient, y, len(embedding.value)))


class FlatGenerator(FlatConv):
    """G."""

    def __init__(self, network: nn.Module, optimizer: Adam, dtype: torch.dtype, colours: int, side: int) -> None:
        core = network.core if isinstance(network, ConditionalGenerator) else network
        super().__init__(network, list(core.children()), optimizer, dtype, colours, side)
        self._table = network.embed.weight if isinstance(network, ConditionalGenerator) else None

    def forward(self, z: Tensor, y: Tensor | None) -> list[Tensor]:
        """What goes into each layer, and last the images (B, pixels), of the layers' type.

        z: float32 (B, latent_dim). y: int64 (B,), where G is told classes.
        """
        if self._table is not None and y is not None:
            z = torch.cat([z, self._table.detach().index_select(0, y)], 1)
        *passed, images = self._forward(z.to(self._dtype), leaky_end=False)
        tanh_(images)
        return [*passed, self._channels_first(images)]

    def backward(self, passed: list[Tensor], gradient: Tensor, y: Tensor | None) -> None:
        """Fill in the gradients of all weights from that of the images (B, pixels), which is overwritten."""
        gradient = self._channels_last(tanh_backward_(gradient, passed[-1]))
        before = self._backward(passed[:-1], gradient, learn=True, first=self._table is not None)
        if self._table is not None and y is not None:
            embedding = self._homes[self._table]
            _of_classes(embedding, before[:, -embedding.value.shape[1] :].float().contiguous(), y)


class Judged(NamedTuple):
    """What D has made of images."""

    logits: Tensor
    """float32 (B, 1)."""
    passed: list[Tensor]
    """What went into each layer."""
    features: Tensor
    """float32 (B, features)."""
    scale: Tensor
    """What each feature counts: float32 (features,), or (B, features) by classes."""
    y: Tensor | None


class FlatDiscriminator(FlatConv):
    """D. Its last layer, and what it makes of a class, is of float32."""

    def __init__(self, network: nn.Module, optimizer: Adam, dtype: torch.dtype, colours: int, side: int) -> None:
        *layers, head = [*network.features, network.head] if isinstance(network, ConditionalDiscriminator) else network.children()
        assert isinstance(head, nn.Linear)
        super().__init__(network, layers, optimizer, dtype, colours, side)
        self._head = head
        self._table = network.embed.weight if isinstance(network, ConditionalDiscriminator) else None

    def forward(self, images: Tensor, y: Tensor | None) -> Judged:
        """images: (B, pixels), of the layers' type. y: int64 (B,), where D is told classes."""
        passed = self._forward(self._channels_last(images), leaky_end=True)
        wide, scale = passed[-1].float(), self._head.weight.detach()[0]
        if self._table is not None and y is not None:
            scale = self._table.detach().index_select(0, y).add_(scale)
        return Judged((wide * scale).sum(1, keepdim=True) + self._head.bias.detach(), passed, wide, scale, y)

    def backward(self, judged: Judged, gradient: Tensor, *, learn: bool) -> Tensor:
        """The gradient of the images from that of the logits; where D shall `learn`, those of all weights are filled in instead."""
        if learn:
            self._learn_head(judged, gradient)
        behind = (gradient * judged.scale).to(self._dtype)
        before = leaky_relu_backward_(behind, judged.passed[-1], NEGATIVE_SLOPE)
        found = self._backward(judged.passed[:-1], before, learn=learn, first=not learn)
        return found if learn else self._channels_first(found)

    def _learn_head(self, judged: Judged, gradient: Tensor) -> None:
        weighted = gradient * judged.features
        self._homes[self._head.weight].gradient.copy_(weighted.sum(0, keepdim=True))
        self._homes[self._head.bias].gradient.copy_(gradient.sum(0))
        if self._table is not None and judged.y is not None:
            _of_classes(self._homes[self._table], weighted, judged.y)
