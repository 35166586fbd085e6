"""The thread that writes a script's run: whatever the disk does, the loop that trains does not wait for it."""

import math
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

from gan_tui.clocks import Pace, Stopwatch
from gan_tui.errors import UserError, reason_of
from gan_tui.foreign.names import canonical
from gan_tui.health.diagnosis import Health
from gan_tui.health.judged_log import JudgedLog
from gan_tui.output import say
from gan_tui.printable import printable, shortened
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import AnyEvent, Epoch, Error, Evaluation, Finished, Metrics, Note, Phase, Scalar, Started, from_scalar, to_scalar
from gan_tui.run.lock import RunLock
from gan_tui.run.log import EventWriter
from gan_tui.run.mailbox import Command, receive
from gan_tui.run.reserve import Reserve
from gan_tui.spec.states import Outcome
from gan_tui.spec.tasks import MEAN_SECONDS, SCRIPT
from gan_tui.tracking import settings
from gan_tui.tracking.numbers import Numbers, Row
from gan_tui.tracking.pictures import Pictures

SILENT_SECONDS = 1.0
"""Between two words on the step of a loop that logs nothing."""
RETRY_SECONDS = 5.0
"""After a disk has refused."""
JOIN_SECONDS = 10.0
"""How long the end of a run may wait for the disk."""
MOST_WAITING = 1000
"""Events that wait for the disk; then the oldest are lost."""
LONGEST_NAME = 200
SCORES = ("D(x)", "D(G(z))")


class Plan(NamedTuple):
    """What the run will be, as far as it is known; 0: not known."""

    epochs: int
    steps_per_epoch: int


