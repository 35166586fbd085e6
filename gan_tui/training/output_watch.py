"""What becomes of a run whose printed lines nobody takes any more."""

from gan_tui import output
from gan_tui.run.events import Note
from gan_tui.run.log import EventWriter
from gan_tui.training.stop import StopRequest


class OutputWatch:
    """Asked after each printed line."""

    def __init__(self, writer: EventWriter, stop: StopRequest) -> None:
        self._writer, self._stop = writer, stop
        self._failed = False

    def __call__(self, step: int) -> None:
        """`gan-tui --headless | head`: the reader is gone, so save and leave. On any other trouble with the output train on."""
        failure = output.failure()
        if isinstance(failure, BrokenPipeError):
            self._stop.request("standard output was closed")
        elif failure is not None and not self._failed:
            self._failed = True
            text = f"standard output takes nothing any more ({failure.strerror or failure}); training goes on without it"
            self._writer.write(Note(step=step, text=text))
