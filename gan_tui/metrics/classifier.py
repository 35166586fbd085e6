"""The classifiers that ship with the package, as plain tensors in safetensors files.

Loading one runs nobody's code: safetensors holds numbers and strings, nothing else.
"""

import json
from importlib import resources
from importlib.resources.abc import Traversable

import torch
from safetensors.torch import load
from torch import Tensor, nn

from gan_tui.metrics.feature_network import FeatureNetwork, Features

FEATURES = 64
DIGITS = 10
IMAGE_SHAPE = (1, 28, 28)


class Classifier(FeatureNetwork):
    """Four convolutions, a linear layer to 64 features, and a linear layer from their positive part to a logit a class.

    The features are taken *before* the rectifier: a weighted sum of 1,536 activations is dense and close to normal within a
    class, which is what a Frechet distance assumes; rectified or pooled features are skewed, and many are zero. In training each
    feature is normalised to mean 0 and variance 1, so that a distance has a scale: two sets of images whose means are
    one standard deviation apart in every feature are 64 apart.
    """

    def __init__(self, name: str, classes: int = DIGITS) -> None:
        super().__init__(name, IMAGE_SHAPE, FEATURES, classes)
        self.body = make_body()
        self.embed = nn.Linear(96 * 4 * 4, FEATURES)
        self.head = nn.Linear(FEATURES, classes)
        self.requires_grad_(False)

    def look(self, images: Tensor) -> Features:
        """Features and logits of one chunk."""
        features = self.embed(self.body(images.contiguous(memory_format=torch.channels_last)))
        return Features(features, self.head(features.relu()))


def make_body() -> nn.Sequential:
    """(N, 1, 28, 28) to (N, 1536). Strides instead of pooling: 10,000 images take a second on one core."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 5, stride=2, padding=2),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(64, 64, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(64, 96, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
    )


def load_classifier(name: str) -> Classifier:
    """A shipped classifier, float32 on the CPU. Raises FileNotFoundError for a name that does not ship."""
    weights = {key: value.float() for key, value in load(_file(name).read_bytes()).items()}
    network = Classifier(name, len(weights["head.bias"]))
    network.load_state_dict(weights)
    network.body.to(memory_format=torch.channels_last)
    return network.eval()


def ships(name: str) -> bool:
    """Is there a classifier of this name?"""
    return _file(name).is_file()


def describe(name: str) -> dict[str, str]:
    """What the file says of itself: name, data set, accuracies, seed, epochs, torch version."""
    data = _file(name).read_bytes()
    # A safetensors file begins with the length of its JSON header, eight bytes, little-endian.
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return dict(header["__metadata__"])


def _file(name: str) -> Traversable:
    return resources.files("gan_tui") / "metrics" / "weights" / f"{name}.safetensors"