class WritingThread:
    """Owns the log of a run. All but `close` may be called at any time, and returns at once."""

    def __init__(self, run: RunDirectory, lock: RunLock, numbers: Numbers, clock: Stopwatch, pid: int, step: int | None = None) -> None:
        """`step`: where the script goes on, if not where the log ends. Raises OSError where the log cannot be written."""
        self.run, self.pictures = run, Pictures(run)
        self.plan = Plan(0, 0)
        self.on_command: Callable[[Command], None] = lambda _: None
        """Called in this thread with what the mailbox asks for."""
        self.passes = 0
        """Epochs that are done, where that is not a matter of steps."""
        self.counts_epochs = False
        """Does the loop say when an epoch is done?"""
        self._lock, self._numbers, self._clock, self._pid = lock, numbers, clock, pid
        self._probabilities = True
        self._waiting: deque[AnyEvent] = deque(maxlen=MOST_WAITING)
        self._settings: deque[dict[str, Any]] = deque(maxlen=MOST_WAITING)
        self._disk = threading.Lock()
        self._forking = 0
        """The thread that holds `_disk` while it forks: others may fork at the same time."""
        self._over = threading.Event()
        self._end: tuple[Outcome, str] | None = None
        self._log: JudgedLog | None = None
        self._open()
        self._reserve = Reserve(run.path)
        if self._log is not None:
            self._log.writer.write(Phase(name="starting"))
        state = self._log.writer.state if self._log is not None else None
        self._base = state.elapsed if state else 0.0
        self._resumed = bool(state and state.started)
        self.best = from_scalar(state.best.scalars.get("fd", math.inf)) if state and state.best else math.inf
        """The smallest FD of an earlier start."""
        self._logged_step = state.step if state else 0
        numbers.step = self._logged_step if step is None else step
        self.epochs_logged = state.epochs_logged if state else 0
        self._said: Plan | None = None
        self._pace = Pace(MEAN_SECONDS / 2)
        self._logged_at = 0.0
        self._refused_until = 0.0
        self._told = self._gone = False
        self._means = False
        """Was it said that what is logged are means?"""
        self._thread = threading.Thread(target=self._work, name="gan-tui", daemon=True)

    def start(self) -> None:
        """From now on it looks."""
        self._thread.start()

    def put(self, event: AnyEvent) -> None:
        """Have an event written. It never waits."""
        self._waiting.append(event)

    def add_settings(self, values: dict[str, Any]) -> None:
        """Have `plain` settings written into `run.toml`. It never waits."""
        self._settings.append(values)

    def close(self, outcome: Outcome, error: str) -> None:
        """Write what is left, and how it ended; a disk that hangs is not waited for for ever."""
        self._end = outcome, error
        self._over.set()
        self._thread.join(JOIN_SECONDS)
        if not self._thread.is_alive():
            with suppress(OSError):
                self._lock.release()

    def before_fork(self) -> None:
        """Nothing may be in a buffer that a child would write once more."""
        if not self._disk.acquire(timeout=1.0):
            return
        self._forking = threading.get_ident()
        if self._log is not None:
            with suppress(OSError, ValueError):
                self._log.writer.flush()

    def after_fork_in_parent(self) -> None:
        if self._forking == threading.get_ident():
            self._forking = 0
            self._disk.release()

    def after_fork_in_child(self) -> None:
        """The child must not keep the run alive when its parent is gone."""
        with suppress(OSError):
            self._lock.forget()

    # In the thread

    def _work(self) -> None:
        over = False
        while not over:
            over = self._over.wait(MEAN_SECONDS)
            with self._disk:
                self._turn(over)
        with suppress(OSError):
            if self._log is not None:
                self._log.writer.close()

    def _turn(self, over: bool) -> None:
        if self._gone or (time.monotonic() < self._refused_until and not over):
            return
        try:
            if self._log is None:
                self._open()
            if not over:
                for command in receive(self.run.control):
                    self.on_command(command)
            self._write(over)
        except OSError as error:
            self._refused(error)
            if over and not self._gone:
                self._end_on_a_full_disk()
        except Exception as error:  # ours; the training has nothing to do with it
            self._gone = True
            say(f"{self.run.name} is not written any more ({type(error).__name__}: {error}); the training goes on")

    def _refused(self, error: OSError) -> None:
        if self._log is not None:
            with suppress(OSError):
                self._log.writer.close()
            self._log = None  # what stands in the file is read again before anything is added to it
        self._refused_until = time.monotonic() + RETRY_SECONDS
        self._gone = not self.run.path.is_dir()
        if not self._told:
            self._told = True
            what = "its folder is gone" if self._gone else f"{reason_of(error)} ({error.filename or self.run.path})"
            say(f"{self.run.name} cannot be written: {what}; the training goes on")

    def _end_on_a_full_disk(self) -> None:
        """What was kept for the end is room for it, and for what the writer has lost hold of."""
        self._reserve.give()
        with suppress(OSError):
            self._open()
            self._write(over=True)

    def _open(self) -> None:
        writer = EventWriter(self.run.events)
        self._log = JudgedLog(writer)
        self._log.go_on(Health(self._probabilities, evaluates=False, ours=False))

    def _write(self, over: bool) -> None:
        assert self._log is not None
        taken = self._numbers.take(all_of_it=over)
        for name, why in taken.odd.items():
            text = f"not logged: {shortened(printable(name), LONGEST_NAME)} {why}"
            say(text)
            self.put(Note(step=taken.step, text=text))
        if taken.several and not self._means:
            self._means = True
            self.put(Note(step=taken.step, text=SCRIPT.thinned, means=True))
        for row in (*taken.rows, Row(taken.step, time.monotonic(), {})):
            step = max(row.step, self._log.writer.state.step)  # which a note may have told already
            named = self._named(row.means, step)
            self._begin(step, bool(named), over)
            self._write_waiting(step)
            self._metrics(step, named, row.at)
        self._epochs(taken.step)
        for event in self.pictures.take(taken.step, over=over):
            self.put(event)
        self._write_waiting()
        if over and self._end is not None:
            self._finish(*self._end)
        self._log.writer.flush()
        self._write_settings()

    def _write_waiting(self, before: float = math.inf) -> None:
        """What others have put here, as far as it is of a step before that: steps never fall in a log. Raises OSError."""
        assert self._log is not None
        while self._waiting and self._waiting[0].step < before:
            event = self._waiting[0]
            if isinstance(event, Evaluation):
                self._log.health.evaluates = True
                self._log.evaluation(event)
            else:
                self._log.writer.write(event)
            self._waiting.popleft()

    def _write_settings(self) -> None:
        while self._settings:
            try:
                settings.add(self.run, self._settings[0])
            except UserError as error:  # run.toml is damaged
                say(f"run.settings did nothing: {error}")
                self.put(Note(step=self._numbers.step, text=f"run.settings did nothing: {error}"))
            self._settings.popleft()

    def _begin(self, step: int, has_numbers: bool, over: bool) -> None:
        """Say what the run is, once something has happened in it, and again where more is known."""
        assert self._log is not None
        plan = self._known_plan(step)
        if self._said == plan or not (has_numbers or step > self._logged_step or self._said is not None or over):
            return
        epochs, steps = plan
        self._log.writer.write(
            Started(
                step=self._logged_step if self._said is None else step,
                device="",
                device_name=socket.gethostname(),
                epochs=epochs,
                steps_per_epoch=steps,
                resumed=self._resumed,
                pids=[self._pid],
                probabilities=self._probabilities,
            )
        )
        if self._said is None:
            self._log.writer.write(Phase(step=self._logged_step, name="training"))
        self._said, self._resumed = plan, True

    def _known_plan(self, step: int) -> Plan:
        """What is known of the plan: of a loop that nobody counts, a step may be an epoch until there are more steps than epochs."""
        epochs, steps = self.plan
        if steps or not epochs:
            return self.plan
        if self.counts_epochs:
            return Plan(epochs, 0)
        return Plan(epochs, 1) if epochs > 1 and step <= epochs else Plan(0, 0)

    def _metrics(self, step: int, means: dict[str, float], at: float) -> None:
        """What has been logged since, `at` a moment of the last seconds; of a loop that logs nothing, where it is."""
        assert self._log is not None
        now = max(self._logged_at, self._clock.seconds - (time.monotonic() - at))
        if not means and (step == self._logged_step or now - self._logged_at < SILENT_SECONDS):
            return
        scalars: dict[str, Scalar] = {name: to_scalar(value) for name, value in means.items()}
        seconds = now - self._logged_at
        rate = self._pace.over(step - self._logged_step, seconds)
        event = Metrics(step=step, scalars=scalars, elapsed=self._base + now, rate=rate)
        if not all(self.plan):
            event.remaining = -1.0
        self._log.metrics(event)
        self._logged_at, self._logged_step = now, max(step, self._logged_step)

    def _named(self, means: dict[str, float], step: int) -> dict[str, float]:
        """By our names, where we have one that is not used twice; D(x) only where it is a probability."""
        names = {name: shortened(printable(name), LONGEST_NAME) for name in means}
        known = {name: canonical(name) or words for name, words in names.items()}
        ours = list(known.values())
        named = {(known[name] if ours.count(known[name]) == 1 else names[name]): value for name, value in means.items()}
        if self._probabilities and any(not -0.01 <= named[name] <= 1.01 for name in SCORES if math.isfinite(named.get(name, math.nan))):
            assert self._log is not None
            self._probabilities = self._log.health.probabilities = False
            self.put(Note(step=step, text="D(x) leaves 0 to 1: it is a score and no probability, and has its own chart"))
            self._said = Plan(-1, -1)  # said again, with that
        if self._probabilities:
            return named
        return {f"{name} score" if name in SCORES else name: value for name, value in named.items()}

    def _epochs(self, step: int) -> None:
        assert self._log is not None
        each = self.plan.steps_per_epoch
        done = max(self.passes, step // each if each else 0)
        if done > self.epochs_logged:
            self.epochs_logged = done
            self._log.writer.write(Epoch(step=step, epoch=done))

    def _finish(self, outcome: Outcome, error: str) -> None:
        assert self._log is not None
        step = self._numbers.step
        if error:
            self._log.writer.write(Error(step=step, text=error))
        self._log.writer.write(Finished(step=step, outcome=outcome, epoch=self.epochs_logged, elapsed=self._base + self._clock.seconds))
