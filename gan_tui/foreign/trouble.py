"""What a script says of its own end: the last line of a traceback, a warning, no memory."""

import re

_TRACEBACK = re.compile(
    r"^\s*(?:\[rank\d+\]:\s*)?(?:Traceback \(most recent call last\)|Exception in thread |During handling of the above|The above exception)"
)
_ERROR = re.compile(
    r"^(?:\[rank\d+\]:\s*)?((?:[a-zA-Z_]\w*\.)*(?:[A-Z]\w*(?:Error|Exception|Interrupt|Exit|Warning|Iteration|Timeout|Fault)|KeyboardInterrupt))(?::\s|:?$)"
)
_WARNING = re.compile(r"\b\w*Warning: |^\s*warnings\.warn|^\s*(?:\[?(?:WARN|WARNING)\]?)\b(?!.*\b(?i:loss)\b\s*[:=])")
_FRAME = re.compile(r"^(?:\[rank\d+\]:)?\s+|^\s*$|^\s*File \"")
LONGEST = 400
GOES_ON = 3
"""Lines with numbers behind an error, from which on it was one that the script lives with. A bar is drawn once more as it closes."""


class Trouble:
    """Follows the lines; `error` is the newest that a traceback ended with, unless the training went on behind it."""

    def __init__(self) -> None:
        self.error = ""
        self._inside = False
        self._behind = 0

    def go_on(self) -> None:
        """There was a line with numbers."""
        self._behind += 1
        if self._behind >= GOES_ON:
            self.error = ""

    def take(self, text: str) -> bool:
        """Is the line part of a traceback, an error or a warning, and so without numbers?"""
        if _TRACEBACK.match(text):
            self._inside = True
            return True
        found = _ERROR.match(text)
        if found and not found[1].endswith("Warning"):
            self.error, self._inside, self._behind = text.strip()[:LONGEST], False, 0
            return True
        if self._inside:
            if _FRAME.match(text):
                return True
            self._inside = False
        return bool(found or _WARNING.search(text))
