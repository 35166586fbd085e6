"""`gan-tui cast`: a run's dashboard as a film, in three formats."""

import io
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pyte
import pytest
from click.testing import CliRunner
from PIL import Image

from gan_tui import memory
from gan_tui.cli import cli
from gan_tui.film import asciicast, screen_gif, screen_svg, signs
from gan_tui.film.letters import Letters
from gan_tui.film.screen import Line, Look, Reel, Shot
from gan_tui.render.glyphs import UNICODE
from gan_tui.render.images import ImageMode
from gan_tui.run import events
from gan_tui.run.directory import RunDirectory
from tests.dashboard.helpers import BIRTH, append, judged, make_run

INK, PAPER, BLUE = (250, 250, 250), (10, 16, 30), (90, 200, 255)
PLAIN, MARKED = Look(INK, PAPER), Look(PAPER, BLUE, bold=True)
SVG = "{http://www.w3.org/2000/svg}"


def line(text: str, *more: tuple[str, Look], columns: int = 20) -> Line:
    length = len(text) + sum(len(part) for part, _ in more)
    return ((text, PLAIN), *more, (" " * (columns - length), PLAIN))


@pytest.fixture
def reel() -> Reel:
    """Three screens of two lines; then only a digit has changed, then two wide signs come."""
    second = line("step 200 ", ("━━╸", MARKED), ("─ ⣿▄", PLAIN))
    shots = [
        Shot((line("step 100 <&>"), second), 0.5),
        Shot((line("step 101 <&>"), second), 1.0),
        Shot((line("step 101 <&>", ("  日本", PLAIN), columns=18), second), 2.0),
    ]
    return Reel("gan-tui: <mine>", 20, 2, PAPER, shots)


def text_of(shot: Shot) -> list[str]:
    return ["".join(part for part, _ in each).rstrip() for each in shot.lines]


def test_an_asciicast_plays_in_a_terminal_as_what_was_filmed(reel: Reel) -> None:
    header, *written = map(json.loads, asciicast.encode(reel).splitlines())
    assert (header["version"], header["width"], header["height"], header["duration"]) == (2, 20, 2, 3.5)
    assert all(isinstance(t, float) and kind == "o" and isinstance(data, str) for t, kind, data in written)
    assert [t for t, _, _ in written] == [0.0, 0.5, 1.5, 3.5]
    terminal = pyte.Screen(20, 2)
    stream = pyte.Stream(terminal)
    for (_, _, data), shot in zip(written, reel.shots, strict=False):
        stream.feed(data)
        assert [each.rstrip() for each in terminal.display] == text_of(shot)
    marked = terminal.buffer[1][9]
    assert (marked.fg, marked.bg, marked.bold) == ("0a101e", "5ac8ff", True)
    assert len(written[1][2]) < 60  # a digit, its colours, and where it stands


