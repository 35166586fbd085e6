"""Sets in MNIST's format, from tiny files of it: in a folder, in an archive, over HTTP, damaged, missing."""

import gzip
import hashlib
import http.server
import struct
import threading
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from gan_tui.config import Data
from gan_tui.data import idx_sets, known_files, mnist, registry
from gan_tui.data.known_files import PARTS
from gan_tui.errors import UserError

TRAIN, TEST = 30, 12
TRAIN_LETTERS, TEST_LETTERS = 52, 26
LETTERS: dict[str, Any] = {"classes": 26, "first": 1, "sizes": (TRAIN_LETTERS, TEST_LETTERS)}


def idx(array: torch.Tensor) -> bytes:
    return b"\0\0\x08" + bytes([array.dim()]) + struct.pack(f">{array.dim()}I", *array.shape) + array.numpy().tobytes()


def contents(classes: int = 10, first: int = 0, sizes: tuple[int, int] = (TRAIN, TEST)) -> list[bytes]:
    """Four files: in image n, row n % 28 is white; labels go round."""
    found = []
    for count in sizes:
        images = torch.zeros(count, 28, 28, dtype=torch.uint8)
        images[torch.arange(count), torch.arange(count) % 28] = 255
        found += [idx(images), idx((torch.arange(count) % classes + first).to(torch.uint8))]
    return found


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny files are taken for the real ones."""
    sums = tuple(known_files.checksum(content) for content in contents())
    monkeypatch.setattr(known_files, "KNOWN", known_files.KNOWN | {"FashionMNIST": sums, "KMNIST": sums})
    monkeypatch.setattr(idx_sets, "LETTERS_EACH", (TRAIN_LETTERS // 26, TEST_LETTERS // 26))


def write_raw(folder: Path, names: tuple[str, ...] = PARTS, **kind: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in zip(names, contents(**kind), strict=True):
        (folder / name).write_bytes(content)


@pytest.mark.parametrize("name", ["fashion-mnist", "kmnist"])
@pytest.mark.parametrize("layout", ["torchvision's", "flat"])
@pytest.mark.usefixtures("small")
def test_from_a_folder(tmp_path: Path, name: str, layout: str) -> None:
    kind = {"fashion-mnist": "FashionMNIST", "kmnist": "KMNIST"}[name]
    write_raw(tmp_path if layout == "flat" else tmp_path / kind / "raw")
    data = registry.load(Data(dataset=name, dir=str(tmp_path)))
    assert data.images.shape == (TRAIN, 1, 28, 28)
    assert data.test.shape == (TEST, 1, 28, 28)
    assert data.images.dtype == torch.uint8
    assert (data.name, data.classes, data.shape) == (name, 10, (1, 28, 28))
    assert data.labels is not None
    assert data.test_labels is not None
    assert data.labels.tolist() == [index % 10 for index in range(TRAIN)]
    assert data.test_labels.dtype == torch.int64
    assert data.images[5, 0, 5].min() == 255
    assert data.images[5].float().mean() == pytest.approx(255 / 28)


@pytest.mark.usefixtures("small")
def test_letters_stand_upright_and_count_from_zero(tmp_path: Path) -> None:
    write_raw(tmp_path, tuple(name.replace("t10k", "test") for name in idx_sets.LETTERS), **LETTERS)
    data = registry.load(Data(dataset="emnist", dir=str(tmp_path)))
    assert data.classes == 26
    assert any("checksum" in note for note in data.notes)
    assert data.labels is not None
    assert data.labels.unique().tolist() == list(range(26))
    assert data.images[5, 0, :, 5].min() == 255, "what is a row in the file is a column"


def test_letters_from_the_archive_of_all_splits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "gzip.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        for name, content in zip(idx_sets.LETTERS, contents(**LETTERS), strict=True):
            opened.writestr(f"gzip/{name.replace('t10k', 'test')}.gz", gzip.compress(content))
    with pytest.raises(UserError, match=r"gzip\.zip .* md5 is "):
        registry.load(Data(dataset="emnist", dir=str(tmp_path)))
    monkeypatch.setattr("torchvision.datasets.EMNIST.md5", hashlib.md5(archive.read_bytes()).hexdigest())
    assert registry.load(Data(dataset="emnist", dir=str(tmp_path))).images.shape == (TRAIN_LETTERS, 1, 28, 28)
    archive.write_bytes(b"PK" + archive.read_bytes()[:500])
    monkeypatch.setattr("torchvision.datasets.EMNIST.md5", hashlib.md5(archive.read_bytes()).hexdigest())
    with pytest.raises(UserError, match=str(archive)):
        registry.load(Data(dataset="emnist", dir=str(tmp_path)))


@pytest.mark.parametrize(
    ("name", "damage", "words"),
    [
        ("train-images-idx3-ubyte", lambda old: old[:-1], r"it holds 23519 bytes, not 23520"),
        ("train-images-idx3-ubyte", lambda old: old + b"x", r"it holds 23521 bytes, not 23520"),
        ("train-images-idx3-ubyte", lambda old: old[:9], "it ends in its header"),
        ("train-images-idx3-ubyte", lambda _: b"", "it is no IDX file"),
        ("train-images-idx3-ubyte", lambda _: b"<html>", "it is no IDX file"),
        ("train-images-idx3-ubyte", lambda _: b"\0\0\x08\xff" + b"\xff" * 1020, "bytes, not"),
        ("train-labels-idx1-ubyte", lambda _: idx(torch.zeros(29, dtype=torch.uint8)), "do not fit together"),
        ("t10k-labels-idx1-ubyte", lambda _: idx(torch.full((TEST,), 10, dtype=torch.uint8)), "not those of 10 classes"),
    ],
)
def test_a_damaged_file_is_one_line(tmp_path: Path, name: str, damage: Callable[[bytes], bytes], words: str) -> None:
    write_raw(tmp_path)
    (tmp_path / name).write_bytes(damage((tmp_path / name).read_bytes()))
    with pytest.raises(UserError, match=words) as refused:
        registry.load(Data(dataset="kmnist", dir=str(tmp_path)))
    assert "\n" not in str(refused.value)


def test_what_is_not_there_is_named_with_its_address(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"train-images-idx3-ubyte\.gz is not in .*codh.*--data-dir"):
        registry.load(Data(dataset="kmnist", dir=str(tmp_path)))
    with pytest.raises(UserError, match=r"neither the files emnist-letters-\*-ubyte nor gzip\.zip"):
        registry.load(Data(dataset="emnist", dir=str(tmp_path)))
    with pytest.raises(UserError, match=str(tmp_path / "nowhere")):
        registry.load(Data(dataset="kmnist", dir=str(tmp_path / "nowhere")))


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: None) -> Iterator[Path]:  # noqa: ARG001
    """A folder that a server on this machine offers as KMNIST's home, and an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    home = tmp_path / "home"
    home.mkdir()
    resources = []
    for part, content in zip(PARTS, contents(), strict=True):
        packed = gzip.compress(content)
        (home / f"{part}.gz").write_bytes(packed)
        resources.append((f"{part}.gz", hashlib.md5(packed).hexdigest()))

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(home)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr("torchvision.datasets.KMNIST.resources", resources)
    monkeypatch.setattr("torchvision.datasets.KMNIST.mirrors", [f"http://127.0.0.1:{server.server_port}/"])
    yield home
    server.shutdown()
    server.server_close()


