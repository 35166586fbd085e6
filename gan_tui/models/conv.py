"""Small convolutional networks for a CPU: fully connected layers around the smallest size, and a convolution for each doubling.

DCGAN's shape (Radford et al. 2016, arXiv:1511.06434) in a hundredth of its size, without normalisation, and with the fully connected layers
of InfoGAN's networks for MNIST (Chen et al. 2016, arXiv:1606.03657). Channels lie last in memory, as CPUs like them.
"""

from torch import Tensor, nn

from gan_tui.models.layers import NEGATIVE_SLOPE, channels_last, halvings, sizes


class RowsToImages(nn.Module):
    """(B, side * side * width) to (B, width, side, side), channels last: nothing is moved."""

    def __init__(self, width: int, side: int) -> None:
        super().__init__()
        self.width, self.side = width, side

    def forward(self, x: Tensor) -> Tensor:
        """A view."""
        return x.view(-1, self.side, self.side, self.width).permute(0, 3, 1, 2)


class ImagesToRows(nn.Module):
    """(B, C, H, W) to (B, H * W * C): nothing is moved where channels lie last."""

    def forward(self, x: Tensor) -> Tensor:
        """A view then, else a copy."""
        return x.permute(0, 2, 3, 1).flatten(1)


def generator(latent_dim: int, hidden: int, channels: int, shape: tuple[int, int, int]) -> nn.Sequential:
    """Latents (B, latent_dim) to images (B, pixels) in [-1, 1].

    `hidden`: width of the fully connected layer. `channels`: width in front of the last layer; it doubles with each halving of the size.
    """
    colours, side, _ = shape
    start, *larger = sizes(side)
    width = channels * 2 ** (len(larger) - 1)
    layers: list[nn.Module] = [
        nn.Linear(latent_dim, hidden),
        nn.LeakyReLU(NEGATIVE_SLOPE),
        nn.Linear(hidden, start * start * width),
        nn.LeakyReLU(NEGATIVE_SLOPE),
        RowsToImages(width, start),
    ]
    for _ in larger[:-1]:
        layers += [nn.ConvTranspose2d(width, width // 2, 4, stride=2, padding=1), nn.LeakyReLU(NEGATIVE_SLOPE)]
        width //= 2
    layers += [nn.ConvTranspose2d(width, colours, 4, stride=2, padding=1), nn.Tanh(), nn.Flatten()]
    return channels_last(layers)


def discriminator(hidden: int, channels: int, shape: tuple[int, int, int]) -> nn.Sequential:
    """Images (B, pixels) in [-1, 1] to logits (B, 1): the generator's way back, with a fully connected layer of half the width."""
    layers, rows = halvings(shape, channels)
    features = max(1, hidden // 2)
    return channels_last([*layers, ImagesToRows(), nn.Linear(rows, features), nn.LeakyReLU(NEGATIVE_SLOPE), nn.Linear(features, 1)])
