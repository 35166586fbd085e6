"""A loss of a person's own, `loss.name = package.module:function`.

It is called `function(real, fake)` with D's logits of real and of generated images, float32 (B, 1) each, and gives the pair (D's loss, G's
loss), two scalars, each a mean over the images. D's step minimises the first, G's step the second. Does G's loss look at the real logits?
That is seen from its gradient; only then are they computed for it.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from gan_tui import own_code
from gan_tui.errors import SettingsError
from gan_tui.losses import LossPair
from gan_tui.spec.objectives import Objective

SETTING = "loss.name"
Function = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
TRIED = 16


def pair_of(name: str) -> LossPair:
    """What D and G minimise. Raises SettingsError for code that the user has not allowed, that fails, or that gives no such pair."""
    function = own_code.load(SETTING, name)
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        objective = _look_at(name, function)
    both = _Sides(function)
    return LossPair(_Side(function, 0), _Side(function, 1), both.d_gradient, both.g_gradient, objective, both.d_valued, both.g_valued)


def _look_at(name: str, function: Function) -> Objective:
    """Does it keep to the protocol, what is it at equilibrium, where D is undecided, and does G see real images?"""
    where = f"{SETTING} = {name}"
    random = torch.Generator().manual_seed(0)
    real, fake = (torch.randn(TRIED, 1, generator=random).requires_grad_() for _ in range(2))
    d_loss, g_loss = _called(where, function, real, fake)
    try:
        d_slopes = torch.autograd.grad(d_loss, (real, fake), allow_unused=True, retain_graph=True)
        g_slopes = torch.autograd.grad(g_loss, (real, fake), allow_unused=True)
    except RuntimeError:  # a loss without a graph
        raise SettingsError(f"{where}: no gradient reaches the logits: is there a detach(), an item() or a no_grad() in it?") from None
    if not any(map(_any, d_slopes)):
        raise SettingsError(f"{where}: your loss of D does not depend on its logits")
    if not _any(g_slopes[1]):
        raise SettingsError(f"{where}: your loss of G does not depend on the logits of generated images: nothing would be learned")
    d_even, g_even = _called(where, function, torch.zeros(TRIED, 1), torch.zeros(TRIED, 1))
    return Objective(name, d_even.item(), g_even.item(), g_sees_real=_any(g_slopes[0]))


def _called(where: str, function: Function, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    try:
        found = function(real, fake)
    except (Exception, SystemExit) as error:  # whatever a person's function raises
        own_code.fail(f"{where}(real, fake), of logits {tuple(real.shape)}, failed", error)
    if not (isinstance(found, tuple | list) and len(found) == 2 and all(isinstance(one, Tensor) for one in found)):
        kind = type(found).__name__ if not isinstance(found, tuple | list) else f"({', '.join(type(one).__name__ for one in found)})"
        raise SettingsError(f"{where} gave {kind}; the pair (D's loss, G's loss) is wanted, two tensors")
    for network, loss in zip("DG", found, strict=True):
        if loss.dim() or loss.dtype != torch.float32:
            kind = f"{str(loss.dtype).removeprefix('torch.')} {tuple(loss.shape)}"
            raise SettingsError(f"{where}: your loss of {network} is {kind}; a mean over the images is wanted, float32 ()")
        if not loss.isfinite():
            raise SettingsError(f"{where}: your loss of {network} is {loss.item()} for logits near 0")
    return found[0], found[1]


def _any(slope: Tensor | None) -> bool:
    return slope is not None and bool(slope.any())


class _Side:
    """D's or G's part of it, as a `LogitsLoss`."""

    def __init__(self, function: Function, which: int) -> None:
        self._function, self._which = function, which

    def __call__(self, real: Tensor, fake: Tensor, /, dim: int | None = None) -> Tensor:
        """Where G's loss does not look at real logits there are none: zeros stand for them."""
        real = real if real.shape == fake.shape else torch.zeros_like(fake)
        if dim is None:
            return self._function(real, fake)[self._which]
        rows = zip(real.movedim(dim, -1), fake.movedim(dim, -1), strict=True)
        return torch.stack([self._function(one.unsqueeze(1), other.unsqueeze(1))[self._which] for one, other in rows])


class _Sides:
    """Both gradients, each with the value of the same call."""

    def __init__(self, function: Function) -> None:
        self._function = function

    def d_valued(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """See LossPair; of logits (2B, 1), or (2B, K, 1) of K GANs that are trained side by side."""
        with torch.enable_grad():
            logits, like = logits.detach().float().requires_grad_(), logits
            value = self._value(0, *logits.chunk(2))
            (slope,) = torch.autograd.grad(value.sum(), logits)
        return (slope * (len(logits) // 2)).to(like.dtype), value.detach()

    def g_valued(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """Likewise."""
        with torch.enable_grad():
            fake, like = fake.detach().float().requires_grad_(), fake
            value = self._value(1, real.float() if real.shape == fake.shape else torch.zeros_like(fake), fake)
            (slope,) = torch.autograd.grad(value.sum(), fake)
        return (slope * len(fake)).to(like.dtype), value.detach()

    def d_gradient(self, logits: Tensor) -> Tensor:
        """See LossPair."""
        return self.d_valued(logits)[0]

    def g_gradient(self, real: Tensor, fake: Tensor) -> Tensor:
        """See LossPair."""
        return self.g_valued(real, fake)[0]

    def _value(self, which: int, real: Tensor, fake: Tensor) -> Tensor:
        """(), or (K,)."""
        if fake.dim() == 2:
            return self._function(real, fake)[which]
        return torch.stack([self._function(one, other)[which] for one, other in zip(real.unbind(1), fake.unbind(1), strict=True)])