def test_a_gif_shows_each_picture_as_long_as_it_stands(reel: Reel) -> None:
    letters = Letters(16)
    seconds, pictures = [], []
    with Image.open(io.BytesIO(screen_gif.encode(reel, letters))) as film:
        assert film.size == (20 * letters.width, 2 * letters.height)
        assert film.info["loop"] == 0
        for number in range(3):
            film.seek(number)
            seconds.append(film.info["duration"] / 1000)
            pictures.append(film.convert("RGB").copy())
    assert seconds == [0.5, 1.0, 2.0]
    box = (0, 0, 7 * letters.width, letters.height)
    assert pictures[0].crop(box).tobytes() == pictures[1].crop(box).tobytes()
    assert pictures[0].tobytes() != pictures[1].tobytes()
    assert pictures[0].getpixel((9 * letters.width + 1, letters.height + 1)) == pytest.approx(BLUE, abs=12)
    assert pictures[0].getpixel((9 * letters.width + 1, letters.height + letters.height // 2)) == pytest.approx(PAPER, abs=60)


def test_an_svg_shows_one_picture_after_the_other(reel: Reel) -> None:
    text = screen_svg.encode(reel).decode()
    root = ElementTree.fromstring(text)
    assert root.findtext(f"{SVG}title") == "gan-tui: <mine>"
    lines = {group.get("id"): "".join(group.itertext()) for group in root.find(f"{SVG}defs") or ()}
    assert len(lines) == 4  # each once
    film = root.find(f".//{SVG}g[@class='film']")
    assert film is not None
    shown = [[lines[str(use.get("href"))[1:]] for use in group] for group in film]
    assert shown[0] == ["step 100 <&>", "step 200"]  # the rest are shapes
    assert shown[1][0] == "step 101 <&>"
    steps = re.findall(r"([\d.]+)%\{transform:translateX\((-?\d+)px\)\}", text)
    assert [(float(share), int(x)) for share, x in steps] == [(0, 0), (14.2857, -160), (42.8571, -320)]
    assert "3.500s step-end infinite" in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


def test_all_that_the_screen_draws_with_is_drawn_and_joins() -> None:
    letters = Letters(20)
    for sign in UNICODE.spark + "─━│╭╮╰╯┤╸┿┼┈┊▀▌▐▓●○◆▼□⣿⠁":
        cell = letters.cell(sign, 1, PLAIN)
        assert cell.size == (letters.width, letters.height)
        assert sign in "█▓" or len(cell.getcolors() or ()) > 1, sign
        shapes = signs.shapes_of(sign)
        assert shapes, sign
        assert all(-0.01 <= part <= 1.01 for shape in shapes for point in shape.points for part in point), sign
    middle = letters.height // 2
    assert [letters.cell("━", 1, PLAIN).getpixel((x, middle)) for x in (0, letters.width - 1)] == [INK, INK]
    assert letters.cell("█", 1, PLAIN).getcolors() == [(letters.width * letters.height, INK)]


def test_without_a_monospaced_font_pillows_own_is_taken(monkeypatch: pytest.MonkeyPatch, reel: Reel) -> None:
    monkeypatch.setattr("gan_tui.film.letters.KNOWN", ())
    letters = Letters(16)
    assert not letters.monospaced
    assert letters.cell("✗", 1, PLAIN).tobytes() == letters.cell("x", 1, PLAIN).tobytes()
    assert screen_gif.encode(reel, letters).startswith(b"GIF89a")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunDirectory:
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    made = make_run(tmp_path)
    append(made, *judged(), events.Finished(t=BIRTH + 230, outcome="completed", epoch=36, elapsed=220.0, step=22_020))
    return made


def said(*arguments: object) -> str:
    found = CliRunner().invoke(cli, ["cast", *map(str, arguments)], standalone_mode=False)
    why = found.exception
    return found.output if why is None else str(getattr(why, "message", why))


@pytest.mark.parametrize("suffix", [".cast", ".gif", ".svg"])
def test_the_training_is_filmed_from_its_beginning_to_its_end(run: RunDirectory, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"film{suffix}"
    before = sorted(run.path.rglob("*"))
    assert f"wrote {target}" in said(run.path, "-o", target, "--seconds", 2, "--rate", 2)
    assert sorted(run.path.rglob("*")) == before
    if suffix == ".gif":
        with Image.open(target) as film:
            assert getattr(film, "n_frames", 0) == 4
        return
    text = target.read_text()
    if suffix == ".svg":  # what stands still is the end
        root = ElementTree.fromstring(text)
        pictures = root.find(f".//{SVG}g[@class='film']")
        lines = {group.get("id"): "".join(group.itertext()) for group in root.find(f"{SVG}defs") or ()}
        assert pictures is not None
        assert "completed" in lines[str(pictures[0][0].get("href"))[1:]]
    assert "training" in text
    assert "153x" in text  # what it is: 230 seconds in one and a half, and then it stands
    assert "completed" in text
    if suffix == ".cast":
        assert json.loads(text.splitlines()[0])["duration"] == 2.0, "as long as was asked"
        terminal = pyte.Screen(80, 24)
        stream = pyte.Stream(terminal)
        for _, _, data in map(json.loads, text.splitlines()[1:]):
            stream.feed(data)
        assert "completed" in terminal.display[0]
        assert "D is winning" in "".join(terminal.display)


@pytest.mark.slow
def test_a_film_ends_with_the_end_however_its_length_is_divided(run: RunDirectory, tmp_path: Path) -> None:
    length, rounds_down = 2.589619842554489, 225
    assert length * (rounds_down - 1) / (rounds_down - 1) < length
    run.events.unlink()
    append(
        run,
        events.Phase(t=0.0, name="training"),
        events.Phase(t=length, name="paused"),
        events.Phase(t=length, name="training"),
        events.Finished(t=length, outcome="completed", epoch=1, elapsed=1.0, step=10),
    )
    target = tmp_path / "film.cast"
    assert "wrote" in said(run.path, "-o", target, "--size", "40x12", "--seconds", 30, "--rate", 8)
    terminal = pyte.Screen(40, 12)
    stream = pyte.Stream(terminal)
    for _, _, data in map(json.loads, target.read_text().splitlines()[1:]):
        stream.feed(data)
    assert "completed" in terminal.display[0]


def test_images_are_filmed_as_they_are_usual_and_a_view_is_chosen_by_its_key(run: RunDirectory, tmp_path: Path) -> None:
    memory.remember("images-grey", ImageMode.PIXELS)
    target = tmp_path / "film.cast"
    for more in ((), ("--images", "braille")):
        assert "wrote" in said(run.path, "-o", target, "--seconds", 1, "--rate", 1, "--view", "2", *more)
        text = target.read_text()
        assert "kitty" not in text, "nobody has asked for pixels"
        assert "samples" in text
        target.unlink()


def test_a_log_that_says_commands_is_filmed_as_text(run: RunDirectory, tmp_path: Path) -> None:
    evil = "\x1b]0;x\x07\x1b[2J\ufffe\u202e\U0001f600<b>&"
    append(run, events.Note(t=BIRTH + 231, text=evil, step=22_020), events.Bookmark(t=BIRTH + 232, text=evil, step=22_020))
    for suffix in (".svg", ".cast"):
        target = tmp_path / f"film{suffix}"
        assert "wrote" in said(run.path, "-o", target, "--seconds", 1, "--rate", 1, "--view", "log")
    ElementTree.parse(tmp_path / "film.svg")
    written = "".join(data for _, _, data in map(json.loads, (tmp_path / "film.cast").read_text().splitlines()[1:]))
    assert not re.search(r"[\x00-\x1a\x1c-\x1f\x7f-\x9f]|\x1b(?!\[[?0-9;]*[HmJl])", written)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-o", "film.mkv"), "film.mkv"),
        (("-o", "film.gif", "--size", "80"), "columns and lines"),
        (("-o", "film.gif", "--size", "1x1"), "--size 1x1: the screen needs 30x8 or more"),
        (("-o", "film.gif", "--seconds", "600", "--rate", "20", "--size", "400x200"), "too many"),
        (("-o", "film.svg", "--seconds", "600", "--rate", "5", "--size", "80x24"), "too many"),
        (("-o", "film.gif", "--seconds", "120", "--rate", "20", "--font-size", "40"), "pixels are too many"),
        (("-o", "film.svg", "--font-size", "20"), "those of a GIF"),
        (("-o", "film.gif", "--font", __file__), "cannot be read as a font"),
        (("-o", "film.svg", "--theme", "none-such"), "none-such"),
        (("-o", "there.gif"), "there.gif"),
    ],
)
def test_what_cannot_be_is_one_line_and_nothing_is_written(
    run: RunDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.gif").write_text("mine")
    why = said(run.path, *arguments)
    assert words in why
    assert "\n" not in why.strip()
    assert not list(tmp_path.glob("film.*"))
    assert (tmp_path / "there.gif").read_text() == "mine"
