"""A message with its moment."""

import time
from dataclasses import dataclass

from gan_tui.render.ink import Ink


@dataclass(frozen=True)
class LogEntry:
    """What happened, when (Unix time), and how serious it is."""

    time: float
    text: str
    ink: Ink = Ink.TEXT


def time_of_day(moment: float) -> str:
    """HH:MM:SS in local time; a log may hold any number."""
    try:
        return time.strftime("%H:%M:%S", time.localtime(moment))
    except (ValueError, OverflowError, OSError):
        return "--:--:--"
