"""Bytes of a program's output, cut into the lines that a person would have seen.

A bar is drawn again and again over itself, by carriage returns, by backspaces or by moving the cursor up: such a line is one line, and what
it said last is what it says; what it said before may be asked for. Memory is bounded whatever comes.
"""

import codecs
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

LONGEST = 64 << 10
"""Characters of a line that are looked at; what is behind them is dropped."""
HELD = 32
"""Lines above the cursor that may still be drawn over."""
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])|[\x80-\x9f]")
_UP = re.compile(r"\x1b\[(\d{0,3})[AF]")
_REDRAW = re.compile(r"\r+|\x08{2,}|\x1b\[(?:\d{1,3};)?1?[GH]")
_LONGEST_REDRAW = len("\x1b[999;1G")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Line:
    """What one line says."""

    number: int
    """In the file, from 1."""
    text: str
    cut: bool = False
    """More was there."""
    spread: bool = False
    """It was printed over several."""
    drawn_over: bool = False
    """It is one of the drawings of a line, and not the last."""
    told: bool = False
    """It has been given as a drawing before."""


class Lines:
    """Fed with bytes as they come; gives each line once it has its end and can no longer be drawn over."""

    def __init__(self) -> None:
        self.each_drawing = False
        """Are those given as well that a bar has drawn over, one that stands in a line of its own?"""
        self._told = ""
        """The drawing that was given last."""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._open = ""
        self._cut = False
        self._torn = False
        """What comes is the rest of a line that was passed over."""
        self.skipped = 0
        """Lines that were passed over, or a part of them."""
        self._number = 1
        self._held: deque[Line] = deque()
        """Lines that stand below a cursor that has moved up, or may be reached by it. Empty until a program does such things."""
        self._above = 0
        """How many of them the cursor is above the newest."""
        self._moves = False

    def feed(self, data: bytes) -> Iterator[Line]:
        """Lines that are complete with this."""
        if self._torn:
            _, end, data = data.partition(b"\n")
            self._torn = not end
            self._number += bool(end)
        new = self._decoder.decode(data)
        *ended, self._open = (self._open + new).split("\n")
        for text in ended:
            yield from self._drawings(text)
            yield from self._end(text)
        if self.each_drawing and _REDRAW.search(self._open, max(0, len(self._open) - len(new) - _LONGEST_REDRAW)):
            yield from self._drawings(self._open)
            self._open = self._open if self._moves else _newest(self._open)
        if len(self._open) > LONGEST:  # of a bar the newest counts, of all else the beginning
            newest = max(self._open.rfind("\r", 0, -1), self._open.rfind("\x08"))
            self._open = self._open[newest:] if newest > 0 and len(self._open) - newest < LONGEST else self._open[:LONGEST]
            self._cut = True

    def skip(self, data: bytes) -> None:
        """Pass over bytes unread, and over the rest of the line that they end in."""
        torn, ends = not data.endswith(b"\n"), data.count(b"\n")
        self.skipped += ends + torn - self._torn
        self._number += ends
        self._open, self._told, self._cut, self._torn = "", "", False, torn
        self._decoder.reset()

    def close(self) -> Iterator[Line]:
        """What is left at the end of the output."""
        rest = self._open + self._decoder.decode(b"", final=True)
        self._open = ""
        if rest:
            yield from self._end(rest)
        yield from self._held
        self._held.clear()

    def drawing(self) -> str:
        """What a bar says now whose line has no end yet, once. Empty for a line that was not drawn over: it is no bar."""
        first = _REDRAW.split(self._open, maxsplit=1)[0]
        now = _visible(self._open)
        if not now or now == self._told or (first.strip() and now == _visible(first)):
            return ""
        self._told = now
        return now

    def _drawings(self, text: str) -> Iterator[Line]:
        """What a line has said before it said what it says now; of one that is moved to from below, nothing."""
        if not self.each_drawing or self._moves or _UP.search(text) or not _REDRAW.search(text):
            return
        said = [part for part in map(_plain, _REDRAW.split(text)) if part]
        for part in said[:-1]:
            if part != self._told:
                self._told = part
                yield Line(self._number, part[:LONGEST], drawn_over=True)

    def _end(self, text: str) -> Iterator[Line]:
        moves = list(_UP.finditer(text))
        ups = sum(int(match[1] or 1) for match in moves)
        visible = _visible(text)
        if self.each_drawing and moves and (left := _visible(text[: moves[-1].start()])) not in ("", visible):
            yield Line(self._number, left[:LONGEST], drawn_over=True)  # the lowest line, from which the cursor goes up again
        line = Line(self._number, visible[:LONGEST], self._cut or len(text) > LONGEST, told=visible != "" and visible == self._told)
        self._cut, self._told = False, ""
        self._number += 1
        self._moves = self._moves or ups > 0
        if not self._moves:
            yield line
            return
        self._above = min(self._above + ups, len(self._held))
        before = self._held[-self._above] if self._above else None
        if self.each_drawing and line.text:
            if before is None or not before.told or before.text != line.text:
                yield replace(line, drawn_over=True)
            line = replace(line, told=True)
        if before is None:
            self._held.append(line)
        else:
            if line.text:
                self._held[-self._above] = line
            self._above -= 1
        while len(self._held) > HELD:
            yield self._held.popleft()


def _visible(text: str) -> str:
    """What a line says at last, without what colours it or moves the cursor."""
    return next((part for part in map(_plain, reversed(_REDRAW.split(text))) if part), "")


def _newest(text: str) -> str:
    """An open line without what it has drawn over."""
    if _UP.search(text):
        return text
    parts = _REDRAW.split(text)
    last = next((place for place in reversed(range(len(parts))) if _plain(parts[place])), 0)
    return "\r".join(["", *parts[last:]]) if last else text


def _plain(part: str) -> str:
    return _CONTROL.sub(" ", _ESCAPE.sub("", part)).rstrip()
