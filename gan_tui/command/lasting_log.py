"""The log of a command, on a disk that may be full: the command goes on whatever becomes of its log, which says what it lacks."""

from pathlib import Path

from gan_tui.errors import reason_of
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
        self._missing: tuple[int, int] | None = None
        """Steps: of the first and of the last event that is lost."""
        self.lost_end = ""
        """Why the end of the log is not in it; empty: it is."""
        super().__init__(path)

    def write(self, event: AnyEvent) -> None:
        """Append an event, as far as the disk takes it."""
        before = self._offset
        try:
            super().write(event)
        except OSError as error:
            if self._offset == before:  # what was taken, and could not be flushed, waits in memory for room
                self._missing = (event.step if self._missing is None else self._missing[0], event.step)
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
            super().flush()  # closing would lose what waits
            super().cut_to_step(step)
        except OSError as error:
            self._refuse(error, step)

    @property
    def missing(self) -> str:
        """At which steps events are lost, and why; empty: nowhere."""
        if self._missing is None:
            return ""
        first, last = self._missing
        steps = f"step {first:,}" if first == last else f"steps {first:,} to {last:,}"
        return f"{steps}: lines are missing, for the disk took nothing ({self.refused}); the script was not disturbed"

    def make_room(self) -> None:
        """For the last words, of which what is missing is the first."""
        self._reserve.give()
        if self._missing is not None:
            self.write(Note(step=self._missing[1], text=self.missing))

    def close(self) -> None:
        """The log ends here."""
        try:
            super().flush()
            super().close()
        except OSError as error:
            self.lost_end = reason_of(error)

    def _refuse(self, error: OSError, step: int) -> None:
        if self.refused:
            return
        self.refused = reason_of(error)
        self._reserve.give(leave=1)
        text = f"the disk takes no more of the log ({self.refused}): numbers may be lost from here on; the script goes on"
        self.write(Note(step=step, text=text))
