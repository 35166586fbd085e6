"""Fashion-MNIST, KMNIST and the letters of EMNIST: sets in MNIST's own file format, IDX.

Addresses and checksums are torchvision's. The files stay as they came, compressed, so that their md5 can be taken each time.

Fashion-MNIST: Xiao et al. 2017, arXiv:1708.07747. KMNIST: Clanuwat et al. 2018, arXiv:1812.01718. EMNIST: Cohen et al. 2017,
arXiv:1702.05373; of its splits the letters, because MNIST has the digits: 26 classes of equal size, upper and lower case as one.
"""

import gzip
import struct
import zipfile
import zlib
from pathlib import Path

import torch
from torch import Tensor
from torchvision import datasets

from gan_tui.config import Data
from gan_tui.data import files
from gan_tui.data.dataset import Dataset
from gan_tui.data.files import Remote
from gan_tui.errors import SettingsError

SIDE = 28
PARTS = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
LETTERS = tuple(f"emnist-letters-{part}" for part in PARTS)
"""Their names in the archive, but for `test` instead of `t10k`."""
LETTER_CLASSES = 26


def load_fashion_mnist(data: Data) -> Dataset:
    """60,000 + 10,000 pieces of clothing in 10 classes. Raises SettingsError."""
    return _load(data, datasets.FashionMNIST)


def load_kmnist(data: Data) -> Dataset:
    """60,000 + 10,000 cursive hiragana in 10 classes. Raises SettingsError."""
    return _load(data, datasets.KMNIST)


def load_emnist(data: Data) -> Dataset:
    """124,800 + 20,800 letters in 26 classes, written upright as MNIST's digits are. Raises SettingsError."""
    names = [name.replace("t10k", "test") for name in LETTERS]
    contents = _letters_in(data.dir, names) if data.dir else _letters_of(_emnist_archive(None), names)
    made = _assemble(data.dataset, contents, names, LETTER_CLASSES, first_label=1)
    # The files hold rows as columns: https://www.nist.gov/itl/products-and-services/emnist-dataset
    return Dataset(
        made.name,
        made.images.transpose(2, 3).contiguous(),
        made.unseen.transpose(2, 3).contiguous(),
        made.labels,
        made.unseen_labels,
        made.classes,
    )


def _load(data: Data, kind: type[datasets.MNIST]) -> Dataset:
    contents = []
    for part, (name, md5) in zip(PARTS, kind.resources, strict=True):
        remote = Remote(name, md5, [f"{mirror}{name}" for mirror in kind.mirrors])
        if data.dir:
            contents.append(_read_users(data.dir, [f"{kind.__name__}/raw/{part}", part], remote))
        else:
            contents.append(files.read(files.fetch(remote, kind.__name__)))
    return _assemble(data.dataset, contents, PARTS, classes=10)


def _read_users(folder: str, names: list[str], remote: Remote) -> bytes:
    """One file from the user's folder; its md5 is known where it is compressed. Raises SettingsError."""
    path = files.find(folder, names)
    if path is None:
        raise SettingsError(
            f"{remote.name} is not in {folder}: put it there (it is at {remote.urls[0]}), or leave --data-dir out to download it"
        )
    return files.read(files.check(path, remote) if path.suffix == ".gz" else path)


def _emnist_archive(folder: str | None) -> Path:
    """All splits in one zip file of 560 MB. Raises SettingsError."""
    remote = Remote("gzip.zip", datasets.EMNIST.md5, [datasets.EMNIST.url])
    if folder is None:
        return files.fetch(remote, "EMNIST")
    path = files.find(folder, ["EMNIST/raw/gzip.zip", "gzip.zip"])
    if path is None:
        files_wanted = "neither the files emnist-letters-*-ubyte nor gzip.zip"
        raise SettingsError(f"{files_wanted} are in {folder}: put them there ({remote.urls[0]}), or leave --data-dir out to download them")
    return files.check(path, remote)


def _letters_in(folder: str, names: list[str]) -> list[bytes]:
    """The four files of the split from the user's folder: each by itself, or all in the archive. Raises SettingsError."""
    paths = [files.find(folder, [f"EMNIST/raw/{name}", name]) for name in names]
    found = [path for path in paths if path is not None]
    return [files.read(path) for path in found] if len(found) == len(names) else _letters_of(_emnist_archive(folder), names)


def _letters_of(archive: Path, names: list[str]) -> list[bytes]:
    """The same from the archive, read in memory: unpacked as a whole it would take two gigabytes. Raises SettingsError."""
    try:
        with zipfile.ZipFile(archive) as opened:
            return [gzip.decompress(opened.read(f"gzip/{name}.gz")) for name in names]
    except (OSError, EOFError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise files.cannot_read(archive, error) from None


def _assemble(name: str, contents: list[bytes], names: tuple[str, ...] | list[str], classes: int, first_label: int = 0) -> Dataset:
    """A data set of its four files. Raises SettingsError where one is damaged, or does not belong to its neighbour."""
    parsed = []
    for content, file in zip(contents, names, strict=True):
        try:
            parsed.append(parse_idx(content))
        except ValueError as error:
            raise SettingsError(f"{name}: {file} is damaged ({error}): remove it, and get it again") from None
    halves = []
    for images, labels in (parsed[:2], parsed[2:]):
        labels = labels.long() - first_label
        if images.dim() != 3 or images.shape[1:] != (SIDE, SIDE) or labels.shape != images.shape[:1]:
            raise SettingsError(
                f"{name}: images {tuple(images.shape)} and labels {tuple(labels.shape)} do not fit together: get the files again"
            )
        if len(labels) == 0 or labels.min() < 0 or labels.max() >= classes:
            raise SettingsError(f"{name}: its labels are not those of {classes} classes: get the files again")
        halves.append((images.unsqueeze(1), labels))
    (images, labels), (unseen, unseen_labels) = halves
    return Dataset(name, images, unseen, labels, unseen_labels, classes)


def parse_idx(content: bytes) -> Tensor:
    """The uint8 array in an IDX file: two zeros, 8 for bytes, the number of sides, each side as four bytes, then the numbers.

    Raises ValueError where it is not that, or longer or shorter than it says.
    """
    if len(content) < 4 or content[:3] != b"\0\0\x08":
        raise ValueError("it is no IDX file of bytes")
    sides, start = content[3], 4 + 4 * content[3]
    if len(content) < start:
        raise ValueError("it ends in its header")
    shape = struct.unpack_from(f">{sides}I", content, 4)
    size = 1
    for side in shape:
        size *= side
    if size != len(content) - start:
        raise ValueError(f"it holds {len(content) - start} bytes, not {size}")
    return torch.frombuffer(bytearray(content), dtype=torch.uint8)[start:].view(shape)
