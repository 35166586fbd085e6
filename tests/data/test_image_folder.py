"""`folder:PATH`: good images, broken ones, hostile ones, none at all."""

import io
import os
import re
import tomllib
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy
import pytest
import torch
from PIL import Image

from gan_tui import config
from gan_tui.byte_paths import to_text
from gan_tui.config import Data
from gan_tui.data import image_folder, registry
from gan_tui.data.dataset import Dataset
from gan_tui.data.image_file import Drawing, LeftOut, Picture, read_image
from gan_tui.errors import SettingsError, UserError
from tests.training.fork_server import give_up_privileges


def data(folder: Path, **more: object) -> Data:
    return config.resolve(tables=[{"data": {"dataset": f"folder:{folder}", **more}}]).data


def fill(folder: Path, count: int = 60, size: tuple[int, int] = (40, 30)) -> None:
    """`count` images in two formats and three folders; number n has the red n."""
    for number in range(count):
        place = folder / ("a", "b", "b/c")[number % 3]
        place.mkdir(parents=True, exist_ok=True)
        kind = ("png", "BMP")[number % 2]
        (place / f"{number:03d}.{kind}").write_bytes(_plain(size, number, kind))


@cache
def _plain(size: tuple[int, int], red: int, kind: str) -> bytes:
    """Of an image file: most tests want the same sixty."""
    file = io.BytesIO()
    Image.new("RGB", size, (red, 128, 255)).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize("size", [32, 64])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_folder_of_folders(tmp_path: Path, size: int, channels: int) -> None:
    fill(tmp_path)
    settings = data(tmp_path, image_size=size, channels=channels)
    found = registry.load(settings)
    assert found.images.shape == (54, channels, size, size)
    assert found.test.shape == (6, channels, size, size)
    assert registry.spec_of(settings).shape == found.shape
    assert found.images.dtype == torch.uint8
    assert (found.labels, found.classes) == (None, 0)
    start = f"data: 60 images below {tmp_path} (30 BMP, 30 PNG), 40 x 30 pixels; 60 cropped to the middle square (25% of each cut off)"
    assert found.notes == (start + f"; 60 enlarged to {size} x {size}; 54 to train on, 6 held back to test with",)
    if channels == 3:
        reds = torch.cat([found.images, found.test])[:, 0].flatten(1)
        assert (reds.min(1).values == reds.max(1).values).all()
        assert sorted(reds[:, 0].tolist()) == list(range(60))


def test_it_is_the_same_every_time_and_colour_of_32_pixels_unless_said(tmp_path: Path) -> None:
    fill(tmp_path)
    one, other = registry.load(data(tmp_path)), registry.load(data(tmp_path))
    assert one.shape == (3, 32, 32)
    assert torch.equal(one.images, other.images)
    assert torch.equal(one.test, other.test)


def test_the_middle_is_cut_out(tmp_path: Path) -> None:
    wide = numpy.zeros((20, 60, 3), numpy.uint8)
    wide[:, 20:40] = 200
    Image.fromarray(wide).save(tmp_path / "wide.png")
    read = read_image(tmp_path / "wide.png", Drawing(32, 1))
    assert isinstance(read, Picture)
    found = torch.as_tensor(read.image)
    assert found[0, 16, 16] == 200
    assert found.min() > 150, "a few pixels beyond the edge have a share in the outermost ones"


