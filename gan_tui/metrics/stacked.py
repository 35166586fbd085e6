"""Stacked MNIST's judge: the digit classifier on each colour by itself, and from its three opinions one about the thousand classes.

So are modes counted in the literature, each with a classifier of its own: Metz et al. 2017, arXiv:1611.02163, section 3.3.1;
Srivastava et al. 2017, arXiv:1705.07761; Lin et al. 2018 (PacGAN), arXiv:1712.04086, section 4.1.
"""

import torch
from torch import Tensor

from gan_tui.metrics.class_histogram import class_histogram
from gan_tui.metrics.classifier import FEATURES, IMAGE_SHAPE, Classifier
from gan_tui.metrics.feature_network import FeatureNetwork, Features

COLOURS = 3


class StackedClassifier(FeatureNetwork):
    """Images (N, 3, 28, 28) to features (N, 3 * 64) and logits (N, 1000); the class is 100 red + 10 green + blue."""

    def __init__(self, digits: Classifier) -> None:
        assert digits.classes is not None
        super().__init__(f"{digits.name} x {COLOURS}", (COLOURS, *IMAGE_SHAPE[1:]), COLOURS * FEATURES, digits.classes**COLOURS)
        self.digits = digits

    def look(self, images: Tensor) -> Features:
        """The features of each colour side by side; a class is as probable as its three digits together."""
        features, logits = self.digits.look(images.reshape(-1, *IMAGE_SHAPE))
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
