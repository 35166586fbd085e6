"""What the layers of G and D do in one batch: looked at with each evaluation, on throw-away copies, so that training stays as it is.

The copies are in evaluation mode: batch normalisation and spectral normalisation learn nothing. What is said of the activation behind a
layer is said of the first activation function that its output meets, whether that is a module or a call.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from gan_tui.losses import LossPair
from gan_tui.models.layers import layers_of
from gan_tui.run.events import to_scalar
from gan_tui.run.inside import MOST_LAYERS, Layer, NetworkName, Scalar
from gan_tui.training.step import Gan

BATCH = 64
"""Images of a probe, real ones and samples each."""
ACTIVATIONS: dict[Any, str] = {
    functional.leaky_relu: "leaky relu", functional.relu: "relu", torch.relu: "relu", Tensor.relu: "relu",
    functional.silu: "silu", functional.gelu: "gelu", functional.elu: "elu",
    torch.tanh: "tanh", Tensor.tanh: "tanh", torch.sigmoid: "sigmoid", Tensor.sigmoid: "sigmoid",
}  # fmt: skip
RECTIFIERS = ("leaky relu", "relu")
"""A unit at whose input nothing is above 0 in a whole batch is dead: it is 0, or of a fixed slope, whatever the image."""


class LayerProbe:
    """Looks at the networks, and knows their weights of the last time."""

    def __init__(self) -> None:
        self._before: dict[tuple[NetworkName, str], Tensor] = {}
        self._step = 0

    def look(self, gan: Gan, real: Tensor, real_y: Tensor | None, z: Tensor, y: Tensor | None, step: int) -> tuple[Layer, ...]:
        """Of G's layers, then D's, in their order; none where a network of a person's own cannot be copied.

        real: images (N, pixels) in [-1, 1], and what the networks are told of them; z: latents (N, latent_dim), and the same of samples.
        """
        try:
            generator, discriminator = copy.deepcopy((gan.generator, gan.discriminator))
        except (TypeError, RuntimeError, NotImplementedError):
            return ()
        generator.eval(), discriminator.eval()
        with torch.enable_grad():
            with _watching(generator) as of_g:
                fake = generator(z, y)
            both = None if real_y is None or y is None else torch.cat([real_y, y])
            with _watching(discriminator) as of_d:
                real_logits, fake_logits = discriminator(torch.cat([real, fake.detach()]), both).split([len(real), len(fake)])
            _backward(gan.loss.d_loss(real_logits, fake_logits), discriminator)
            _backward(_g_loss(gan.loss, real_logits.detach(), discriminator(fake, y)), generator)
        now: dict[tuple[NetworkName, str], Tensor] = {}
        networks: tuple[tuple[NetworkName, nn.Module, _Watch], ...] = (("G", generator, of_g), ("D", discriminator, of_d))
        found = [self._layer(name, *of, watch, step, now) for name, network, watch in networks for of in _named_layers(network)]
        self._before, self._step = now, step
        return tuple(found[:MOST_LAYERS])

    def _layer(
        self, network: NetworkName, name: str, module: nn.Module, watch: "_Watch", step: int, now: dict[tuple[NetworkName, str], Tensor]
    ) -> Layer:
        """One layer; its weights are put down in `now`."""
        gradients = [parameter.grad.flatten() for parameter in module.parameters() if parameter.grad is not None]
        weights = torch.cat([parameter.detach().flatten() for parameter in module.parameters()]).float().cpu()
        now[network, name] = weights
        before, steps = self._before.get((network, name)), step - self._step
        size = float(torch.linalg.vector_norm(weights))
        update = None
        if before is not None and before.shape == weights.shape and steps > 0 and size:
            update = _short(float(torch.linalg.vector_norm(weights - before)) / size / steps)
        seen = watch.seen.get(module)
        return Layer(
            network=network,
            name=name[:100],
            shape=tuple(module.weight.shape)[:8] if isinstance(module.weight, Tensor) else (),
            function=seen.function if seen else "",
            activation=_short(seen.size) if seen else None,
            dead=seen.dead if seen else None,
            gradient=_short(float(torch.linalg.vector_norm(torch.cat(gradients)))) if gradients else None,
            update=update,
        )


def _short(value: float) -> Scalar:
    """Four digits: a log has one such number a layer and evaluation."""
    return to_scalar(float(f"{value:.4g}"))


def _named_layers(network: nn.Module) -> list[tuple[str, nn.Module]]:
    wanted = set(layers_of(network))
    return [(name, module) for name, module in network.named_modules() if module in wanted]


def _g_loss(loss: LossPair, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    return loss.g_loss(real_logits if loss.objective.g_sees_real else real_logits[:0], fake_logits)


def _backward(loss: Tensor, network: nn.Module) -> None:
    """The gradients of its own weights, and of no other network's."""
    wanted = [parameter for parameter in network.parameters() if parameter.requires_grad]
    if wanted and loss.requires_grad:
        loss.backward(inputs=wanted, retain_graph=True)


class _Seen:
    """The output of one layer, and of the activation behind it."""

    def __init__(self, output: Tensor) -> None:
        self.units = output.shape[1] if output.dim() > 1 else 0
        self.size = float(output.detach().abs().mean())
        self.function = ""
        self.dead: float | None = None

    def activated(self, function: str, before: Tensor, after: Tensor) -> None:
        """Its output has met an activation function."""
        self.function, self.size = function, float(after.detach().abs().mean())
        if function in RECTIFIERS:
            highest = before.detach().transpose(0, 1).flatten(1).amax(1)
            self.dead = round(float((highest <= 0).float().mean()), 4)


class _Watch(TorchFunctionMode):
    """Sees which activation functions are called, and behind which layer."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[nn.Module, _Seen] = {}
        self._newest: _Seen | None = None

    def layer(self, module: nn.Module, _inputs: object, output: Tensor) -> None:
        """A forward hook."""
        self._newest = self.seen[module] = _Seen(output)

    def __torch_function__(self, function: Callable[..., Any], _types: object, args: Any = (), kwargs: Any = None) -> Any:
        """Carry it out; of the first activation behind a layer, with as many units, keep what it does."""
        result = function(*args, **(kwargs or {}))
        newest, name = self._newest, ACTIVATIONS.get(function)
        if name and newest and args and isinstance(args[0], Tensor) and args[0].dim() > 1 and args[0].shape[1] == newest.units:
            newest.activated(name, args[0], result)
            self._newest = None
        return result


@contextmanager
def _watching(network: nn.Module) -> Iterator[_Watch]:
    watch = _Watch()
    hooks = [layer.register_forward_hook(watch.layer) for _, layer in _named_layers(network)]
    try:
        with watch:
            yield watch
    finally:
        for hook in hooks:
            hook.remove()
