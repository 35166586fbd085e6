"""From what was read to the run's log."""

import math
import os
from collections.abc import Iterable
from typing import NamedTuple

from gan_tui.clocks import Pace
from gan_tui.foreign.position import Position
from gan_tui.foreign.reader import Reader, Reading
from gan_tui.health.diagnosis import Health
from gan_tui.health.judged_log import JudgedLog
from gan_tui.run.cut import ASIDE
from gan_tui.run.events import AnyEvent, Epoch, Metrics, Note, Phase, Scalar, Started, to_scalar
from gan_tui.run.log import EventWriter
from gan_tui.spec.tasks import COMMAND, EXACT, MEAN_SECONDS

MEANS = f"{COMMAND.thinned}; trainer.log in the run's folder has every line"
HEADER_SECONDS = 3.0
"""How long a script may take from its first number to its first word on epochs, before the run is said to have started without."""
MOST_HELD = 2000
"""Events that wait for that word; when there are so many, it is waited for no longer."""
MOST_STARTS = 5
"""How often a script may say another number of epochs or steps."""


class Length(NamedTuple):
    """What a script says of how long it is; 0: nothing."""

    epochs: int
    each: int
    """Steps of an epoch."""
    total: int
    """Steps, of a run without epochs."""


class Recorder:
    """Writes events of readings. `writer`: of the run's log; times are seconds of a clock that stands while the command is paused."""

    def __init__(self, writer: EventWriter, reader: Reader, host: str, pid: int) -> None:
        self._log, self._reader = JudgedLog(writer, Health(evaluates=False, ours=False)), reader
        self._host, self._pid = host, pid
        self._position = Position()
        self._sums: dict[str, tuple[float, int]] = {}
        self._of_training: set[str] = set()
        """Names that are not logged of a validation that says no other ones."""
        self._exact = EXACT
        """Numbers that are still logged one by one, however fast they come."""
        self._held: list[AnyEvent] = []
        """What is logged once it is known of what run it is, in the order of steps that a log has."""
        self._means = False
        """Was it said that what is logged are means?"""
        self._starts = 0
        self._said: Length | None = None
        """As the log has it."""
        self._first: float | None = None
        """When the first number came."""
        self._pace = Pace(MEAN_SECONDS / 2)
        self._logged_at = 0.0
        self._logged_step = 0
        self._epochs_logged = 0
        before = writer.state
        self._resumed = before.started is not None
        self._resumed_at = before.step
        self.base = before.elapsed
        """Seconds of earlier starts."""
        self._counts_from: int | None = None if self._resumed else 0
        """Steps of earlier starts, where the script counts none; None before that is known."""

    @property
    def step(self) -> int:
        return self._resumed_at if self._counts_from is None else self._position.step + self._counts_from

    @property
    def keeps_each(self) -> bool:
        """Are numbers still logged one by one?"""
        return self._exact > 0

    @property
    def epoch_behind(self) -> int:
        """That ended last, or the first while it lasts; 0 where there are none."""
        return self._position.epochs_done or int(self._position.counts_epochs)

    @property
    def epochs(self) -> int:
        """0: not known."""
        return self._position.epochs

    def take(self, readings: Iterable[Reading], now: float) -> None:
        """What lines say. Raises OSError."""
        for reading in readings:
            named, aside = list(self._named(reading)), reading.untitled and self._position.is_aside(reading.progress)
            if aside:
                named = [(name, value) for name, value in named if name not in self._of_training]
            else:
                self._of_training.update(name for name, _ in named)
            if self._exact > 0 and any(name in self._sums for name, _ in named):
                self._exact -= len(self._sums)
                self._log_so_far(now)
            if not aside:
                self._position.take(reading.progress, has_numbers=bool(reading.numbers), from_0=reading.from_0)
            for name, value in named:
                total, count = self._sums.get(name, (0.0, 0))
                self._sums[name] = (total + value, count + 1)
            if self._first is None:
                self._first = now
            if self._position.epochs_done > self._epochs_logged:
                self.flush(now)
                self._log_epoch()
        if now - self._logged_at >= MEAN_SECONDS:
            self.flush(now)

    def _log_epoch(self) -> None:
        if self._position.epochs_done > self._epochs_logged:
            self._epochs_logged = self._position.epochs_done
            self._put(Epoch(step=self.step, epoch=self._epochs_logged))

    def _named(self, reading: Reading) -> Iterable[tuple[str, float]]:
        """The numbers by our names, where we have one that the line does not use twice."""
        ours = [self._reader.canonical(name) or name for name, _ in reading.numbers]
        for (name, value), our in zip(reading.numbers, ours, strict=True):
            yield (our if ours.count(our) == 1 else name), value

    def flush(self, now: float) -> None:
        """Log what has been read so far, and leave nothing in memory. Raises OSError."""
        self._log_so_far(now)
        self._log.writer.flush()  # the script may say nothing more for a long time

    def _log_so_far(self, now: float) -> None:
        if self._first is None:
            return
        if self._counts_from is None:
            self._go_on()
        known = self._length
        waited = now - self._first >= HEADER_SECONDS or len(self._held) >= MOST_HELD
        if known != self._said and ((known.epochs and known.each) or waited or self._said is not None):
            self._start(known)
        if self._sums:
            self._numbers(now)

    def write(self, event: AnyEvent) -> None:
        """Log what others have to say of the run, behind what is held. Raises OSError."""
        if self._held:
            self._start(self._length)
        self._log.writer.write(event)

    def note(self, *texts: str) -> None:
        """Log them as notes. Raises OSError."""
        for text in texts:
            self.write(Note(step=self.step, text=text))

    def _put(self, event: AnyEvent) -> None:
        """Log an event, or hold it until it is known of what run it is. Raises OSError."""
        if self._said is None:
            self._held.append(event)
        elif isinstance(event, Metrics):
            self._log.metrics(event)
        else:
            self._log.writer.write(event)

    def _numbers(self, now: float) -> None:
        """Log the means. Raises OSError."""
        if not self._means and any(count > 1 for _, count in self._sums.values()):
            self._means = True
            self._put(Note(step=self.step, text=MEANS, means=True))
        scalars: dict[str, Scalar] = {name: to_scalar(_mean(total, count)) for name, (total, count) in self._sums.items()}
        self._sums.clear()
        seconds = now - self._logged_at
        rate = self._pace.over(self.step - self._logged_step, seconds)
        event = Metrics(step=self.step, scalars=scalars, elapsed=self.base + now, rate=rate)
        length = self._length
        if not (length.epochs and length.each) and not length.total:
            event.remaining = -1.0
        self._logged_at, self._logged_step = now, self.step
        self._put(event)

    def _go_on(self) -> None:
        """Where the script is that was started again: what it prints once more is cut from the log, and moved aside. Raises OSError."""
        if not self._position.told:
            self._counts_from = self._resumed_at
            return
        self._counts_from = 0
        writer = self._log.writer
        if self.step <= self._resumed_at:
            writer.cut_to_step(max(0, self.step - 1))
            text = f"the script is at step {self.step:,} again: what was logged from there to step {self._resumed_at:,} is in {ASIDE}"
            writer.write(Note(step=writer.state.step, text=text))
        self._log.go_on(Health(evaluates=False, ours=False))
        self._epochs_logged, self._logged_step, self.base = writer.state.epochs_logged, writer.state.step, writer.state.elapsed

    def end(self, now: float, *, completed: bool) -> None:
        """The last numbers, of a script as well that has said nothing but numbers. Raises OSError."""
        if self._first is not None and self._said is None:
            self._start(self._length)
        self.flush(now)
        if completed:
            self._position.complete()
            self._log_epoch()

    @property
    def _length(self) -> Length:
        """A script that has been started again, and counts anew, says the length of what is left."""
        return Length(self._position.epochs, self._position.each, self._position.total if self._counts_from == 0 else 0)

    def _start(self, known: Length) -> None:
        """Say what the run is, as of the first event that is held, and log those. Raises OSError."""
        self._said = known
        if self._starts < MOST_STARTS:
            self._write_start(known, self._held[0] if self._held else Note(step=self.step, text=""))
        held, self._held = self._held, []
        for event in held:
            self._put(event)

    def _write_start(self, known: Length, first: AnyEvent) -> None:
        self._log.writer.write(
            Started(
                t=first.t,
                step=first.step,
                device="",
                device_name=self._host,
                epochs=known.epochs,
                steps_per_epoch=known.each,
                total_steps=known.total,
                resumed=self._resumed or self._starts > 0,
                pids=[os.getpid(), self._pid],
            )
        )
        self._starts += 1
        if self._starts == 1:
            self._log.writer.write(Phase(t=first.t, step=first.step, name="training"))


def _mean(total: float, count: int) -> float:
    return total / count if math.isfinite(total) else total
