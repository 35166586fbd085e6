"""One line of a program's output."""

from dataclasses import dataclass

LONGEST_TEXT = 2000
"""Characters of a line that is no JSON object; what is behind them is not read, and not searched: that takes their square in time."""


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
