"""Networks in whose features quality is measured: the classifiers that ship, and fixed random weights for images none ships for.

A classifier is plain tensors in a safetensors file, numbers and strings: loading one runs no code.
"""

import json
from collections.abc import Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from typing import NamedTuple

import torch
from safetensors.torch import load
from torch import Tensor, nn

from gan_tui.metrics.classes import class_histogram
from gan_tui.metrics.full_precision import full_precision
from gan_tui.pixel_range import from_uint8

CHUNK = 250
"""Images a pass. Larger chunks fall out of a core's cache and are slower there, and no faster on a GPU worth naming."""
FEATURES = 64
DIGITS = 10
IMAGE_SHAPE = (1, 28, 28)
"""Of the classifiers: (channels, height, width)."""
COLOURS = 3
CLASSIFIED = ("mnist", "fashion-mnist", "kmnist", "emnist")
"""The data sets that tools/train_classifier.py can make a classifier for; it is used as soon as its file lies in `weights/`."""
RANDOM_NAME = "random-conv-v1"
RANDOM_SEED = 20201116
RANDOM_SIZES = (28, 128)
"""Smallest and largest height or width, in pixels, of images that the random network takes."""
RANDOM_CHANNELS = (1, 3)


def as_images(images: Tensor, image_shape: tuple[int, int, int]) -> Tensor:
    """Images as they come, uint8 or float in [-1, 1], (N, C, H, W) or (N, C*H*W), as networks take them: float32 (N, C, H, W) in [-1, 1].

    Raises ValueError where they are not of `image_shape`, (C, H, W).
    """
    channels, height, width = image_shape
    if tuple(images.shape[1:]) not in (image_shape, (channels * height * width,)):
        raise ValueError(f"images of {channels} x {height} x {width} are needed, these are {tuple(images.shape)}")
    shaped = images.reshape(-1, *image_shape)
    return from_uint8(shaped) if shaped.dtype == torch.uint8 else shaped.float()


class Features(NamedTuple):
    """What a network sees in N images."""

    features: Tensor
    """float32 (N, feature_size)."""
    logits: Tensor | None
    """float32 (N, classes); None from a network that knows no classes."""


def join(parts: Sequence[Features]) -> Features:
    """The features of all parts, in their order, as one."""
    logits = [part.logits for part in parts if part.logits is not None]
    return Features(torch.cat([part.features for part in parts]), torch.cat(logits) if logits else None)


class FeatureNetwork(nn.Module):
    """A frozen network. Its name is part of every number taken in its features: they compare with no other network's."""

    def __init__(self, name: str, image_shape: tuple[int, int, int], feature_size: int, classes: int | None) -> None:
        super().__init__()
        self.name = name
        self.image_shape = image_shape
        self.feature_size = feature_size
        self.classes = classes

    def extract_features(self, images: Tensor) -> Features:
        """One pass over images, float32 (N, *image_shape) in [-1, 1]; what a subclass computes."""
        raise NotImplementedError

    def real_shares(self, logits: Tensor) -> Tensor:
        """The share of each class in the data set, float64 (classes,), from the logits of some of its images, float (N, classes)."""
        return class_histogram(logits)

    @full_precision()
    @torch.no_grad()
    def forward(self, images: Tensor) -> Features:
        """The features of any number of images, float (N, *image_shape) in [-1, 1], on the network's device.

        Memory is bounded: CHUNK images pass at a time. Raises ValueError for images of another shape or type.
        """
        if tuple(images.shape[1:]) != self.image_shape or not images.is_floating_point():
            wanted = "(N, {}, {}, {})".format(*self.image_shape)
            raise ValueError(f"{self.name} takes float images {wanted}, these are {images.dtype} {tuple(images.shape)}")
        return join([self.extract_features(chunk.float()) for chunk in images.split(CHUNK)])


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

    def extract_features(self, images: Tensor) -> Features:
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


