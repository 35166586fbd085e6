"""Classes of a folder of images: sub-folders, lists of labels, and what is wrong with them."""

import re
from pathlib import Path

import pytest
import torch
from PIL import Image

from gan_tui import config
from gan_tui.data import folder_classes, registry
from gan_tui.data.dataset import Dataset
from gan_tui.errors import UserError
from gan_tui.run import directory
from tests.conftest import SMALL, Cli

LEVELS = {"cats": 50, "dogs": 200, "10": 120}


def fill(folder: Path, count: int, names: tuple[str, ...] = ("cats", "dogs")) -> None:
    """`count` images in turn in folders of these names; the grey level says which."""
    for number in range(count):
        place = folder / names[number % len(names)]
        place.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), LEVELS[place.name]).save(place / f"{number:03d}.png")


def load(folder: Path, **more: object) -> Dataset:
    table = {"data": {"dataset": f"folder:{folder}", "channels": 1, **more}, "model": {"conditional": True}}
    return registry.load(config.resolve(tables=[table]).data, labelled=True)


def levels(images: torch.Tensor) -> list[int]:
    return [int(level) for level in images.flatten(1)[:, 0]]


@pytest.mark.parametrize("below", ["", "train", "all/train"])
def test_sub_folders_are_classes(tmp_path: Path, below: str) -> None:
    fill(tmp_path / below, 70)
    found = load(tmp_path)
    assert (found.class_names, found.classes) == (("cats", "dogs"), 2)
    assert "2 classes found: cats 35, dogs 35" in found.notes
    assert found.labels is not None
    assert found.test_labels is not None
    assert (found.labels.dtype, found.labels.shape, found.test_labels.shape) == (torch.int64, (63,), (7,))
    for images, labels in ((found.images, found.labels), (found.test, found.test_labels)):
        assert levels(images) == [(50, 200)[label] for label in labels.tolist()]


def test_images_beside_the_sub_folders_have_no_class(tmp_path: Path) -> None:
    fill(tmp_path, 70)
    Image.new("L", (8, 8)).save(tmp_path / "stray.png")
    assert "1 (stray.png)" in load(tmp_path).notes[0]
    unlabelled = registry.load(config.resolve(tables=[{"data": {"dataset": f"folder:{tmp_path}"}}]).data)
    assert len(unlabelled.images) + len(unlabelled.test) == 71
    assert unlabelled.labels is None


def test_no_class_is_held_out_as_a_whole_and_numbers_are_in_their_order(tmp_path: Path) -> None:
    fill(tmp_path, 200)
    for number in range(2, 11):
        (tmp_path / str(number)).mkdir()
        Image.new("L", (8, 8), 120).save(tmp_path / str(number) / "one.png")
    found = load(tmp_path)
    assert found.labels is not None
    assert found.labels.unique().tolist() == list(range(11))
    for before, name in (("cats", "11"), ("dogs", "0")):
        (tmp_path / before).rename(tmp_path / name)
    assert load(tmp_path).class_names == ("0", *map(str, range(2, 12)))


def test_names_that_are_known_keep_their_numbers(tmp_path: Path) -> None:
    fill(tmp_path, 180, ("cats", "dogs", "10"))
    found = load(tmp_path, classes=["dogs", "cats"])
    assert found.class_names == ("dogs", "cats")
    assert "60 (10/002.png, 10/005.png, 10/008.png, ...)" in found.notes[0]
    assert found.labels is not None
    assert levels(found.images) == [(200, 50)[label] for label in found.labels.tolist()]
    with pytest.raises(UserError, match="no image is of the class birds"):
        load(tmp_path, classes=["dogs", "birds"])


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("header", ["", "file{}label{}more\n"])
def test_a_list_of_labels_in_the_folder(tmp_path: Path, delimiter: str, header: str) -> None:
    fill(tmp_path, 90, ("cats", "dogs", "10"))
    names = {"cats": "{}/{}.png", "dogs": "{1}.png", "10": "{1}"}  # the path, the name, the name without its ending
    lines = [delimiter.join((names[path.parent.name].format(path.parent.name, path.stem), f"is {path.parent.name}", "more"))
             for path in tmp_path.rglob("*.png")]  # fmt: skip
    (tmp_path / "labels.csv").write_text(
        "\ufeff" + header.replace("{}", delimiter) + "\n".join([*lines, "", f"gone.png{delimiter}is gone"])
    )
    found = load(tmp_path)
    assert found.class_names == ("is 10", "is cats", "is dogs")
    assert found.labels is not None
    assert levels(found.images) == [(120, 50, 200)[label] for label in found.labels.tolist()]
    assert f"{tmp_path}/labels.csv" in found.notes[-1]
    assert "1 (gone.png)" in found.notes[-1]
    assert "left out" not in found.notes[0], "the list itself is no image that was left out"


