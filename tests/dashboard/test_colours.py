"""What is really sent to terminals of few colours, of none, and of ASCII only."""

import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from gan_tui.dashboard.ascii_filter import to_ascii
from gan_tui.dashboard.browser import RunsBrowser
from gan_tui.dashboard.themes import find_theme, in_sixteen_colours
from gan_tui.dashboard.views.charts import ChartsView
from gan_tui.render.glyphs import ASCII, UNICODE, Glyphs
from gan_tui.render.terminal import Colours
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import Mode
from tests.conftest import wait_for
from tests.dashboard.conftest import Golden, PtyStart
from tests.dashboard.helpers import (
    HeldRun,
    append,
    judged,
    make_run,
    opened,
    run_async,
    run_screen,
    screen_codes,
    screen_colours,
    show_preview,
)
from tests.dashboard.pty_screen import PtyScreen

WATCH = (sys.executable, "-m", "tests.dashboard.open_fake")
BROWSE = (sys.executable, "-m", "gan_tui", "runs")
ASKED = b"\x1b[38;2;1;2;3m"
SGR = re.compile(rb"\x1b\[([0-9;]*)m")
NO_COLOURS = {0, 1, 2, 3, 4, 7, 9, 22, 23, 24, 27, 29, 39, 49}
"""Bold, dim, italic, underlined, reversed, struck out, and back to what the terminal has by itself."""
FOREGROUNDS, BACKGROUNDS = {*range(30, 38), *range(90, 98)}, {*range(40, 48), *range(100, 108)}


def codes(screen: PtyScreen) -> set[int]:
    """Every number in every "select graphic rendition" that was sent, but for the one that asks whether it is taken."""
    return {int(code or 0) for found in SGR.findall(bytes(screen.raw).replace(ASKED, b"")) for code in found.split(b";")}


def leave(screen: PtyScreen) -> None:
    """A `q` that comes close behind an escape is another key (alt+q), so it is said again."""
    for _ in range(3):
        screen.send("q")
        with suppress(AssertionError):
            assert screen.wait_exit(2.0) == 0
            return
    raise AssertionError(screen.text)


def answered(screen: PtyScreen, keys: str) -> None:
    """Press keys that change something on a screen that stands still, and see it."""
    before = screen.received
    screen.send(keys)

    def more() -> bool:
        screen.pump()
        return screen.received > before

    wait_for(more, what=f"an answer to {keys!r}")
    screen.wait_until_silent(0.2)  # a late frame would answer the next keys, and an escape before them would make others of them


PALETTE = "Search for commands"


def walk(screen: PtyScreen) -> None:
    """Through all views, the help, the themes and the palette."""
    screen.wait_for("d_loss")
    for keys in ("2", "3", "4", "5", "6", "1", "?", "\x1b", "T", "j", "\x1b"):
        answered(screen, keys)
    screen.send("\x10")
    screen.wait_for(PALETTE)
    screen.send("\x1b")

    def closed() -> bool:
        screen.pump()
        return PALETTE not in screen.text

    wait_for(closed, what="the end of the palette")
    leave(screen)


def walk_browser(screen: PtyScreen) -> None:
    """Through the list, the comparison, the question, the filter and the help."""
    screen.wait_for("first")
    for keys in ("  ", "cy", "?", "\x1b", "\x1b", "d", "\x1b", "?", "\x1b", "/f", "\r"):
        answered(screen, keys)
    leave(screen)


def prepared(run: RunDirectory) -> RunDirectory:
    append(run, *judged())
    show_preview(run)
    return run


def started_with(terminal: PtyStart, environment: Mapping[str, str], run: RunDirectory, browse: bool) -> PtyScreen:
    return terminal(BROWSE if browse else (*WATCH, str(run.path), "watch"), environment)


