"""The lines that a trainer prints as it goes: when one is due, and what becomes of the run where nobody takes them."""

import time

from gan_tui import output
from gan_tui.clocks import LINE_SECONDS, Interval
from gan_tui.errors import reason_of
from gan_tui.run.events import Note
from gan_tui.run.log import EventWriter
from gan_tui.training.stop import StopRequest


class PrintedLines:
    """Those of one run."""

    def __init__(self, writer: EventWriter, stop: StopRequest) -> None:
        self._writer, self._stop = writer, stop
        self._interval = Interval(LINE_SECONDS)
        self._failed = False

    def due(self, *, by_number: bool) -> bool:
        """Is one to be printed now, for the number of steps says so, or for there has been none for long?"""
        return self._interval.due(time.monotonic(), 0 if by_number else 1)

    def say(self, line: str, step: int) -> None:
        """`gan-tui --headless | head`: the reader is gone, so save and leave. On any other trouble with the output train on."""
        print(line, flush=True)
        failure = output.failure()
        if isinstance(failure, BrokenPipeError):
            self._stop.request("standard output was closed")
        elif failure is not None and not self._failed:
            self._failed = True
            text = f"standard output takes nothing any more ({reason_of(failure)}); training goes on without it"
            self._writer.write(Note(step=step, text=text))
