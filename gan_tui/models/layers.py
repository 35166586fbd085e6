"""What the families of networks share."""

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

NEGATIVE_SLOPE = 0.2
"""Of LeakyReLU in the convolutional networks, as DCGAN has it (Radford et al. 2016, section 3)."""


class Unconditional(nn.Sequential):
    """Layers one after the other, to which a class says nothing. Its state dict is that of the tutorial's nn.Sequential."""

    def forward(self, x: Tensor, y: Tensor | None = None) -> Tensor:  # noqa: ARG002
        """Latents (B, latent_dim) to images (B, pixels), or images to logits (B, 1)."""
        result: Tensor = super().forward(x)  # type: ignore[no-untyped-call]
        return result


def layers_of(network: nn.Module) -> list[nn.Module]:
    """The modules that hold weights of their own, in the order in which they were made: of D, those nearest to the image first."""
    return [module for module in network.modules() if isinstance(module, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d, nn.Embedding))]


def sizes(side: int) -> list[int]:
    """The sizes that convolutional networks pass through, from the smallest to `side`, each twice the one before.

    7 14 28; 4 8 16 32; 4 8 16 32 64.
    """
    found = [side]
    while found[0] > 4 and found[0] % 2 == 0:
        found.insert(0, found[0] // 2)
    return found


def channels_last(layers: list[nn.Module]) -> nn.Sequential:
    """The layers one after the other, their filters with the channels last in memory, and so their outputs: CPUs like it."""
    network: nn.Sequential = nn.Sequential(*layers).to(memory_format=torch.channels_last)
    return network


def halvings(shape: tuple[int, int, int], channels: int) -> tuple[list[nn.Module], int]:
    """From images (B, pixels) of a `shape` (colours, height, width) down to the smallest size, by convolutions of stride 2 and LeakyReLU;
    and how many features they end in.

    `channels`: width behind the first; it doubles with each.
    """
    colours, side, _ = shape
    start, *larger = sizes(side)
    layers: list[nn.Module] = [nn.Unflatten(1, shape)]
    inputs, width = colours, channels
    for _ in larger:
        layers += [nn.Conv2d(inputs, width, 4, stride=2, padding=1), nn.LeakyReLU(NEGATIVE_SLOPE)]
        inputs, width = width, 2 * width
    return layers, inputs * start * start


def normalise_spectrally(network: nn.Module) -> nn.Module:
    """`network` with every fully connected, convolutional and embedding weight divided by its largest singular value.

    This bounds D's Lipschitz constant: Miyato et al. 2018, arXiv:1802.05957. A weight of zeros (the end of a residual block) has no
    direction to keep, so it gets a random one first.
    """
    for module in list(network.modules()):
        if isinstance(module, (nn.Linear, nn.Conv2d, nn.Embedding)):
            if not module.weight.is_meta and not module.weight.any():
                nn.init.kaiming_normal_(module.weight)
            spectral_norm(module)
    return network
