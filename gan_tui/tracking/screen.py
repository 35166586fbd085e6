"""The screen of a script's own run, opened from within it: in a process of its own, while the script goes on behind it."""

import contextlib
import os
import subprocess
import sys
import threading
from pathlib import Path

from gan_tui.errors import reason_of
from gan_tui.files import open_append
from gan_tui.output import say
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import module_command
from gan_tui.tracking.run import Run


def open_screen(run: Run, directory: RunDirectory) -> None:
    """Give the terminal to the screen until the person leaves it; what the script prints meanwhile goes into the run's `trainer.log`.

    Without a terminal, and in a notebook, nothing is opened.
    """
    if not _has_terminal():
        run.note("no terminal: dashboard=True opened no screen")
        return
    try:
        screen = Screen(directory.path, directory.trainer_log)
    except OSError as error:
        say(f"the screen cannot be opened: {reason_of(error)}")
        return
    run.before_end(screen.wait)


def _has_terminal() -> bool:
    """Is there one, and is it the script's own?"""
    try:
        return all(os.isatty(number) for number in (0, 1, 2)) and os.environ.get("TERM") != "dumb" and "ipykernel" not in sys.modules
    except OSError:
        return False


class Screen:
    """The process that shows it."""

    def __init__(self, run: Path, log: Path) -> None:
        """Raises OSError."""
        self._kept = os.dup(1), os.dup(2)
        _flush()
        self._process = subprocess.Popen(module_command("gan_tui", "attach", str(run)), stdout=self._kept[0], stderr=self._kept[1])
        with open_append(log, mode=0o600) as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        self._closed = threading.Event()
        threading.Thread(target=self._give_back, name="gan-tui-screen", daemon=True).start()

    def _give_back(self) -> None:
        self._process.wait()
        _flush()
        for number, kept in zip((1, 2), self._kept, strict=True):
            os.dup2(kept, number)
            os.close(kept)
        self._closed.set()

    def wait(self) -> None:
        """The script has ended: the person may look for as long as they like."""
        self._closed.wait()


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
