"""Lists of settings and printed networks: their lines have numbers, and measure nothing."""

import re

from gan_tui.foreign import records
from gan_tui.foreign.clean import cleaned
from gan_tui.foreign.progress import read_progress

MOST_LINES = 300
"""Of a list of settings."""
_TITLE = re.compile(r"(?i)^[\s\-=*#_>\[(]*(?:all |training |train |model |run |experiment |network |the )*"
                    r"(?:options|arguments|args|hyper-?parameters?|hparams|configurations?|config|settings|parameters?|opts?|flags)"
                    r"(?: (?:used|summary|are|for \w+))?[\s\-=*#_:\])]*$"
                    r"|^\W*(?:hyper-?)?(?:parameter|setting|argument|option|key|config\w*|flag)s?\W+(?:values?|default)\W*$")  # fmt: skip
_REPR = re.compile(
    r"^wandb: |.*\bpython[\d.]*\s+(?:-[mu]\s+)?[\w/.]+(?:\.py\b|\s+-)|"
    r"^\s*(?:\([\w.]+\):\s*)?[A-Z]\w+\s*\($|^\s*\([\w.]+\):\s*[A-Z]\w+\(.*\)$|"
    r"^\s*[A-Z]\w+\([^)]*=.*\)\s*$|^\s*\)+$"
    r"|(?:.*\s|^)--[A-Za-z][\w-]*[ =]\S|^\s*-[A-Za-z][\w-]*[ =]\S|^\W*export \w+=|^\W*(?i:usage):"
    r"|^\s*[A-Z]\w+\([^)]*=[^)]*,\s*$|^\s*\w+=[^\s,]+,\s*$"
)
"""Of a printed network, optimizer or table of settings, or of what has been said before."""


class Dump:
    """Knows where one begins and where it ends."""

    def __init__(self) -> None:
        self._left = 0
        """Lines that may still be of it."""
        self._blank_ends = False

    @property
    def lasts(self) -> bool:
        """May the next line be of a list of settings?"""
        return self._left > 0

    def blank(self) -> None:
        """A line without anything: behind the first setting it ends the list."""
        if self._blank_ends:
            self._left = 0

    def take(self, text: str) -> bool:
        """Is the line part of a list of settings, or of a printed network?"""
        if _TITLE.match(text):
            self._left, self._blank_ends = MOST_LINES, False
            return True
        if _REPR.match(text):
            return True
        if not self._left:
            return False
        self._left -= 1
        first = not self._blank_ends
        self._blank_ends = self._blank_ends or not records.is_rule(text)
        if not first and (records.is_rule(text) or re.match(r"(?i)^[\s\-=*#]*end\b", text)):
            self._left = 0
            return True
        progress, _ = read_progress(cleaned(text))
        if progress.global_step is not None or (progress.epoch is not None and (progress.epochs is not None or progress.step is not None)):
            self._left = 0
        return self._left > 0
