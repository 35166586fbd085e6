"""`folder:photos.zip`: the same as the folder that it was made of, and hostile ones."""

import re
import struct
import sys
import zipfile
from pathlib import Path

import numpy
import pytest
import torch
from PIL import Image

from gan_tui import config
from gan_tui.config.data import SIZES
from gan_tui.config.sections import CONVOLVED
from gan_tui.data import registry, zip_file
from gan_tui.data.dataset import Dataset
from gan_tui.errors import UserError
from gan_tui.models.layers import sizes
from gan_tui.training import build
from tests.conftest import SMALL, Cli


def load(path: Path, *, labelled: bool = False, **more: object) -> Dataset:
    table = {"data": {"dataset": f"folder:{path}", **more}, "model": {"conditional": labelled}}
    return registry.load(config.resolve(tables=[table]).data, labelled=labelled)


def fill(folder: Path, count: int = 60, size: tuple[int, int] = (40, 30)) -> None:
    for number in range(count):
        place = folder / ("cats", "dogs")[number % 2]
        place.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size, (number, 128, 255)).save(place / f"{number:03d}.{('png', 'bmp')[number % 3 == 0]}")


def packed(folder: Path, method: int = zipfile.ZIP_DEFLATED, top: str = "") -> Path:
    path = folder.parent / f"{folder.name}-{method}{top}.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, Path(top) / file.relative_to(folder))
    return path


@pytest.mark.parametrize("method", zip_file.METHODS)
def test_it_is_the_same_data_as_the_folder(tmp_path: Path, method: int) -> None:
    fill(tmp_path / "photos")
    (tmp_path / "photos" / "labels.csv").write_text("\n".join(f"{number:03d},{'ab'[number % 2]}" for number in range(60)))
    folder, archive = load(tmp_path / "photos"), load(packed(tmp_path / "photos", method))
    assert torch.equal(folder.images, archive.images)
    assert torch.equal(folder.test, archive.test)
    assert folder.digest == archive.digest
    assert folder.notes == tuple(note.replace(f"photos-{method}.zip", "photos") for note in archive.notes)
    told = load(packed(tmp_path / "photos", method), labelled=True)
    assert told.class_names == ("a", "b")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["photos", f"photos-{method}.zip"], "nothing was unpacked"


def test_an_archive_of_the_program_zip_loses_nothing_among_threads(tmp_path: Path) -> None:
    """It notes a time before each file's content, which Python 3.12.1 skips at a wrong place where several threads do."""
    fill(tmp_path / "photos", count=200, size=(8, 8))
    path = tmp_path / "photos.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted((tmp_path / "photos").rglob("*.*")):
            info = zipfile.ZipInfo(str(file.relative_to(tmp_path)))
            info.extra = struct.pack("<HHBL", 0x5455, 5, 1, 1_700_000_000)
            archive.writestr(info, file.read_bytes())
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        found = [load(path) for _ in range(3)]
    finally:
        sys.setswitchinterval(before)
    assert {one.digest for one in found} == {load(tmp_path / "photos").digest}


def test_classes_are_the_folders_in_the_one_that_all_lie_in(tmp_path: Path) -> None:
    fill(tmp_path / "photos")
    assert load(packed(tmp_path / "photos", top="photos"), labelled=True).class_names == ("cats", "dogs")


@pytest.mark.parametrize("alone", [False, True])
def test_a_folder_that_holds_all_of_an_archive_is_no_part_of_it(tmp_path: Path, alone: bool) -> None:
    """`zip -r photos.zip photos` makes one: it is the same data, and the list of classes is found in it."""
    fill(tmp_path / "photos" / "round" if alone else tmp_path / "photos")
    (tmp_path / "photos" / "labels.csv").write_text("\n".join(f"{number:03d},{'ab'[number % 2]}" for number in range(60)))
    folder, bare, whole = (
        load(path) for path in (tmp_path / "photos", packed(tmp_path / "photos"), packed(tmp_path / "photos", top="photos"))
    )
    assert folder.digest == bare.digest == whole.digest
    assert torch.equal(folder.images, whole.images)
    assert load(packed(tmp_path / "photos", top="photos"), labelled=True).class_names == ("a", "b")
    assert whole.was(whole.former_digest), "which an older gan-tui wrote"
    assert not whole.was("folder:another")


