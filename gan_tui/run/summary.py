"""A run in one line, read from the two ends of its log: a listing must not read a million points."""

import os
from datetime import UTC, datetime
from typing import Any, NamedTuple

from gan_tui.run import events
from gan_tui.run.directory import RunDirectory
from gan_tui.run.state import RunState, StateName

ENDS = 1 << 16
"""Bytes read from each end. The head holds when the run began, the tail (some 300 events) where it stands."""
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
    """What the beginning and the end of a run's log add up to; what happened in between it cannot know.

    So what holds until it is revoked, the verdict, is not taken from the beginning of a log that has a middle.
    """
    state = RunState()
    head, tail = _both_ends(run)
    for lines in (head, tail):
        if lines is tail and tail:
            state.verdict = None
        for line in lines:
            event = events.decode(line)
            if event is not None:
                state.apply(event)
    return state


def _both_ends(run: RunDirectory) -> tuple[list[bytes], list[bytes]]:
    """The lines of the beginning and those of the end; of a log that is short, all are the beginning."""
    if not run.events.is_file():  # a pipe of that name would be waited for
        return [], []
    try:
        with open(run.events, "rb") as file:
            head = file.read(ENDS).splitlines()
            size = file.seek(0, os.SEEK_END)
            if size <= ENDS:
                return head, []
            file.seek(max(ENDS, size - ENDS))
            return head[:-1], file.read().splitlines()[1:]
    except OSError:
        return [], []
