"""A log that is gone, or that nobody can read: noticed before a trainer writes the next line."""

import os
from pathlib import Path

from gan_tui.run import events
from gan_tui.run.directory import RunDirectory
from gan_tui.run.files import set_aside

PROBE = 1 << 20
"""Bytes of each end of a log in which an event is looked for."""


def set_unreadable_log_aside(run: RunDirectory) -> str:
    """What is wrong with the log of a run that was saved before, in words; nothing where the log is whole, or the run is new.

    A log in which no event can be read is renamed, so that a new one can begin. Raises OSError.
    """
    log = run.events
    saved = bool(run.newest_step) or any(path.exists() for path in (run.generator, run.discriminator, *run.checkpoints.glob("*.pt")))
    if not os.path.lexists(log):
        return f"{log.name} was missing" if saved else ""
    if log.is_file() and log.stat().st_size == 0:
        return f"{log.name} was empty" if saved else ""
    return "" if log.is_file() and _has_event(log) else f"nothing in {log.name} could be read (it is {set_aside(log).name} now)"


def _has_event(log: Path) -> bool:
    with open(log, "rb") as file:
        head = file.read(PROBE)
        file.seek(max(0, file.seek(0, os.SEEK_END) - PROBE))
        lines = head.splitlines() + file.read().splitlines()
    return any(events.decode(line) is not None for line in lines)
