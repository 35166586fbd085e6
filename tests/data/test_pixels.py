"""The scale of deep images and the background of transparent ones: what is drawn equals its eight-bit twin."""

import re
import struct
from pathlib import Path
from typing import Any

import numpy
import pytest
import torch
from PIL import Image, ImageCms

from gan_tui.data import image_folder, pixels, registry
from gan_tui.data.image_file import Drawing, LeftOut, Picture, read_image
from gan_tui.data.pixels import Scale
from tests.data.test_image_folder import data

SIDE = 32


def photo(seed: int) -> "numpy.typing.NDArray[numpy.uint8]":
    """Random grey levels; black and white among them."""
    values = numpy.random.default_rng(seed).integers(0, 256, (40, 40), dtype=numpy.uint8)
    values[0, 0], values[20, 20] = 0, 255
    return values


def load(folder: Path, **more: object) -> tuple[torch.Tensor, tuple[str, ...]]:
    found = registry.load(data(folder, channels=1, **more))
    return torch.cat([found.test, found.images]), found.notes


def twins(folder: Path, deep: Any, ending: str = "tif") -> tuple[torch.Tensor, torch.Tensor, tuple[str, ...]]:
    """60 photographs as eight bits, and the same as `deep` makes them; how both are drawn, and the notes on the second."""
    for kind in ("eight", "deep"):
        (folder / kind).mkdir()
        for number in range(60):
            image = Image.fromarray(photo(number)) if kind == "eight" else deep(photo(number))
            image.save(folder / kind / f"{number:03}.{'png' if kind == 'eight' else ending}")
    eight, _ = load(folder / "eight")
    made, notes = load(folder / "deep")
    return eight, made, notes


def as_type(kind: Any, factor: float = 1, offset: float = 0) -> Any:
    return lambda values: Image.fromarray((values.astype(numpy.float64) * factor + offset).astype(kind))


@pytest.mark.parametrize(
    ("deep", "ending", "said"),
    [
        (as_type(numpy.float32, 1 / 255), "tif", "60 float TIFF images with values from 0 to 1: 0 is taken for black, 1 for white"),
        (as_type(numpy.float32), "tif", "values from 0 to 255: 0 is taken for black, 255 for white"),
        (as_type(numpy.float32, 257), "tif", "0 is taken for black, 65535 for white"),
        (as_type(numpy.float32, 2 / 255, -1), "tif", "values from -1 to 1: -1 is taken for black, 1 for white"),
        (as_type(numpy.float32, 1e7 / 255, -3e6), "tif", "values from -3000000 to 7000000: -3000000 is taken for black, 7000000 for white"),
        (as_type(numpy.int32), "tif", "60 32-bit TIFF images with values from 0 to 255"),
        (as_type(numpy.int32, 257), "tif", "0 is taken for black, 65535 for white"),
        (as_type(numpy.int32, 3921), "tif", "0 is taken for black, 999855 for white"),
        (as_type(numpy.int32, 1, -128), "tif", "-128 is taken for black, 127 for white"),
        (as_type(numpy.uint16), "png", "60 16-bit PNG images with values from 0 to 255: 0 is taken for black, 255 for white"),
        (as_type(numpy.uint16, 257), "png", "0 is taken for black, 65535 for white"),
        (as_type(numpy.uint16, 257), "tif", "60 16-bit TIFF images"),
        (as_type(numpy.uint16, 257), "pgm", "60 32-bit PPM images"),
        (lambda values: Image.frombytes("I;16B", (40, 40), (values.astype(">u2") * 257).tobytes()), "tif", "60 16-bit TIFF images"),
    ],
)  # fmt: skip
def test_a_deep_image_is_drawn_like_its_eight_bit_twin(tmp_path: Path, deep: Any, ending: str, said: str) -> None:
    eight, made, notes = twins(tmp_path, deep, ending)
    assert torch.equal(eight, made)
    assert any(said in note for note in notes), notes


