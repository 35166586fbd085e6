"""Features of a file that the user has: the first layers of torchvision's VGG16 or VGG19. Nothing is ever downloaded."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from gan_tui.errors import SettingsError
from gan_tui.printable import printable
from gan_tui.style.features import LAYERS, MEAN, Convolution, FeatureNetwork, shipped

PLACES = (0, 2, 5, 7, 10, 12, 14, 17)
"""Of the layers among the `features` of torchvision's VGG16."""
PLACES_19 = (0, 2, 5, 7, 10, 12, 14, 16, 19)
LAYERS_19 = (*LAYERS[:-1], "conv3_4", LAYERS[-1])
CHANNELS = (64, 64, 128, 128, 256, 256, 256, 512)
CHANNELS_19 = (*CHANNELS[:-1], 256, CHANNELS[-1])
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of red, green and blue in 0..1, as torchvision's networks want them subtracted and divided by."""


def features_of(path: str) -> FeatureNetwork:
    """The network of that file, or where no file is said the one that ships; on the CPU. Raises SettingsError."""
    if not path:
        return shipped()
    name = printable(path)
    try:
        table = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise SettingsError(f"cannot read the features {name}: {(error.strerror or str(error)).lower()}") from None
    except Exception:  # whatever torch makes of a file that is no checkpoint
        raise SettingsError(f"{name} holds no weights that can be read: a state dict of torchvision's vgg16 or vgg19 is wanted") from None
    return network_of(table, printable(Path(path).name)).to(memory_format=torch.channels_last)


def network_of(table: object, name: str) -> FeatureNetwork:
    """From a state dict of torchvision's VGG16 or VGG19. Raises SettingsError where it is none."""
    if not isinstance(table, Mapping):
        raise SettingsError(f"{name} is no state dict: one of torchvision's vgg16 or vgg19 is wanted")
    larger = "features.16.weight" in table
    places, layers, channels = (PLACES_19, LAYERS_19, CHANNELS_19) if larger else (PLACES, LAYERS, CHANNELS)
    found = []
    inputs = 3
    for place, outputs in zip(places, channels, strict=True):
        weight, bias = table.get(f"features.{place}.weight"), table.get(f"features.{place}.bias")
        if not isinstance(weight, Tensor) or not isinstance(bias, Tensor):
            raise SettingsError(f"{name} has no features.{place}: a state dict of torchvision's vgg16 or vgg19 is wanted")
        if weight.shape != (outputs, inputs, 3, 3) or bias.shape != (outputs,):
            raise SettingsError(f"features.{place} in {name} is of another network than torchvision's vgg16 or vgg19")
        if not (weight.isfinite().all() and bias.isfinite().all()):
            raise SettingsError(f"features.{place} in {name} is not finite: the file is damaged")
        found.append(Convolution(weight.float(), bias.float()))
        inputs = outputs
    return FeatureNetwork([_of_bytes(found[0]), *found[1:]], name, layers)


def _of_bytes(first: Convolution) -> Convolution:
    """The first layer for what FeatureNetwork gives it: blue, green and red in 0..255, less MEAN."""
    std, mean = torch.tensor(_STD).view(1, 3, 1, 1), torch.tensor(_MEAN).view(1, 3, 1, 1)
    ours = torch.tensor(MEAN).flip(0).view(1, 3, 1, 1) / 255
    bias = first.bias + (first.weight * (ours - mean) / std).sum((1, 2, 3))
    return Convolution((first.weight / (255 * std)).flip(1).contiguous(), bias)
