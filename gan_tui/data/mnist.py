"""MNIST, shipped inside the package: 60,000 + 10,000 digits that need no network.

The package holds the original IDX files, xz-compressed (9.2 MB). They are unpacked once into the user's cache,
where torchvision would look for them. Y. LeCun, C. Cortes, C. J. C. Burges; see gan_tui/data/mnist/README.md.
"""

import hashlib
import lzma
from functools import cache
from importlib import resources
from pathlib import Path

from torch import Tensor

from gan_tui.config import Data
from gan_tui.data import idx_sets, known_files
from gan_tui.data.dataset import Dataset
from gan_tui.data.known_files import PARTS
from gan_tui.errors import UserError, reason_of
from gan_tui.files import write_atomic
from gan_tui.user_folders import user_folder

MD5 = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c629615203637",
}
"""Of the unpacked files, as torchvision lists them. They find damage; they are no defence against forgery."""

CLASSES = 10
NAME = "MNIST"


def load_all(data: Data) -> Dataset:
    """Both halves with their labels, from `data.dir` where that is said. Raises UserError where they, or the cache, cannot be had."""
    if data.dir:
        return idx_sets.load_users(data, NAME)
    (images, labels), (test, test_labels) = load(train=True), load(train=False)
    digest = known_files.digest(NAME, [known.encode() for known in known_files.KNOWN[NAME]])
    return Dataset(data.dataset, images, test, labels, test_labels, CLASSES, digest=digest)


def load(*, train: bool = True) -> tuple[Tensor, Tensor]:
    """The images, uint8 (N, 1, 28, 28), and their labels, int64 (N,); N is 60,000 or 10,000.

    Raises UserError where the cache cannot be written.
    """
    raw = unpack() / "MNIST" / "raw"
    images, labels = (idx_sets.parse_idx((raw / part).read_bytes()) for part in (PARTS[:2] if train else PARTS[2:]))
    return images.unsqueeze(1), labels.long()


def unpack() -> Path:
    """Make sure that the cache holds every file intact, and return what torchvision calls their `root`.

    Every file's checksum is taken once a process (0.1 s in all), and again where it has changed: a torn or damaged one is made anew.
    """
    root = user_folder("cache")
    raw = root / "MNIST" / "raw"
    try:
        raw.mkdir(parents=True, exist_ok=True)
        for name, md5 in MD5.items():
            if not _is_intact(raw / name, md5):
                packed = resources.files("gan_tui") / "data" / "mnist" / f"{name}.xz"
                write_atomic(raw / name, lzma.decompress(packed.read_bytes()))
    except OSError as error:
        raise UserError(f"cannot unpack MNIST into {raw}: {reason_of(error)}; set XDG_CACHE_HOME to a folder with 60 MB to spare") from None
    return root


def _is_intact(path: Path, md5: str) -> bool:
    try:
        found = path.stat()
        return _md5_of(path, found.st_ino, found.st_size, found.st_mtime_ns) == md5
    except FileNotFoundError:
        return False


@cache
def _md5_of(path: Path, *_looks: int) -> str:
    """`_looks`: by which a file is known to be the same."""
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
