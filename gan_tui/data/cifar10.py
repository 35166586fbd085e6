"""CIFAR-10: 50,000 + 10,000 small photographs in 10 classes (Krizhevsky 2009, Learning multiple layers of features from tiny images).

From its binary version, because the one that torchvision reads is made of pickles, and nothing here ever opens a pickle.
https://www.cs.toronto.edu/~kriz/cifar.html says: a record is one byte of label and 3072 of pixels, red, green and blue planes of 32 x 32.
"""

import tarfile
import zlib
from pathlib import Path

import torch
from torch import Tensor

from gan_tui.byte_paths import to_path
from gan_tui.config import Data
from gan_tui.data import files, known_files
from gan_tui.data.dataset import Dataset
from gan_tui.data.files import Remote
from gan_tui.errors import SettingsError

ARCHIVE = Remote("cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530", ["https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"])
FOLDER = "cifar-10-batches-bin"
NAMES = (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin")
SHAPE = (3, 32, 32)
RECORD = 1 + 3 * 32 * 32
CLASSES = 10
EACH = (5000, 1000)
"""Of each class, for training and for testing."""


def load(data: Data) -> Dataset:
    """From the cache, where it is downloaded to once, or from `data.dir`: the six files, or the archive. Raises SettingsError."""
    loose = _loose(data.dir) if data.dir else None
    contents = loose or _unpacked(_users_archive(data.dir) if data.dir else files.fetch(ARCHIVE, "CIFAR10"))
    parts = [_parse(content, name) for content, name in zip(contents, NAMES, strict=True)]
    images, labels = (torch.cat([part[index] for part in parts[:-1]]) for index in (0, 1))
    test, test_labels = parts[-1]
    made = Dataset(data.dataset, images, test, labels, test_labels, CLASSES, digest=known_files.digest("CIFAR10", contents))
    return known_files.believed(made, EACH, ARCHIVE.name) if loose else made


def _loose(folder: str) -> list[bytes] | None:
    """The six files from the user's folder; None where they are not all there. Raises SettingsError."""
    found = [path for name in NAMES if (path := files.find(folder, [f"{FOLDER}/{name}", name])) is not None]
    return [files.read(path) for path in found] if len(found) == len(NAMES) else None


def _users_archive(folder: str) -> Path:
    """Raises SettingsError where it is not there, or another file."""
    archive = files.find(folder, [ARCHIVE.name])
    if archive is None:
        pickles = "; the Python version that is there is made of pickles" if (to_path(folder) / "cifar-10-batches-py").is_dir() else ""
        raise SettingsError(
            f"neither {FOLDER} nor {ARCHIVE.name} is in {folder}{pickles}: "
            f"put it there ({ARCHIVE.urls[0]}), or leave --data-dir out to download it"
        )
    return files.check(archive, ARCHIVE)


def _unpacked(archive: Path) -> list[bytes]:
    """The six files, in memory: nothing that an archive may hold besides is written anywhere. Raises SettingsError."""
    contents: dict[str, bytes] = {}
    try:
        with tarfile.open(archive, "r:gz") as opened:
            for member in opened:
                name = member.name.removeprefix(f"{FOLDER}/")
                if name in NAMES and (file := opened.extractfile(member)) is not None:
                    contents[name] = file.read()
        return [contents[name] for name in NAMES]
    except (OSError, EOFError, KeyError, tarfile.TarError, zlib.error) as error:
        raise files.cannot_read(archive, error) from None


def _parse(content: bytes, name: str) -> tuple[Tensor, Tensor]:
    """Images, uint8 (N, 3, 32, 32), and labels, int64 (N,). Raises SettingsError."""
    records = torch.frombuffer(bytearray(content), dtype=torch.uint8) if content else torch.empty(0, dtype=torch.uint8)
    if len(records) == 0 or len(records) % RECORD:
        raise SettingsError(f"cifar10: {name} is damaged ({len(records)} bytes are not records of {RECORD}): remove it, and get it again")
    records = records.view(-1, RECORD)
    labels = records[:, 0].long()
    if labels.max() >= CLASSES:
        raise SettingsError(f"cifar10: {name} is damaged (a label is {int(labels.max())}): remove it, and get it again")
    return records[:, 1:].reshape(-1, *SHAPE), labels