def hostile(folder: Path) -> dict[str, list[str]]:
    """Files that look like images and are not; what is to be said of each of them comes back."""
    good = folder / "a" / "000.png"
    Image.new("RGB", (200, 200), "red").save(folder / "whole.jpg")
    (folder / "whole.jpg").rename(folder / "cut.jpeg")
    (folder / "cut.jpeg").write_bytes((folder / "cut.jpeg").read_bytes()[:-300])
    (folder / "empty.png").write_bytes(b"")
    (folder / "nothing").write_bytes(b"")
    (folder / "text.jpg").write_text("not an image")
    (folder / "torn.png").write_bytes(good.read_bytes()[:60])
    (folder / "noise.gif").write_bytes(b"GIF89a\x10\0\x10\0" + b"junk" * 50)
    (folder / "noise.tif").write_bytes(b"II*\0" + b"\xff" * 500)
    (folder / "script.png").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(trap) (w) file\n")
    Image.new("1", (9_000, 9_000)).save(folder / "bomb.png")
    (folder / "bad\nname\x1b[31m.png").write_bytes(b"junk")
    (folder / "phone.jpg").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 99)
    (folder / "film.jpg").write_bytes(b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + b"\0" * 99)
    (folder / "drawing.png").write_text('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>')
    (folder / "raw.nef").write_bytes(b"II*\0" + b"\0" * 99)
    (folder / "notes.txt").write_text("no image")
    (folder / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 9)
    (folder / ".hidden.png").write_bytes(good.read_bytes())
    (folder / ".git").mkdir()
    (folder / ".git" / "x.png").write_bytes(good.read_bytes())
    (folder / "folder.png").mkdir()
    os.mkfifo(folder / "pipe.png")
    (folder / "round").symlink_to(folder)
    (folder / "nowhere.png").symlink_to(folder / "missing")
    (folder / "itself.png").symlink_to(folder / "itself.png")
    return {
        "damaged": ["bad?name?[31m.png", "cut.jpeg", "noise.gif", "noise.tif", "script.png", "text.jpg", "torn.png"],
        "empty": ["empty.png", "nothing"],
        "no images": ["Thumbs.db", "notes.txt"],
        "hidden": [".git", ".hidden.png"],
        "no regular files": ["pipe.png"],
        "too large": ["bomb.png"],
        "links that lead nowhere": ["itself.png", "nowhere.png"],
        "folders reached a second time": ["round"],
        "of a kind that cannot be read, HEIC": ["phone.jpg"],
        "of a kind that cannot be read, video": ["film.jpg"],
        "of a kind that cannot be read, SVG": ["drawing.png"],
        "of a kind that cannot be read, camera raw": ["raw.nef"],
    }


def test_broken_and_hostile_files_are_counted_and_named(tmp_path: Path) -> None:
    fill(tmp_path)
    wanted = hostile(tmp_path)
    found = registry.load(data(tmp_path))
    assert len(found.images) + len(found.test) == 60
    (note,) = found.notes
    assert note.isprintable()
    assert f"left out {sum(map(len, wanted.values()))}: " in note
    assert all(line.isprintable() for line in found.details)
    for reason, names in wanted.items():
        shown = ", ".join(names[:3]) + ", ..." * (len(names) > 3)
        assert f"{reason} {len(names)} ({shown})" in note
        (line,) = (line for line in found.details if line.startswith(f"left out, {reason}: "))
        assert all(name in line for name in names)
    assert any("bomb.png (9000 x 9000 pixels)" in line for line in found.details)


def test_every_name_is_in_the_log_in_lines_of_a_bounded_length(tmp_path: Path) -> None:
    fill(tmp_path)
    for number in range(500):
        (tmp_path / f"{number:03}-{'x' * 20}.txt").write_text("x")
    found = registry.load(data(tmp_path))
    assert max(map(len, found.details)) < 2000
    assert all(any(f"{number:03}-x" in line for line in found.details) for number in range(500))


def test_files_are_known_by_their_content(tmp_path: Path) -> None:
    for number in range(60):
        image = Image.new("RGB", (40, 40), (4 * number, 9, 9))
        kind, ending = (("JPEG", "jfif"), ("PNG", ""), ("WEBP", "png"), ("TIFF", "JPG"), ("GIF", "dat"), ("PPM", "txt"))[number % 6]
        image.save(tmp_path / f"{number:03}.{ending}".rstrip("."), kind)
    found = registry.load(data(tmp_path))
    assert len(found.images) + len(found.test) == 60
    assert all(f"10 {kind}" in found.notes[0] for kind in ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "PPM"))
    assert "left out" not in found.notes[0]


def test_of_animations_the_first_frame_is_taken_and_the_others_are_counted(tmp_path: Path) -> None:
    fill(tmp_path)
    frames = [Image.new("RGB", (40, 40), (200, 40 * number, 0)) for number in range(5)]
    for name in ("a.gif", "a.webp", "a.apng", "a.tif"):
        kind = "PNG" if name == "a.apng" else None
        frames[0].save(tmp_path / name, kind, save_all=True, append_images=frames[1:])
    found = registry.load(data(tmp_path))
    assert re.search(r"\bof 4 .*\(20 ", found.notes[0])
    images = torch.cat([found.images, found.test])
    of_frames = images[images[:, 0, 0, 0] > 150]
    assert len(of_frames) == 4
    assert int(of_frames[:, 1].max()) < 12, "the first has no green"


