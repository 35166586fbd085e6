"""Printed text as the rows that a terminal would show of it: a bar that is drawn over itself, or over another, is what it says last."""

import re

_MOVES = re.compile(
    r"(?P<end>\n)|(?P<home>\r|\x1b\[(?:1)?G)|(?P<back>\x08+)|\x1b\[(?P<up>\d{0,3})[AF]|\x1b\[(?P<down>\d{0,3})[BE]|\x1b\[(?P<erase>[0-2]?)K"
    r"|\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])|[\x80-\x9f\x00-\x07\x0b\x0c\x0e-\x1f\x7f]"
)
"""All that is no text, most of which only colours it."""


def rows_of(text: str) -> list[str]:
    """The rows, without what colours them. The cursor never leaves those that there are but for one below."""
    rows, row, column = [""], 0, 0
    at = 0
    for move in _MOVES.finditer(text):
        row, column = _write(rows, row, column, text[at : move.start()])
        at = move.end()
        if move["end"]:
            row, column = row + 1, 0
            if row == len(rows):
                rows.append("")
        elif move["home"]:
            column = 0
        elif move["back"]:
            column = max(0, column - len(move["back"]))
        elif move["up"] is not None:
            row = max(0, row - int(move["up"] or 1))
        elif move["down"] is not None:
            row = min(len(rows) - 1, row + int(move["down"] or 1))
        elif move["erase"] is not None:
            rows[row] = "" if move["erase"] == "2" else " " * column + rows[row][column:] if move["erase"] == "1" else rows[row][:column]
    _write(rows, row, column, text[at:])
    return [found.rstrip() for found in rows]


def _write(rows: list[str], row: int, column: int, text: str) -> tuple[int, int]:
    """Over what is there; where the cursor stands then."""
    if text:
        before = rows[row]
        rows[row] = before[:column].ljust(column) + text + before[column + len(text) :]
    return row, column + len(text)
