"""`folder:PATH`: good images, broken ones, hostile ones, none at all."""

import os
from pathlib import Path

import numpy
import pytest
import torch
from PIL import Image

from gan_tui import config
from gan_tui.config import Data
from gan_tui.data import registry
from gan_tui.data.image_folder import read_image
from gan_tui.errors import UserError


def data(folder: Path, **more: object) -> Data:
    return config.resolve(tables=[{"data": {"dataset": f"folder:{folder}", **more}}]).data


def fill(folder: Path, count: int = 60, size: tuple[int, int] = (40, 30)) -> None:
    """`count` images in two formats and three folders; number n has the red n."""
    for number in range(count):
        place = folder / ("a", "b", "b/c")[number % 3]
        place.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size, (number, 128, 255)).save(place / f"{number:03d}.{('png', 'BMP')[number % 2]}")


@pytest.mark.parametrize("size", [32, 64])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_folder_of_folders(tmp_path: Path, size: int, channels: int) -> None:
    fill(tmp_path)
    settings = data(tmp_path, image_size=size, channels=channels)
    found = registry.load(settings)
    assert found.images.shape == (54, channels, size, size)
    assert found.unseen.shape == (6, channels, size, size)
    assert registry.kind_of(settings).shape == found.shape
    assert found.images.dtype == torch.uint8
    assert (found.labels, found.classes, found.notes) == (None, 0, ())
    if channels == 3:
        reds = torch.cat([found.images, found.unseen])[:, 0].flatten(1)
        assert (reds.min(1).values == reds.max(1).values).all()
        assert sorted(reds[:, 0].tolist()) == list(range(60))


def test_it_is_the_same_every_time_and_colour_of_32_pixels_unless_said(tmp_path: Path) -> None:
    fill(tmp_path)
    one, other = registry.load(data(tmp_path)), registry.load(data(tmp_path))
    assert one.shape == (3, 32, 32)
    assert torch.equal(one.images, other.images)
    assert torch.equal(one.unseen, other.unseen)


def test_the_middle_is_cut_out(tmp_path: Path) -> None:
    wide = numpy.zeros((20, 60, 3), numpy.uint8)
    wide[:, 20:40] = 200
    Image.fromarray(wide).save(tmp_path / "wide.png")
    found = read_image(tmp_path / "wide.png", 32, 1)
    assert isinstance(found, torch.Tensor)
    assert found[0, 16, 16] == 200
    assert found.min() > 150, "a few pixels beyond the edge have a share in the outermost ones"


def test_transparent_is_white_and_sixteen_bits_are_not_clipped(tmp_path: Path) -> None:
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    Image.fromarray(numpy.full((8, 8), 0x8000, numpy.uint16)).save(tmp_path / "deep.png")
    Image.new("1", (8, 8), 1).save(tmp_path / "bits.png")
    Image.new("CMYK", (8, 8), (0, 0, 0, 0)).save(tmp_path / "inks.jpg")
    Image.new("P", (8, 8), 0).save(tmp_path / "palette.gif")
    for name, value in (("clear.png", 255), ("deep.png", 127), ("bits.png", 255), ("inks.jpg", 255), ("palette.gif", 0)):
        for channels in (1, 3):
            found = read_image(tmp_path / name, 32, channels)
            assert isinstance(found, torch.Tensor), name
            assert found.unique().tolist() == [value], name


def hostile(folder: Path) -> int:
    """Files that look like images and are not; how many of them are to be counted comes back."""
    good = folder / "a" / "000.png"
    (folder / "empty.png").write_bytes(b"")
    (folder / "text.jpg").write_text("not an image")
    (folder / "torn.png").write_bytes(good.read_bytes()[:60])
    (folder / "noise.gif").write_bytes(b"GIF89a" + os.urandom(500))
    (folder / "noise.tif").write_bytes(b"II*\0" + b"\xff" * 500)
    (folder / "script.png").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(trap) (w) file\n")
    Image.new("1", (9_000, 9_000)).save(folder / "bomb.png")
    (folder / "bad\nname\x1b[31m.png").write_bytes(b"junk")
    counted = 8
    # None of these is even opened.
    (folder / "notes.txt").write_text("no image")
    (folder / ".hidden.png").write_bytes(b"junk")
    (folder / ".git").mkdir()
    (folder / ".git" / "x.png").write_bytes(b"junk")
    (folder / "folder.png").mkdir()
    os.mkfifo(folder / "pipe.png")
    (folder / "round").symlink_to(folder)
    (folder / "nowhere.png").symlink_to(folder / "missing")
    return counted


def test_broken_and_hostile_files_are_counted_and_skipped(tmp_path: Path) -> None:
    fill(tmp_path)
    counted = hostile(tmp_path)
    found = registry.load(data(tmp_path))
    assert len(found.images) + len(found.unseen) == 60
    (note,) = found.notes
    assert f"{counted} files below {tmp_path} cannot be read as images, the first bad?name?[31m.png" in note
    assert note.isprintable()
    assert read_image(tmp_path / "bomb.png", 32, 1) == "9000 x 9000 pixels are too many"


def test_too_few_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"there are no images below {tmp_path} that can be read, and 60 are the least"):
        registry.load(data(tmp_path))
    fill(tmp_path, 3)
    (tmp_path / "x.png").write_bytes(b"junk")
    with pytest.raises(UserError, match=r"only 3 images below .* 1 file below .* the first x\.png"):
        registry.load(data(tmp_path))
    with pytest.raises(UserError, match="there is no folder"):
        registry.load(data(tmp_path / "nowhere"))


def test_more_than_memory_holds_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path)
    monkeypatch.setattr(os, "sysconf", lambda _: 100)
    with pytest.raises(UserError, match="of memory"):
        registry.load(data(tmp_path))