class RandomConv(FeatureNetwork):
    """Three strided convolutions, a mean over a 4 x 4 grid, and a linear layer to 64 features; no classes.

    Random features see shape and texture, though no meaning: a distance in them tells better from worse samples of one data set, and its
    number compares with nothing else (Naeem et al. 2020, arXiv:2002.09797, section 4).

    `image_shape` is (channels, height, width): 1 or 3 channels, 28..128 pixels a side; ValueError for any other. The weights are the
    same on every machine: their signs come from random integers, which no vectorised arithmetic rounds differently.
    """

    def __init__(self, image_shape: tuple[int, int, int]) -> None:
        channels, height, width = image_shape
        if channels not in RANDOM_CHANNELS or not all(RANDOM_SIZES[0] <= side <= RANDOM_SIZES[1] for side in (height, width)):
            raise ValueError(f"{RANDOM_NAME} takes 1 or 3 channels of 28..128 pixels a side, not {channels} x {height} x {width}")
        super().__init__(RANDOM_NAME, image_shape, FEATURES, None)
        self.layers = nn.Sequential(
            nn.Conv2d(channels, 32, 5, stride=2, padding=2, bias=False),
            nn.ReLU(),
            nn.Conv2d(32, 64, 3, stride=2, padding=1, bias=False),
            nn.ReLU(),
            nn.Conv2d(64, 64, 3, stride=2, padding=1, bias=False),
            nn.AdaptiveAvgPool2d(4),
            nn.Flatten(),
            nn.Linear(64 * 4 * 4, FEATURES, bias=False),
        )
        generator = torch.Generator().manual_seed(RANDOM_SEED)
        for weight in self.parameters():
            signs = torch.randint(0, 2, weight.shape, generator=generator) * 2 - 1
            # He et al. 2015: the size that keeps the mean square of activations through rectified layers.
            weight.data = signs * (2 / weight[0].numel()) ** 0.5
        self.requires_grad_(False)
        self.layers.to(memory_format=torch.channels_last)
        self.eval()

    def extract_features(self, images: Tensor) -> Features:
        """The features of one chunk."""
        features: Tensor = self.layers(images.contiguous(memory_format=torch.channels_last))
        return Features(features, None)


class StackedClassifier(FeatureNetwork):
    """Images (N, 3, 28, 28) to features (N, 3 * 64) and logits (N, 1000); the class is 100 red + 10 green + blue.

    The digit classifier on each colour by itself, and from its three answers one about the thousand classes. So are modes counted in the
    literature, each with a classifier of its own: Metz et al. 2017, arXiv:1611.02163, section 3.3.1; Srivastava et al. 2017,
    arXiv:1705.07761; Lin et al. 2018 (PacGAN), arXiv:1712.04086, section 4.1.
    """

    def __init__(self, digits: Classifier) -> None:
        assert digits.classes is not None
        super().__init__(f"{digits.name} x {COLOURS}", (COLOURS, *IMAGE_SHAPE[1:]), COLOURS * FEATURES, digits.classes**COLOURS)
        self.digits = digits

    def extract_features(self, images: Tensor) -> Features:
        """The features of each colour side by side; a class is as probable as its three digits together."""
        features, logits = self.digits.extract_features(images.reshape(-1, *IMAGE_SHAPE))
        assert logits is not None
        red, green, blue = logits.log_softmax(1).unflatten(0, (len(images), COLOURS)).unbind(1)
        together = red[:, :, None, None] + green[:, None, :, None] + blue[:, None, None, :]
        return Features(features.reshape(len(images), self.feature_size), together.flatten(1))

    def real_shares(self, logits: Tensor) -> Tensor:
        """The product of the shares of red, green and blue digits, which meet at random.

        Each of the thousand classes comes too seldom to be counted: 10,000 images miss some, and the divergence would be infinite.
        """
        table = class_histogram(logits).view(10, 10, 10)
        red, green, blue = table.sum((1, 2)), table.sum((0, 2)), table.sum((0, 1))
        return torch.einsum("r,g,b->rgb", red, green, blue).flatten()


def classifier_name(dataset: str) -> str:
    """What the classifier of a data set is called."""
    return f"{dataset}-cnn-v1"


def network_for(dataset: str, image_shape: tuple[int, int, int]) -> FeatureNetwork:
    """The shipped classifier where there is one for these images, else random features; float32 on the CPU.

    `image_shape` is (channels, height, width). A classifier knows its images at one size only: digits resized or coloured
    get random features too. Raises ValueError where even these have no answer (see RandomConv).
    """
    if dataset in CLASSIFIED and image_shape == IMAGE_SHAPE and ships(classifier_name(dataset)):
        return load_classifier(classifier_name(dataset))
    if dataset == "stacked-mnist":
        return StackedClassifier(load_classifier(classifier_name("mnist")))
    return RandomConv(image_shape)