@pytest.mark.parametrize(
    ("name", "words"), [("half.zip", "is a damaged zip file"), ("text.zip", "is no zip file"), ("photo.png", "is one picture")]
)
def test_a_file_that_is_no_archive_is_not_called_absent(tmp_path: Path, cli: Cli, name: str, words: str) -> None:
    fill(tmp_path / "photos")
    Image.new("RGB", (8, 8)).save(tmp_path / "photo.png")
    (tmp_path / "text.zip").write_text("no archive")
    (tmp_path / "half.zip").write_bytes(packed(tmp_path / "photos").read_bytes()[:3000])
    done = cli("--headless", "--dataset", f"folder:{tmp_path / name}")
    assert done.returncode == 2
    assert f"{tmp_path / name} {words}" in done.stderr


def hostile(good: Path, path: Path) -> dict[str, str]:
    """Add what is not taken; the reasons, and what is named with them."""
    image = (good / "cats" / "000.bmp").read_bytes()
    link = zipfile.ZipInfo("link.png")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(link, "/etc/passwd")
        for name in ("../out.png", "/root.png", "C:/x.png", "a/../../b.png", "__MACOSX/._x.png", "a/.hidden.png", "\x1b[31mred.png"):
            archive.writestr(name, b"junk" if "red" in name else image)
        archive.writestr("bomb.png", image[:200] + bytes(zip_file.LARGEST_FILE))
        archive.writestr("flat.bmp", image[:54] + bytes(10))
        archive.writestr("nested.zip", (good.parent / path.name).read_bytes()[:1000])
        archive.writestr("empty.png", b"")
        archive.writestr("notes.txt", b"no image")
        archive.writestr("odd.png", image, zipfile.ZIP_LZMA)
        archive.writestr("secret.png", image)
        archive.writestr("torn.bmp", image)
        archive.writestr("twice.bmp", image[:10])
    content = bytearray(path.read_bytes())
    for signature, flag in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
        start = 0
        while (start := content.find(signature, start + 1)) >= 0:
            header = 46 if flag == 8 else 30
            if content[start + header : start + header + 10] == b"secret.png":
                content[start + flag] |= 1
            if flag == 6 and content[start + header : start + header + 8] == b"torn.bmp":
                content[start + header + 20 : start + header + 30] = b"\xff" * 10
    path.write_bytes(content)
    return {
        "links": "link.png",
        "with a path that leads out of the archive": "../out.png, /root.png, C:/x.png, ...",
        "hidden": "__MACOSX/._x.png, a/.hidden.png",
        "too large": "bomb.png",
        "of a kind that cannot be read, zip": "nested.zip",
        "empty": "empty.png",
        "no images": "notes.txt",
        "compressed in a way that is not read": "odd.png",
        "encrypted": "secret.png",
        "damaged": "?[31mred.png, flat.bmp, torn.bmp, ...",
    }


@pytest.mark.slow
def test_hostile_members_are_counted_and_named(tmp_path: Path) -> None:
    fill(tmp_path / "photos")
    path = packed(tmp_path / "photos")
    wanted = hostile(tmp_path / "photos", path)
    found = load(path)
    assert len(found.images) + len(found.test) == 60
    for reason, names in wanted.items():
        assert f"{reason} {4 if 'damaged' in reason or 'leads' in reason else 1 + names.count(',')} ({names})" in found.notes[0], reason
    assert all(line.isprintable() for line in (*found.notes, *found.details))
    assert not (tmp_path.parent / "out.png").exists()


