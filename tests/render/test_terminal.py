"""What a terminal can show, by the environment and by its own word."""

import pytest

from gan_tui.render.terminal import Colours, Terminal, from_environment, questions

UNKNOWN = Terminal(Colours.SIXTEEN)


@pytest.mark.parametrize(
    ("environment", "colours"),
    [
        ({}, "16"),
        *(({"TERM": term}, "16") for term in ("xterm", "xterm-16color", "linux", "screen", "tmux", "vt220", "rxvt", "")),
        *(({"TERM": term}, "256") for term in ("xterm-256color", "screen-256color", "tmux-256color", "rxvt-unicode-256color")),
        *(({"TERM": term}, "true") for term in ("foot", "alacritty", "xterm-kitty", "xterm-ghostty", "wezterm", "xterm-direct")),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "true"),
        ({"TERM": "xterm", "COLORTERM": "24bit"}, "true"),
        ({"TERM": "xterm", "COLORTERM": "yes"}, "16"),
        ({"TERM": "screen-256color", "COLORTERM": "truecolor", "STY": "1.pts"}, "256"),
        ({"TERM": "tmux-256color", "COLORTERM": "truecolor", "STY": "1.pts", "TMUX": "/tmp/t"}, "true"),
        ({"TERM": "foot", "NO_COLOR": "1"}, "none"),
        ({"TERM": "foot", "NO_COLOR": ""}, "true"),
        ({"TERM": "linux", "TEXTUAL_COLOR_SYSTEM": "truecolor"}, "true"),
        ({"TERM": "foot", "TEXTUAL_COLOR_SYSTEM": "auto"}, "true"),
    ],
)
def test_the_environment_says_how_many_colours(environment: dict[str, str], colours: str) -> None:
    assert from_environment(environment).colours == colours


def test_a_persons_word_outranks_all() -> None:
    for environment in ({"COLORTERM": "truecolor"}, {"NO_COLOR": "1"}):
        terminal = from_environment(environment, Colours.MANY)
        assert terminal.told("\x1bP>|foot(1.16.2)\x1b\\").told("\x1bP1$r0;38:2::1:2:3m\x1b\\").colours is Colours.MANY
    assert from_environment({"NO_COLOR": "1"}).told("\x1bP>|foot(1.16.2)\x1b\\").colours is Colours.NONE


@pytest.mark.parametrize("kept", ["38;2;1;2;3", "38:2:1:2:3", "38:2::1:2:3", "0;38:2::1:2:3", "0;1;38;2;1;2;3;49"])
def test_who_keeps_a_24_bit_colour_has_them(kept: str) -> None:
    assert UNKNOWN.told(f"\x1bP1$r{kept}m\x1b\\").colours is Colours.TRUE


@pytest.mark.parametrize("kept", ["0", "38:5:16", "38;5;16", "0;1;3", "38:2::1:2:30", "", "48:2::1:2:3", "38;2;11;2;3"])
def test_who_keeps_another_one_does_not(kept: str) -> None:
    assert UNKNOWN.told(f"\x1bP1$r{kept}m\x1b\\") == UNKNOWN


@pytest.mark.parametrize(
    ("said", "colours"), [("0;1700;1", "true"), ("0;10;1", "true"), ("41;379;0", "16"), ("83;40900;0", "16"), ("0;136;0", "16")]
)
def test_alacritty_is_known_by_how_it_answers(said: str, colours: str) -> None:
    """Alacritty, Windows Terminal, xterm, GNU Screen, PuTTY."""
    assert UNKNOWN.told(f"\x1b[>{said}c").colours == colours


def test_a_refusal_says_nothing() -> None:
    assert UNKNOWN.told("\x1bP0$r\x1b\\") == UNKNOWN


@pytest.mark.parametrize(
    ("said", "name", "version", "colours"),
    [
        ("kitty(0.41.1)", "kitty", (0, 41), "true"),
        ("foot(1.16.2)", "foot", (1, 16), "true"),
        ("ghostty 1.0.0", "ghostty", (1, 0), "true"),
        ("WezTerm 20240203-110809-5046fc22", "wezterm", (20240203, 0), "true"),
        ("tmux 3.3a", "tmux", (3, 3), "true"),
        ("tmux next-3.5", "tmux", (0, 0), "true"),
        ("xterm.js(5.6.0)", "xterm.js", (5, 6), "true"),
        ("XTerm(390)", "xterm", (390, 0), "16"),
        ("something", "something", (0, 0), "16"),
        ("\udcff\x00", "", (0, 0), "16"),
        ("", "", (0, 0), "16"),
        ("a" * 500, "a" * 31, (0, 0), "16"),
    ],
)
def test_a_terminal_says_its_name(said: str, name: str, version: tuple[int, int], colours: str) -> None:
    terminal = UNKNOWN.told(f"\x1bP>|{said}\x1b\\")
    assert (terminal.name, terminal.version, terminal.colours) == (name, version, colours)
    assert terminal.called.isascii()
    assert terminal.called.isprintable()


@pytest.mark.parametrize(
    ("said", "shows"),
    [
        ("kitty(0.26.5)", False),
        ("kitty(0.28.0)", True),
        ("kitty(1.0)", True),
        ("ghostty 1.1.3", True),
        ("tmux 3.5", False),
        ("foot(1.9)", False),
    ],
)
def test_images_by_placeholders(said: str, shows: bool) -> None:
    assert not UNKNOWN.has_placeholders
    assert UNKNOWN.told(f"\x1bP>|{said}\x1b\\").has_placeholders is shows


def test_it_is_told_apart_who_has_not_answered_yet() -> None:
    assert not UNKNOWN.answered
    assert UNKNOWN.told("\x1b[?62;4;22c").answered
    assert not UNKNOWN.told("\x1b[>1;4000;41c").answered


@pytest.mark.parametrize("environment", [{"TERM": "screen"}, {"TERM": "screen.xterm-256color"}, {"TERM": "linux"}, {"STY": "1.pts"}])
def test_who_would_print_a_control_string_is_sent_none(environment: dict[str, str]) -> None:
    assert questions(environment, UNKNOWN) == "\x1b[>0q\x1b[>c\x1b[c"


def test_the_others_are_asked_what_is_not_known() -> None:
    environment = {"TERM": "xterm-256color"}
    assert questions(environment, UNKNOWN) == "\x1b[>0q\x1b[38;2;1;2;3m\x1bP$qm\x1b\\\x1b[m\x1b[>c\x1b[c"
    for known in (Terminal(Colours.TRUE), Terminal(Colours.NONE, chosen=True)):
        assert questions(environment, known) == "\x1b[>0q\x1b[>c\x1b[c"
