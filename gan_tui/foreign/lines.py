"""Bytes of a program's output, cut into the lines that a person would have seen.

A bar is drawn again and again over itself, by carriage returns, by backspaces or by moving the cursor up: such a line is one line, and what
it said last is what it says; what it said before may be asked for. Memory is bounded whatever comes.
"""

import codecs
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace

from gan_tui.foreign.line import Line
from gan_tui.foreign.wrapped import Wrapped, may_go_on

LONGEST = 64 << 10
"""Characters of a line that are looked at; what is behind them is dropped."""
HELD = 32
"""Lines above the cursor that may still be drawn over."""
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*(?:[@-~]|\Z)|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*(?:[0-~]|\Z))|[\x80-\x9f]")
"""Also one whose end has not come yet."""
_UP = re.compile(r"\x1b\[(\d{0,3})[AF]")
_REDRAW = re.compile(r"\r+|\x08{2,}|\x1b\[(?:\d{1,3};)?1?[GH]")
_LONGEST_REDRAW = len("\x1b[999;1G")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


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
        self._whole = Wrapped()
        self._whole_drawings = Wrapped()
        self._frame: list[str] = []
        """Rows that were drawn since the cursor has moved up, of a program whose drawings are not given one by one."""
        self._shown: list[str] = []
        """The rows of the drawing before, until they are asked for."""
        self._told_rows: set[str] = set()
        """Those that were given when they were asked for last."""

    def feed(self, data: bytes) -> Iterator[Line]:
        """Lines that are complete with this, or, without any, because nothing more has come."""
        if not data and not self._open:
            yield from self._whole.end()  # nothing has come for a while: what would be more of a bar had come with it
        if not self.each_drawing:
            yield from self._whole_drawings.end()  # they have just been given one by one for the last time
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
        yield from self._whole_drawings.end()
        for line in self._held:
            yield from self._whole.take(line)
        self._held.clear()
        yield from self._whole.end()

    def drawing(self) -> list[Line]:
        """What bars say now that may yet be drawn over, once. A line without an end that was not drawn over is no bar."""
        shown, self._shown = self._shown, []
        self._held = deque(replace(line, told=True) if line.text in shown else line for line in self._held)
        first = _REDRAW.split(self._open, maxsplit=1)[0]
        now = _visible(self._open)
        if now and now not in (self._told, *shown) and not (first.strip() and now == _visible(first)):
            self._told = now
            shown.append(now)
        whole, told = list(_whole(shown)), self._told_rows
        self._told_rows = {line.text for line in whole} if whole else told
        return [line for line in whole if line.text not in told]

    def _drawings(self, text: str) -> Iterator[Line]:
        """What a line has said before it said what it says now; of one that is moved to from below, nothing."""
        if not self.each_drawing or self._moves or _UP.search(text) or not _REDRAW.search(text):
            return
        yield from self._whole_drawings.end()
        said = [part for part in map(_plain, _REDRAW.split(text)) if part]
        if len(said) > 1:
            yield from self._whole.end()  # a line that is drawn over is no more of the bar above it
        for part in said[:-1]:
            if part != self._told:
                self._told = part
                yield Line(self._number, part[:LONGEST], drawn_over=True)

    def _end(self, text: str) -> Iterator[Line]:
        moves = list(_UP.finditer(text))
        ups = sum(int(match[1] or 1) for match in moves)
        visible = _visible(text)
        left = _visible(text[: moves[-1].start()]) if moves else ""
        """Of the lowest line, from which the cursor goes up again."""
        if ups and not self._moves:
            yield from self._begin_to_move()
        if self.each_drawing and left not in ("", visible) and (left != self._told or self._whole_drawings.holds):
            yield from self._whole_drawings.take(Line(self._number, left[:LONGEST], drawn_over=True))
        line = Line(self._number, visible[:LONGEST], self._cut or len(text) > LONGEST, told=visible != "" and visible == self._told)
        self._cut, self._told = False, ""
        self._number += 1
        self._moves = self._moves or ups > 0
        if not self._moves:
            yield from self._whole.take(line)
            return
        if not self.each_drawing:
            self._show(line.text, left, begins=ups > 0)
        self._above = min(self._above + ups, len(self._held))
        before = self._held[-self._above] if self._above else None
        if self.each_drawing and line.text:
            if before is None or not before.told or before.text != line.text or may_go_on(line.text):
                yield from self._whole_drawings.take(replace(line, drawn_over=True))
            line = replace(line, told=True)
        if before is None:
            self._held.append(line)
        else:
            if line.text:
                self._held[-self._above] = line
            self._above -= 1
        while len(self._held) > HELD:
            yield from self._whole.take(self._held.popleft())

    def _begin_to_move(self) -> Iterator[Line]:
        """A row may be drawn over whose bar was not known to be whole."""
        for line in self._whole.end():
            self._held.append(replace(line, told=self.each_drawing))
            self._frame.append(line.text)
            if self.each_drawing:
                yield from self._whole_drawings.take(replace(line, drawn_over=True))

    def _show(self, row: str, left: str, *, begins: bool) -> None:
        """Keep the newest drawing of several rows that was finished; `left`: its lowest row, `begins`: a new one does with this row."""
        if begins:
            self._shown, self._frame = [text for text in (*self._frame, left[:LONGEST]) if text], []
        if len(self._frame) < HELD:
            self._frame.append(row)


def _whole(rows: Iterable[str]) -> Iterator[Line]:
    """Rows of bars as lines."""
    wrapped = Wrapped()
    for row in rows:
        yield from wrapped.take(Line(0, row, drawn_over=True))
    yield from wrapped.end()


def _visible(text: str) -> str:
    """What a line says at last, without what colours it or moves the cursor."""
    return next((part for part in map(_plain, reversed(_REDRAW.split(text))) if part), "")


def _newest(text: str) -> str:
    """An open line without what it has drawn over."""
    if _UP.search(text):
        return text
    end = len(text)
    for redraw in reversed(list(_REDRAW.finditer(text))):
        if _plain(text[redraw.end() : end]):
            return "\r" + text[redraw.end() :]
        end = redraw.start()
    return text


def _plain(part: str) -> str:
    return _CONTROL.sub(" ", _ESCAPE.sub("", part)).rstrip()
