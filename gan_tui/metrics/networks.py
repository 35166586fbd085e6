"""Which feature network judges which data set."""

from gan_tui.metrics.classifier import IMAGE_SHAPE, load_classifier, ships
from gan_tui.metrics.feature_network import FeatureNetwork
from gan_tui.metrics.random_conv import RandomConv
from gan_tui.metrics.stacked import StackedClassifier

CLASSIFIED = ("mnist", "fashion-mnist", "kmnist", "emnist")
"""The data sets that train_classifier.py can make a classifier for; it is used as soon as its file lies in `weights/`."""


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
