"""The tutorial's networks: fully connected layers and nothing else."""

from torch import nn


def generator(latent_dim: int, hidden: int, hidden_layers: int, negative_slope: float, pixels: int) -> nn.Sequential:
    """Latents (B, latent_dim) to images (B, pixels) in [-1, 1].

    With the tutorial's numbers: 64 -> 256 -> 256 -> 784. Tanh ends it because the images are scaled to [-1, 1].
    """
    return nn.Sequential(*_hidden_stack(latent_dim, hidden, hidden_layers, negative_slope), nn.Linear(hidden, pixels), nn.Tanh())


def discriminator(pixels: int, hidden: int, hidden_layers: int, negative_slope: float) -> nn.Sequential:
    """Images (B, pixels) in [-1, 1] to logits (B, 1): above 0 means "I think it is real".

    With the tutorial's numbers: 784 -> 256 -> 256 -> 1. The tutorial's closing Sigmoid lives in the loss
    (see losses.py); it has no weights, so both programs read each other's state dicts.
    """
    return nn.Sequential(*_hidden_stack(pixels, hidden, hidden_layers, negative_slope), nn.Linear(hidden, 1))


def _hidden_stack(inputs: int, hidden: int, hidden_layers: int, negative_slope: float) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for width in [inputs] + [hidden] * (hidden_layers - 1):
        layers += [nn.Linear(width, hidden), nn.LeakyReLU(negative_slope)]
    return layers
