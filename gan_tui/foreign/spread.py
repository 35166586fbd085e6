"""An object that is printed over several lines, `{` first and `}` last: put together into one line."""

import re

from gan_tui.foreign.clean import message
from gan_tui.foreign.line import Line

MOST_LINES = 200
"""What has more is no object, and its lines are read one by one."""
_OPENS = re.compile(r"^\W?[\w /.-]{0,60}[:=]?\s*\{$")
_INSIDE = re.compile(r"""^\s*(?:["'\[{}\]]|[-+\d.,eE\s]+$|(?:true|false|null|None|True|False|NaN),?\s*$)""")


class Spread:
    """Lines are held from the one that opens an object to the one that closes it."""

    def __init__(self) -> None:
        self._held: list[Line] = []
        self._depth = 0

    def take(self, line: Line) -> list[Line]:
        """The lines that can be read now: none while an object is open, then the whole of it as one."""
        if not self._held:
            if not line.text.rstrip().endswith("{") or not _OPENS.match(message(line.text[:200]).strip()):
                return [line]
        elif not _INSIDE.match(line.text) or len(self._held) >= MOST_LINES:
            return [*self.end(), line]
        self._held.append(line)
        self._depth += line.text.count("{") - line.text.count("}")
        if self._depth > 0:
            return []
        held = self.end()
        return [Line(held[0].number, " ".join(part.text.strip() for part in held), spread=True)]

    def end(self) -> list[Line]:
        """What is held, line by line."""
        held, self._held, self._depth = self._held, [], 0
        return held
