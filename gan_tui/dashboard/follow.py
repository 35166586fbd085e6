"""Following a run directory: what the dashboard's worker does between two pauses. No Textual in here but the message's type."""

import time
from collections.abc import Callable

from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.previews import Previews
from gan_tui.dashboard.trainer_process import TrainerProcess
from gan_tui.run.directory import RunDirectory
from gan_tui.run.log import EventReader, unreadable
from gan_tui.run.state import RunState, StateName

SLICE = 128 << 10
"""Bytes of the log taken in at once, about 10 ms of work: a long history must not hold up a key."""
ALIVE_SECONDS = 0.5
"""Between two looks at the lock."""


class Follower:
    """Reads what is new in a run and keeps the sum. `look` is called again and again; between two calls keys are answered."""

    def __init__(self, run: RunDirectory, clock: Callable[[], float] = time.monotonic) -> None:
        self._run = run
        self._trainer: TrainerProcess | None = None
        self._clock = clock
        self._reader = EventReader(run.events)
        self._state = RunState()
        self._alive = False
        self._alive_at = float("-inf")
        self._spoken = True
        """Has the trainer that we started ourselves written anything yet? What stands before is an earlier one's."""
        self._previews = Previews(run)
        self._trouble: str | None = None
        self.behind = False
        """There is more to read at once."""

    def skip_to_now(self) -> None:
        """Take in what an earlier trainer wrote, so that what comes after it can be told from it."""
        while self._read():
            pass

    def await_trainer(self, trainer: TrainerProcess) -> None:
        """From now on `trainer` is the one at work; it has not written anything yet."""
        self._trainer = trainer
        self._spoken = False

    def look(self) -> bool:
        """Take in a slice of what is new. True where there is anything to show."""
        changed = self._read()
        if not self.behind:
            changed |= self._look_at_trainer()
            changed |= self._previews.look()
        return changed

    def snapshot(self) -> Snapshot:
        """All that is known now."""
        seen = self._previews
        return Snapshot(
            self._state,
            self._name(),
            self._alive,
            seen.newest,
            seen.real,
            seen.version,
            self._trouble,
        )

    def _read(self) -> bool:
        events, restarted, self.behind = self._reader.read(SLICE)
        if restarted:
            self._state = RunState()
        for event in events:
            self._state.apply(event)
        if events and not restarted:
            self._spoken = True
        return bool(events) or restarted

    def _look_at_trainer(self) -> bool:
        now = self._clock()
        code = self._trainer.exit_code if self._trainer else None
        if now - self._alive_at < ALIVE_SECONDS and (code is None or self._trouble or not self._alive):
            return False
        before = (self._alive, self._trouble)
        self._alive_at = now
        held = self._run.alive
        if self._trainer is None:
            self._alive = held
            self._trouble = self._removed() or self._unreadable()
        else:
            self._alive = code is None or held
            if not self._alive:
                self._trouble = self._removed() or self._trouble
                if not self._trouble:
                    self._bury(self._trainer)
        return before != (self._alive, self._trouble)

    def _bury(self, trainer: TrainerProcess) -> None:
        """The trainer has ended: did it say why? What it wrote last may still be unread."""
        while self._read():
            pass
        refused = (trainer.exit_code or 0) > 0 and self._state.error is None  # and the run stays what it was: completed, say
        if refused or not self._spoken or (self._state.outcome is None and self._state.error is None):
            again = "goes on from the last checkpoint" if self._state.checkpoint else "starts it again"
            remedy = f"at step {self._state.step:,}: `gan-tui resume {self._run.word}` {again}"
            self._trouble = trainer.last_words(remedy, began=self._spoken)

    def _removed(self) -> str | None:
        return None if self._run.path.is_dir() else f"the run directory {self._run.path} was removed or renamed"

    def _unreadable(self) -> str | None:
        """Why there will never be anything to see. A log that is being written may have half an event at first."""
        name = self._run.events.name
        if why := unreadable(self._run.events):
            return f"{name} cannot be read: {why}"
        if self._state.last_event is not None or self._alive:
            return None
        try:
            return f"{name} cannot be read: there is no event in it" if self._run.events.stat().st_size else None
        except OSError:
            return None

    def _name(self) -> StateName:
        if self._trouble and (not self._spoken or self._state.last_event is None):
            return "failed"
        if self._trouble:
            return self._state.name(alive=False)  # as the list of runs says it
        if self._alive and not self._spoken:
            return "starting"
        if self._state.outcome:
            return self._state.outcome
        return self._state.name(self._alive)