def test_twelve_bits_reach_white(tmp_path: Path) -> None:
    eight, made, notes = twins(tmp_path, as_type(numpy.uint16, 4095 / 255), "png")
    assert int((eight.int() - made.int()).abs().max()) <= 1
    assert any(re.search(r"\b0 .*black, 4095 .*white", note) for note in notes)


def test_a_dark_image_among_bright_ones_stays_dark_and_one_that_cannot_be_right_is_spoken_of(tmp_path: Path) -> None:
    for number in range(60):
        Image.fromarray(numpy.full((8, 8), 1000 * number + 100, numpy.uint16)).save(tmp_path / f"{number:03}.png")
        Image.fromarray(numpy.full((8, 8), number / 59 if number < 20 else 4 * number, numpy.float32)).save(tmp_path / f"{number:03}.tif")
    drawn, notes = load(tmp_path)
    levels = sorted(int(image.min()) for image in drawn)
    wanted = [round((1000 * number + 100) / 257) for number in range(60)] + [*(20 * [0]), *range(80, 240, 4)]
    assert all(abs(found - level) <= 1 for found, level in zip(levels, sorted(wanted), strict=True))
    assert any("60 float TIFF" in note and "20 of them " in note for note in notes)


def picture(path: Path, **drawing: Any) -> Picture:
    found = read_image(path, Drawing(SIDE, 1, **drawing))
    assert isinstance(found, Picture), found
    return found


def test_numbers_that_are_none(tmp_path: Path) -> None:
    values = photo(1).astype(numpy.float32) / 255
    values[3], values[4], values[5] = numpy.nan, numpy.inf, -numpy.inf
    Image.fromarray(values).save(tmp_path / "a.tif")
    first = picture(tmp_path / "a.tif")
    assert (first.image, first.depth, first.range) == (None, "float TIFF", (0.0, 1.0))
    drawn = pixels.to_eight_bits(Image.open(tmp_path / "a.tif"), Scale(0, 1))
    rows = numpy.asarray(drawn)
    assert (rows[3].max(), rows[4].min(), rows[5].max()) == (0, 255, 0)
    assert (rows[6] == photo(1)[6]).all()
    Image.fromarray(numpy.full((9, 9), numpy.nan, numpy.float32)).save(tmp_path / "none.tif")
    assert read_image(tmp_path / "none.tif", Drawing(SIDE, 1)) == LeftOut("without a finite value")


@pytest.mark.parametrize(
    ("depth", "low", "high", "scale"),
    [
        ("float TIFF", 0, 0, Scale(0, 1)),
        ("float TIFF", -0.04, 1.06, Scale(0, 1)),
        ("float TIFF", 0, 1.2, Scale(0, 1.2)),
        ("float TIFF", -20, 260, Scale(0, 255)),
        ("float TIFF", -0.9, 0.2, Scale(-1, 1)),
        ("float TIFF", -5, 9, Scale(-5, 9)),
        ("float TIFF", 0.5, 9, Scale(0.5, 9)),
        ("float TIFF", -0.05, 0.3, Scale(-0.05, 0.3)),
        ("float TIFF", 3e9, 3e9, Scale(0, 3e9)),
        ("32-bit TIFF", 0, 1, Scale(0, 1)),
        ("32-bit TIFF", 0, 256, Scale(0, 256)),
        ("32-bit TIFF", 0, 2000, Scale(0, 4095)),
        ("32-bit TIFF", -1000, 3000, Scale(-1000, 3000)),
        ("32-bit TIFF", -7, -7, Scale(-7, -6)),
        ("32-bit TIFF", 0, 2**31 - 1, Scale(0, 2**31 - 1)),
        ("32-bit TIFF", 5, 2**32 - 9, Scale(0, 2**32 - 1)),
        ("32-bit TIFF", 70_000, 90_000, Scale(70_000, 90_000)),
        ("16-bit PNG", 0, 4096, Scale(0, 4096)),
        ("16-bit PNG", 0, 20_000, Scale(0, 65_535)),
        ("32-bit PPM", 0, 9, Scale(0, 65_535)),
    ],
)
def test_the_rule_of_the_scale(depth: str, low: float, high: float, scale: Scale) -> None:
    assert pixels.choose_scale(depth, low, high) == scale