def test_links_to_folders_are_followed_and_none_is_read_twice(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    fill(inside, 30)
    fill(outside / "deep", 30)
    (outside / "deep" / "back").symlink_to(inside)
    (outside / "up").symlink_to("..")
    (inside / "linked").symlink_to(outside)
    (inside / "a" / "again").symlink_to(inside / "b")
    found = registry.load(data(inside))
    assert len(found.images) + len(found.test) == 60
    assert "1 link to folders followed, to 30 images outside of it;" in found.notes[0]
    assert "links to a folder that holds this one 1 (linked/up)" in found.notes[0]
    assert "folders reached a second time 2 (a/again, linked/deep/back)" in found.notes[0]


def test_a_link_to_the_folder_around_brings_nothing_of_it(tmp_path: Path) -> None:
    fill(tmp_path / "photos", 60)
    fill(tmp_path / "mine", 30)
    (tmp_path / "photos" / "up").symlink_to("..")
    (tmp_path / "photos" / "top").symlink_to("/")
    found = registry.load(data(tmp_path / "photos"))
    assert len(found.images) + len(found.test) == 60
    assert "links to a folder that holds this one 2 (top, up)" in found.notes[0]


def test_thousands_of_folders(tmp_path: Path) -> None:
    for number in range(2000):
        (tmp_path / f"{number // 50:02}" / f"{number:04}").mkdir(parents=True)
    deep = tmp_path
    for _ in range(60):
        deep /= "deeper"
    deep.mkdir(parents=True)
    fill(deep, 60)
    assert len(registry.load(data(tmp_path)).images) == 54


def test_names_that_are_no_utf_8(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    (folder / os.fsdecode(b"\xff")).mkdir(parents=True)
    fill(folder, 59)
    Image.new("RGB", (40, 40), "red").save(folder / os.fsdecode(b"\xff") / os.fsdecode(b"\xfe.png"))
    (folder / os.fsdecode(b"\xfd.png")).write_bytes(b"junk")
    settings = data(Path(to_text(str(folder))))
    assert config.from_table(tomllib.loads(config.to_toml(config.override(config.resolve(), {"data": {"dataset": settings.dataset}}))))
    found = registry.load(settings)
    assert len(found.images) + len(found.test) == 60
    assert f" {tmp_path}/caf\\xe9 " in found.notes[0]
    assert "damaged 1 (\\xfd.png)" in found.notes[0]
    (tmp_path / "caf\\xe9").mkdir()
    with pytest.raises(UserError, match="there are two paths that are written"):
        registry.load(settings)


def test_what_may_not_be_read_says_permission(tmp_path: Path) -> None:
    fill(tmp_path / "good", 60)
    fill(tmp_path / "locked", 30)
    secret = tmp_path / "good" / "a" / "secret.png"
    secret.write_bytes((tmp_path / "good" / "a" / "000.png").read_bytes())
    os.link(tmp_path / "locked" / "a" / "000.png", tmp_path / "good" / "linked.png")
    secret.chmod(0)
    (tmp_path / "locked").chmod(0)

    def look() -> Dataset:
        give_up_privileges()
        with pytest.raises(SettingsError, match=f"the folder {tmp_path / 'locked'} cannot be read: permission denied"):
            registry.load(data(tmp_path / "locked"))
        return registry.load(data(tmp_path))

    try:
        with ThreadPoolExecutor(1) as another:  # privileges are a thread's, and are gone with it
            found = another.submit(look).result()
    finally:
        (tmp_path / "locked").chmod(0o700)
    assert len(found.images) + len(found.test) == 61
    assert "permission denied 2 (locked/, good/a/secret.png)" in found.notes[0]


def test_a_file_that_vanishes_is_left_out(tmp_path: Path) -> None:
    assert read_image(tmp_path / "gone.png", Drawing(32, 3)) == LeftOut("no such file or directory")


def test_too_few_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"there are no images below {tmp_path} that can be read, and 60 are the least"):
        registry.load(data(tmp_path))
    fill(tmp_path, 3)
    (tmp_path / "x.png").write_bytes(b"junk")
    with pytest.raises(UserError, match=r"only 3 images below .* add 57 or more, or name a folder .* left out: damaged 1 \(x\.png\)"):
        registry.load(data(tmp_path))
    with pytest.raises(UserError, match="nowhere"):
        registry.load(data(tmp_path / "nowhere"))


def test_more_than_memory_holds_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path)
    monkeypatch.setattr(os, "sysconf", lambda _: 100)
    with pytest.raises(UserError, match="of memory"):
        registry.load(data(tmp_path))


def test_an_image_that_changes_while_it_is_read_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path)
    Image.fromarray(numpy.full((40, 40), 60_000, numpy.uint16)).save(tmp_path / "deep.png")
    rules = image_folder._rules

    def late(*arguments: Any) -> image_folder.Rules:
        found = rules(*arguments)
        Image.fromarray(numpy.full((40, 40), 0.5, numpy.float32)).save(tmp_path / "deep.png", "TIFF")
        return found

    monkeypatch.setattr(image_folder, "_rules", late)
    found = registry.load(data(tmp_path))
    assert len(found.images) + len(found.test) == 60
    assert "1 (deep.png)" in found.notes[0]
