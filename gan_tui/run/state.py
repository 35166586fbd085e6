"""What a run's events add up to: one object that every view reads.

`RunState.apply` folds one event after another. The dashboard, `gan-tui runs` and the tests use the same
fold, so a live run, a finished one and a recorded log cannot look different.
"""

from collections import deque
from collections.abc import Mapping
from typing import Literal, NamedTuple

from gan_tui.run import events
from gan_tui.run.events import AnyEvent
from gan_tui.run.history import History

StateName = Literal["starting", "loading", "training", "paused", "sampling", "evaluating", "saving", "stopping",
                    "completed", "stopped", "failed", "interrupted"]  # fmt: skip
RECENT = 240
"""Metrics events kept undecimated, for what is shown of the last seconds."""
LOG_ENTRIES = 2000
"""Lines of the log that are kept for reading."""
MARKS = 1000
"""Moments that are kept for the charts."""


class Mark(NamedTuple):
    """A moment worth a line across the charts."""

    step: int
    kind: Literal["rolled-back", "changed", "bookmark"]
    text: str


class Entry(NamedTuple):
    """A line of the log as a person reads it."""

    time: float
    """Unix time."""
    step: int
    kind: str
    """The kind of the event: "note", "error", "checkpoint", ..."""
    text: str


ETA_SECONDS = 3.0
"""Seconds of training before anybody guesses when it will end."""


