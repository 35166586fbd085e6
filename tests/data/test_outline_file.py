"""An outline as a file: lines of either kind, sizes, and what is none."""

from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from gan_tui.data.outline_file import read_outline, read_to_trace
from gan_tui.errors import UserError


def drawn(path: Path, size: tuple[int, int] = (28, 28), mode: str = "L", *, dark: bool = True, width: int = 1) -> Path:
    """A square in the middle, of half the size."""
    ground, line = (255, 0) if dark else (0, 255)
    image = Image.new("L", size, ground)
    ImageDraw.Draw(image).rectangle([size[0] // 4, size[1] // 4, size[0] * 3 // 4, size[1] * 3 // 4], outline=line, width=width)
    image.convert(mode).save(path)
    return path


@pytest.mark.parametrize("dark", [True, False])
def test_dark_lines_and_light_ones_are_told_apart(tmp_path: Path, *, dark: bool) -> None:
    path = drawn(tmp_path / "a.png", dark=dark)
    found = read_outline(path, 28, 28)
    assert set(found.outline) == {0, 255}
    assert [found.outline[y * 28 + x] for x, y in ((7, 7), (14, 7), (14, 14), (0, 0))] == [255, 255, 0, 0]
    assert ("dark lines" if dark else "light lines") in found.notes[-1]
    assert read_outline(path, 28, 28, "dark" if dark else "light").outline == found.outline


@pytest.mark.parametrize(("size", "width"), [((512, 512), 3), ((512, 512), 14), ((56, 56), 1), ((14, 14), 1), ((2000, 2000), 30)])
def test_any_size_becomes_that_of_the_run(tmp_path: Path, size: tuple[int, int], width: int) -> None:
    found = read_outline(drawn(tmp_path / "a.png", size, width=width), 28, 28).outline
    assert len(found) == 28 * 28
    rows = [y for y in range(28) if found[y * 28 + 14]]
    assert rows, "the upper and the lower side are seen in the middle column"
    assert abs(rows[0] - 7) <= 1
    assert abs(rows[-1] - 21) <= 1


@pytest.mark.parametrize("size", [(300, 100), (100, 300)])
def test_another_shape_keeps_its_own_with_a_margin(tmp_path: Path, size: tuple[int, int]) -> None:
    found = read_outline(drawn(tmp_path / "a.png", size, width=6), 28, 28)
    columns = [x for x in range(28) if any(found.outline[x::28])]
    rows = [y for y in range(28) if any(found.outline[y * 28 : y * 28 + 28])]
    wide, high = len(range(columns[0], columns[-1] + 1)), len(range(rows[0], rows[-1] + 1))
    assert (wide > 2 * high) if size[0] > size[1] else (high > 2 * wide)
    assert f"{size[0]} x {size[1]} pixels made 28 x 28" in found.notes[-1]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P", "1", "I;16"])
def test_modes(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.png"
    drawn(path)
    if mode == "I;16":
        with Image.open(path) as image:
            deep = [value * 257 for value in image.tobytes()]
        wide = Image.new("I;16", (28, 28))
        wide.frombytes(b"".join(value.to_bytes(2, "little") for value in deep))
        wide.save(path)
    else:
        with Image.open(path) as image:
            converted = image.convert(mode)
        converted.save(path)
    assert read_outline(path, 28, 28).outline == read_outline(drawn(tmp_path / "b.png"), 28, 28).outline


def test_a_photograph_is_offered_its_outline(tmp_path: Path) -> None:
    photo = Image.new("L", (40, 40))
    photo.paste(110, (4, 4, 36, 19))
    photo.paste(255, (4, 22, 36, 29))
    photo.save(tmp_path / "photo.png")
    assert any("looks like a photograph" in note and "--trace" in note for note in read_outline(tmp_path / "photo.png", 28, 28).notes)
    notes = read_outline(drawn(tmp_path / "drawn.png", (40, 40)), 28, 28).notes
    assert not any("looks like a photograph" in note for note in notes)


def test_black_on_transparent(tmp_path: Path) -> None:
    image = Image.new("RGBA", (28, 28), (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle([7, 7, 21, 21], outline=(0, 0, 0, 255))
    image.save(tmp_path / "a.png")
    found = read_outline(tmp_path / "a.png", 28, 28)
    assert found.outline == read_outline(drawn(tmp_path / "b.png"), 28, 28).outline
    assert len(found.notes) == 2, "what is laid under it, and which lines they are"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"no picture at all", "a.png "),
        ((1, 1), "1 x 1 pixels"),
        ((12_000, 12_000), "12,000 x 12,000"),
        ((40, 40), "has no lines"),
    ],
)
def test_what_is_no_outline_is_said_in_one_line(tmp_path: Path, content: bytes | tuple[int, int], words: str) -> None:
    path = tmp_path / "a.png"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        Image.new("L" if content[0] < 1000 else "1", content, 1).save(path)
    with pytest.raises(UserError, match=words) as error:
        read_outline(path, 28, 28)
    assert "\n" not in str(error.value)


def test_the_wrong_lines_are_most_of_the_picture(tmp_path: Path) -> None:
    path = drawn(tmp_path / "a.png")
    with pytest.raises(UserError, match="--lines dark"):
        read_outline(path, 28, 28, "light")
    with pytest.raises(UserError, match=r"none\.png"):
        read_outline(tmp_path / "none.png", 28, 28)


@pytest.mark.parametrize(("channels", "size"), [(1, (100, 50)), (3, (8, 90))])
def test_a_picture_to_be_traced_is_cut_to_its_middle(tmp_path: Path, channels: int, size: tuple[int, int]) -> None:
    image = Image.new("RGB", size, (250, 0, 0))
    image.save(tmp_path / "a.png")
    pixels, _ = read_to_trace(tmp_path / "a.png", 32, 32, channels)
    assert len(pixels) == 32 * 32 * channels