def test_what_is_no_archive_or_claims_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path / "photos")
    path = packed(tmp_path / "photos")
    whole = path.read_bytes()
    for content in (b"", b"no archive", whole[:500], whole[:-30]):
        path.write_bytes(content)
        with pytest.raises(UserError, match="is no zip file that can be read") as caught:
            load(path)
        assert str(caught.value).isprintable()
    path.write_bytes(whole)
    monkeypatch.setattr(zip_file, "LARGEST_WHOLE", 60 * 40)
    with pytest.raises(UserError, match="GB are in it"):
        load(path)
    monkeypatch.setattr(zip_file, "LARGEST_WHOLE", 1 << 40)
    monkeypatch.setattr(zip_file, "LARGEST_CONTENTS", 1000)
    with pytest.raises(UserError, match="its table of contents is too large"):
        load(path)
    secret = bytearray(whole)
    start = 0
    while (start := secret.find(b"PK\1\2", start + 1)) >= 0:
        secret[start + 8 : start + 10] = struct.pack("<H", 1)
    path.write_bytes(secret)
    monkeypatch.undo()
    with pytest.raises(UserError, match=r"; left out: encrypted 60"):
        load(path)


@pytest.mark.parametrize(
    ("fit", "wide", "high", "words"),
    [
        ("crop", 32, 32, "1 cropped to the middle square (67% of each cut off)"),
        ("pad", 11, 11, "1 made square with black beside them (67% of each)"),
        ("stretch", 11, 32, "1 stretched to a square (up to 3 times as high or wide)"),
    ],
)
def test_what_is_not_square(tmp_path: Path, fit: str, wide: int, high: int, words: str) -> None:
    values = numpy.zeros((60, 180), numpy.uint8)
    values[:, 60:120] = 200
    for number in range(59):
        Image.new("L", (60, 60), 250).save(tmp_path / f"{number}.png")
    Image.fromarray(values).save(tmp_path / "wide.png")
    found = load(tmp_path, channels=1, fit=fit, background="black")
    assert words in found.notes[0]
    image = next(image for image in torch.cat([found.images, found.test]) if int(image[0, 16, 16]) == 200)[0]
    assert abs(int((image[16] > 150).sum()) - wide) <= 1
    assert abs(int((image[:, 16] > 150).sum()) - high) <= 1


@pytest.mark.parametrize("preset", ["dcgan", "sn-hinge", "wgan-gp", "r3"])
def test_networks_grow_with_the_size(preset: str) -> None:
    counts = []
    for size in (28, 32, 48, 64, 80, 128):
        tables = [{"data": {"dataset": "folder:x", "image_size": size}, "model": {"channels": 8, "latent_dim": 4}}]
        settings = config.resolve(preset, tables=tables)
        z = torch.randn(2, 4)
        images = build.make_generator(settings)(z, None)
        assert images.shape == (2, 3 * size * size)
        assert build.make_discriminator(settings)(images, None).shape == (2, 1)
        counts.append(build.count_parameters(settings))
    assert counts[1] < counts[3] < counts[5]
    with pytest.raises(UserError, match=r"data.image_size = 100 is not allowed with model.family"):
        config.resolve(preset, tables=[{"data": {"dataset": "folder:x", "image_size": 100}}])
    config.resolve(tables=[{"data": {"dataset": "folder:x", "image_size": 100}}])


def test_sizes_that_convolutions_take_are_those_that_halves_lead_to_few_pixels() -> None:
    assert tuple(size for size in range(SIZES[0], SIZES[1] + 1) if sizes(size)[0] <= 7) == CONVOLVED


def test_from_the_command_line(cli: Cli, tmp_path: Path) -> None:
    fill(tmp_path / "photos")
    path = packed(tmp_path / "photos")
    options = ("--headless", "--epochs", "1", "--conditional", "--image-size", "50", "--fit", "pad", *SMALL)
    done = cli("--dataset", f"folder:{path}", "--name", "zipped", *options)
    assert done.returncode == 0, done.stderr
    assert re.search(r"\b60 .*\(25%", done.stderr)
    path.rename(tmp_path / "moved.zip")
    done = cli("resume", "zipped", "--headless", "--epochs", "2", "--data-dir", str(tmp_path / "photos"))
    assert done.returncode == 0, done.stderr
    assert cli("evaluate", "zipped", "--samples", "100", "--data-dir", str(tmp_path / "moved.zip")).returncode == 0
    (tmp_path / "text.zip").write_text("no archive")
    refused = cli("--dataset", f"folder:{tmp_path / 'text.zip'}", *options)
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)
    assert "text.zip" in refused.stderr
    refused = cli("--headless", "--fit", "pad")
    assert "--fit pad: " in refused.stderr
