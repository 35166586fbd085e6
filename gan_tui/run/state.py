"""What a run's events add up to: one object that every view reads.

`RunState.apply` folds one event after another. The dashboard, `gan-tui runs` and the tests use the same
fold, so a live run, a finished one and a recorded log cannot look different. All of it is bounded, whatever a log
holds and however long it is, and can be written down (run/index.py).
"""

from collections import deque
from collections.abc import Iterable, Mapping
from operator import mul
from typing import NamedTuple, Self

import msgspec

from gan_tui.printable import shortened
from gan_tui.run import events
from gan_tui.run.entries import LONGEST, Entry, Mark, entry_of, mark_of
from gan_tui.run.events import AnyEvent
from gan_tui.run.history import CAPACITY, History
from gan_tui.run.inside import Logits
from gan_tui.run.progress import KNOWN_SECONDS, RunProgress
from gan_tui.run.thinning import Thinning
from gan_tui.spec.metrics import leading
from gan_tui.spec.objectives import OBJECTIVES, Objective
from gan_tui.spec.states import PhaseName, StateName

RECENT = 240
"""Metrics events kept undecimated, for what is shown of the last seconds."""
LOG_ENTRIES = 2000
"""Lines of the log that are kept for reading."""
MARKS = 1000
"""Moments that are kept for the charts."""
ANSWERS = 200
"""Answers to commands that are kept: whoever asked looks for its own within seconds."""
GRIDS = 1000
"""Epochs whose grids can be looked at again."""
SCORES = 200_000
"""Scores that are kept with all of these grids together."""
NAMES = 256
"""Scalars whose history is kept."""
MANY = 64
"""Scalars from which on a history has fewer buckets."""
LISTED = ("d_loss", "fd", "style", "error")
"""Scalars whose history a listing shows, besides the first of another program's own."""
BRIEF = 64
"""Buckets of such a history: more than a sparkline in a listing has cells."""
MOMENTS = 128
"""Evaluations whose logits are kept: more than a strip of them has columns."""
RATES = 30
"""Windows over which the speed is smoothed: one of a single step, before a checkpoint, says little."""
SHORTEST_WINDOW = 0.05
"""Seconds; of shorter ones, as a script has that logs each step, several are one."""


class LogitMoment(NamedTuple):
    """D's logits at a step."""

    step: int
    logits: Logits


