"""MNIST is in the package, whole, and a damaged cache heals."""

import hashlib
from importlib import resources
from pathlib import Path

import platformdirs
import pytest

from gan_tui.data import mnist
from gan_tui.errors import UserError


def test_the_whole_of_mnist() -> None:
    images, labels = mnist.load(train=True)
    assert images.shape == (60_000, 1, 28, 28)
    assert labels.bincount().tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    images, labels = mnist.load(train=False)
    assert images.shape == (10_000, 1, 28, 28)
    assert labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]


def test_the_package_holds_what_its_checksums_say() -> None:
    folder = resources.files("gan_tui") / "data" / "mnist"
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert "Creative Commons" in (folder / "README.md").read_text()


@pytest.mark.parametrize("damage", ["cut", "flip", "missing"])
def test_a_damaged_cache_is_noticed_and_rebuilt(damage: str) -> None:
    file = mnist.unpack() / "MNIST" / "raw" / "t10k-images-idx3-ubyte"
    whole = file.read_bytes()
    if damage == "cut":
        file.write_bytes(whole[:5000])
    elif damage == "flip":
        file.write_bytes(whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:])
    else:
        file.unlink()
    mnist.load(train=False)
    assert file.read_bytes() == whole


def test_a_cache_that_cannot_be_written_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert platformdirs.user_cache_path("gan-tui").parent == tmp_path / "file"
    with pytest.raises(UserError, match="XDG_CACHE_HOME"):
        mnist.unpack()
