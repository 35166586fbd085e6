"""CIFAR-10's binary version, from tiny files of it; never from pickles."""

import hashlib
import io
import tarfile
from pathlib import Path

import pytest
import torch

from gan_tui.config import Data
from gan_tui.data import cifar10, registry
from gan_tui.data.files import Remote
from gan_tui.errors import UserError

EACH = 10


def records(number: int) -> bytes:
    """Images of one colour: red 10 x number + index, green 100, blue 200; labels go round."""
    made = bytearray()
    for index in range(EACH):
        made += bytes([(number + index) % 10]) + bytes([10 * number + index]) * 1024 + bytes([100]) * 1024 + bytes([200]) * 1024
    return bytes(made)


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(cifar10.NAMES):
        (folder / name).write_bytes(records(number))


def packed() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for number, name in enumerate(("../../evil.txt", *cifar10.NAMES)):
            entry = tarfile.TarInfo(name if "evil" in name else f"{cifar10.FOLDER}/{name}")
            content = records(number - 1) if number else b"evil"
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiny files are as large as the set."""
    monkeypatch.setattr(cifar10, "EACH", (5, 1))


def assert_whole(data: Data) -> None:
    found = registry.load(data)
    assert found.images.shape == (5 * EACH, 3, 32, 32)
    assert found.test.shape == (EACH, 3, 32, 32)
    assert (found.shape, found.classes) == ((3, 32, 32), 10)
    assert found.labels is not None
    assert found.labels[EACH : EACH + 3].tolist() == [1, 2, 3]
    assert found.images[EACH + 2, :, 31, 31].tolist() == [12, 100, 200]
    assert found.test[0, :, 0, 0].tolist() == [50, 100, 200]


def test_blank_or_missing_records_are_not_trained_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path)
    with pytest.raises(UserError, match=r"50 images, 5 to 5 of a class, not 5,000 of each\): take cifar-10-binary\.tar\.gz"):
        registry.load(Data(dataset="cifar10", dir=str(tmp_path)))
    monkeypatch.setattr(cifar10, "EACH", (5, 1))
    assert len(registry.load(Data(dataset="cifar10", dir=str(tmp_path))).notes) == 2, "which data, and that nobody has checked them"
    (tmp_path / "data_batch_3.bin").write_bytes(b"".join(bytes([label]) + bytes(3072) for label in range(10)))
    with pytest.raises(UserError, match="10 of 50 images are blank"):
        registry.load(Data(dataset="cifar10", dir=str(tmp_path)))


@pytest.mark.parametrize("inside", [cifar10.FOLDER, "."])
@pytest.mark.usefixtures("small")
def test_from_a_folder(tmp_path: Path, inside: str) -> None:
    write(tmp_path / inside)
    assert_whole(Data(dataset="cifar10", dir=str(tmp_path)))


def test_from_the_archive_which_is_checked_and_never_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / cifar10.ARCHIVE.name
    archive.write_bytes(packed())
    with pytest.raises(UserError, match="is damaged or another version: its md5 is"):
        registry.load(Data(dataset="cifar10", dir=str(tmp_path)))
    fake = Remote(archive.name, hashlib.md5(archive.read_bytes()).hexdigest(), [archive.as_uri()])
    monkeypatch.setattr(cifar10, "ARCHIVE", fake)
    assert_whole(Data(dataset="cifar10", dir=str(tmp_path)))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    cached = tmp_path / "cache" / "gan-tui" / "CIFAR10" / archive.name
    cached.parent.mkdir(parents=True)
    cached.write_bytes(archive.read_bytes())
    assert_whole(Data(dataset="cifar10"))
    assert not list(tmp_path.rglob("*.bin"))
    assert not list(tmp_path.parent.rglob("evil.txt"))


def test_pickles_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "cifar-10-batches-py").mkdir()
    (tmp_path / "cifar-10-batches-py" / "data_batch_1").write_bytes(b"cos\nsystem\n(S'touch trap'\ntR.")
    with pytest.raises(UserError, match=r"made of pickles.*cifar-10-binary\.tar\.gz") as refused:
        registry.load(Data(dataset="cifar10", dir=str(tmp_path)))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "0 bytes are not records"), (b"x" * 3000, "3000 bytes are not records"), (b"\x0a" * cifar10.RECORD, "a label is 10")],
)
def test_a_damaged_file_is_one_line(tmp_path: Path, content: bytes, words: str) -> None:
    write(tmp_path)
    (tmp_path / "data_batch_3.bin").write_bytes(content)
    with pytest.raises(UserError, match=rf"data_batch_3\.bin is damaged \({words}"):
        registry.load(Data(dataset="cifar10", dir=str(tmp_path)))


def test_a_damaged_archive_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / cifar10.ARCHIVE.name
    for content in (packed()[:200], b"no archive", b""):
        archive.write_bytes(content)
        monkeypatch.setattr(cifar10, "ARCHIVE", Remote(archive.name, hashlib.md5(content).hexdigest(), ["x"]))
        with pytest.raises(UserError, match=archive.name) as refused:
            registry.load(Data(dataset="cifar10", dir=str(tmp_path)))
        assert "\n" not in str(refused.value)


def test_records_keep_their_planes() -> None:
    images, labels = cifar10._parse(bytes([7]) + bytes(range(256)) * 12, "x")
    assert labels.tolist() == [7]
    assert images[0, 0, 0, :3].tolist() == [0, 1, 2]
    assert images[0, 0, 1, 0] == 32
    assert images.dtype == torch.uint8
