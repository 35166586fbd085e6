"""A script's run, as the script sees it: what `gan_tui.track` gives."""

import os
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, SupportsIndex, TypeVar

from gan_tui.clocks import Stopwatch
from gan_tui.errors import UserError, first_line
from gan_tui.output import say
from gan_tui.run.events import Note
from gan_tui.spec.states import Outcome
from gan_tui.tracking.commands import Commands
from gan_tui.tracking.ending import Survived, close, ending
from gan_tui.tracking.numbers import Numbers
from gan_tui.tracking.pixels import Range
from gan_tui.tracking.settings import plain, whole
from gan_tui.tracking.writing import Plan, WritingThread

if TYPE_CHECKING:
    from gan_tui.tracking.evaluating import Evaluating

Batch = TypeVar("Batch")
_living: "weakref.WeakSet[Run]" = weakref.WeakSet()
"""What a fork must know of."""


class Run:
    """Nothing here ever raises but for a mistake in how it is called, and nothing waits for a disk, a screen or a GPU.

    In a process that does not write (another rank, a DataLoader's helper) it counts steps and does nothing else.
    """

    def __init__(self, writing: WritingThread | None, numbers: Numbers, clock: Stopwatch, plan: Plan, *, alone: bool = True) -> None:
        self._writing, self._numbers, self._clock = writing, numbers, clock
        self._plan = plan
        self._commands = Commands(writing, clock, lambda: numbers.step, alone=alone) if writing else None
        self._alone = alone
        self._evaluating: Evaluating | None = None
        self._warned: set[str] = set()
        self._at_end: list[Callable[[], None]] = []
        self._passes = writing.epochs_logged if writing else 0
        self._survived = Survived()
        self._finalizer = weakref.finalize(self, close, writing, os.getpid(), self._survived, self._commands)
        if writing is not None and self._commands is not None:
            writing.plan = plan
            writing.on_command = self._commands.receive
            writing.passes = self._passes
            writing.start()
            _living.add(self)

    # What it is

    @property
    def path(self) -> Path | None:
        """The run's folder; None in a process that does not write."""
        return self._writing.run.path if self._writing else None

    @property
    def name(self) -> str:
        """The run's name; empty in a process that does not write."""
        return self._writing.run.name if self._writing else ""

    @property
    def step(self) -> int:
        """The one in hand, or done last; the first is 1. A run that goes on counts on."""
        return self._numbers.step

    # Numbers

    def log(self, values: Mapping[str, Any] | None = None, /, *, step: Any = None, **named: Any) -> None:
        """Numbers of this step: floats, arrays or tensors of one value, wherever they lie; none is waited for.

        `step`: which one, a whole number; without it `steps` counts, or a name that comes again begins a new one.
        """
        writing = self._writing
        if writing is None:
            return
        try:
            if values is not None and not isinstance(values, Mapping):
                raise UserError(f"{type(values).__name__} has no name: run.log(loss=...) gives it one")
            self._numbers.add({**values, **named} if values else named, step)
            self._survived.goes_on()
            if not self._clock.started:
                self._clock.start()
            if self._commands is not None and self._commands.waiting:
                self._commands.attend(may_wait=False)
        except Exception as error:
            self._warn("log", error)

    def steps(self, loader: Iterable[Batch]) -> Iterator[tuple[int, Batch]]:
        """One pass over `loader`, an epoch: the number of each step, the first ever being 1, and its batch.

        Between two steps it waits while the run is paused; it ends where the run shall stop. An epoch that was broken off is none.
        """
        self._numbers.counted = True
        self._count_epochs()
        self._clock.start()
        if self._plan.steps_per_epoch == 0 and isinstance(loader, Sized):
            with suppress(Exception):  # of a loader over a stream
                self.length(steps_per_epoch=len(loader))
        if self._commands is not None and self._alone:
            self._commands.offer("pause", "resume", "stop")
        count = 0
        for batch in loader:
            if self._commands is not None and self._alone:
                self._commands.attend(may_wait=True)
                if self._commands.stopping:
                    return
            count += 1
            self._numbers.step += 1
            yield self._numbers.step, batch
        if self._plan.steps_per_epoch == 0 and count:
            self.length(steps_per_epoch=count)
        self._pass_done(self._passes + 1)

    def epochs(self) -> Iterator[int]:
        """The epochs that are still to do, the first being 1, until the run shall stop; without a number of them, without an end."""
        epoch = self._passes
        self._count_epochs()
        while (self._plan.epochs == 0 or epoch < self._plan.epochs) and not (self._alone and self.should_stop):
            epoch += 1
            yield epoch
            if not (self._commands is not None and self._commands.stopping):
                self._pass_done(epoch)

    @property
    def _epoch(self) -> int:
        """In hand, or done last; 0 where the loop has none that it tells of, and before its first step."""
        each, planned = self._plan.steps_per_epoch, self._plan.epochs
        told = self._writing is not None and self._writing.counts_epochs
        epoch = -(-self.step // each) if each else (self._passes + 1) * told
        return min(epoch, planned or epoch)

    def _count_epochs(self) -> None:
        """From now on the loop says when an epoch is done."""
        if self._writing is not None:
            self._writing.counts_epochs = True

    def _pass_done(self, epoch: int) -> None:
        """So many epochs are done, at least."""
        self._passes = max(self._passes, epoch)
        if self._writing is not None:
            self._writing.passes = self._passes

    def length(self, *, epochs: SupportsIndex = 0, steps_per_epoch: SupportsIndex = 0) -> None:
        """How long it will be, where that is known only now; 0: not known."""
        try:
            said = Plan(whole("length", "epochs", epochs), whole("length", "steps_per_epoch", steps_per_epoch))
        except UserError as error:
            self._warn("length", error)
            return
        self._plan = Plan(said.epochs or self._plan.epochs, said.steps_per_epoch or self._plan.steps_per_epoch)
        if self._writing is not None:
            self._writing.plan = self._plan

    def settings(self, values: Mapping[str, Any]) -> None:
        """Settings of the script's own that are known only now: into the run's `run.toml`, beside those that `track` was given."""
        if self._writing is not None:
            try:
                self._writing.add_settings(plain(values))
            except Exception as error:
                self._warn("settings", error)

    # Images

    def images(self, images: Any, *, every: float = 5.0, value_range: Range | None = None, real: bool = False) -> None:
        """Samples, or with `real` training images, as the screen shows them: at most once in `every` seconds, else nothing is done.

        (N, C, H, W), (N, H, W, C), (N, H, W), or square ones flat, (N, C * H * W); 100 of them at most. Bytes, or floats whose range
        is found (down to -1: [-1, 1]; else [0, 1], or [0, 255]) or said: `value_range=(-1, 1)`.
        """
        if self._writing is None or self._commands is None:
            return
        try:
            if not real:
                self._commands.offer("sample")
            self._writing.pictures.offer(images, every, value_range, epoch=self._epoch, real=real)
        except Exception as error:
            self._warn("images", error)

    def evaluate(self, samples: Any, real: Any, *, dataset: str = "", value_range: Range | None = None) -> dict[str, float]:
        """How good `samples` are beside `real` images, in numbers and in the verdict (see docs/health.md). Needs torch, and takes its time.

        Both as `images` has them, some hundreds at least. `dataset="mnist"` (or another whose classifier ships) gives classes too.
        Empty where they cannot be measured, and in a process that does not write.
        """
        if self._writing is None:
            return {}
        try:
            from gan_tui.tracking.evaluating import Evaluating

            self._evaluating = self._evaluating or Evaluating(self._writing.best)
            event, scalars = self._evaluating.measure(samples, real, dataset, value_range, self.step)
        except Exception as error:
            self._warn("evaluate", error)
            return {}
        self._writing.put(event)
        return scalars

    # The screen commands

    def paused(self) -> bool:
        """Waits here for as long as the run is paused; True where it was. For a loop without `steps`."""
        if self._commands is None or not self._alone:
            return False
        self._commands.offer("pause", "resume")
        return self._commands.attend(may_wait=True)

    @property
    def should_stop(self) -> bool:
        """Was it asked for? `steps` ends by itself then."""
        if self._commands is None:
            return False
        self._commands.offer("stop")
        if self._commands.waiting:
            self._commands.attend(may_wait=False)
        return self._commands.stopping

    def on_save(self, function: Callable[[], Any]) -> Callable[[], Any]:
        """Let a person save: `function` is called between two steps, in the loop's own thread; what it returns is shown."""
        if self._commands is not None:
            self._commands.offer_save(function)
        return function

    def knob(self, name: str, get: Callable[[], Any], set: Callable[[float], Any]) -> None:
        """Let a person change a number while the run trains; both are called between two steps, in the loop's own thread."""
        if self._commands is not None:
            try:
                self._commands.offer_knob(name, get, set)
            except Exception as error:
                self._warn(f"knob {name}", error)

    def note(self, text: str) -> None:
        """Say something in the run's log."""
        if self._writing is None:
            return
        if text is None:
            self._warn("note", UserError("None is no text"))
            return
        self._writing.put(Note(step=self.step, text=str(text)))

    # Its end

    def finish(self, error: str = "", *, stopped: bool = False) -> None:
        """The run is over, with an error where one is said. `with` and the end of the script do this by themselves."""
        if self._writing is None or not self._finalizer.alive:
            return
        self._finalizer.detach()
        _living.discard(self)
        stopped = stopped or (self._commands is not None and self._commands.stopping)
        outcome: Outcome = "failed" if error else "stopped" if stopped else "completed"
        self._writing.close(outcome, error)
        for wait in self._at_end:
            wait()

    def before_end(self, wait: Callable[[], None]) -> None:
        """Have something waited for once the run has ended: the screen that was opened from within."""
        self._at_end.append(wait)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """What ended the block is recorded, and goes on as it was."""
        text, stopped = ending(error)
        self.finish(text, stopped=stopped)

    def _warn(self, where: str, error: Exception) -> None:
        """Once for each place: the training goes on."""
        text = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {first_line(error)}"
        if where not in self._warned:
            self._warned.add(where)
            say(f"run.{where} did nothing: {text}")
            self.note(f"run.{where} did nothing: {text}")

    def become_silent(self) -> None:
        """In a forked child: the parent goes on to write."""
        if self._writing is not None:
            self._writing.after_fork_in_child()
        self._writing = self._commands = None
        self._finalizer.detach()


def _before_fork() -> None:
    for run in list(_living):
        if run._writing is not None:
            run._writing.before_fork()


def _after_fork_in_parent() -> None:
    for run in list(_living):
        if run._writing is not None:
            run._writing.after_fork_in_parent()


def _after_fork_in_child() -> None:
    for run in list(_living):
        run.become_silent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