def test_unsigned_32_bits_are_not_negative(tmp_path: Path) -> None:
    values = photo(2).astype(numpy.uint64) * 16_843_009
    image = Image.fromarray(values.astype(numpy.uint32).view(numpy.int32))
    image.save(tmp_path / "a.tif")
    signed, unsigned = (struct.pack("<HHIHH", 339, 3, 1, kind, 0) for kind in (2, 1))  # the entry SampleFormat, which Pillow writes as 2
    content = (tmp_path / "a.tif").read_bytes()
    assert content.count(signed) == 1
    (tmp_path / "a.tif").write_bytes(content.replace(signed, unsigned))
    first = picture(tmp_path / "a.tif")
    assert first.range == (0.0, 2.0**32 - 1)
    drawn = picture(tmp_path / "a.tif", scales={first.depth: pixels.choose_scale(first.depth, *first.range)}).image
    Image.fromarray(photo(2)).save(tmp_path / "b.png")
    assert torch.equal(torch.as_tensor(drawn), torch.as_tensor(picture(tmp_path / "b.png").image))


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr", "LAB", "P", "RGBA", "RGB"])
def test_every_colour_space_is_the_same_red(tmp_path: Path, mode: str) -> None:
    red = Image.new("RGB", (40, 40), (200, 30, 90))
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    made = ImageCms.profileToProfile(red, srgb, lab, outputMode="LAB") if mode == "LAB" else red.convert(mode)
    assert made is not None
    made.save(tmp_path / f"a.{'png' if mode in ('P', 'RGBA', 'RGB') else 'tif'}")
    (path,) = tmp_path.iterdir()
    with Image.open(path) as written:
        try:
            written.load()
        except OSError:  # Pillow 11 and YCbCr
            pytest.skip("this Pillow cannot read what it has written")
    found = read_image(path, Drawing(SIDE, 3))
    assert isinstance(found, Picture)
    assert found.image is not None
    assert found.image.flatten(1).float().mean(1).tolist() == pytest.approx([200, 30, 90], abs=4)


def test_one_bit_is_black_or_white(tmp_path: Path) -> None:
    for level in (0, 1):
        Image.new("1", (8, 8), level).save(tmp_path / f"{level}.png")
        found = picture(tmp_path / f"{level}.png").image
        assert torch.as_tensor(found).unique().tolist() == [255 * level]


def icon(colour: tuple[int, int, int], mode: str = "RGBA") -> Image.Image:
    """A square of one colour in the middle of nothing."""
    made = Image.new("RGBA", (SIDE, SIDE), (*colour, 0))
    made.paste((*colour, 255), (8, 8, 24, 24))
    return made.convert(mode)


@pytest.mark.parametrize(
    ("colours", "background", "level", "said"),
    [
        ([(255, 255, 255)], "auto", 0, "60 images partly transparent, laid on black (data.background = auto)"),
        ([(0, 0, 0)], "auto", 255, "laid on white (data.background = auto)"),
        ([(200, 30, 90)], "auto", 255, "laid on white (data.background = auto)"),
        ([(0, 0, 0), (255, 255, 255)], "auto", 128, "laid on grey (data.background = auto)"),
        ([(0, 0, 0), (255, 255, 255), (128, 128, 128)], "auto", 255, "laid on white, on which 20 of them can hardly be seen"),
        ([(255, 255, 255)], "white", 255, "laid on white (data.background)"),
        ([(255, 255, 255)], "#404040", 64, "laid on #404040 (data.background)"),
    ],
)
def test_icons_do_not_vanish(tmp_path: Path, colours: list[tuple[int, int, int]], background: str, level: int, said: str) -> None:
    for number in range(60):
        icon(colours[number % len(colours)]).save(tmp_path / f"{number:03}.png")
    found = registry.load(data(tmp_path, background=background))
    images = torch.cat([found.test, found.images])
    assert images[:, :, 0, 0].unique().tolist() == [level]
    middles = {tuple(colour) for colour in images[:, :, 16, 16].tolist()}
    assert middles == set(colours)
    assert any(said in note for note in found.notes), found.notes


