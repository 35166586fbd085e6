"""From the settings of a model to its two networks; of any family they take and give flat rows."""

import math

from torch import nn

from gan_tui.config import Model
from gan_tui.models import conv, dcgan, mlp, own, r3
from gan_tui.models.conditional import EMBEDDING, ConditionalDiscriminator, ConditionalGenerator
from gan_tui.models.layers import Unconditional, normalise_spectrally
from gan_tui.models.unet import OutlineDiscriminator, OutlineGenerator


def make_pair(model: Model, shape: tuple[int, int, int], classes: int) -> tuple[nn.Module, nn.Module]:
    """(G, D) of a new run: random weights are drawn for D first."""
    if model.own:
        generator, discriminator = own.make(model.family, model.latent_dim, shape, classes if model.conditional else 0)
        return generator, _bounded(discriminator, model)
    discriminator = make_discriminator(model, shape, classes)
    return make_generator(model, shape, classes), discriminator


def make_generator(model: Model, shape: tuple[int, int, int], classes: int) -> nn.Module:
    """G with fresh weights: latents (B, latent_dim) to images (B, pixels) in [-1, 1].

    `shape`: (channels, height, width) of the images. It is called `(z, y)`; with `model.conditional` y is the class of each image, int64
    (B,), one of `classes`, with `model.outlines` its outline, uint8 (B, height * width), and else None.
    """
    if model.own:
        return make_pair(model, shape, classes)[0]
    latent_dim = model.latent_dim + (EMBEDDING if model.conditional else 0)
    match model.family:
        case "mlp":
            core = mlp.generator(latent_dim, model.hidden, model.hidden_layers, model.negative_slope, math.prod(shape))
        case "conv":
            core = conv.generator(latent_dim, model.hidden, model.channels, shape)
        case "dcgan":
            core = dcgan.generator(latent_dim, model.channels, shape)
        case "r3":
            core = r3.generator(latent_dim, model.channels, model.blocks, shape)
        case _:
            return OutlineGenerator(model.channels, shape)
    return ConditionalGenerator(core, classes) if model.conditional else Unconditional(*core)


def make_discriminator(model: Model, shape: tuple[int, int, int], classes: int) -> nn.Module:
    """D with fresh weights: images (B, pixels) in [-1, 1] to logits (B, 1). It is called `(x, y)`; see `make_generator`."""
    if model.own:
        return make_pair(model, shape, classes)[1]
    match model.family:
        case "mlp":
            core = mlp.discriminator(math.prod(shape), model.hidden, model.hidden_layers, model.negative_slope)
        case "conv":
            core = conv.discriminator(model.hidden, model.channels, shape)
        case "dcgan":
            core = dcgan.discriminator(model.channels, shape)
        case "r3":
            core = r3.discriminator(model.channels, model.blocks, shape)
        case _:
            return _bounded(OutlineDiscriminator(model.channels, shape), model)
    return _bounded(ConditionalDiscriminator(core, classes) if model.conditional else Unconditional(*core), model)


def _bounded(network: nn.Module, model: Model) -> nn.Module:
    return normalise_spectrally(network) if model.spectral_norm else network
