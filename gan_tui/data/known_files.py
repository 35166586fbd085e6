"""The files of the IDX sets, known by their checksums, unpacked: the same set however it was compressed, and never another one.

A checksum is the SHA-1 that git gives a file of that content. MNIST's files, Fashion-MNIST's labels, KMNIST's labels and its test images
were taken of files whose md5 is torchvision's; the other three are what several copies of the unpacked files agree on. A packed file with
torchvision's md5 is believed without a look here. Of EMNIST's and CIFAR-10's unpacked files no checksum is published: see `believed`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import blake2b, sha1

from gan_tui.data.dataset import Dataset
from gan_tui.errors import SettingsError

PARTS = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
KNOWN: dict[str, tuple[str, str, str, str]] = {
    "MNIST": (
        "bbce27659e0fc2b7ed2a64c127849380a477099b",
        "d6b4c5db3b52063d543fb397aede09aba0dc5234",
        "1170b2cae98de7a524b163fcc379ac8f00925b12",
        "d1c3a970612bbd2df47a3c0697f82bd394abc450",
    ),
    "FashionMNIST": (
        "ff2f5a96367a3c1656f09c93649f07143ff8b11e",
        "30424ca2ea876655f5bba14f9f07132769687975",
        "37bac79bc6f002d965f363e0b20514904504a4d9",
        "2195a4d0957e013db98d03e51697e2315816cce2",
    ),
    "KMNIST": (
        "3cf037df1ccd08cf71c7e9465ca6bc729e79a251",
        "180cd088d65c3b75d97d046ad75476d1176666e0",
        "1adcabe5a6e822ca4ae03c51ca387e9ca736ad11",
        "6e9269c40e2642f2ac5bda1536e4a56c582e5be1",
    ),
}
"""In the order of PARTS."""
BLANK = 0.01
"""Share of images without any content up to which they are believed."""


def checksum(content: bytes) -> str:
    """`git hash-object` of it."""
    return sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def check(content: bytes, part: str, name: str, where: str, source: str) -> None:
    """Raises SettingsError where `content` is not the file `part` of the set `name`, and says which other it is."""
    found = checksum(content)
    if found != KNOWN[name][PARTS.index(part)]:
        others = [f"{other}'s {PARTS[sums.index(found)]}" for other, sums in KNOWN.items() if found in sums]
        what = f"it is {others[0]}" if others else "it is damaged, or another file of that name"
        raise SettingsError(f"{part} in {where} is not {name}'s: {what} (its git checksum is {found}); get it from {source}")


def digest_of_set(name: str, contents: Sequence[bytes]) -> str:
    """Of an IDX set: of the checksums of its four files."""
    return digest(name, [checksum(content).encode() for content in contents])


def digest(name: str, contents: Iterable[bytes]) -> str:
    """What a checkpoint keeps of the data it was trained on."""
    whole = blake2b(digest_size=16)
    for content in contents:
        whole.update(content)
    return f"{name}:{whole.hexdigest()}"


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
