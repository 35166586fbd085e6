"""The terminal is asked what it is, drawn on at once, and never has its answer taken for keys."""

import re
import shlex
import sys
from collections.abc import Mapping

import pytest

from gan_tui.run.directory import RunDirectory
from tests.conftest import wait_for
from tests.dashboard.helpers import append, judged, show_preview
from tests.dashboard.slow_terminal import DA1, DA2, DECRQSS, XTVERSION, ForkedTerminal
from tests.patience import CEILING

TRUE, ASKED = re.compile(rb"[34]8;2;\d+;\d+;\d+"), b"38;2;1;2;3"
OVER_SSH = {"TERM": "xterm-256color", "COLORTERM": "", "LC_ALL": "", "STY": "", "TMUX": ""}
XTERM = {XTVERSION: b"\x1bP>|XTerm(390)\x1b\\", DECRQSS: b"\x1bP1$r0;38:2::1:2:3m\x1b\\", DA1: b"\x1b[?64;1;2;6;22c"}
KITTY = {XTVERSION: b"\x1bP>|kitty(0.41.1)\x1b\\", DECRQSS: b"\x1bP1$r38:2:1:2:3m\x1b\\", DA1: b"\x1b[?62;c"}
ALACRITTY = {DA2: b"\x1b[>0;1700;1c", DA1: b"\x1b[?6c"}
OLD = {XTVERSION: b"\x1bP>|kitty(0.26.5)\x1b\\", DECRQSS: b"\x1bP1$r38:2:1:2:3m\x1b\\", DA1: b"\x1b[?62;c"}
FEW = {DECRQSS: b"\x1bP1$r0;38:5:16m\x1b\\", DA1: b"\x1b[?1;2c"}
GARBAGE = {XTVERSION: b"\x1bP>|\xff\x00qs?2q\x1b[?9;9", DECRQSS: b"\x1bP1$rq?s;2T\x1b\\", DA1: b"\x1b[?q\x1b]11;?2qs\x07"}
"""Its keys would leave, show the help, or another view."""


def screen(
    run: RunDirectory,
    *options: str,
    says: Mapping[bytes, bytes] | None = None,
    late: float = 0.0,
    piece: int = 0,
    answers: bool = True,
    environment: Mapping[str, str] | None = None,
    size: tuple[int, int] = (80, 24),
) -> ForkedTerminal:
    """Of a run that stands still, at the end of a quick line."""
    argv = [sys.executable, "-m", "gan_tui", "watch", str(run.path), *options]
    surroundings = OVER_SSH | dict(environment or {})
    return ForkedTerminal(
        argv, *size, rate=1e6, round_trip=0.01, says=says, late=late, piece=piece, answers=answers, environment=surroundings
    )


@pytest.fixture
def still(run: RunDirectory) -> RunDirectory:
    append(run, *judged())
    show_preview(run)
    return run


COLOUR = re.compile(rb"\x1b\[(?:\d+;)*(?:[34][0-8]|9[0-7]|10[0-7])[;m]")


def drawn(terminal: ForkedTerminal) -> bytes:
    """All but the question."""
    return bytes(terminal._text).replace(ASKED, b"")


def true_colours(terminal: ForkedTerminal) -> bool:
    return TRUE.search(drawn(terminal)) is not None


def leaves_as_it_should(terminal: ForkedTerminal) -> None:
    """The first key that it hears is this one: nothing was open before, and the view is the first."""
    assert b"keys: " not in drawn(terminal), "the help"
    assert b"learned from" not in drawn(terminal)
    assert terminal.process.poll() is None
    terminal.send("?")
    terminal.wait_for("what do I see?")
    terminal.send("\x1b[27uq")
    assert terminal.process.wait(CEILING) == 0


@pytest.mark.parametrize(
    ("says", "piece"),
    [(XTERM, 0), (XTERM, 1), (KITTY, 1), (KITTY, 7), (ALACRITTY, 1)],
    ids=["xterm", "xterm-1", "kitty-1", "kitty-7", "alacritty-1"],
)
@pytest.mark.slow
def test_the_answer_brings_all_colours(says: dict[bytes, bytes], piece: int, still: RunDirectory) -> None:
    with screen(still, says=says, piece=piece) as terminal:
        wait_for(lambda: true_colours(terminal), what="24-bit colours")
        leaves_as_it_should(terminal)


