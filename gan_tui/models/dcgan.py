"""The convolutional networks of DCGAN: Radford et al. 2016, arXiv:1511.06434.

As there, but for one thing: D has no batch normalisation. It scores real and generated images in one batch, whose statistics would
tell it which is which, and the penalties need each image scored by itself (Gulrajani et al. 2017, arXiv:1704.00028, section 4).
"""

from torch import nn

from gan_tui.models.layers import halvings, sizes


def generator(latent_dim: int, channels: int, shape: tuple[int, int, int]) -> nn.Sequential:
    """Latents (B, latent_dim) to images (B, pixels) in [-1, 1], by transposed convolutions with batch normalisation and ReLU.

    `channels`: width in front of the last layer; it doubles with each halving of the size. `shape`: (channels, height, width), square.
    """
    colours, side, _ = shape
    start, *larger = sizes(side)
    width = channels * 2 ** (len(larger) - 1)
    layers: list[nn.Module] = [
        nn.Unflatten(1, (latent_dim, 1, 1)),
        nn.ConvTranspose2d(latent_dim, width, start, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(),
    ]
    for _ in larger[:-1]:
        layers += [nn.ConvTranspose2d(width, width // 2, 4, stride=2, padding=1, bias=False), nn.BatchNorm2d(width // 2), nn.ReLU()]
        width //= 2
    layers += [nn.ConvTranspose2d(width, colours, 4, stride=2, padding=1), nn.Tanh(), nn.Flatten()]
    return _initialised(nn.Sequential(*layers))


def discriminator(channels: int, shape: tuple[int, int, int]) -> nn.Sequential:
    """Images (B, pixels) in [-1, 1] to logits (B, 1), by convolutions of stride 2 and LeakyReLU.

    `channels`: width behind the first layer; it doubles with each halving of the size.
    """
    layers, features = halvings(shape, channels)
    return _initialised(nn.Sequential(*layers, nn.Flatten(), nn.Linear(features, 1)))


def _initialised(network: nn.Sequential) -> nn.Sequential:
    """Weights ~ N(0, 0.02), section 4; those of batch normalisation ~ N(1, 0.02), as the authors' program has it."""
    for layer in network:
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            nn.init.normal_(layer.weight, 0, 0.02)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1, 0.02)
        if getattr(layer, "bias", None) is not None:
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
    return network