def test_downloaded_once_and_again_where_the_cache_is_damaged(served: Path, tmp_path: Path) -> None:
    assert registry.load(Data(dataset="kmnist")).images.shape == (TRAIN, 1, 28, 28)
    cached = tmp_path / "cache" / "gan-tui" / "KMNIST" / "train-images-idx3-ubyte.gz"
    whole = cached.read_bytes()
    cached.write_bytes(whole[:100])
    assert len(registry.load(Data(dataset="kmnist")).images) == TRAIN
    assert cached.read_bytes() == whole
    for path in served.iterdir():
        path.unlink()
    assert len(registry.load(Data(dataset="kmnist")).images) == TRAIN, "now it needs no net"


def test_what_comes_damaged_is_not_believed(served: Path, tmp_path: Path) -> None:
    (served / "train-images-idx3-ubyte.gz").write_bytes(b"please log in")
    with pytest.raises(UserError, match=r"cannot download train-images-idx3-ubyte\.gz .*damaged.*--data-dir"):
        registry.load(Data(dataset="kmnist"))
    assert not (tmp_path / "cache" / "gan-tui" / "KMNIST" / "train-images-idx3-ubyte.gz").exists()


def test_without_a_net_it_is_one_line(served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in served.iterdir():
        path.unlink()
    with pytest.raises(UserError, match=r"train-images-idx3-ubyte\.gz .*--data-dir") as refused:
        registry.load(Data(dataset="kmnist"))
    assert "\n" not in str(refused.value)
    monkeypatch.setattr("torchvision.datasets.KMNIST.mirrors", ["http://127.0.0.1:9/"])
    with pytest.raises(UserError, match="refused"):
        registry.load(Data(dataset="kmnist"))


def test_a_cache_that_cannot_be_written_is_one_line(served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert served
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(UserError, match="XDG_CACHE_HOME"):
        registry.load(Data(dataset="kmnist"))


REAL = ("mnist", "stacked-mnist")


def write_mnist(folder: Path, packed: bool = False) -> None:
    """The real files, as they are or gzipped."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        content = (mnist.unpack() / "MNIST" / "raw" / part).read_bytes()
        (folder / f"{part}{'.gz' * packed}").write_bytes(gzip.compress(content, 1) if packed else content)


@pytest.mark.slow
@pytest.mark.parametrize("name", REAL)
def test_a_folder_of_mnist_is_heeded_and_checked(tmp_path: Path, name: str) -> None:
    """It was ignored once: whatever lay there, MNIST was trained on."""
    with pytest.raises(UserError, match=r"train-images-idx3-ubyte\.gz is not in .*or leave --data-dir out"):
        registry.load(Data(dataset=name, dir=str(tmp_path)))
    write_mnist(tmp_path / "MNIST" / "raw")
    own, shipped = registry.load(Data(dataset=name, dir=str(tmp_path))), registry.load(Data(dataset=name))
    assert torch.equal(own.images, shipped.images)
    assert torch.equal(own.test, shipped.test)
    assert own.digest == shipped.digest != ""
    assert own.notes[0].startswith(f"data: {name}, in {tmp_path}: 60,000 images for training and 10,000 for testing, 28 x 28, ")
    assert shipped.notes == ()
    assert shipped.details[0].startswith(f"data: {name}, in the package: 60,000 images")
    file = tmp_path / "MNIST" / "raw" / PARTS[0]
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(UserError, match=r"train-images-idx3-ubyte in .* is not MNIST's: it is damaged, or another file of that name"):
        registry.load(Data(dataset=name, dir=str(tmp_path)))


@pytest.mark.slow
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", ["fashion-mnist", "kmnist"])
def test_mnist_does_not_pass_as_another_set(tmp_path: Path, name: str, packed: bool) -> None:
    write_mnist(tmp_path, packed)
    with pytest.raises(UserError, match=r"train-images-idx3-ubyte in .* is not \w+MNIST's: it is MNIST's train-images-idx3-ubyte"):
        registry.load(Data(dataset=name, dir=str(tmp_path)))


@pytest.mark.parametrize("name", ["fashion-mnist", "kmnist", "mnist"])
def test_files_of_zeros_are_no_clothes(tmp_path: Path, name: str) -> None:
    for part, count in zip(PARTS, (60_000, 60_000, 10_000, 10_000), strict=True):
        sides = (28, 28) if "images" in part else ()
        (tmp_path / part).write_bytes(idx(torch.zeros(count, *sides, dtype=torch.uint8)))
    with pytest.raises(UserError, match=f"{PARTS[0]} in {tmp_path}"):
        registry.load(Data(dataset=name, dir=str(tmp_path)))


def test_unpacked_letters_that_cannot_be_checked_must_be_as_many_and_not_blank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [name.replace("t10k", "test") for name in idx_sets.LETTERS]
    write_raw(tmp_path, tuple(names), **LETTERS)
    with pytest.raises(UserError, match=r"52 images, 2 to 2 .* 4,800 .*gzip\.zip"):
        registry.load(Data(dataset="emnist", dir=str(tmp_path)))
    monkeypatch.setattr(idx_sets, "LETTERS_EACH", (2, 1))
    whole = registry.load(Data(dataset="emnist", dir=str(tmp_path)))
    (tmp_path / names[0]).write_bytes(idx(torch.zeros(TRAIN_LETTERS, 28, 28, dtype=torch.uint8)))
    with pytest.raises(UserError, match="52 of 52 images"):
        registry.load(Data(dataset="emnist", dir=str(tmp_path)))
    assert whole.digest.startswith("EMNIST:")


def test_the_checksums_are_those_of_the_shipped_files_and_of_git() -> None:
    assert known_files.checksum(b"hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a", "git hash-object"
    contents = [(mnist.unpack() / "MNIST" / "raw" / part).read_bytes() for part in PARTS]
    assert tuple(map(known_files.checksum, contents)) == known_files.KNOWN["MNIST"]
    for part, content in zip(PARTS, contents, strict=True):
        known_files.check(content, part, "MNIST", "there", "nowhere")


def test_a_packed_file_whose_md5_is_known_is_believed(tmp_path: Path, served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As what is downloaded is, whatever the table of unpacked files says."""
    monkeypatch.setattr(known_files, "KNOWN", dict.fromkeys(known_files.KNOWN, ("", "", "", "")))
    found = registry.load(Data(dataset="kmnist", dir=str(served)))
    assert found.digest == registry.load(Data(dataset="kmnist")).digest
    write_raw(tmp_path / "raw")
    with pytest.raises(UserError, match="is not KMNIST's"):
        registry.load(Data(dataset="kmnist", dir=str(tmp_path / "raw")))
