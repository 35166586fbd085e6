"""One line of a program's output."""

from dataclasses import dataclass


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
