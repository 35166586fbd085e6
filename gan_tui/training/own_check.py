"""Do networks of a person's own keep to the protocol (gan_tui/models/own.py)? Asked before a run begins, of copies of them."""

import copy
from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

from gan_tui import own_code
from gan_tui.config import RunConfig
from gan_tui.errors import SettingsError, first_line
from gan_tui.models.own import SETTING, OwnGenerator
from gan_tui.training.out_of_memory import is_out_of_memory

MOST = 16
"""Images that are tried."""


def check(settings: RunConfig, generator: OwnGenerator, discriminator: nn.Module, shape: tuple[int, int, int], classes: int) -> None:
    """Raises SettingsError that says what the networks gave, and what is wanted."""
    where = f"{SETTING} = {settings.model.family}"
    for name, network in (("G", generator), ("D", discriminator)):
        _check_weights(where, name, network)
    generator, discriminator = _copied(where, generator, discriminator)  # what they learn from this, as batch normalisation does, goes
    count = min(MOST, settings.train.batch_size)
    device = next(generator.parameters()).device
    z = torch.randn(count, settings.model.latent_dim, generator=torch.Generator().manual_seed(0)).to(device)
    y = torch.arange(count, device=device) % classes if settings.model.conditional else None
    with_y = " and y" if y is not None else ""
    told = "" if y is None else "classes are told (model.conditional): take (z, y) and (x, y), or say --set model.conditional=false"
    inside = generator.network
    fakes = _call(f"{where}: your G, of z {tuple(z.shape)}{with_y}", device, lambda: inside(z) if y is None else inside(z, y), told)
    wanted = (count, *shape)
    _expect(isinstance(fakes, Tensor), f"{where}: your G gave a {type(fakes).__name__}; a tensor of images {wanted} is wanted")
    fits = tuple(fakes.shape) in (wanted, (count, fakes[0].numel())) and fakes[0].numel() == shape[0] * shape[1] * shape[2]
    _expect(fits, f"{where}: your G gave {tuple(fakes.shape)} for {count} latents; images {wanted} are wanted")
    _check_values(where, "G", fakes)
    flat = fakes.flatten(1)
    said = f"{where}: your D, of images {wanted}{with_y}"
    logits = _call(said, device, lambda: discriminator(flat, y), told)
    _expect(isinstance(logits, Tensor), f"{where}: your D gave a {type(logits).__name__}; a logit per image, {(count, 1)}, is wanted")
    _expect(
        tuple(logits.shape) == (count, 1),
        f"{where}: your D gave {tuple(logits.shape)} for {count} images; a logit per image, {(count, 1)}, is wanted",
    )
    _check_values(where, "D", logits)
    none = f"{where}: no gradient reaches your"
    _expect(logits.requires_grad, f"{none} networks from D's logits: is there a detach() or a no_grad() on the way?")
    _call(f"{where}: the gradient of your networks", device, lambda: logits.sum().backward())
    _expect(_reached(discriminator.parameters()), f"{none} D: do its weights lie on the way to its logits?")
    _expect(_reached(generator.parameters()), f"{none} G through D: is there a detach(), a no_grad() or a rounding on the way?")


def _check_weights(where: str, name: str, network: nn.Module) -> None:
    _expect(any(one.requires_grad for one in network.parameters()), f"{where}: your {name} has no weights that can learn")
    for key, value in network.state_dict().items():
        _expect(isinstance(value, Tensor), f"{where}: {key} of your {name}'s state dict is no tensor, and checkpoints hold nothing else")
        if value.is_floating_point() or value.is_complex():
            kind = str(value.dtype).removeprefix("torch.")
            _expect(value.dtype == torch.float32, f"{where}: {key} of your {name} is {kind}; float32 is wanted")
            _expect(bool(value.isfinite().all()), f"{where}: {key} of your {name} is not finite to begin with")


def _copied(where: str, generator: OwnGenerator, discriminator: nn.Module) -> tuple[OwnGenerator, nn.Module]:
    try:
        return copy.deepcopy((generator, discriminator))
    except (RuntimeError, TypeError) as error:  # torch's of a tensor that is computed, Python's of what cannot be copied
        known = "torch.nn.utils.weight_norm cannot be copied: use torch.nn.utils.parametrizations.weight_norm"
        raise SettingsError(f"{where}: your networks cannot be copied, as G's average must be ({first_line(error)}); {known}") from None


def _check_values(where: str, name: str, value: Tensor) -> None:
    kind = str(value.dtype).removeprefix("torch.")
    _expect(value.dtype == torch.float32, f"{where}: your {name} gave {kind}; float32 is wanted")
    _expect(bool(value.isfinite().all()), f"{where}: your {name} gave values that are not finite, with fresh weights")


def _call(what: str, device: torch.device, function: Callable[[], Tensor | None], arguments: str = "") -> Tensor:
    """`arguments`: what to do where the network does not take those that it is given."""
    try:
        return function()  # type: ignore[return-value]  # whatever it is, the caller looks at it
    except (Exception, SystemExit) as error:  # whatever a person's network raises
        if isinstance(error, RuntimeError | MemoryError) and is_out_of_memory(error, device):
            raise
        if arguments and isinstance(error, TypeError) and "argument" in str(error):
            raise SettingsError(f"{what} failed: {arguments} ({first_line(error)})") from None
        own_code.fail(f"{what} failed", error)


def _reached(parameters: Iterable[nn.Parameter]) -> bool:
    return any(one.grad is not None and bool(one.grad.any()) for one in parameters)


def _expect(condition: bool, otherwise: str) -> None:
    if not condition:
        raise SettingsError(otherwise)
