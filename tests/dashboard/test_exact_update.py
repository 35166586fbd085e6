"""What is sent of an update draws what Textual's own would, and no cell that the terminal shows already."""

import random
import sys
from collections.abc import Sequence

import pyte
import pytest
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from gan_tui.dashboard.exact_update import TRUSTED_SECONDS, ShownScreen
from gan_tui.render.kitty import PLACEHOLDER, placeholders
from gan_tui.run.directory import RunDirectory
from tests.dashboard.conftest import PtyStart
from tests.dashboard.helpers import append, judged

RED, BLUE, BOLD = Style(color="#ff0000"), Style(color="#0000ff", bgcolor="#101010"), Style(color="#ff0000", bold=True)
COLUMNS, ROWS, SEAM = 24, 3, 12
"""The screen, and where its right widget begins."""
WORDS = ("real points on D", "点 that is", "─━╸", " .:-=+*#", "x", "点点", "e\u0301a")


def strip(parts: Sequence[tuple[str, Style | None]]) -> Strip:
    return Strip([Segment(text, style) for text, style in parts]).adjust_cell_length(COLUMNS, RED)


def update(lines: Sequence[Strip], spans: list[tuple[int, int, int]]) -> ChopsUpdate:
    """Of two widgets beside each other."""
    chops: list[dict[int, Strip | None]] = [{0: line.crop(0, SEAM), SEAM: line.crop(SEAM, COLUMNS)} for line in lines]
    return ChopsUpdate(chops, spans, [[SEAM, COLUMNS]] * len(lines))


def whole(lines: Sequence[Strip]) -> LayoutUpdate:
    return LayoutUpdate([[line.crop(0, SEAM), line.crop(SEAM, COLUMNS)] for line in lines], Region(0, 0, COLUMNS, ROWS))


def said(one: CompositorUpdate | None) -> str:
    return one.render_segments(Console(force_terminal=True, color_system="truecolor")) if one else ""


class Emulator:
    def __init__(self) -> None:
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self.stream = pyte.Stream(self.screen)

    def draws(self, data: str) -> list[list[pyte.screens.Char]]:
        self.stream.feed(data)
        return [[self.screen.buffer[y][x] for x in range(COLUMNS)] for y in range(ROWS)]


@pytest.mark.parametrize("seed", range(40))
def test_any_series_of_updates_draws_what_textual_draws(seed: int) -> None:
    numbers = random.Random(seed)
    shown, ours, theirs = ShownScreen(), Emulator(), Emulator()
    words = WORDS if seed % 2 else [word for word in WORDS if word.isascii()]
    lines = [strip([(numbers.choice(words), numbers.choice([RED, BLUE, BOLD])) for _ in range(4)]) for _ in range(ROWS)]
    assert ours.draws(said(shown.news(whole(lines)))) == theirs.draws(said(whole(lines)))
    for turn in range(20):
        for y in numbers.sample(range(ROWS), 2):
            lines[y] = strip([(numbers.choice(words), numbers.choice([RED, BLUE, BOLD])) for _ in range(4)])
        spans = [(y, first, first + SEAM) for y in range(ROWS) for first in (0, SEAM)]
        one = update(lines, spans) if turn % 3 else whole(lines)
        assert ours.draws(said(shown.news(one))) == theirs.draws(said(one))


@pytest.mark.parametrize(
    ("before", "after"), [("点xyze\u0301 l", "点xywe\u0301 l"), ("e\u0301点 xyz", "e\u0301点 xwz"), ("xy点e\u0301", "xw点e\u0301")]
)
def test_a_wide_and_a_combining_character_do_not_make_up_for_each_other(before: str, after: str) -> None:
    shown, ours, theirs = ShownScreen(), Emulator(), Emulator()
    for text in (before, after):
        one = whole([strip([(text, RED)])] * ROWS)
        assert ours.draws(said(shown.news(one))) == theirs.draws(said(one))