@pytest.mark.parametrize("term", ["xterm-256color", "xterm"])
@pytest.mark.slow
def test_nobody_waits_for_an_answer_that_comes_late(term: str, still: RunDirectory) -> None:
    with screen(still, says=XTERM, late=1.5, environment={"TERM": term}) as terminal:
        terminal.wait_for("g_loss")
        assert not true_colours(terminal)
        assert not terminal.said
        wait_for(lambda: true_colours(terminal), what="24-bit colours")
        wait_for(lambda: drawn(terminal).count(b"g_loss") > 1, what="all, once more")
        leaves_as_it_should(terminal)


@pytest.mark.parametrize("says", [{}, FEW, GARBAGE], ids=["never", "few", "garbage"])
@pytest.mark.slow
def test_a_terminal_that_says_nothing_of_use_is_what_its_environment_says(says: dict[bytes, bytes], still: RunDirectory) -> None:
    with screen(still, says=says, answers=bool(says)) as terminal:
        terminal.wait_for("g_loss")
        wait_for(lambda: terminal.said == b"".join(says.values()), what="all that it has to say")
        leaves_as_it_should(terminal)
        assert not true_colours(terminal)
        assert b"[38;5;" in drawn(terminal)


@pytest.mark.parametrize(
    ("options", "environment", "drawn_with"),
    [((), {"NO_COLOR": "1"}, b"\x1b[1m"), (("--colours", "16"), {}, b"97m"), (("--colours", "256"), {"NO_COLOR": "1"}, b";5;")],
    ids=["NO_COLOR", "16", "256"],
)
def test_a_persons_word_outranks_the_terminals(
    options: tuple[str, ...], environment: dict[str, str], drawn_with: bytes, still: RunDirectory
) -> None:
    with screen(still, *options, says=KITTY, environment=environment) as terminal:
        terminal.wait_for("g_loss")
        wait_for(lambda: KITTY[DA1] in terminal.said, what="all that it has to say")
        leaves_as_it_should(terminal)
        assert not true_colours(terminal)
        assert drawn_with in drawn(terminal)
        assert bool(options) == bool(COLOUR.search(drawn(terminal)))


def test_all_colours_can_be_asked_for_where_nobody_answers(still: RunDirectory) -> None:
    with screen(still, "--colors", "true", answers=False, environment={"TERM": "xterm"}) as terminal:
        terminal.wait_for("g_loss")
        assert true_colours(terminal)


@pytest.mark.parametrize(
    ("says", "pixels"), [(KITTY, True), (OLD, False), (XTERM, False), ({}, False)], ids=["kitty", "old", "xterm", "mute"]
)
def test_pixels_go_to_who_says_that_it_has_them(says: dict[bytes, bytes], pixels: bool, still: RunDirectory) -> None:
    placeholder, half = "\U0010eeee".encode(), "▀".encode()
    with screen(still, "--images", "pixels", says=says, environment={"TERM": "xterm-kitty"}) as terminal:
        wait_for(lambda: (placeholder if pixels else half) in drawn(terminal), what="images")
        wait_for(lambda: says.get(DA1, b"") in terminal.said, what="all that it has to say")
        leaves_as_it_should(terminal)
        assert (placeholder in drawn(terminal)) is pixels
        assert (b"\x1b_G" in drawn(terminal)) is pixels


@pytest.mark.slow
def test_who_leaves_before_the_answer_waits_for_it(still: RunDirectory) -> None:
    """It would be typed into the shell."""
    with screen(still, says=KITTY, late=0.1, answers=False) as terminal:
        wait_for(lambda: DA1 in terminal._text, what="the questions")
        terminal.send("q")
        assert terminal.process.wait(CEILING) == 0
        assert KITTY[DA1] in terminal.said


@pytest.mark.slow
def test_what_is_typed_once_the_screen_is_gone_is_the_shells_and_no_answer_is(still: RunDirectory) -> None:
    """`q` is typed ahead, on a line that takes longer for an answer than anybody likes to wait."""
    shell = f'{shlex.join([sys.executable, "-m", "gan_tui", "watch", str(still.path)])}; read -r line; echo "got=[$line]"'
    with ForkedTerminal(["sh", "-c", shell], rate=1e6, round_trip=1.0, says=KITTY, environment=OVER_SSH) as terminal:
        wait_for(lambda: DA1 in terminal._text, what="the questions")
        terminal._type(b"q")  # at once: it was on its way already
        terminal.wait_for("\x1b[?1049l")
        assert terminal._text.rindex(b"\x1b[2J\x1b[H") < terminal._text.rindex(b"\x1b[?1049l"), "mosh has no alternate screen to leave"
        terminal.send("ls\r")
        terminal.wait_for("got=[ls]")
        assert KITTY[DA1] in terminal.said
