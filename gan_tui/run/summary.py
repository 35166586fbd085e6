"""A run in one line, read from the two ends of its log: a listing must not read a million points."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from gan_tui.run import events
from gan_tui.run.directory import RunDirectory
from gan_tui.run.state import RunState, StateName

ENDS = 1 << 16
"""Bytes read from each end. The head holds when the run began, the tail (some 300 events) where it stands."""


class Summary(NamedTuple):
    """What `gan-tui runs` shows."""

    name: str
    path: str
    state: StateName
    alive: bool
    epoch: int
    """Epochs done."""
    epochs: int | None
    step: int
    started: float | None
    """Unix time."""

    def to_json(self) -> dict[str, Any]:
        """For scripts; `started` as ISO 8601 in UTC."""
        started = datetime.fromtimestamp(self.started, UTC).isoformat() if self.started is not None else None
        return self._asdict() | {"started": started}


def summarise(run: RunDirectory) -> Summary:
    """Where `run` stands now."""
    state = RunState()
    for line in _lines_of_both_ends(run):
        event = events.decode(line)
        if event is not None:
            state.apply(event)
    alive = run.alive
    epochs = state.started.epochs if state.started else None
    return Summary(run.name, str(run.path), state.name(alive), alive, state.epochs_done, epochs, state.step, state.first_event)


def _lines_of_both_ends(run: RunDirectory) -> list[bytes]:
    if not run.events.is_file():  # a pipe of that name would be waited for
        return []
    try:
        with open(run.events, "rb") as file:
            head = file.read(ENDS).splitlines()
            size = file.seek(0, 2)
            if size <= ENDS:
                return head
            file.seek(max(ENDS, size - ENDS))
            return head[:-1] + file.read().splitlines()[1:]
    except OSError:
        return []
