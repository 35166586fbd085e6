"""The loop of a run that optimises pictures: steps, and between them whatever the clock, the mailbox or a signal asks for."""

import os
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Generic, TypeVar

from gan_tui import config
from gan_tui.clocks import Interval, Standstill, held_words
from gan_tui.config import OptimisationConfig
from gan_tui.errors import DivergedError, UserError
from gan_tui.output import say
from gan_tui.run.directory import RunDirectory, write_settings
from gan_tui.run.events import Changed, Checkpoint, Epoch, Finished, Metrics, Note, Phase, Samples, Started, Verdict, to_scalar
from gan_tui.run.log import EventWriter
from gan_tui.spec.states import Outcome, PhaseName
from gan_tui.spec.tasks import Task
from gan_tui.training.commands import Requests
from gan_tui.training.kept_threads import KeptThreads
from gan_tui.training.optimisation import saved
from gan_tui.training.optimisation.part_pace import PartPace
from gan_tui.training.optimisation.work import Milder, WorkT
from gan_tui.training.printed_lines import PrintedLines
from gan_tui.training.stop import StopRequest

SettingsT = TypeVar("SettingsT", bound=OptimisationConfig)


class OptimisationLoop(ABC, Generic[SettingsT, WorkT]):
    """One run, from where it stands to its end, or to where it is told to stop."""

    task: Task
    optimiser: str
    """Its name, for the screen."""

    def __init__(self, run: RunDirectory, settings: SettingsT, writer: EventWriter, stop: StopRequest, work: WorkT) -> None:
        self.run, self.writer, self.stop = run, writer, stop
        self._settings: SettingsT = settings
        self._work: WorkT = work
        self.elapsed = 0.0
        """Seconds of steps so far."""
        self.paused = False
        self.threads: KeptThreads | None = None
        """Looks after the CPU threads of its steps, where the settings name no number."""
        self._saved_step = work.step
        self._pace, self._standstill = PartPace(), Standstill()
        self._unlogged: tuple[int, float] = (0, 0.0)
        """Steps since the last metrics, and their seconds."""
        self._lines = PrintedLines(writer, stop)
        log = settings.log
        self._metrics_interval = Interval(1 / log.metrics_hz)
        self._preview_interval = Interval(1 / log.preview_hz if log.preview_hz else 0)
        self._requests = Requests(self)
        self._checkpoint_interval = Interval(settings.checkpoints.every_seconds)

    @abstractmethod
    def _advance(self) -> None:
        """One step. Raises ArithmeticError where its numbers are not finite."""

    @property
    @abstractmethod
    def _milder(self) -> Milder:
        """What may help then."""

    @abstractmethod
    def _scalars(self) -> Mapping[str, float]:
        """Numbers of the last step, for the log."""

    @abstractmethod
    def _numbers(self) -> str:
        """The most telling ones for who reads what is printed."""

    @abstractmethod
    def _verdict(self) -> Verdict | None:
        """What the numbers add up to, where that is something else than before."""

    @abstractmethod
    def _put_into_effect(self) -> None:
        """Go by the settings as they are now: one of those that may change while it goes on has."""

    @abstractmethod
    def _write_png(self, path: Path) -> None:
        """The picture as it is now. Raises OSError."""

    @abstractmethod
    def _write_preview(self) -> None:
        """The same for the screen."""

    @abstractmethod
    def _write_sources(self) -> None:
        """What the picture is made from, for the screen."""

    def _remaining(self) -> float:
        """Seconds until the last step. Negative: unknown."""
        seconds = self._pace.seconds_a_step
        return -1.0 if seconds is None else seconds * (self._work.total_steps - self.step)

    def _conclude(self) -> None:
        """What is to be said and written once all steps are done, the picture included. Raises OSError."""

    @property
    def _result(self) -> Path:
        """The file whose owner wants a copy of it, once all steps are done."""
        return self.run.picture

    @property
    def _has_picture(self) -> bool:
        """Is there a picture yet?"""
        return True

    # The loop

    def go(self, device: str, device_name: str) -> Outcome:
        """Raises DivergedError where the numbers are not finite, OSError where the disk refuses, UserError where only the copy's does."""
        work = self._work
        self._begin(device, device_name)
        while work.step < work.total_steps and not self.stop.reason:
            self._step()
        outcome: Outcome = "completed" if work.step >= work.total_steps else "stopped"
        self._end(outcome)
        return outcome

    def _begin(self, device: str, device_name: str) -> None:
        work = self._work
        self.writer.write(
            Started(
                step=work.step,
                device=device,
                device_name=device_name,
                epochs=work.parts,
                steps_per_epoch=work.steps_per_part,
                resumed=work.step > 0,
                pids=[os.getpid()],
                probabilities=False,
                engine=self.optimiser,
            )
        )
        if not self.writer.state.real_written:
            self._write_sources()
            self.writer.write(Samples(step=work.step, path=self.run.real_images.name, epoch=0, real=True))
        if work.step > 0 and self._parts_done > self.writer.state.epochs_logged:
            self._end_part()  # killed between the checkpoint and the end of the part
        self._write_preview()
        self._enter("training")

    @property
    def _parts_done(self) -> int:
        return self._work.step // self._work.steps_per_part

    @property
    def _ends_part(self) -> bool:
        return self._work.step % self._work.steps_per_part == 0

    def _step(self) -> None:
        work, began, worked, part = self._work, time.monotonic(), time.process_time(), self._parts_done
        try:
            self._advance()
        except ArithmeticError as error:
            milder = self._milder
            again = f"`gan-tui resume {self.run.cli_name} {milder.options}` goes on from step {self._saved_step:,}"
            raise DivergedError(f"{error} at step {self.step:,}: try {milder.what}, {again}") from None
        seconds = time.monotonic() - began
        if held := self._standstill.held(seconds, time.process_time() - worked):
            seconds -= held
            self.writer.write(Note(step=self.step, text=held_words(held)))
        self.elapsed += seconds
        self._pace.took(seconds)
        self._unlogged = self._unlogged[0] + 1, self._unlogged[1] + seconds
        self._heed_threads(seconds)
        if self._metrics_interval.due(time.monotonic()) or self._ends_part:
            self._log()
        if self._lines.due(by_number=work.step % self._settings.log.print_every == 0):
            name, steps = self.task.epoch.capitalize(), work.steps_per_part
            self._lines.say(f"{name} [{part + 1}/{work.parts}], Step[{work.step - part * steps}/{steps}], {self._numbers()}", work.step)
        if self._ends_part:
            self._end_part()
        self._attend()

    def _heed_threads(self, seconds: float) -> None:
        if self.threads is None:
            return
        self.threads.stepped(1, seconds)
        if change := self.threads.news():
            self.writer.write(change.event(self.step))

    def _log(self) -> None:
        steps, seconds = self._unlogged
        self._unlogged = 0, 0.0
        scalars = {name: to_scalar(value) for name, value in self._scalars().items()}
        event = Metrics(step=self.step, scalars=scalars, elapsed=self.elapsed, rate=steps / seconds if seconds > 0 else 0.0)
        event.remaining = self._remaining()
        self.writer.write(event)
        if (said := self._verdict()) is not None:
            self.writer.write(said)

    def _end_part(self) -> None:
        done = self._parts_done
        self._pace.clear()
        self._write_picture(self.run.samples / f"{self.task.epoch}-{done}.png")
        self.writer.write(Epoch(step=self.step, epoch=done))
        if self._settings.log.preview_hz:
            self._write_preview()

    def _attend(self) -> None:
        now = time.monotonic()
        if self._preview_interval.due(now):
            self._write_preview()
        if self._checkpoint_interval.due(now):
            self.save()
        self._requests.attend(now)

    def _end(self, outcome: Outcome) -> None:
        self._enter("stopping")
        if outcome == "stopped":
            self.writer.write(Note(step=self.step, text=f"stopping: {self.stop.reason}"))
        if self._saved_step != self.step or not self.run.has_checkpoint:
            self._save()
        self._write_preview()
        if self._has_picture:
            self._write_png(self.run.picture)
        else:
            self.writer.write(Note(step=self.step, text=f"stopped before anything was found: there is no {self.run.picture.name} yet"))
        if outcome == "completed":
            self._conclude()
        if outcome == "completed" and self._settings.output:
            text = saved.export(self._result, Path(self._settings.output), self.run)
            say(text)
            self.writer.write(Note(step=self.step, text=text))
        self.writer.write(Finished(step=self.step, outcome=outcome, epoch=self._parts_done, elapsed=self.elapsed))

    @property
    def step(self) -> int:
        """Done so far."""
        return self._work.step

    @property
    def settings(self) -> SettingsT:
        """As they are now."""
        return self._settings

    @property
    def sample_path(self) -> Path:
        """Where a picture of this step goes when it is asked for."""
        return self.run.samples / f"picture-step-{self.step:09d}.png"

    def _enter(self, phase: PhaseName) -> None:
        self.writer.write(Phase(step=self.step, name=phase))

    def pause(self) -> bool:
        """Take no steps for now; False where none were taken anyway."""
        if self.paused:
            return False
        self.paused = True
        self._enter("paused")
        return True

    def resume(self) -> bool:
        """Go on after a pause; False where there was none."""
        if not self.paused:
            return False
        self.paused = False
        self._enter("training")
        return True

    def save(self) -> bool:
        """Write a checkpoint. Raises OSError."""
        self._enter("saving")
        self._save()
        self._enter("paused" if self.paused else "training")
        return True

    def _save(self) -> None:
        began = time.monotonic()
        threads = self.threads.count if self.threads else 0
        path = saved.save(self.run, self._settings, self._work.step, self._work.state_dict(), self.elapsed, threads)
        self._saved_step = self.step
        self.writer.write(Checkpoint(step=self.step, path=path, seconds=time.monotonic() - began))

    def write_samples(self, path: Path) -> bool:
        """The picture as it is now. Raises UserError and OSError."""
        if not self._has_picture:
            raise UserError("nothing is found yet: there is no picture before the first step")
        self._enter("sampling")
        self._write_picture(path)
        self._enter("paused" if self.paused else "training")
        return True

    def _write_picture(self, path: Path) -> None:
        self._write_png(path)
        self.writer.write(Samples(step=self.step, path=str(path.relative_to(self.run.path)), epoch=self._parts_done))

    def change(self, assignment: str) -> None:
        """Change a setting, and in `run.toml` too. Raises UserError and OSError."""
        key = assignment.partition("=")[0].strip()
        before = config.get(self._settings, key)
        self._settings = config.change_optimisation(self._settings, [assignment])
        self._put_into_effect()
        write_settings(self.run, self._settings, config.read_environment(self.run.config_file))
        self.writer.write(Changed(step=self.step, setting=key, before=float(before), value=float(config.get(self._settings, key))))
