"""The log of a command, on a disk that may be full: the command goes on whatever becomes of its log, which says what it lacks."""

from pathlib import Path

from gan_tui.run.events import AnyEvent, Note
from gan_tui.run.log import EventWriter
from gan_tui.run.reserve import Reserve


class LastingLog(EventWriter):
    """An `EventWriter` that raises nothing once it is open. What the disk refuses is lost; that, and the end, it says from a reserve."""

    def __init__(self, path: Path) -> None:
        """Raises OSError where the log cannot be opened."""
        self._reserve = Reserve(path.parent)
        self.refused = ""
        """Why the disk took nothing, the first time; empty: it took all."""
        self._missing = (0, 0)
        """Steps: the first and the last at which it took nothing."""
        self.lost_end = ""
        """Why the end of the log is not in it; empty: it is."""
        super().__init__(path)

    def write(self, event: AnyEvent) -> None:
        """Append an event, as far as the disk takes it."""
        try:
            super().write(event)
        except OSError as error:
            self._refuse(error, event.step)

    def flush(self) -> None:
        """Leave nothing in memory, as far as the disk takes it."""
        try:
            super().flush()
        except OSError as error:
            self._refuse(error, self.state.step)

    def cut_to_step(self, step: int) -> None:
        """As that of an `EventWriter`; where the disk has no room for what is cut, nothing is."""
        try:
            super().cut_to_step(step)
        except OSError as error:
            self._refuse(error, step)

    def make_room(self) -> None:
        """For the last words, of which what is missing is the first."""
        self._reserve.give()
        if self.refused:
            first, last = self._missing
            steps = f"step {first:,}" if first == last else f"steps {first:,} to {last:,}"
            text = f"{steps}: numbers are missing, for the disk took nothing ({self.refused}); the script was not disturbed"
            self.write(Note(step=last, text=text))

    def close(self) -> None:
        """The log ends here."""
        try:
            super().flush()
            super().close()
        except OSError as error:
            self.lost_end = error.strerror or str(error)

    def _refuse(self, error: OSError, step: int) -> None:
        if self.refused:
            self._missing = (self._missing[0], step)
            return
        self.refused, self._missing = error.strerror or str(error), (step, step)
        self._reserve.give(leave=1)
        text = f"the log cannot be written ({self.refused}): numbers are lost from here on; the script goes on"
        self.write(Note(step=step, text=text))
