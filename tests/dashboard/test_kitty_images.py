"""Images in a terminal that knows kitty's graphics, played: which image stands in which cell, with a dialog over them and without.

https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders
"""

import base64
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import pyte
import pytest

from gan_tui.render import kitty
from gan_tui.run import preview
from gan_tui.run.directory import RunDirectory
from tests.conftest import wait_for
from tests.dashboard.helpers import append, judged, show_preview
from tests.dashboard.test_asking import KITTY, screen

GRAPHICS = re.compile(rb"\x1b_G([^;\x1b]*)(?:;([^\x1b]*))?\x1b\\")
STRINGS = re.compile(rb"\x1b[P\]_X^][^\x1b\x07]*(?:\x1b\\|\x07)|\x1b\[[>=<][\d;]*[ -/]*[@-~]")
"""What pyte would print."""


class Cell(NamedTuple):
    """Which part of which image a cell shows."""

    number: int
    row: int
    column: int


class Screen(pyte.Screen):
    """One that keeps the number of a colour, as kitty reads it."""

    def select_graphic_rendition(self, *codes: int, **rest: bool) -> None:
        super().select_graphic_rendition(*codes, **rest)
        for at, code in enumerate(codes[:-2]):
            if (code, codes[at + 1]) == (38, 5):
                self.cursor.attrs = self.cursor.attrs._replace(fg=f"number {codes[at + 2]}")
                return


class Kitty:
    """What it has been sent, and what it shows of that."""

    def __init__(self, text: bytes, columns: int, rows: int) -> None:
        self.images: dict[int, tuple[int, int, bytes]] = {}
        """Columns, rows and RGB of each by its number."""
        self._take(text)
        self._screen = Screen(columns, rows)
        pyte.Stream(self._screen).feed(STRINGS.sub(b"", GRAPHICS.sub(b"", text)).decode("utf-8", "ignore"))

    def _take(self, text: bytes) -> None:
        keys, payload = dict[str, str](), b""
        for control, piece in GRAPHICS.findall(text):
            said = dict(pair.split("=") for pair in control.decode().split(","))
            if said.get("a") == "d":
                self.images.pop(int(said["i"]), None)
                continue
            keys, payload = (said, piece) if "i" in said else (keys, payload + piece)
            if said["m"] == "0":
                assert (keys["a"], keys["U"], keys["f"], keys["o"], keys["q"]) == ("T", "1", "24", "z", "2")
                pixels = zlib.decompress(base64.b64decode(payload))
                assert len(pixels) == 3 * int(keys["s"]) * int(keys["v"])
                self.images[int(keys["i"])] = int(keys["c"]), int(keys["r"]), pixels

    def cells(self) -> dict[tuple[int, int], Cell]:
        """Where images are shown: line and column of the screen."""
        return dict(self._cells())

    def _cells(self) -> Iterator[tuple[tuple[int, int], Cell]]:
        for line in range(self._screen.lines):
            for column in range(self._screen.columns):
                cell = self._screen.buffer[line][column]
                if cell.data.startswith(kitty.PLACEHOLDER):
                    assert cell.fg.startswith("number "), f"{cell.fg} is no image"
                    place = [kitty._DIACRITICS.index(sign) for sign in cell.data[1:]]
                    row, of = place if len(place) == 2 else (-1, -1)  # what has come so far may end in the middle of a cell
                    yield (line, column), Cell(int(cell.fg.removeprefix("number ")), row, of)


def is_complete(terminal: Kitty) -> bool:
    """Does each image that it has stand somewhere, whole?"""
    wanted = Counter(
        Cell(number, y, x) for number, (columns, rows, _) in terminal.images.items() for y in range(rows) for x in range(columns)
    )
    cells = terminal.cells()
    corners = {(line - cell.row, column - cell.column, cell.number) for (line, column), cell in cells.items()}
    return bool(cells) and Counter(cells.values()) == wanted and len(corners) == len(terminal.images)


@pytest.mark.parametrize("options", [(), pytest.param(("--colours", "256"), marks=pytest.mark.slow)], ids=["all colours", "256"])
def test_each_cell_shows_its_part_of_its_image_and_a_dialog_changes_none(options: tuple[str, ...], run: RunDirectory) -> None:
    append(run, *judged())
    show_preview(run)
    found = preview.read(run.path)
    assert found
    assert found.images
    sent = [bytes(value for value in found.images.image(index) for _ in range(3)) for index in range(found.images.count)]
    with screen(run, "--images", "pixels", *options, says=KITTY, environment={"TERM": "xterm-kitty"}, size=(120, 40)) as terminal:

        def shown() -> Kitty:
            return Kitty(bytes(terminal._text), 120, 40)

        looks = [shown()]

        def complete() -> bool:
            looks.append(shown())
            return is_complete(looks[-1])

        def some_are_covered() -> bool:
            free = shown().cells()
            return 0 < len(free) < len(cells) and free.items() <= cells.items()

        wait_for(complete, what="images")
        before = looks[-1]  # another look may come in the middle of the frame that the terminal's answer brings
        cells = before.cells()
        assert all(pixels in sent for _, _, pixels in before.images.values())
        terminal.send("?")
        wait_for(some_are_covered, what="the help, which leaves some of them free, and those as they were")
        terminal.send("\x1b[27u")
        wait_for(lambda: shown().cells() == cells, what="all images again")
        terminal.send("q")
        wait_for(lambda: terminal.process.poll() is not None, what="the end")
        wait_for(lambda: not shown().images, what="a terminal's memory with none of them")  # it reads what was sent after the end
