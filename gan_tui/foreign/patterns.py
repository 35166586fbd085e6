"""What a user says about the lines: `--pattern REGEX` and `--map OURS=PRINTED`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields

from gan_tui.errors import UserError, parse_error
from gan_tui.foreign.pairs import NUMBER, number
from gan_tui.foreign.progress import Progress
from gan_tui.printable import shortened

_PROGRESS = tuple(field.name for field in fields(Progress))
MOST_CHARACTERS = 4000
"""Of a line that a pattern is tried on: some patterns take very long on a long one."""

LONGEST_SHOWN = 80
"""Characters of a pattern in a line that refuses it."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression whose named groups are numbers; `name` and `value` together are any number by its own name."""

    regex: re.Pattern[str]

    def apply(self, text: str, numbers: list[tuple[str, float]], progress: Progress) -> bool:
        """Add what the pattern finds in a line. Does it fit at all?"""
        fits = False
        for match in self.regex.finditer(text[:MOST_CHARACTERS]):
            fits = True
            groups = match.groupdict()
            if "value" in groups and "name" in groups:
                numbers += _as_number((groups.pop("name") or "").strip(), groups.pop("value"))
            for name, found in groups.items():
                value = _as_number(name, found)
                if name not in _PROGRESS:
                    numbers += value
                elif value and value[0][1].is_integer():
                    setattr(progress, name, int(value[0][1]))
        return fits


def compiled(patterns: Iterable[str]) -> list[Pattern]:
    """Raises UserError for one that is no regular expression, or names nothing."""
    found = []
    for text in patterns:
        try:
            regex = re.compile(text)
        except (re.error, RecursionError, OverflowError) as error:
            raise UserError(f"--pattern '{shortened(text, LONGEST_SHOWN)}' is no regular expression: {parse_error(error)}") from None
        if not regex.groupindex:
            raise UserError(f"--pattern '{text}' names no number: write it as (?P<d_loss>[-.0-9]+)")
        if ("value" in regex.groupindex) != ("name" in regex.groupindex):
            raise UserError(f"--pattern '{text}': the groups `name` and `value` belong together")
        found.append(Pattern(regex))
    return found


def renamed(assignments: Iterable[str]) -> dict[str, str]:
    """Our names by printed ones, of `OURS=PRINTED`. Raises UserError."""
    found = {}
    for text in assignments:
        ours, equals, printed = text.partition("=")
        if not (ours.strip() and equals and printed.strip()):
            raise UserError(f"--map '{text}' is not OURS=PRINTED, as in d_loss=Loss/discriminator")
        found[printed.strip()] = ours.strip()
    return found


def _as_number(name: str, text: str | None) -> list[tuple[str, float]]:
    text = (text or "").strip().rstrip("%")
    return [(name, number(text))] if name and NUMBER.fullmatch(text) else []
