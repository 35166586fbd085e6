"""The data sets by the name that `data.dataset` takes."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from gan_tui.byte_paths import shown
from gan_tui.config import Data
from gan_tui.counted import counted
from gan_tui.data import appearance, cifar10, idx_sets, image_folder, mnist, stacked_mnist
from gan_tui.data.dataset import Dataset
from gan_tui.data.image_file import Drawing


class DatasetSpec(NamedTuple):
    """What is known of a data set before it is loaded."""

    shape: tuple[int, int, int]
    """(channels, height, width)."""
    classes: int
    """Or groups that take their place."""
    load: Callable[[Data], Dataset]
    """Raises SettingsError."""


SPECS = {
    "mnist": DatasetSpec((1, 28, 28), mnist.CLASSES, mnist.load_all),
    "fashion-mnist": DatasetSpec((1, 28, 28), 10, idx_sets.load_fashion_mnist),
    "kmnist": DatasetSpec((1, 28, 28), 10, idx_sets.load_kmnist),
    "emnist": DatasetSpec((1, 28, 28), idx_sets.LETTER_CLASSES, idx_sets.load_emnist),
    "cifar10": DatasetSpec(cifar10.SHAPE, cifar10.CLASSES, cifar10.load),
    "stacked-mnist": DatasetSpec((3, 28, 28), stacked_mnist.CLASSES, stacked_mnist.load),
}
"""All but `folder:PATH`, whose shape is a matter of settings. tests/data/test_registry.py holds it to config.DATASETS."""


def spec_of(data: Data, *, labelled: bool = False) -> DatasetSpec:
    """What the settings mean. Of a folder the classes are known once it was loaded, `labelled`."""
    if data.folder is None:
        spec = SPECS[data.dataset]
    else:
        size, channels = data.image_size or 32, data.channels or 3
        drawing = Drawing(size, channels, data.fit)
        spec = DatasetSpec((channels, size, size), len(data.classes), lambda data: image_folder.load(data, drawing, labelled=labelled))
    return spec._replace(classes=data.clusters) if data.clusters else spec


def load(data: Data, *, labelled: bool = False) -> Dataset:
    """The data set, on the CPU; with `labelled`, the images of a folder that have a class, and these.

    Raises SettingsError where its files are not there, damaged, or cannot be downloaded.
    """
    loaded = spec_of(data, labelled=labelled).load(data)
    fault, odd = appearance.describe(loaded.images)
    found = () if data.folder is not None else (_found_line(loaded, data),)
    told, logged = (found, ()) if data.dir else ((), found)  # of what is always the same, the log alone is told
    said = [f"warning: {fault}: there is nothing to learn from them"] if fault else [f"note: {odd}"] if odd else []
    whole = replace(loaded, fault=fault, notes=(*told, *loaded.notes, *said), details=(*logged, *loaded.details))
    return whole.split_validation(data.validation)


def _found_line(found: Dataset, data: Data) -> str:
    """The line that says at the start what there is."""
    channels, height, width = found.shape
    shipped = SPECS[data.dataset].load in (mnist.load_all, stacked_mnist.load)
    where = f"in {shown(data.dir)}" if data.dir else "in the package" if shipped else "in the cache"
    images = f"{counted(len(found.images), 'image')} for training and {len(found.test):,} for testing"
    return f"data: {data.dataset}, {where}: {images}, {width} x {height}, {'grey' if channels == 1 else 'colour'}"