@pytest.mark.slow
@pytest.mark.parametrize("browse", [False, True], ids=["run", "runs"])
def test_no_color_means_none(browse: bool, run: RunDirectory, terminal: PtyStart) -> None:
    screen = started_with(terminal, {"NO_COLOR": "1"}, prepared(run), browse)
    (walk_browser if browse else walk)(screen)
    assert codes(screen) <= NO_COLOURS


@pytest.mark.parametrize("name", ["xterm", "xterm-256color"])
def test_a_terminal_of_16_colours_has_a_theme_of_them(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLORTERM", raising=False)
    monkeypatch.setenv("TERM", name)
    app = RunsBrowser(Path("/nowhere"))
    reduced = in_sixteen_colours(find_theme(None).colours).generator
    assert (app.get_css_variables()["generator"] == reduced) == (name == "xterm")


@pytest.mark.slow
def test_sixteen_colours_are_sixteen(run: RunDirectory, terminal: PtyStart) -> None:
    screen = started_with(terminal, {"COLORTERM": "", "TERM": "xterm"}, prepared(run), browse=False)
    walk(screen)
    assert codes(screen) <= NO_COLOURS | FOREGROUNDS | BACKGROUNDS
    assert len(codes(screen) & FOREGROUNDS) >= 4, "and they are used"


@pytest.mark.slow
def test_256_colours_are_256(run: RunDirectory, terminal: PtyStart) -> None:
    screen = started_with(terminal, {"COLORTERM": "", "TERM": "screen-256color"}, prepared(run), browse=True)
    walk_browser(screen)
    assert b"38;5;" in screen.raw
    assert b"38;2;" not in screen.raw


@pytest.mark.slow
@pytest.mark.parametrize("browse", [False, True], ids=["run", "runs"])
def test_an_ascii_locale_is_sent_ascii(browse: bool, run: RunDirectory, terminal: PtyStart) -> None:
    screen = started_with(terminal, {"LC_ALL": "C"}, prepared(run), browse)
    (walk_browser if browse else walk)(screen)
    assert max(screen.raw) <= 0x7E


def test_a_dumb_terminal_gets_a_list(run: RunDirectory, terminal: PtyStart) -> None:
    screen = started_with(terminal, {"TERM": "dumb"}, prepared(run), browse=True)
    assert screen.wait_exit() == 0
    assert b"first" in screen.raw
    assert b"\x1b" not in screen.raw


@pytest.mark.usefixtures("stopped_clock")
@pytest.mark.parametrize("theme", ["midnight", "paper"])
def test_golden_colours(theme: str, tmp_path: Path, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is blue in one theme is what is blue in the other one's terms: every look of every cell, dark and light."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)
    run = prepared(make_run(Path()))

    async def case() -> None:
        async with opened(run, Mode.ATTACH, theme=theme) as (app, pilot):
            golden(screen_colours(app), f"colours-overview-{theme}")
            await pilot.press("3")
            view = run_screen(app).view
            assert isinstance(view, ChartsView)
            await pilot.pause()
            golden(screen_colours(app), f"colours-charts-{theme}")

    with HeldRun(run):
        run_async(case)


@pytest.mark.usefixtures("stopped_clock")
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
@pytest.mark.parametrize("colours", [*Colours])
def test_golden_for_every_terminal(
    colours: Colours, glyphs: Glyphs, tmp_path: Path, golden: Golden, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Text and the escape codes that are sent: for each number of colours, and each set of characters."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "")  # the app sets it or takes it away
    run = prepared(make_run(Path()))

    async def case() -> None:
        async with opened(run, Mode.ATTACH, theme="midnight", glyphs=glyphs, colours=colours) as (app, _):
            golden(screen_codes(app), f"codes-overview-{colours}-{'unicode' if glyphs.unicode else 'ascii'}")

    with HeldRun(run):
        run_async(case)


def test_every_sign_keeps_its_width() -> None:
    assert to_ascii("┏━┓ │ ▔▁█ ⣿ … ● 寿司") == "+-+ | -_# # . * ????"
    assert to_ascii("eager") == "eager"
