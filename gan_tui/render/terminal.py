"""What the terminal can show: from the environment at once, from its own word when that comes.

SSH passes TERM on and COLORTERM not, and TERM is a family's name more often than a terminal's own. So the terminal is asked, and nobody
waits: at first it is taken for what the environment says.

XTVERSION asks for its name and version. A 24-bit colour is set, and DECRQSS asks which one that is. Alacritty and its kin answer neither,
but DA2 in a way of their own. DA1, which all answer, comes last: who has not said its name by then never will.
https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
"""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


class Colours(StrEnum):
    """How many there are; a person's word for it is the value."""

    NONE = "none"
    SIXTEEN = "16"
    MANY = "256"
    TRUE = "true"
    """24 bits."""


NO_COLOUR = "NO_COLOR"
"""https://no-color.org"""
_ASK_NAME, _ASK_KIN, _ASK_CLASS = "\x1b[>0q", "\x1b[>c", "\x1b[c"
_ASK_COLOUR = "\x1b[38;2;1;2;3m\x1bP$qm\x1b\\\x1b[m"
_NAME = re.compile(r"\x1bP>\|([A-Za-z][\w.-]{0,30})(?:[ (]v?(\d{1,9})(?:\.(\d{1,9}))?)?", re.ASCII)
_COLOUR_KEPT = re.compile(r"\x1bP1\$r(?:.*[;:])?38[;:]2[;:]{1,2}1[;:]2[;:]3(?!\d)")
_ALACRITTYS_KIN = re.compile(r"\x1b\[>0;\d+;1c")
"""A version and no firmware: terminals that are made of Alacritty, and Windows Terminal. All of them take 24-bit colours."""
_CLASS = re.compile(r"\x1b\[\?[\d;]*c")

_TEXTUALS = {"standard": Colours.SIXTEEN, "256": Colours.MANY, "truecolor": Colours.TRUE}
"""Values of TEXTUAL_COLOR_SYSTEM, which is set for a screen in a browser."""
_TRUE_BY_TERM = {"alacritty", "contour", "foot", "foot-extra", "rio", "wezterm", "xterm-ghostty", "xterm-kitty"}
"""Values of TERM that are one terminal's own name."""
_TRUE_BY_NAME = {"contour", "foot", "ghostty", "iterm2", "kitty", "konsole", "mintty", "tmux", "vte", "wezterm", "xterm.js"}
"""Names by which terminals call themselves, all of whose versions that do take 24-bit colours; tmux turns them into what its own has."""
_PRINTS_STRINGS = ("screen", "linux", "eterm", "sun", "vt52")
"""Beginnings of TERM where device control strings may end up on the screen. GNU Screen hands them on, without their wrapping."""
_PLACEHOLDERS_SINCE = {"kitty": (0, 28), "ghostty": (0, 0)}
"""Versions from which a terminal shows images by kitty's Unicode placeholders."""


@dataclass(frozen=True)
class Terminal:
    """What is known of it."""

    colours: Colours
    chosen: bool = False
    """Has a person said how many colours? Then no answer changes that."""
    name: str = ""
    """Its own, in small letters; empty while it has not said it."""
    version: tuple[int, int] = (0, 0)
    answered: bool = False
    """Has it answered all that it ever will?"""

    def told(self, answer: str) -> "Terminal":
        """What is known with one more answer; the same where it says nothing."""
        if is_last(answer):
            return replace(self, answered=True)
        if found := _NAME.match(answer):
            name = found[1].lower()
            known = replace(self, name=name, version=(int(found[2] or 0), int(found[3] or 0)))
            return known._with_true_colours() if name in _TRUE_BY_NAME else known
        return self._with_true_colours() if _COLOUR_KEPT.match(answer) or _ALACRITTYS_KIN.fullmatch(answer) else self

    def _with_true_colours(self) -> "Terminal":
        return self if self.chosen else replace(self, colours=Colours.TRUE)

    @property
    def has_placeholders(self) -> bool:
        """Does it show images by kitty's Unicode placeholders?"""
        since = _PLACEHOLDERS_SINCE.get(self.name)
        return since is not None and self.version >= since

    @property
    def called(self) -> str:
        """Its name and version in words; empty while unknown."""
        return f"{self.name} {self.version[0]}.{self.version[1]}" if self.name else ""


def from_environment(environment: Mapping[str, str], asked: Colours | None = None) -> Terminal:
    """What the environment says; `asked`, and else NO_COLOR and Textual's own variable, are a person's word."""
    if asked is None:
        asked = Colours.NONE if environment.get(NO_COLOUR) else _TEXTUALS.get(environment.get("TEXTUAL_COLOR_SYSTEM", ""))
    return Terminal(asked or _by_environment(environment), chosen=asked is not None)


def _by_environment(environment: Mapping[str, str]) -> Colours:
    term = environment.get("TERM", "").lower()
    if not _in_screen(environment) and environment.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return Colours.TRUE
    if term in _TRUE_BY_TERM or term.endswith("-direct") or sys.platform == "win32":
        return Colours.TRUE
    return Colours.MANY if "256" in term else Colours.SIXTEEN


def _in_screen(environment: Mapping[str, str]) -> bool:
    """GNU Screen, which hands on the COLORTERM of the terminal where it was started, and no 24-bit colours."""
    return bool(environment.get("STY")) and not environment.get("TMUX")


def questions(environment: Mapping[str, str], terminal: Terminal) -> str:
    """What to send, before the first frame: whatever a terminal makes of it is drawn over."""
    prints = _in_screen(environment) or environment.get("TERM", "").lower().startswith(_PRINTS_STRINGS)
    known = prints or terminal.chosen or terminal.colours is Colours.TRUE
    return _ASK_NAME + ("" if known else _ASK_COLOUR) + _ASK_KIN + _ASK_CLASS


def is_last(answer: str) -> bool:
    """Is it the one to the last question?"""
    return _CLASS.fullmatch(answer) is not None
