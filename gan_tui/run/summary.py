"""A run in one line, read from the two ends of its log: a listing must not read a million points."""

import os
from datetime import UTC, datetime
from typing import Any, NamedTuple

from gan_tui.files import open_regular
from gan_tui.run import events, index
from gan_tui.run.directory import RunDirectory
from gan_tui.run.log import LONGEST_LINE
from gan_tui.run.state import RunState, StateName

ENDS = 1 << 16
"""Bytes read from each end. The head holds when the run began, the tail (some 300 events) where it stands."""
SEARCHED = 512 << 20
"""Bytes before the end that are searched for a resume where there is no index, of more than a million events: half a second."""
CHUNK = 1 << 20
_STARTED = b'\n{"kind":"started"'
MOVING: tuple[StateName, ...] = ("training", "sampling", "evaluating", "saving")
"""States in which speed and remaining time mean anything."""


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
    elapsed: float
    """Seconds of training, pauses left out."""
    rate: float | None
    """Steps a second; None where the run stands still."""
    remaining: float | None
    """Seconds of training still to come; None where nobody can know."""

    def to_json(self) -> dict[str, Any]:
        """For scripts; `started` as ISO 8601 in UTC."""
        started = datetime.fromtimestamp(self.started, UTC).isoformat() if self.started is not None else None
        return self._asdict() | {"started": started}


def summarise(run: RunDirectory) -> Summary:
    """Where `run` stands now."""
    return summarise_state(run, read_ends(run))


def summarise_state(run: RunDirectory, state: RunState) -> Summary:
    """The same of a state that was read before."""
    alive = run.alive
    lost = state.last_event is None and not alive and run.newest_step > 0
    name: StateName = "interrupted" if lost else state.name(alive)  # a log that is gone; the checkpoints say how far it came
    moving = alive and name in MOVING
    return Summary(
        name=run.name,
        path=str(run.path),
        state=name,
        alive=alive,
        epoch=state.epochs_done,
        epochs=state.started.epochs if state.started else None,
        step=run.newest_step if lost else state.step,
        started=state.first_event,
        elapsed=state.elapsed,
        rate=state.rate if moving else None,
        remaining=state.remaining if moving else None,
    )


def read_ends(run: RunDirectory) -> RunState:
    """What the index, or else the beginning, and the end of a run's log add up to; what happened in between it cannot know.

    So what holds until it is revoked, the verdict, is not taken from before a gap. How long the run is to be is searched for there: a
    resume may have changed it.
    """
    state, place = index.load(run.events) or (RunState(), 0)
    try:
        with open_regular(run.events) as file:
            size = os.fstat(file.fileno()).st_size
            if not place:
                head = os.pread(file.fileno(), ENDS, 0)
                place = size if size <= ENDS else head.rfind(b"\n") + 1
                _apply(state, head[:place])
            tail = max(place, size - ENDS)
            end = os.pread(file.fileno(), size - tail, tail)
            if tail > place:
                state.verdict = None
                state.started = _last_started(file.fileno(), max(place, tail - SEARCHED), tail) or state.started
                end = end[end.find(b"\n") + 1 :]
            _apply(state, end)
    except (OSError, ValueError):  # there is none, or a pipe of that name
        pass
    return state


def _apply(state: RunState, data: bytes) -> None:
    for line in data.splitlines():
        event = events.decode(line)
        if event is not None:
            state.apply(event)


def _last_started(descriptor: int, first: int, last: int) -> events.Started | None:
    """The last event of its kind that begins between two bytes of a log."""
    while last > first:
        place = max(first, last - CHUNK)
        data = os.pread(descriptor, last - place + len(_STARTED), place)
        found = data.rfind(_STARTED)
        if found >= 0:
            line = os.pread(descriptor, LONGEST_LINE, place + found + 1).partition(b"\n")[0]
            event = events.decode(line)
            return event if isinstance(event, events.Started) else None
        last = place
    return None
