"""Which feature network judges which data set."""

from gan_tui.metrics.classifier import IMAGE_SHAPE, load_classifier
from gan_tui.metrics.feature_network import FeatureNetwork
from gan_tui.metrics.random_conv import RandomConv
from gan_tui.metrics.stacked import StackedClassifier

CLASSIFIERS = {"mnist": "mnist-cnn-v1"}
"""Data set -> the classifier that ships for it, a file in `weights/`."""


def network_for(dataset: str, image_shape: tuple[int, int, int]) -> FeatureNetwork:
    """The shipped classifier where there is one for these images, else random features; float32 on the CPU.

    `image_shape` is (channels, height, width). A classifier knows its images at one size only: digits resized or coloured
    get random features too. Raises ValueError where even these have no answer (see RandomConv).
    """
    if dataset in CLASSIFIERS and image_shape == IMAGE_SHAPE:
        return load_classifier(CLASSIFIERS[dataset])
    if dataset == "stacked-mnist":
        return StackedClassifier(load_classifier(CLASSIFIERS["mnist"]))
    return RandomConv(image_shape)
