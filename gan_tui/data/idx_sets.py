"""Fashion-MNIST, KMNIST and the letters of EMNIST: sets in MNIST's own file format, IDX.

Addresses and checksums are torchvision's. The files stay as they came, compressed, so that their md5 can be taken each time.

Fashion-MNIST: Xiao et al. 2017, arXiv:1708.07747. KMNIST: Clanuwat et al. 2018, arXiv:1812.01718. EMNIST: Cohen et al. 2017,
arXiv:1702.05373; of its splits the letters, because MNIST has the digits: 26 classes of equal size, upper and lower case as one.
"""

import gzip
import struct
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gan_tui.config import Data
from gan_tui.data import files, known_files
from gan_tui.data.dataset import Dataset
from gan_tui.data.files import Remote
from gan_tui.data.known_files import PARTS
from gan_tui.errors import SettingsError

SIDE = 28
LETTERS = tuple(f"emnist-letters-{part}" for part in PARTS)
"""Their names in the archive, but for `test` instead of `t10k`."""
LETTER_CLASSES = 26
LETTERS_EACH = (4800, 800)
"""Of each letter, for training and for testing."""


def load_fashion_mnist(data: Data) -> Dataset:
    """60,000 + 10,000 pieces of clothing in 10 classes. Raises SettingsError."""
    return _load(data, "FashionMNIST")


def load_kmnist(data: Data) -> Dataset:
    """60,000 + 10,000 cursive hiragana in 10 classes. Raises SettingsError."""
    return _load(data, "KMNIST")


def load_emnist(data: Data) -> Dataset:
    """124,800 + 20,800 letters in 26 classes, written upright as MNIST's digits are. Raises SettingsError."""
    names = [name.replace("t10k", "test") for name in LETTERS]
    loose = _loose_letters(data.dir, names) if data.dir else None
    contents = loose or _letters_of(_emnist_archive(data.dir), names)
    made = _assemble(data.dataset, contents, names, LETTER_CLASSES, first_label=1)
    if loose:
        made = known_files.believed(made, LETTERS_EACH, "gzip.zip")
    # The files hold rows as columns: https://www.nist.gov/itl/products-and-services/emnist-dataset
    return replace(
        made,
        images=made.images.transpose(2, 3).contiguous(),
        test=made.test.transpose(2, 3).contiguous(),
        digest=known_files.digest("EMNIST", contents),
    )


def _load(data: Data, name: str) -> Dataset:
    if data.dir:
        return load_users(data, name)
    kind = _source(name)
    remotes = [Remote(file, md5, [f"{mirror}{file}" for mirror in kind.mirrors]) for file, md5 in kind.resources]
    contents = [files.read(files.fetch(remote, name)) for remote in remotes]  # whose md5 has been taken
    return replace(_assemble(data.dataset, contents, PARTS, classes=10), digest=known_files.digest_of_set(name, contents))


def load_users(data: Data, name: str) -> Dataset:
    """A set in MNIST's format from the four files in `data.dir`, as they are or gzipped. Raises SettingsError where one is another."""
    kind = _source(name)
    source = kind.mirrors[-1]
    contents, unproven = [], []
    for part, (_, md5) in zip(PARTS, kind.resources, strict=True):
        path = files.find(data.dir, [f"{name}/raw/{part}", part])
        if path is None:
            advice = f"put it there (it is at {source}{part}.gz), or leave --data-dir out"
            raise SettingsError(f"{part}.gz is not in {data.dir}: {advice}")
        contents.append(files.read(path))
        if files.md5_of(path) != md5:
            unproven.append(part)
    made = _assemble(data.dataset, contents, PARTS, classes=10)
    for part, content in zip(PARTS, contents, strict=True):
        if part in unproven:
            known_files.check(content, part, name, data.dir, source)
    return replace(made, digest=known_files.digest_of_set(name, contents))


def _source(name: str) -> Any:
    """torchvision's class of that set, which knows where its files are."""
    return getattr(files.torchvisions("datasets"), name)


def _emnist_archive(folder: str) -> Path:
    """All splits in one zip file of 560 MB. Raises SettingsError."""
    source = _source("EMNIST")
    remote = Remote("gzip.zip", source.md5, [source.url])
    if not folder:
        return files.fetch(remote, "EMNIST")
    path = files.find(folder, ["EMNIST/raw/gzip.zip", "gzip.zip"])
    if path is None:
        files_wanted = "neither the files emnist-letters-*-ubyte nor gzip.zip"
        raise SettingsError(f"{files_wanted} are in {folder}: put them there ({remote.urls[0]}), or leave --data-dir out to download them")
    return files.check(path, remote)


def _loose_letters(folder: str, names: list[str]) -> list[bytes] | None:
    """The four files of the split by themselves from the user's folder; None where they are not all there. Raises SettingsError."""
    paths = [files.find(folder, [f"EMNIST/raw/{name}", name]) for name in names]
    found = [path for path in paths if path is not None]
    return [files.read(path) for path in found] if len(found) == len(names) else None


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
    (images, labels), (test, test_labels) = halves
    return Dataset(name, images, test, labels, test_labels, classes)


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
