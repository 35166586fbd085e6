"""What a script says of its own end: the last line of a traceback, a warning, no memory."""

import re

_TRACEBACK = re.compile(
    r"^\s*(?:\[rank\d+\]:\s*)?(?:Traceback \(most recent call last\)|Exception in thread |During handling of the above|The above exception)"
)
_ERROR = re.compile(
    r"^(?:\[rank\d+\]:\s*)?((?:[a-zA-Z_]\w*\.)*(?:[A-Z]\w*(?:Error|Exception|Interrupt|Exit|Warning|Iteration|Timeout|Fault)|KeyboardInterrupt))(?::\s|:?$)"
)
_LAUNCHER = re.compile(r"(?:[a-zA-Z_]\w*\.)*(?:ChildFailedError|CalledProcessError)\b")
"""What torchrun and its like end with, because a process of theirs has failed: what that one said tells more."""
_RANK = re.compile(r"\[rank(\d+)\]:")
_REPORTED = re.compile(r"\s+(rank|exitcode)\s+: -?(\d+)(?: \(local_rank: \d+\)| \(pid: \d+\))?\s*(?:\((SIG\w+)\))?\s*$")
"""A line of torchrun's report, which ends with the rank that failed first."""
_WARNING = re.compile(r"\b\w*Warning: |^\s*warnings\.warn|^\s*(?:\[?(?:WARN|WARNING)\]?)\b(?!.*\b(?i:loss)\b\s*[:=])")
_FRAME = re.compile(r"^(?:\[rank\d+\]:)?\s+|^\s*$|^\s*File \"")
LONGEST = 400
GOES_ON = 3
"""Lines with numbers behind an error, from which on it was one that the script lives with. A bar is drawn once more as it closes."""


class Trouble:
    """Follows the lines; `error` is the newest that a traceback ended with, unless the training went on behind it.

    Where ranks train together it is that of the one that failed first.
    """

    def __init__(self) -> None:
        self.error = ""
        self._inside = False
        self._behind = 0
        self._of_ranks: dict[str, str] = {}
        """The newest error of each rank that has said which one it is."""
        self._launcher_failed = False
        self._reported_rank = ""

    def go_on(self) -> None:
        """There was a line with numbers."""
        self._behind += 1
        if self._behind >= GOES_ON:
            self.error, self._launcher_failed = "", False
            self._of_ranks.clear()

    def take(self, text: str) -> bool:
        """Is the line part of a traceback, an error or a warning, and so without numbers?"""
        if _TRACEBACK.match(text):
            self._inside = True
            return True
        found = _ERROR.match(text)
        if found and not found[1].endswith("Warning"):
            self._fail(text.strip()[:LONGEST])
            return True
        if self._launcher_failed and (reported := _REPORTED.match(text)):
            self._take_report(*reported.groups())
            return True
        if self._inside:
            if _FRAME.match(text):
                return True
            self._inside = False
        return bool(found or _WARNING.search(text))

    def _fail(self, error: str) -> None:
        self._inside, self._behind = False, 0
        rank, first = _RANK.match(error), _RANK.match(self.error)
        if rank:
            self._of_ranks[rank[1]] = error
        launcher = _LAUNCHER.match(error) is not None
        self._launcher_failed |= launcher
        later = rank is not None and first is not None and first[1] != rank[1]  # a rank mostly fails because the one before it has
        if not self.error or not (launcher or later):
            self.error = error

    def _take_report(self, field: str, number: str, signal: str | None) -> None:
        if field == "rank":
            self._reported_rank = number
        elif self._reported_rank in self._of_ranks:
            self.error = self._of_ranks[self._reported_rank]
        elif _RANK.match(self.error) or _LAUNCHER.match(self.error) or self.error.startswith("rank "):
            how = f"was ended by {signal}" if signal else f"ended with exit status {number}"
            self.error = f"rank {self._reported_rank} {how}"
