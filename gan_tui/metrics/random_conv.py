"""Features for images no classifier ships for: a convolutional network with fixed random weights.

Random features see shape and texture, though no meaning: a distance in them tells better from worse samples of one data set, and its number
compares with nothing else (randomly initialised embeddings for evaluation: Naeem et al. 2020, arXiv:2002.09797, section 4).
"""

import torch
from torch import Tensor, nn

from gan_tui.metrics.feature_network import FeatureNetwork, Features

NAME = "random-conv-v1"
FEATURES = 64
SEED = 20201116
SIZES = (28, 64)
"""Smallest and largest height or width, in pixels."""
CHANNELS = (1, 3)


class RandomConv(FeatureNetwork):
    """Three strided convolutions, a mean over a 4 x 4 grid, and a linear layer to 64 features; no classes.

    `image_shape` is (channels, height, width): 1 or 3 channels, 28..64 pixels a side; ValueError for any other. The weights are the
    same on every machine: their signs come from random integers, which no vectorised arithmetic rounds differently.
    """

    def __init__(self, image_shape: tuple[int, int, int]) -> None:
        channels, height, width = image_shape
        if channels not in CHANNELS or not all(SIZES[0] <= side <= SIZES[1] for side in (height, width)):
            raise ValueError(f"{NAME} takes 1 or 3 channels of 28..64 pixels a side, not {channels} x {height} x {width}")
        super().__init__(NAME, image_shape, FEATURES, None)
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
        generator = torch.Generator().manual_seed(SEED)
        for weight in self.parameters():
            signs = torch.randint(0, 2, weight.shape, generator=generator) * 2 - 1
            # He et al. 2015: the size that keeps the mean square of activations through rectified layers.
            weight.data = signs * (2 / weight[0].numel()) ** 0.5
        self.requires_grad_(False)
        self.layers.to(memory_format=torch.channels_last)
        self.eval()

    def look(self, images: Tensor) -> Features:
        """The features of one chunk."""
        features: Tensor = self.layers(images.contiguous(memory_format=torch.channels_last))
        return Features(features, None)