class RunState(RunProgress, msgspec.Struct, eq=False):
    """The sum of a run's events so far."""

    version: int = 0
    """How many events it has taken in: what was made of the state stands while that stands."""
    phase: PhaseName = "starting"
    phase_at: float | None = None
    """Unix time at which the phase began."""
    threads: events.Threads | None = None
    """The newest word on CPU threads; None: as many as there were at the start."""
    first_event: float | None = None
    """Unix time at which the run began."""
    last_event: float | None = None
    rate: float | None = None
    """Steps a second, smoothed over the last seconds."""
    scalars: dict[str, float] = {}
    """The newest value of each scalar; NaN and infinity included."""
    history: dict[str, History] = {}
    checkpoint: events.Checkpoint | None = None
    samples: events.Samples | None = None
    real_written: bool = False
    """Is there a grid of real images?"""
    error: str | None = None
    diverged: bool = False
    """Did the error come of the settings (a loss that stayed not finite)? All others come of the machine."""
    ended_early: str = ""
    """Why the search that it is a trial of has ended it; empty where it has not."""
    rollbacks: int = 0
    """How often a loss that was not finite sent the run back."""
    answers: dict[str, events.Answer] = {}
    """The last ones, by the id of their command."""
    message: tuple[float, str] | None = None
    """(Unix time, words) of the last event that a person would want to read."""
    entries: deque[Entry] = msgspec.field(default_factory=deque)
    """Everything a person would want to read, the oldest first."""
    marks: deque[Mark] = msgspec.field(default_factory=deque)
    changed: dict[str, float] = {}
    """Settings that were changed since the trainer started, with their newest values; `run.toml` has all others."""
    grids: dict[int, events.Samples] = {}
    """The newest grid of each epoch, by the number of epochs done; of a long run some of them, evenly, and the newest.

    Of a run that has no epochs, those of steps.
    """
    grids_by_step: bool = False
    """Are they of steps?"""
    thinning: Thinning = msgspec.field(default_factory=Thinning)
    """Of them."""
    offers: events.Offers | None = None
    """What a script lets a person do."""
    evaluation: events.Evaluation | None = None
    """The newest."""
    logits: list[LogitMoment] = []
    """D's, of the evaluations so far; of many, every other one of the older ones."""
    best: events.Evaluation | None = None
    """The one whose weights stand in `checkpoints/best.pt`."""
    verdict: events.Verdict | None = None
    means: bool = False
    """Has the log said that numbers come too fast to be logged one by one?"""
    last_step_at: float | None = None
    """Unix time of the newest metrics."""
    rates: deque[float] = msgspec.field(default_factory=deque)
    """Steps a second in the last windows."""
    seconds: deque[float] = msgspec.field(default_factory=deque)
    """Of the same windows."""

    def __post_init__(self) -> None:
        self.entries, self.marks = deque(self.entries, LOG_ENTRIES), deque(self.marks, MARKS)
        self.recent = deque(self.recent, RECENT)
        self.rates, self.seconds = deque(self.rates, RATES), deque(self.seconds, RATES)

    @classmethod
    def of(cls, found: Iterable[AnyEvent]) -> Self:
        """What these events add up to, from the beginning."""
        state = cls()
        for event in found:
            state.apply(event)
        return state

    def standing(self) -> Self:
        """The same with the values of now, which stay what they are when more events are taken in."""
        return msgspec.structs.replace(self, scalars=dict(self.scalars), recent=self.recent.copy())

    def brief(self) -> Self:
        """What a listing needs of it: all but the lists, and of few histories some dozen points."""
        return msgspec.structs.replace(
            self,
            history={name: self.history[name].thinned(BRIEF) for name in (*LISTED, self.lead) if name in self.history},
            recent=deque([self.recent[0], self.recent[-1]] if len(self.recent) > 1 else self.recent),
            rates=self.rates.copy(),
            seconds=self.seconds.copy(),
            logits=[],
            evaluation=msgspec.structs.replace(self.evaluation, layers=()) if self.evaluation else None,
            answers={},
            entries=deque(),
            marks=deque(),
            grids={},
        )

    @property
    def network(self) -> str | None:
        """In whose features its samples were measured; None where that was not said."""
        measured = self.evaluation or self.best
        return (measured.network if measured is not None else None) or None

    @property
    def lead(self) -> str | None:
        """The first of the numbers that a run of another program is about."""
        return next((name for name in leading(self.scalars) if name in self.history), None)

    def objective(self, loss: str | None) -> Objective | None:
        """What the trainer has said of its losses; of an older run, what is declared of the objective `loss`. None: unknown."""
        said = self.started
        if said is not None and said.d_equilibrium is not None and said.g_equilibrium is not None:
            return Objective("", said.d_equilibrium, said.g_equilibrium, said.probabilities)
        return OBJECTIVES.get(loss or "")

    def outputs_probabilities(self, loss: str | None) -> bool:
        """Are D(x) and D(G(z)) probabilities? They are, unless the trainer or its objective says otherwise."""
        objective = self.objective(loss)
        return (self.started is None or self.started.probabilities) and (objective is None or objective.probabilities)

    def apply(self, event: AnyEvent) -> None:
        self.version += 1
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
                # Of a pace that is so young, the one before says more.
                soon = bool(self.rate_before) and self.elapsed - self.elapsed_before < KNOWN_SECONDS
                self.rate_before = (self.rate_before if soon else self.rate) if event.resumed else None
                self.elapsed_before = self.elapsed
                self.started, self.threads, self.outcome, self.error, self.diverged = event, None, None, None, False
                self.ended_early = ""
            case events.Phase():
                self.phase, self.phase_at, self.outcome = event.name, event.t, None
                if event.name == "starting":
                    self.answers.clear()  # of the trainer before
                self.rates.clear()
                self.seconds.clear()
            case events.Samples():
                self._apply_samples(event)
            case events.Checkpoint():
                self.checkpoint = event
            case events.Evaluation():
                self._apply_evaluation(event)
            case events.BestKept():
                self.best = events.Evaluation(
                    t=event.t, step=event.of, scalars={"fd": event.fd}, network=event.network, seconds=0, best=True
                )
            case events.Verdict():
                before, self.verdict = self.verdict, event
                if event.repeats(before):
                    return  # that it still holds keeps it fresh, and is no news
            case events.Changed():
                if len(self.changed) < NAMES or event.setting in self.changed:
                    self.changed[event.setting[:LONGEST]] = event.value
            case events.RolledBack():
                self.step, self.rollbacks = event.step, event.count  # the one event that goes back
                self.recent.clear()
            case events.Threads():
                self.threads = event
                event.rename(self.started)
            case events.Offers():
                self.offers = event
            case events.Answer():
                self.answers[event.id[:LONGEST]] = msgspec.structs.replace(event, text=shortened(event.text, LONGEST))
                if len(self.answers) > ANSWERS:
                    del self.answers[next(iter(self.answers))]
            case events.Note():
                self.means = self.means or event.means
            case events.Epoch():
                self.epochs_logged, self.counts_epochs = max(self.epochs_logged, event.epoch), True
            case events.Error():
                self.error, self.diverged = shortened(event.text, LONGEST), event.diverged
            case events.Finished():
                self.outcome, self.elapsed = event.outcome, event.elapsed
            case events.EndedEarly():
                self.ended_early = shortened(event.text, LONGEST)
        self._tell(event)

    def _tell(self, event: AnyEvent) -> None:
        """Keep what a person would want to read, and what belongs across the charts."""
        if (entry := entry_of(event)) is not None:
            why = self.error if isinstance(event, events.Finished) else None  # an entry of its own has said so
            self.message = (entry.time, why or entry.text)
            self.entries.append(entry)
        if (mark := mark_of(event)) is not None:
            self.marks.append(mark)

    def _apply_metrics(self, event: events.Metrics) -> None:
        self.last_step_at = event.t
        if len(event.scalars) > NAMES:
            event = msgspec.structs.replace(event, scalars=dict(list(event.scalars.items())[:NAMES]))
        self.recent.append(event)
        if not event.rate and (event.elapsed <= self.elapsed or not self.rates):  # no time is known to have passed, or no step taken yet
            self.elapsed = max(self.elapsed, event.elapsed)
            self._remember(event.step, event.scalars)
            return
        self._take_rate(event.rate, max(0.0, event.elapsed - self.elapsed))
        seconds = sum(self.seconds)
        # Rounded, because the mean of equal speeds would tremble in its last digit, and a chart would show that.
        self.rate = round(sum(map(mul, self.rates, self.seconds)) / seconds, 3) if seconds else event.rate
        self.elapsed = event.elapsed
        self._remember(event.step, {**event.scalars, "steps/s": self.rate})

    def _take_rate(self, rate: float, seconds: float) -> None:
        if self.seconds and self.seconds[-1] < SHORTEST_WINDOW and self.seconds[-1] + seconds > 0:
            before, short = self.rates.pop(), self.seconds.pop()
            rate, seconds = (before * short + rate * seconds) / (short + seconds), short + seconds
        self.rates.append(rate)
        self.seconds.append(seconds)

    def _apply_evaluation(self, event: events.Evaluation) -> None:
        if event.logits is not None and event.logits.sound:
            if len(self.logits) >= MOMENTS:
                del self.logits[1::2]
            self.logits.append(LogitMoment(event.step, event.logits))
        self.evaluation = event = msgspec.structs.replace(event, logits=None)  # they are kept once
        if event.best:
            self.best = msgspec.structs.replace(event, layers=())
        self._remember(event.step, event.scalars)

    def _apply_samples(self, event: events.Samples) -> None:
        self.samples = event
        if event.real:
            self.real_written = True
        elif len(event.path) <= LONGEST:
            by_step = not (event.epoch or self.epochs_logged or self.epochs or (self.started and self.started.steps_per_epoch))
            if by_step != self.grids_by_step:
                self.grids, self.grids_by_step, self.thinning = {}, by_step, Thinning()
            most = max(2, min(GRIDS, SCORES // max(1, len(event.scores))))
            self.thinning.add(self.grids, event.step if by_step else event.epoch, event, most)

    def _remember(self, step: int, scalars: Mapping[str, events.Scalar]) -> None:
        for name, scalar in scalars.items():
            history = self.history.get(name)
            if history is None:
                if len(self.history) >= NAMES or len(name) > LONGEST:
                    continue
                history = self.history[name] = History(capacity=CAPACITY if len(self.history) < MANY else CAPACITY // 16)
            value = self.scalars[name] = float(scalar)
            history.append(step, value)

    def name(self, alive: bool) -> StateName:
        """The state in one word; `alive` is what the lock says."""
        if alive:
            return self.phase
        if self.ended_early:
            return "ended early"
        return self.outcome or ("interrupted" if self.last_event is not None else "starting")
