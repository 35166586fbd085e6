"""Following a run directory: what the dashboard's worker does between two pauses. No Textual in here but the message's type."""

import time
from collections.abc import Callable
from contextlib import suppress

from gan_tui.dashboard import timing
from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.previews import Previews
from gan_tui.dashboard.printed import Printed
from gan_tui.dashboard.trainer_process import TrainerProcess
from gan_tui.run.damage import damaged_settings, lost_checkpoints
from gan_tui.run.directory import RunDirectory
from gan_tui.run.glimpse import glimpse
from gan_tui.run.length import continuation
from gan_tui.run.log import EventReader, News, StateReader, unreadable
from gan_tui.run.places import typed
from gan_tui.run.presence import Presence
from gan_tui.run.reserve import is_full
from gan_tui.run.state import RunState
from gan_tui.run.summary import WithoutLog, without_log
from gan_tui.spec.states import StateName
from gan_tui.spec.tasks import GAN

SLICE = 128 << 10
"""Bytes of the log taken in at once, about 10 ms of work: a long history must not hold up a key."""
LONG = 8 << 20
"""Bytes of a log that are too many to be read while the user waits for a picture: half a second."""
ALIVE_SECONDS = 0.5
"""Between two looks at the lock."""
SCREENS_SECONDS = 2.0
"""Between two looks for other screens."""