def test_what_is_nothing_but_transparent_is_called_so(tmp_path: Path) -> None:
    for number in range(60):
        made = icon((0, 0, 0)) if number < 40 else Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))
        made.save(tmp_path / f"{number:03}.png")
    assert any(re.search(r"\b60 .*partly transparent, 20 ", note) for note in registry.load(data(tmp_path)).notes)
    for number in range(40):
        (tmp_path / f"{number:03}.png").write_bytes((tmp_path / "050.png").read_bytes())
    assert any(re.search(r"\b60 .*wholly transparent", note) for note in registry.load(data(tmp_path)).notes)


@pytest.mark.parametrize("mode", ["P", "LA", "L", "1", "I;16", "RGB"])
def test_every_kind_of_transparency_shows_the_background(tmp_path: Path, mode: str) -> None:
    if mode == "I;16":
        values = numpy.full((SIDE, SIDE), 7, numpy.uint16)
        values[8:24, 8:24] = 65_535
        Image.fromarray(values).save(tmp_path / "a.png", transparency=7)
    elif mode == "P":
        palette = Image.new("P", (SIDE, SIDE), 0)
        palette.putpalette([9, 9, 9, 255, 255, 255])
        palette.paste(1, (8, 8, 24, 24))
        palette.save(tmp_path / "a.png", transparency=0)
    elif mode in ("L", "1", "RGB"):
        white = Image.new(mode, (SIDE, SIDE), 0)
        white.paste(Image.new(mode, (16, 16), "white"), (8, 8))
        white.save(tmp_path / "a.png", transparency=(0, 0, 0) if mode == "RGB" else 0)
    else:
        icon((255, 255, 255), mode).save(tmp_path / "a.png")
    found = picture(tmp_path / "a.png", background="#404040", scales={"16-bit PNG": Scale(0, 65_535)})
    assert found.transparent
    assert found.image is not None
    assert (int(found.image[0, 0, 0]), int(found.image[0, 16, 16])) == (64, 255)


def test_an_opaque_image_with_an_alpha_channel_is_not_called_transparent(tmp_path: Path) -> None:
    for number in range(60):
        Image.new("RGBA", (SIDE, SIDE), (3 * number, 99, 9, 255)).save(tmp_path / f"{number}.png")
    assert len(registry.load(data(tmp_path)).notes) == 1


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("ending", ["jpg", "png", "tif"])
def test_a_photograph_stands_as_the_camera_was_held(tmp_path: Path, orientation: int, ending: str) -> None:
    upright = numpy.zeros((64, 64), numpy.uint8)
    upright[:32] = 240
    turned = {1: 0, 3: 2, 6: 1, 8: -1}[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    values = numpy.rot90(upright, turned).copy()
    for deep in (False, True) if ending == "png" else (False,):
        image = Image.fromarray(values.astype(numpy.uint16) * 257 if deep else values)
        image.save(tmp_path / f"a.{ending}", exif=exif)
        found = picture(tmp_path / f"a.{ending}", scales={"16-bit PNG": Scale(0, 65_535)}).image
        assert found is not None
        assert (int(found[0, 2].min()) > 230, int(found[0, 29].max()) < 10) == (True, True)


def test_a_folder_has_few_enough_threads_to_stay_the_same(tmp_path: Path) -> None:
    for number in range(60):
        Image.fromarray(photo(number)).save(tmp_path / f"{number}.png")
    drawn, _ = load(tmp_path)
    held_out = 60 // image_folder.HELD_OUT
    order = torch.randperm(60, generator=torch.Generator().manual_seed(image_folder.SEED))
    names = sorted(f"{number}.png" for number in range(60))
    first = picture(tmp_path / names[int(order[0])]).image
    assert torch.equal(drawn[0], torch.as_tensor(first))
    assert len(drawn[:held_out]) == 6
