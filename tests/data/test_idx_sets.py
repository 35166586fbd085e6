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

import pytest
import torch
from torchvision import datasets

from gan_tui.config import Data
from gan_tui.data import idx_sets, registry
from gan_tui.errors import UserError

TRAIN, TEST = 30, 12


def idx(array: torch.Tensor) -> bytes:
    return b"\0\0\x08" + bytes([array.dim()]) + struct.pack(f">{array.dim()}I", *array.shape) + array.numpy().tobytes()


def contents(classes: int = 10, first: int = 0) -> list[bytes]:
    """Four files: in image n, row n % 28 is white; labels go round."""
    found = []
    for count in (TRAIN, TEST):
        images = torch.zeros(count, 28, 28, dtype=torch.uint8)
        images[torch.arange(count), torch.arange(count) % 28] = 255
        found += [idx(images), idx((torch.arange(count) % classes + first).to(torch.uint8))]
    return found


def write_raw(folder: Path, names: tuple[str, ...] = idx_sets.PARTS, **labels: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in zip(names, contents(**labels), strict=True):
        (folder / name).write_bytes(content)


@pytest.mark.parametrize("name", ["fashion-mnist", "kmnist"])
@pytest.mark.parametrize("layout", ["torchvision's", "flat"])
def test_from_a_folder(tmp_path: Path, name: str, layout: str) -> None:
    kind = {"fashion-mnist": "FashionMNIST", "kmnist": "KMNIST"}[name]
    write_raw(tmp_path if layout == "flat" else tmp_path / kind / "raw")
    data = registry.load(Data(dataset=name, dir=str(tmp_path)))
    assert data.images.shape == (TRAIN, 1, 28, 28)
    assert data.unseen.shape == (TEST, 1, 28, 28)
    assert data.images.dtype == torch.uint8
    assert (data.name, data.classes, data.shape) == (name, 10, (1, 28, 28))
    assert data.labels is not None
    assert data.unseen_labels is not None
    assert data.labels.tolist() == [index % 10 for index in range(TRAIN)]
    assert data.unseen_labels.dtype == torch.int64
    assert data.images[5, 0, 5].min() == 255
    assert data.images[5].float().mean() == pytest.approx(255 / 28)


def test_letters_stand_upright_and_count_from_zero(tmp_path: Path) -> None:
    write_raw(tmp_path, tuple(name.replace("t10k", "test") for name in idx_sets.LETTERS), classes=26, first=1)
    data = registry.load(Data(dataset="emnist", dir=str(tmp_path)))
    assert data.classes == 26
    assert data.labels is not None
    assert data.labels.unique().tolist() == list(range(26))
    assert data.images[5, 0, :, 5].min() == 255, "what is a row in the file is a column"


def test_letters_from_the_archive_of_all_splits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "gzip.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        for name, content in zip(idx_sets.LETTERS, contents(26, 1), strict=True):
            opened.writestr(f"gzip/{name.replace('t10k', 'test')}.gz", gzip.compress(content))
    with pytest.raises(UserError, match=r"gzip\.zip is damaged or another version"):
        registry.load(Data(dataset="emnist", dir=str(tmp_path)))
    monkeypatch.setattr(datasets.EMNIST, "md5", hashlib.md5(archive.read_bytes()).hexdigest())
    assert registry.load(Data(dataset="emnist", dir=str(tmp_path))).images.shape == (TRAIN, 1, 28, 28)
    archive.write_bytes(b"PK" + archive.read_bytes()[:500])
    monkeypatch.setattr(datasets.EMNIST, "md5", hashlib.md5(archive.read_bytes()).hexdigest())
    with pytest.raises(UserError, match=r"cannot read .*gzip\.zip"):
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
    with pytest.raises(UserError, match="there is no folder"):
        registry.load(Data(dataset="kmnist", dir=str(tmp_path / "nowhere")))


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that a server on this machine offers as KMNIST's home, and an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    home = tmp_path / "home"
    home.mkdir()
    resources = []
    for part, content in zip(idx_sets.PARTS, contents(), strict=True):
        packed = gzip.compress(content)
        (home / f"{part}.gz").write_bytes(packed)
        resources.append((f"{part}.gz", hashlib.md5(packed).hexdigest()))

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(home)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(datasets.KMNIST, "resources", resources)
    monkeypatch.setattr(datasets.KMNIST, "mirrors", [f"http://127.0.0.1:{server.server_port}/"])
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


def test_without_a_net_it_is_one_line(served: Path) -> None:
    for path in served.iterdir():
        path.unlink()
    with pytest.raises(UserError, match=r"cannot download .*--data-dir") as refused:
        registry.load(Data(dataset="kmnist"))
    assert "\n" not in str(refused.value)
    datasets.KMNIST.mirrors = ["http://127.0.0.1:9/"]
    with pytest.raises(UserError, match="refused"):
        registry.load(Data(dataset="kmnist"))


def test_a_cache_that_cannot_be_written_is_one_line(served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert served
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(UserError, match="XDG_CACHE_HOME"):
        registry.load(Data(dataset="kmnist"))
