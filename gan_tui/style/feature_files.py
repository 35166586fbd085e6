"""Features of other networks than the one that ships: torchvision's VGG16 or VGG19 from a file that the user has, or one without training.

Nothing is ever downloaded.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from gan_tui.errors import SettingsError, first_line, reason_of
from gan_tui.printable import printable
from gan_tui.spec.transfer import RANDOM, RANDOM_NAME, TORCHVISION
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
    """The network of that file or name (spec/transfer.py), or where none is said the one that ships; on the CPU. Raises SettingsError."""
    if not path:
        return shipped()
    if path == RANDOM:
        return untrained()
    if path in TORCHVISION:
        path = str(cached(path))
    name = printable(path)
    try:
        table = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise SettingsError(f"cannot read the features {name}: {reason_of(error)}") from None
    except Exception:  # whatever torch makes of a file that is no checkpoint
        raise SettingsError(f"{name} holds no weights that can be read: a state dict of torchvision's vgg16 or vgg19 is wanted") from None
    return network_of(table, printable(Path(path).name)).to(memory_format=torch.channels_last)


def cached(name: str) -> Path:
    """Where torchvision keeps the weights of its vgg16 or vgg19, once it has them. Raises SettingsError where they are not there."""
    try:
        from torchvision import models  # late: it takes seconds
    except (ImportError, RuntimeError, OSError) as error:
        raise SettingsError(
            f"torchvision cannot be imported ({first_line(error)}), and only it knows the file of {name}: say a file"
        ) from None
    file = Path(models.get_model_weights(name)["IMAGENET1K_V1"].url).name
    path = Path(torch.hub.get_dir()) / "checkpoints" / file
    if not path.is_file():
        raise SettingsError(
            f"there is no {file} in {printable(str(path.parent))}: put torchvision's weights of {name} there under this name, "
            "or say where they are, --features FILE; nothing is downloaded"
        )
    return path


def untrained() -> FeatureNetwork:
    """A network of the same shape with random weights (He et al. 2015, arXiv:1502.01852), always the same: it has learned nothing."""
    random = torch.Generator().manual_seed(0)
    found, inputs = [], 3
    for outputs in CHANNELS:
        weight = torch.randn(outputs, inputs, 3, 3, generator=random) * (2 / (9 * inputs)) ** 0.5
        found.append(Convolution(weight, torch.zeros(outputs)))
        inputs = outputs
    return FeatureNetwork(found, RANDOM_NAME).to(memory_format=torch.channels_last)


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