class RunFollower:
    """Reads what is new in a run and keeps the sum. `look` is called again and again; between two calls keys are answered."""

    def __init__(self, run: RunDirectory, clock: Callable[[], float] = time.monotonic, *, presence: Presence | None = None) -> None:
        self._run = run
        self._task = run.task
        self._presence = presence
        self._others = 0
        self._others_at = float("-inf")
        self._trainer: TrainerProcess | None = None
        self._clock = clock
        self._reader = StateReader(run.events)
        self._glimpse: _Glimpse | None = None
        """Shown until a long log has been read."""
        self._alive = False
        self._alive_at = float("-inf")
        self._has_output = True
        """Has the trainer that we started ourselves written anything yet? What stands before is an earlier one's."""
        self._previews = Previews(run)
        self._printed = Printed(run, clock)
        self._trouble: str | None = None
        self._untold: WithoutLog | None = None
        """Of a run whose log says nothing."""
        self._obstacle = ""
        self._measurable = True
        self._writable = True
        self._log_gone = 0
        """At how many looks in succession the log was not there, though a trainer was."""
        self.behind = False
        """There is more to read at once."""
        self._begun = False
        self._named: StateName = "starting"
        """When it looked last."""
        self._heard = timing.unset()
        self._newest: tuple[float | None, float | None] = (None, None)
        """When its newest step and phase were, as its trainer says."""

    def skip_to_now(self) -> None:
        """Have an earlier trainer's log behind us, read or not, so that what comes after it can be told from it."""
        self._begin()
        while self._glimpse is None and (self._read() or self.behind):
            pass

    def await_trainer(self, trainer: TrainerProcess) -> None:
        """From now on `trainer` is the one at work; of what has been read, what was there before it is not its own."""
        self._trainer = trainer
        self._has_output = (self._glimpse or self._reader).offset > trainer.log_begins

    def look(self) -> bool:
        """Take in a slice of what is new. True where there is anything to show."""
        changed = self._begin()
        changed |= self._read()
        if not self.behind or self._glimpse:
            changed |= self._look_at_trainer()
            changed |= self._previews.look()
            changed |= self._printed.look()
            changed |= self._look_at_other_screens()
            before, self._named = self._named, self._name()
            changed |= before != self._named
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
            self._task,
            self._others,
            self._printed.lines,
            obstacle=self._obstacle,
            measurable=self._measurable and not self._obstacle,
            writable=self._writable,
            unseen=self._unseen,
            saved=self._untold.saved if self._untold else None,
            heard=self._last_heard,
        )

    def _last_heard(self) -> float:
        return self._heard

    @property
    def _state(self) -> RunState:
        return self._glimpse.state if self._glimpse else self._reader.state

    def _begin(self) -> bool:
        """Of a log so long that reading it takes seconds, a glimpse comes first. True where there is one now."""
        if self._begun:
            return False
        self._begun = True
        if self._reader.unread >= LONG:
            with suppress(OSError, ValueError):
                self._glimpse = _Glimpse(self._run)
        return self._glimpse is not None

    def _read(self) -> bool:
        news = self._reader.read(SLICE)
        self.behind = news.more
        recent = self._glimpse.read() if self._glimpse else news
        if news.restarted or recent.restarted:
            self._begun, self._glimpse = False, None
            self._begin()
            return True
        caught_up = self._glimpse is not None and not self.behind
        if caught_up:
            self._glimpse = None
        if recent.events:
            self._has_output = True
            self._heard = timing.unset() if self._moved() else self._heard
        return bool(recent.events) or caught_up

    def _moved(self) -> bool:
        """Has it taken a step, or begun another phase?"""
        before, self._newest = self._newest, (self._state.last_step_at, self._state.phase_at)
        return before != self._newest

    def _look_at_trainer(self) -> bool:
        now = self._clock()
        code = self._trainer.exit_code if self._trainer else None
        if now - self._alive_at < ALIVE_SECONDS and (code is None or self._trouble or not self._alive):
            return False
        before = (self._alive, self._trouble, self._obstacle, self._writable, self._unseen)
        self._alive_at = now
        held, self._writable = self._run.alive, self._run.writable
        idle = self._task is GAN and not held
        self._obstacle = lost_checkpoints(self._run, self._state) if idle else ""
        self._measurable = not idle or damaged_settings(self._run) is None
        if self._trainer is None:
            self._alive = held
            trouble = self._removed() or self._unreadable() or self._vanished()
            missing = self._missing()
            self._trouble = trouble or missing
        else:
            self._alive = code is None or held
            if not self._alive:
                self._trouble = self._removed() or self._trouble
                if not self._trouble:
                    self._report_exit(self._trainer)
        self._log_gone = self._log_gone + 1 if self._alive and not self._run.events.exists() else 0
        return before != (self._alive, self._trouble, self._obstacle, self._writable, self._unseen)

    @property
    def _unseen(self) -> bool:
        """A trainer that has just come has no log yet for a moment."""
        return self._log_gone > 1

    def _read_on(self) -> None:
        """What it wrote last may still be unread."""
        while self._read() or (self.behind and self._glimpse is None):
            pass

    def _report_exit(self, trainer: TrainerProcess) -> None:
        """The trainer has ended: did it say why?"""
        self._read_on()
        if self._has_output and trainer.exit_code == 0 and (gone := self._without_log()):
            self._trouble = gone
            return
        refused = (trainer.exit_code or 0) > 0 and self._state.error is None  # and the run stays what it was: completed, say
        if refused or not self._has_output or (self._state.outcome is None and self._state.error is None):
            full = f"{self._remedy}, once its disk is no longer full" if is_full(self._run.path) else self._remedy
            self._trouble = trainer.last_words(full, began=self._has_output)

    @property
    def _remedy(self) -> str:
        """Where the run stood, and what goes on from there."""
        where = f"at step {self._state.step:,}"
        if self._obstacle:
            return f"{where}: {self._obstacle}"
        command = continuation(self._task, self._state, self._run.cli_name) if self._writable else ""
        again = "goes on from the last checkpoint" if self._state.checkpoint else "starts it again"
        if (saved := self._run.newest_step) > self._state.step:  # of a log that was cut
            again = f"goes on from the checkpoint of step {saved:,}"
        return f"{where}: `{typed(command)}` {again}" if command else where

    def _vanished(self) -> str | None:
        """Of a trainer that another process started: is it gone, and has not said why?"""
        if self._alive:
            return None
        self._read_on()
        state = self._state
        if self.behind or state.outcome or state.error or state.last_event is None:
            return None
        if not self._run.config_file.exists():
            return f"the training loop has ended without a word at step {state.step:,}"
        who = "trainer" if self._task.ours else "script"
        why = "its disk is full" if is_full(self._run.path) else "killed perhaps"
        return f"the {who} is gone without a word, {why}, {self._remedy}"

    def _missing(self) -> str | None:
        """Of a run at which no trainer is and whose log says nothing: what became of it, as the list of runs says it."""
        absent = not self._alive and self._state.last_event is None and not self.behind
        self._untold = without_log(self._run) if absent else None
        return self._of(self._untold) if self._untold and self._untold.name != "starting" else None

    def _of(self, untold: WithoutLog) -> str:
        resumes = self._task.resumes and self._writable and (untold.saved is not None or self._run.config_file.exists())
        command = f": `{typed(f'gan-tui resume {self._run.cli_name}')}` " if resumes else ""
        if untold.saved is None:
            return f"no trainer has begun with this run{command and command + 'starts it'}"
        log = f"{self._run.events.name} is {'empty' if self._run.events.exists() else 'gone'}"
        if self._obstacle:
            return f"{log}, and {self._obstacle}"
        return f"{log}, and the checkpoints up to step {untold.saved:,} are there{command and command + 'goes on from the last'}"

    def _without_log(self) -> str:
        """Of a trainer that has ended well, and whose log somebody has removed meanwhile; else empty."""
        return "" if self._run.events.exists() or not self._run.path.is_dir() else self._of(without_log(self._run))

    def _look_at_other_screens(self) -> bool:
        now = self._clock()
        if self._presence is None or now - self._others_at < SCREENS_SECONDS:
            return False
        before, self._others, self._others_at = self._others, self._presence.others(), now
        return before != self._others

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
        if self._untold and self._untold.name != "starting" and self._trainer is None and self._state.last_event is None:
            return self._untold.name
        if self._trouble and (not self._has_output or self._state.last_event is None):
            return "failed"
        if self._trouble:
            return self._state.name(alive=False)  # as the list of runs says it
        if self._alive and not self._has_output:
            return "starting"
        if self._state.outcome:
            return self._state.name(alive=False)
        return self._state.name(self._alive)


class _Glimpse:
    """What a long log adds up to, roughly, and whatever is new."""

    def __init__(self, run: RunDirectory) -> None:
        self.state, end = glimpse(run.events)
        self._reader = EventReader(run.events, offset=end)

    @property
    def offset(self) -> int:
        """Bytes of the log that it knows of."""
        return self._reader.offset

    def read(self) -> News:
        """Take in what is new."""
        news = self._reader.read(SLICE)
        for event in news.events:
            self.state.apply(event)
        return news
