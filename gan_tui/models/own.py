"""Networks of a person's own, `model.family = package.module:factory`, behind the signature that all networks have.

The factory is called `factory(latent_dim=64, shape=(1, 28, 28), classes=0)` and gives the pair (G, D), two `torch.nn.Module`.
G is called `G(z)`: latents, float32 (B, latent_dim), to images (B, C, H, W) in [-1, 1]. D is called `D(x)`: images (B, C, H, W) to
logits (B, 1). With `model.conditional` both get the classes too, int64 (B,): `G(z, y)`, `D(x, y)`; `classes` says how many there are.
"""

from typing import Any

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from gan_tui import own_code
from gan_tui.errors import SettingsError

SETTING = "model.family"


class _Own(nn.Module):
    """Its state dict is that of the network inside: what a run leaves behind fits a person's own class."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def state_dict(self, *args: Any, **kwargs: Any) -> Any:
        """Of the network inside."""
        return self.network.state_dict(*args, **kwargs)

    def load_state_dict(self, *args: Any, **kwargs: Any) -> Any:
        """Into the network inside."""
        return self.network.load_state_dict(*args, **kwargs)

    def _call(self, x: Tensor, y: Tensor | None) -> Tensor:
        result: Tensor = self.network(x) if y is None else self.network(x, y)
        return result


class OwnGenerator(_Own):
    """Of flat images."""

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """Latents (B, latent_dim), and classes, to images (B, pixels)."""
        return self._call(z, y).flatten(1)


class OwnDiscriminator(_Own):
    """Likewise."""

    def __init__(self, network: nn.Module, shape: tuple[int, int, int]) -> None:
        super().__init__(network)
        self.shape = shape

    def forward(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """Images (B, pixels), and classes, to logits (B, 1)."""
        return self._call(x.reshape(-1, *self.shape), y)


def make(name: str, latent_dim: int, shape: tuple[int, int, int], classes: int) -> tuple[nn.Module, nn.Module]:
    """(G, D) with fresh weights. Raises SettingsError for code that the user has not allowed, that fails, or that gives no such pair."""
    factory = own_code.load(SETTING, name)
    where = f"{SETTING} = {name}"
    try:
        pair = factory(latent_dim=latent_dim, shape=shape, classes=classes)
    except (Exception, SystemExit) as error:  # whatever a person's function raises
        own_code.fail(f"{where}(latent_dim={latent_dim}, shape={shape}, classes={classes})", error)
    if not (isinstance(pair, tuple | list) and len(pair) == 2 and all(isinstance(one, nn.Module) for one in pair)):
        kinds = ", ".join(type(one).__name__ for one in pair) if isinstance(pair, tuple | list) else type(pair).__name__
        raise SettingsError(f"{where} gave {kinds or 'nothing'}; the pair (G, D) is wanted, two torch.nn.Module")
    generator, discriminator = pair
    for network, one in zip("GD", pair, strict=True):
        _refuse_without_values(where, network, one)
    _refuse_shared(where, generator, discriminator)
    return OwnGenerator(generator), OwnDiscriminator(discriminator, shape)


def _refuse_shared(where: str, generator: nn.Module, discriminator: nn.Module) -> None:
    """D's steps must leave G as it is."""
    known = {id(value): key for key, value in generator.named_parameters()}
    for key, value in discriminator.named_parameters():
        if id(value) in known:
            raise SettingsError(f"{where}: {key} of your D is {known[id(value)]} of your G: each wants weights of its own")


def _refuse_without_values(where: str, name: str, network: nn.Module) -> None:
    for key, value in (*network.named_parameters(), *network.named_buffers()):
        if is_lazy(value):
            instead = "say all sizes, as with nn.Linear in place of nn.LazyLinear"
            raise SettingsError(f"{where}: {key} of your {name} has no shape before the first batch, and one is wanted: {instead}")
        if value.is_meta:
            raise SettingsError(
                f"{where}: {key} of your {name} lies on the device meta and has no values: make it without torch.device('meta')"
            )