def test_no_cell_outside_of_the_spans_is_touched() -> None:
    lines = [strip([("abcdefghijkl", RED), ("mnopqrstuvwx", BLUE)])] * ROWS
    emulator = Emulator()
    emulator.draws("\x1b[H" + "." * COLUMNS * ROWS)
    emulator.draws(said(ShownScreen().news(update(lines, [(0, 2, 4), (0, 9, 14), (2, 6, 20)]))))
    assert emulator.screen.display == ["..cd.....jklmn..........", "." * COLUMNS, "......ghijklmnopqrst...."]


def test_what_is_there_is_not_sent() -> None:
    shown = ShownScreen()
    before, after = strip([("loss 0.312 and more", RED)]), strip([("loss 0.314 and more", RED)])
    shown.news(whole([before] * ROWS))
    assert shown.news(update([before] * ROWS, [(0, 0, COLUMNS), (2, 0, SEAM)])) is None
    text = said(shown.news(update([before, after, before], [(y, 0, COLUMNS) for y in range(ROWS)])))
    assert text.count("4") >= 1
    assert "loss" not in text
    assert "and" not in text
    assert shown.news(update([before, after, before], [(1, 0, COLUMNS)])) is None


def test_a_whole_screen_is_sent_where_nothing_is_known_of_it_and_else_its_news() -> None:
    shown = ShownScreen()
    before, after = strip([("loss 0.312 and more", RED)]), strip([("loss 0.314 and more", RED)])
    assert said(shown.news(whole([before] * ROWS))).count("loss") == ROWS
    assert shown.news(whole([before] * ROWS)) is None
    assert "loss" not in said(shown.news(whole([before, after, before])))
    shown.forget()
    assert said(shown.news(whole([before] * ROWS))).count("loss") == ROWS


def test_each_style_is_said_once() -> None:
    lines = [strip([("abcdefghij", RED), ("klmnopqrst", BLUE)])] * ROWS
    text = said(ShownScreen().news(update(lines, [(y, 0, 20) for y in range(ROWS)])))
    assert text.count("38;2;255;0;0") == 1
    assert text.count("48;2;16;16;16") == 1


def test_a_cell_that_is_right_in_another_style_is_sent() -> None:
    shown = ShownScreen()
    shown.news(whole([strip([("abc", RED)])] * ROWS))
    assert "b" in said(shown.news(update([strip([("a", RED), ("b", BLUE), ("c", RED)])] * ROWS, [(0, 0, SEAM)])))


def test_what_another_program_wrote_over_is_mended_with_the_next_change_a_minute_later() -> None:
    now = 0.0
    shown = ShownScreen(clock=lambda: now)
    lines = [strip([("abc", RED)])] * ROWS
    shown.news(whole(lines))
    now = TRUSTED_SECONDS - 1
    assert shown.news(update(lines, [(0, 0, SEAM)])) is None
    now = TRUSTED_SECONDS + 1
    assert "abc" in said(shown.news(update(lines, [(0, 0, SEAM)])))
    assert shown.news(update(lines, [(0, 0, SEAM)])) is None


def test_cells_of_an_image_are_written_anew_each_time() -> None:
    """kitty draws an image that has come under the same number where its cells are written."""
    shown = ShownScreen()
    lines = [strip([(placeholders(4, 1)[0], RED)])] * ROWS
    shown.news(whole(lines))
    assert PLACEHOLDER in said(shown.news(update(lines, [(0, 0, SEAM)])))


@pytest.mark.slow
def test_ctrl_l_draws_a_screen_anew_that_another_program_wrote_over(run: RunDirectory, terminal: PtyStart) -> None:
    append(run, *judged())
    screen = terminal([sys.executable, "-m", "tests.dashboard.open_fake", str(run.path), "watch"])
    screen.wait_for("views")
    for view, words in (("3", "d_loss"), ("4", "coverage"), ("1", "samples")):
        screen.send(view)
        screen.wait_for(words)
    screen.wait_until_silent(0.5)
    before = screen.text
    screen.feed(b"\x1b[H\x1b[mBroadcast message from root")
    assert "Broadcast" in screen.text
    screen.send("\x0c")
    screen.wait_until_gone("Broadcast")
    assert screen.text == before