def test_a_list_elsewhere_goes_before_the_one_in_the_folder_and_is_part_of_the_digest(tmp_path: Path) -> None:
    fill(tmp_path / "images", 60)
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    one.write_text("\n".join(f"{number:03d}.png,{'ab'[number > 20]}" for number in range(60)))
    other.write_text("\n".join(f"{number:03d}.png,{'ab'[number > 30]}" for number in range(60)))
    (tmp_path / "images" / "labels.csv").write_text("000.png,x")
    found = [load(tmp_path / "images", labels=str(path)) for path in (one, other)]
    assert found[0].class_names == ("a", "b")
    assert found[0].digest != found[1].digest


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"\xff\xfe\0", "is no UTF-8 text"),
        (b"000.png\n", "line 1: a file name and a class are wanted, not '000.png'"),
        (b"x.png,a\ny.png,b\n", "names none of the 60 images, such as y.png"),
        (b"000.png,a\ncats/000.png,b\n", "line 2: cats/000.png is b, and was a in line 1"),
        (b"000.png,a\n002.png,a\n", "all images are of one class, a"),
        (b"000.png,a\nno.png,b\n", "of one class, a; lines of {}/labels.csv that name no image that was found: 1 (no.png)"),
        (
            b"000.png,a\nsame.png,b\nsame,c\n",
            "a; lines of {}/labels.csv that fit several images (write their path in the folder): 2 (same.png,",
        ),
        (b"same.png,b\nsame,c\n", "names none of the 62 images; lines of {}/labels.csv that fit several images: 2 (same.png, same)"),
        ("\n".join(f"{number:03d}.png,{number}" for number in range(60)).encode() + b'\n"' + b"x" * 200_000, "field larger than"),
        (b"000.png,\x1b[31ma\n001.png,b", "only 2 images"),
        (b"", "names none of the 60 images"),
    ],
)
def test_what_is_wrong_with_a_list(tmp_path: Path, content: bytes, wanted: str) -> None:
    fill(tmp_path, 60)
    for folder in "xy" if b"same" in content else "":
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.png").write_bytes((tmp_path / "cats" / "000.png").read_bytes())
    (tmp_path / "labels.csv").write_bytes(content)
    with pytest.raises(UserError) as caught:
        load(tmp_path)
    assert wanted.format(tmp_path) in str(caught.value)
    assert str(caught.value).isprintable()


def test_many_classes_are_refused_and_few_are_named() -> None:
    images = [f"{number}/x.png" for number in range(1001)]
    with pytest.raises(UserError, match="there are 1,001 classes"):
        folder_classes.find(images, None, "photos")
    assert folder_classes.find(images[:1000], None, "photos").notes[0].endswith("18 1, 19 1 and 980 more")


def test_from_the_command_line(cli: Cli, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    fill(photos, 60, ("cats",))
    options = ("--headless", "--epochs", "1", "--dataset", f"folder:{photos}", *SMALL)
    for refused, wanted in (
        (cli(*options, "--conditional"), "all images are of one class, cats"),
        (cli(*options, "--labels", "gone.csv", "--conditional"), "--labels gone.csv: there is no file"),
        (cli(*options, "--set", 'data.classes=["a","b"]'), ": it is for --conditional"),
        (cli("--headless", "--conditional", "--set", 'data.classes=["a","b"]'), "it is for --conditional with images of your own"),
        (cli(*options, "--conditional", "--set", 'data.classes=["a","a"]'), "two names or more are wanted, each once"),
    ):
        assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1), refused.stderr
        assert wanted in refused.stderr
    fill(photos, 60)
    done = cli(*options, "--conditional", "--name", "told")
    assert done.returncode == 0, done.stderr
    assert "2 classes found: cats 60, dogs 30" in done.stderr
    assert directory.RunDirectory(cli.run("told").path).config().data.classes == ("cats", "dogs")
    assert "data.classes" not in cli.run("told").events.read_text()
    assert cli("evaluate", "told", "--samples", "100", "--newest").returncode == 0
    photos.rename(tmp_path / "moved")
    for word in ("dogs", "1"):
        assert cli("sample", "told", "-n", "4", "--class", word, "-o", str(tmp_path / f"{word}.png")).returncode == 0
    assert (tmp_path / "dogs.png").read_bytes() == (tmp_path / "1.png").read_bytes()
    refused = cli("sample", "told", "-n", "4", "--class", "birds", "-o", str(tmp_path / "x.png"))
    assert re.search(r"--class birds.* 0 to 1: cats, dogs", refused.stderr)
    gone = cli("resume", "told", "--headless", "--epochs", "2")
    assert (gone.returncode, len(gone.stderr.splitlines())) == (2, 1), gone.stderr
    assert str(photos) in gone.stderr
    done = cli("resume", "told", "--headless", "--epochs", "2", "--data-dir", str(tmp_path / "moved"))
    assert done.returncode == 0, done.stderr
    for image in list((tmp_path / "moved" / "cats").iterdir())[:5]:
        image.rename(tmp_path / "moved" / "dogs" / f"new-{image.name}")
    refused = cli("resume", "told", "--headless", "--epochs", "3")
    assert refused.returncode == 2
    assert "--data-changed ok" in refused.stderr
