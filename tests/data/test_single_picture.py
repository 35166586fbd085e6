"""Whatever a person names as a picture: it is read, or one line says why not."""

import io
import re
from pathlib import Path

import numpy
import pytest
from PIL import Image

from gan_tui.data.single_picture import fitted, read_picture
from gan_tui.errors import UserError


def saved(folder: Path, image: Image.Image, name: str = "picture.png", **options: object) -> Path:
    path = folder / name
    image.save(path, **options)  # type: ignore[arg-type]
    return path


def said(path: Path, smallest: int = 1) -> str:
    with pytest.raises(UserError) as refused:
        read_picture(path, smallest)
    text = str(refused.value)
    assert "\n" not in text
    assert path.name in text
    return text


@pytest.mark.parametrize(
    ("image", "colour"),
    [
        (Image.new("RGB", (20, 10), (255, 0, 64)), (255, 0, 64)),
        (Image.new("L", (20, 10), 90), (90, 90, 90)),
        (Image.new("P", (20, 10), 0), (0, 0, 0)),
        (Image.new("1", (20, 10), 1), (255, 255, 255)),
        (Image.fromarray(numpy.full((10, 20), 65_535, numpy.uint16)), (255, 255, 255)),
    ],
)
def test_every_kind_of_pixel_becomes_red_green_and_blue(tmp_path: Path, image: Image.Image, colour: tuple[int, int, int]) -> None:
    picture = read_picture(saved(tmp_path, image))
    assert (picture.image.mode, picture.image.size) == ("RGB", (20, 10))
    assert picture.image.getpixel((3, 3)) == colour
    assert picture.notes == ()


def test_what_is_transparent_lies_on_white(tmp_path: Path) -> None:
    picture = read_picture(saved(tmp_path, Image.new("RGBA", (20, 10), (200, 0, 0, 0))))
    assert picture.image.getpixel((3, 3)) == (255, 255, 255)
    assert "white is laid under it" in picture.notes[0]


def test_the_first_image_of_an_animation_is_taken_and_said(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "blue")]
    picture = read_picture(saved(tmp_path, frames[0], "film.gif", save_all=True, append_images=frames[1:]))
    assert picture.image.getpixel((3, 3)) in ((254, 0, 0), (255, 0, 0))
    assert "the first is taken" in picture.notes[0]


def test_a_camera_that_was_turned(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert read_picture(saved(tmp_path, Image.new("RGB", (20, 10)), "turned.jpg", exif=exif)).image.size == (10, 20)


def test_one_line_for_what_cannot_be_read(tmp_path: Path) -> None:
    assert "none.png" in said(tmp_path / "none.png")
    assert "it is a folder" in said(tmp_path)
    words = tmp_path / "words.png"
    words.write_text("no picture at all")
    assert str(words) in said(words)
    empty = tmp_path / "empty.png"
    empty.touch()
    assert "is empty" in said(empty)
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.7")
    assert "PDF" in said(tmp_path / "paper.pdf")
    torn = saved(tmp_path, Image.effect_noise((80, 80), 90), "torn.png")
    torn.write_bytes(torn.read_bytes()[:2000])
    assert "is damaged" in said(torn)
    assert re.search(r"dot\.png.* 1 x 1 .*\b16\b", said(saved(tmp_path, Image.new("RGB", (1, 1)), "dot.png"), smallest=16))


def test_a_small_file_that_claims_to_be_huge_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(buffer, "PNG")
    path = tmp_path / "huge.png"
    path.write_bytes(buffer.getvalue())
    assert "12,000 x 12,000 pixels, more than 64 million" in said(path)


def test_a_size_keeps_its_shape() -> None:
    assert fitted((400, 300), 256) == (256, 192)
    assert fitted((30, 3000), 100) == (1, 100)
