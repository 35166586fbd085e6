"""With what a trainer comes to a run. A file of its own: main.py may not import torch yet, and rank_zero.py does."""

from collections.abc import Sequence
from typing import NamedTuple


class Found(NamedTuple):
    """What it was told, and what it has found on its way."""

    assignments: Sequence[str] = ()
    """Settings that shall be other ones from now on."""
    lost: str = ""
    """What was the matter with the log, where a new one had to be begun."""
    note: str = ""
    """About the settings, where they had to be rebuilt."""
    data_changed: bool = False
    """Go on though the data is other than before."""
    headless: bool = False
    """Somebody reads what it prints, and is told once the training begins."""