class RunState:
    """The sum of a run's events so far."""

    def __init__(self) -> None:
        self.phase: events.PhaseName = "starting"
        self.phase_at: float | None = None
        """Unix time at which the phase began."""
        self.outcome: events.Outcome | None = None
        self.started: events.Started | None = None
        self.first_event: float | None = None
        """Unix time at which the run began."""
        self.last_event: float | None = None
        self.step = 0
        self.elapsed = 0.0
        """Seconds of training, pauses left out."""
        self.rate: float | None = None
        """Steps a second, smoothed over the last seconds."""
        self.scalars: dict[str, float] = {}
        """The newest value of each scalar; NaN and infinity included."""
        self.history: dict[str, History] = {}
        self.checkpoint: events.Checkpoint | None = None
        self.samples: events.Samples | None = None
        self.error: str | None = None
        self.diverged = False
        """Did the error come of the settings (a loss that stayed not finite)? All others come of the machine."""
        self.rollbacks = 0
        """How often a loss that was not finite sent the run back."""
        self.answers: dict[str, events.Answer] = {}
        self.message: tuple[float, str] | None = None
        """(Unix time, words) of the last event that a person would want to read."""
        self.entries: deque[Entry] = deque(maxlen=LOG_ENTRIES)
        """Everything a person would want to read, the oldest first."""
        self.marks: deque[Mark] = deque(maxlen=MARKS)
        self.changed: dict[str, float] = {}
        """Settings that were changed since the trainer started, with their newest values; `run.toml` has all others."""
        self.grids: dict[int, events.Samples] = {}
        """The newest grid of each epoch, by the number of epochs done."""
        self.evaluation: events.Evaluation | None = None
        """The newest."""
        self.best: events.Evaluation | None = None
        """The one whose weights stand in `checkpoints/best.pt`."""
        self.verdict: events.Verdict | None = None
        self.last_step_at: float | None = None
        """Unix time of the newest metrics."""
        self._rates: deque[tuple[float, float]] = deque(maxlen=30)
        """(steps a second, seconds) of the last windows: one of a single step, before a checkpoint, says little."""
        self.recent: deque[events.Metrics] = deque(maxlen=RECENT)

    def apply(self, event: AnyEvent) -> None:
        """Take in one event."""
        self.last_event = event.t
        if self.first_event is None:
            self.first_event = event.t
        self.step = max(self.step, event.step)
        match event:
            case events.Metrics():
                self._apply_metrics(event)
            case events.Started():
                self.recent.clear()
                self.changed.clear()
                self.started, self.outcome, self.error, self.diverged = event, None, None, False
                where = f" at step {event.step}" if event.resumed else ""
                self._say(event, f"{'resumed' if event.resumed else 'started'}{where} on {event.device_name}")
            case events.Phase():
                self.phase, self.phase_at, self.outcome = event.name, event.t, None
                self._rates.clear()
            case events.Samples():
                self.samples = event
                if not event.real:
                    self.grids[event.epoch] = event
                self._say(event, f"wrote {event.path}")
            case events.Checkpoint():
                self.checkpoint = event
                self._say(event, f"saved {event.path}")
            case events.Evaluation():
                self._apply_evaluation(event)
            case events.Verdict():
                self.verdict = event
                self._say(event, event.text)
            case events.Changed():
                self.changed[event.setting] = event.value
                self.marks.append(Mark(event.step, "changed", f"{event.setting} = {event.value:g}"))
                self._say(event, f"{event.setting} is {event.value:g} from now on (was {event.before:g})")
            case events.Bookmark():
                self.marks.append(Mark(event.step, "bookmark", event.text))
                self._say(event, f"bookmark: {event.text}" if event.text else "bookmark")
            case events.RolledBack():
                self.step, self.rollbacks = event.step, event.count  # the one event that goes back
                self.recent.clear()
                self.marks.append(Mark(event.step, "rolled-back", event.reason))
                self._say(event, f"rolled back {event.count}/{event.limit}: {event.reason}; going on from step {event.step}")
            case events.Answer():
                self.answers[event.id] = event
                self._say(event, event.text)
            case events.Note():
                self._say(event, event.text)
            case events.Error():
                self.error, self.diverged = event.text, event.diverged
                self._say(event, event.text)
            case events.Finished():
                self.outcome, self.elapsed = event.outcome, event.elapsed
                self._say(event, f"{event.outcome} after epoch {event.epoch}" if not self.error else self.error)

    def _apply_metrics(self, event: events.Metrics) -> None:
        self.last_step_at = event.t
        self._rates.append((event.rate, max(0.0, event.elapsed - self.elapsed)))
        seconds = sum(seconds for _, seconds in self._rates)
        # Rounded, because the mean of equal speeds would tremble in its last digit, and a chart would show that.
        self.rate = round(sum(rate * seconds for rate, seconds in self._rates) / seconds, 3) if seconds else event.rate
        self.elapsed = event.elapsed
        self.recent.append(event)
        self._remember(event.step, event.scalars | {"steps/s": self.rate})

    def _apply_evaluation(self, event: events.Evaluation) -> None:
        self.evaluation = event
        if event.best:
            self.best = event
        self._remember(event.step, event.scalars)

    def _remember(self, step: int, scalars: Mapping[str, events.Scalar]) -> None:
        for name, scalar in scalars.items():
            value = events.from_scalar(scalar)
            self.scalars[name] = value
            if name not in self.history:
                self.history[name] = History()
            self.history[name].append(step, value)

    def _say(self, event: AnyEvent, words: str) -> None:
        self.message = (event.t, words)
        self.entries.append(Entry(event.t, event.step, str(type(event).__struct_config__.tag), words))

    def name(self, alive: bool) -> StateName:
        """The state in one word; `alive` is what the lock says."""
        if alive:
            return self.phase
        return self.outcome or ("interrupted" if self.last_event is not None else "starting")

    @property
    def total_steps(self) -> int | None:
        """Steps of the whole run; None before the trainer has said."""
        return self.started.epochs * self.started.steps_per_epoch if self.started else None

    @property
    def epochs_done(self) -> int:
        """Whole epochs behind the run."""
        return self.step // max(1, self.started.steps_per_epoch) if self.started else 0

    @property
    def epoch(self) -> int:
        """The epoch in progress, counted from 1; the last one when all are done; 0 before the start."""
        return min(self.epochs_done + 1, self.started.epochs) if self.started else 0

    @property
    def step_in_epoch(self) -> int:
        """Steps done in the epoch in progress."""
        if not self.started:
            return 0
        return min(self.step - (self.epoch - 1) * self.started.steps_per_epoch, self.started.steps_per_epoch)

    @property
    def remaining(self) -> float | None:
        """Seconds of training still to come at the rate of the last half minute or so; None while nobody can know.

        Over a longer time than `rate`, so that it does not jump; only after some seconds, because the first steps are slow.
        """
        if self.total_steps is None or len(self.recent) < 2:
            return None
        steps = self.recent[-1].step - self.recent[0].step
        seconds = self.recent[-1].elapsed - self.recent[0].elapsed
        return max(0, self.total_steps - self.step) * seconds / steps if steps > 0 and seconds >= ETA_SECONDS else None
