"""A film of a screen as asciicast v2 (asciinema's format): one JSON line for the header, then `[seconds, "o", what is written]`.

Only cells that have changed are written, and a colour only where it is another than before: a film of minutes stays small.
"""

import json
from collections.abc import Iterator

from gan_tui.film.screen import Line, Look, Reel, Sign, cells_of

NEAR = 4
"""Cells that have not changed between two that have, which are written again: cheaper than a movement of the cursor."""
BEGIN, HIDE_CURSOR = "\x1b[m\x1b[2J", "\x1b[?25l"


def encode(reel: Reel) -> bytes:
    """The whole file."""
    return b"".join(
        json.dumps(line, ensure_ascii=False, separators=(", ", ": ")).encode("utf-8", "replace") + b"\n" for line in _lines(reel)
    )


def _lines(reel: Reel) -> Iterator[object]:
    yield {
        "version": 2,
        "width": reel.columns,
        "height": reel.rows,
        "duration": round(reel.seconds, 3),
        "title": reel.title,
        "env": {"TERM": "xterm-256color", "COLORTERM": "truecolor"},
    }
    pen = _Pen()
    before: tuple[Line, ...] = ()
    at = 0.0
    for shot in reel.shots:
        written = "".join(_changes(shot.lines, before, reel.columns, pen))
        if not before:
            written = HIDE_CURSOR + BEGIN + written
        if written:
            yield [round(at, 3), "o", written]
        before, at = shot.lines, at + shot.seconds
    yield [round(at, 3), "o", ""]  # else a player ends with the last change


class _Pen:
    """What the terminal writes with."""

    def __init__(self) -> None:
        self._look: Look | None = None

    def take(self, look: Look) -> str:
        """The codes that make it `look`, as few as are needed."""
        before, self._look = self._look, look
        codes = []
        if before is None or look.bold != before.bold:
            codes.append("1" if look.bold else "22")
        if before is None or look.ink != before.ink:
            codes.append("38;2;{};{};{}".format(*look.ink))
        if before is None or look.ground != before.ground:
            codes.append("48;2;{};{};{}".format(*look.ground))
        return f"\x1b[{';'.join(codes)}m" if codes else ""


def _changes(lines: tuple[Line, ...], before: tuple[Line, ...], columns: int, pen: _Pen) -> Iterator[str]:
    """What is to be written where."""
    for row, line in enumerate(lines):
        old = before[row] if row < len(before) else None
        if line == old:
            continue
        cells = cells_of(line, columns)
        for first, end in _pieces(cells, cells_of(old or (), columns)):
            yield f"\x1b[{row + 1};{first + 1}H"
            for sign in cells[first:end]:
                if sign is not None:
                    yield pen.take(sign.look) + sign.text


def _pieces(cells: list[Sign | None], before: list[Sign | None]) -> Iterator[tuple[int, int]]:
    """First and end of what has changed; never from the middle of a wide character."""
    changed = [column for column, (now, then) in enumerate(zip(cells, before, strict=True)) if now != then]
    first = end = -1
    for column in changed:
        if first >= 0 and column - end > NEAR:
            yield first, end
            first = -1
        if first < 0:
            first = column
        end = column + 1
    if first >= 0:
        yield first, end
