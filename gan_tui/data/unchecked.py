"""Unpacked files whose checksums nobody publishes: what can be known of them without."""

from dataclasses import replace

from gan_tui.data.dataset import Dataset
from gan_tui.errors import SettingsError

BLANK = 0.01
"""Share of images without any content up to which they are believed."""


def believed(data: Dataset, each: tuple[int, int], better: str) -> Dataset:
    """`data` with a note that it is taken on trust; `each`: images of a class for training, and of the test set.

    Raises SettingsError where the numbers are others, or images are blank: that is another file, or a damaged one.
    """
    halves = ((data.images, data.labels, each[0]), (data.test, data.test_labels, each[1]))
    for images, labels, wanted in halves:
        assert labels is not None
        counts = labels.bincount(minlength=data.classes)
        if not bool((counts == wanted).all()):
            found = f"{len(images):,} images, {int(counts.min()):,} to {int(counts.max()):,} of a class, not {wanted:,} of each"
            raise SettingsError(f"{data.name}: the unpacked files are others, or damaged ({found}): take {better}, whose checksum is known")
        rows = images.flatten(1)
        blank = int((rows.amin(1) == rows.amax(1)).sum())
        if blank > BLANK * len(images):
            raise SettingsError(f"{data.name}: {blank:,} of {len(images):,} images are blank: take {better}, whose checksum is known")
    note = f"{data.name}: no checksum of the unpacked files is known, and they were taken for what their names say; {better} is checked"
    return replace(data, notes=(*data.notes, note))
