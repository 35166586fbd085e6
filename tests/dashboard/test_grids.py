"""Grids of earlier epochs: torchvision's layout, and every file that is none."""

import os
from pathlib import Path

import pytest
from PIL import Image

from gan_tui.dashboard.grids import Grids
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Samples
from gan_tui.run.images import Images

LIKE = Images(4, 3, 3, 1, bytes(36))


def grid_of(colours: list[tuple[int, int, int]], columns: int, side: int = 3) -> Image.Image:
    """As torchvision's make_grid lays it out: two pixels around each image."""
    rows = -(-len(colours) // columns)
    sheet = Image.new("RGB", (columns * (side + 2) + 2, rows * (side + 2) + 2))
    for number, colour in enumerate(colours):
        row, column = divmod(number, columns)
        sheet.paste(colour, (2 + column * (side + 2), 2 + row * (side + 2), 2 + column * (side + 2) + side, 2 + row * (side + 2) + side))
    return sheet


def read(run: RunDirectory, path: str = "samples/a.png", like: Images | None = LIKE, scores: int = 0) -> Images | str:
    return Grids(run).read(Samples(path=path, epoch=1, scores=[0.5] * scores), like)


def test_grey_images_come_back_as_they_were(run: RunDirectory) -> None:
    grid_of([(value,) * 3 for value in (10, 20, 30, 40)], 2).save(run.samples / "a.png")
    assert read(run) == Images(4, 3, 3, 1, b"".join(bytes([value]) * 9 for value in (10, 20, 30, 40)))
    grid_of([(value,) * 3 for value in (10, 20, 30)], 2).save(run.samples / "a.png")
    found = read(run, scores=3)
    assert isinstance(found, Images)
    assert found.count == 3, "the last row need not be full"


def test_colours_stay_colours(run: RunDirectory) -> None:
    grid_of([(255, 0, 0), (0, 255, 0)], 2).save(run.samples / "a.png")
    found = read(run)
    assert isinstance(found, Images)
    assert (found.count, found.channels, found.image(1)[:3]) == (2, 3, bytes([0, 255, 0]))


def test_without_a_preview_the_settings_say_how_many_stand_in_a_row(run: RunDirectory) -> None:
    grid_of([(value,) * 3 for value in range(20)], 10).save(run.samples / "a.png")
    found = read(run, like=None)
    assert isinstance(found, Images)
    assert (found.count, found.width, found.height) == (20, 3, 3)


def test_a_picture_that_is_no_grid_is_one_image(run: RunDirectory) -> None:
    Image.new("L", (17, 31), 7).save(run.samples / "a.png")
    assert read(run) == Images(1, 31, 17, 1, bytes([7]) * (17 * 31))


def test_files_that_are_no_grids_say_why(run: RunDirectory, tmp_path: Path) -> None:
    Image.new("L", (3, 3)).save(tmp_path / "outside.png")
    (run.samples / "link.png").symlink_to(tmp_path / "outside.png")
    os.mkfifo(run.samples / "pipe.png")
    (run.samples / "words.png").write_text("no picture")
    Image.new("L", (3, 3)).save(run.samples / "bitmap.png", format="BMP")
    Image.new("1", (8000, 8000)).save(run.samples / "huge.png")
    Image.new("L", (64, 64), 3).save(run.samples / "torn.png")
    (run.samples / "torn.png").write_bytes((run.samples / "torn.png").read_bytes()[:60])
    (run.samples / "large.png").touch()
    os.truncate(run.samples / "large.png", 65 << 20)
    for name, reason in (
        ("samples/gone.png", "no such file"),
        ("samples/link.png", "outside of the run directory"),
        ("../../outside.png", "outside of the run directory"),
        (str(tmp_path / "outside.png"), "outside of the run directory"),
        ("samples/pipe.png", "no regular file"),
        ("samples", "it is a folder"),
        ("samples/words.png", "no PNG"),
        ("samples/bitmap.png", "no PNG"),
        ("samples/huge.png", "too many"),
        ("samples/large.png", "too large"),
        ("samples/torn.png", "cannot show samples/torn.png"),
        ("samples/\0.png", "cannot show"),
    ):
        found = read(run, name)
        assert isinstance(found, str), name
        assert reason in found, found


def test_what_was_read_is_remembered_and_the_oldest_forgotten(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gan_tui.dashboard.grids.REMEMBERED", 80)
    grids = Grids(run)
    events = [Samples(path=f"samples/{number}.png", epoch=number, t=float(number)) for number in range(3)]
    for event in events:
        grid_of([(9, 9, 9)] * 4, 2).save(run.path / event.path)
        grids.read(event, LIKE)
    assert [grids.known(event) is not None for event in events] == [False, True, True]
