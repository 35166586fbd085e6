"""The characters that the screen is drawn with, and a pure-ASCII twin for terminals that cannot show them."""

import os
import sys
from dataclasses import dataclass

from gan_tui import memory
from gan_tui.spec.states import STATES, StateName

ASCII_VARIABLE = "GAN_TUI_ASCII"
"""1: plain ASCII, 0: what the locale has, whatever was chosen before."""
MEMORY = "characters"
"""Under which that is remembered."""
BRAILLE = 0x2800
"""The code of the empty braille cell; what is added to it are its dots."""
BRAILLE_DOTS = (0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80)
"""The dots of a cell, row by row: left and right."""


@dataclass(frozen=True)
class Glyphs:
    """One character set. Every view takes all its glyphs from here, so that a locale without UTF-8 never meets any other."""

    unicode: bool
    dot: str
    """Before the state of a run: see `sign_of`; so are the next two."""
    ring: str
    cross: str
    arrow: str
    diamond: str
    """Before the verdict."""
    middot: str
    dash: str
    """Stands for a number that is not there."""
    ellipsis: str
    full: str
    """Filled cells of a bar."""
    half: str
    """A filled left half of a cell; as wide a step as `full` where there is no such sign."""
    empty: str
    mark_full: str
    """The middle of a gauge, on its filled side."""
    mark_empty: str
    """The middle of a gauge, on its empty side."""
    spark: str
    """Bars from the lowest to the highest."""
    vertical: str
    tick: str
    light: str
    """A faint line across a chart."""
    dotted: str
    """A faint line from the top to the bottom of a chart."""
    back: str
    """At the head of a chart: the run was rolled back."""
    changed: str
    """A setting was changed."""
    bookmark: str

    @property
    def low_spark(self) -> str:
        """Of `spark`, those above which a gap stays: lines of them that stand one over the other are lines, and no area."""
        return self.spark.removesuffix("█")

    def sign_of(self, state: StateName, *, alive: bool) -> str:
        """Before the name of a run's state."""
        sign: str = getattr(self, STATES[state].sign(alive=alive))
        return sign


UNICODE = Glyphs(
    unicode=True,
    dot="●",
    ring="○",
    cross="✗",
    arrow="›",
    diamond="◆",
    middot="·",
    dash="–",
    ellipsis="…",
    full="━",
    half="╸",
    empty="─",
    mark_full="┿",
    mark_empty="┼",
    spark="▁▂▃▄▅▆▇█",
    vertical="│",
    tick="┤",
    light="┈",
    dotted="┊",
    back="↺",
    changed="◆",
    bookmark="▼",
)

ASCII = Glyphs(
    unicode=False,
    dot="*",
    ring="o",
    cross="x",
    arrow=">",
    diamond="#",
    middot="-",
    dash="-",
    ellipsis="...",
    full="=",
    half="=",
    empty="-",
    mark_full="|",
    mark_empty="|",
    spark="_.-~=+*#",
    vertical="|",
    tick="+",
    light="-",
    dotted=":",
    back="<",
    changed="*",
    bookmark="v",
)


def wants_ascii() -> bool:
    """Did the user choose plain ASCII, because the font has no more? This is no thing that a terminal could be asked."""
    said = os.environ.get(ASCII_VARIABLE)
    return said == "1" if said else memory.recall(MEMORY) == "ascii"


def choose(*, ascii_only: bool) -> None:
    """Plain ASCII, or what the locale has, in this process."""
    os.environ[ASCII_VARIABLE] = "1" if ascii_only else "0"


def remember(*, ascii_only: bool) -> None:
    """The same from now on."""
    memory.remember(MEMORY, "ascii" if ascii_only else "unicode")


def for_terminal() -> Glyphs:
    """The character set that this process's terminal can show.

    Python turns the C locale into UTF-8 behind one's back (PEP 538, PEP 540), which is right for a container
    where no locale is set. `LC_ALL=C` however is the user's word, and is taken as such.
    """
    if os.environ.get("LC_ALL") in ("C", "POSIX") or wants_ascii():
        return ASCII
    streams = (sys.__stdout__, sys.__stderr__)
    spoken = {(stream.encoding or "").lower().replace("-", "") for stream in streams if stream is not None}
    return UNICODE if spoken <= {"utf8"} else ASCII
