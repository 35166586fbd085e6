"""The training loop: steps, and between them whatever the clock, the mailbox or a signal asks for."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from gan_tui.config import RunConfig
from gan_tui.errors import UserError
from gan_tui.run import mailbox
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import (
    Answer,
    Checkpoint,
    Epoch,
    Finished,
    Metrics,
    Note,
    Outcome,
    Phase,
    PhaseName,
    RolledBack,
    Samples,
    Started,
    to_scalar,
)
from gan_tui.run.files import write_atomic
from gan_tui.run.log import EventWriter, read_all
from gan_tui.training import build, checkpoint, grids
from gan_tui.training.checkpoint import Loaded, Progress
from gan_tui.training.clock import Clock
from gan_tui.training.metrics_window import MetricsWindow
from gan_tui.training.ranks import Ranks, Word, check_batches
from gan_tui.training.session import Session
from gan_tui.training.stop import StopRequest

MAILBOX_SECONDS = 0.05
"""Between looks into the mailbox: a pause is answered in a third of the 300 ms that a person calls "at once"."""


class NotFiniteError(UserError):
    """A loss or a weight is NaN or infinite."""


class Trainer:
    """Trains one run to its end, or to where it is told to stop."""

    def __init__(
        self,
        run: RunDirectory,
        settings: RunConfig,
        writer: EventWriter,
        device: torch.device,
        stop: StopRequest,
        loaded: Loaded | None,
        ranks: Ranks,
    ) -> None:
        """Load the data, build the networks, and take up a checkpoint's state where there is one.

        Raises UserError where the checkpoint does not fit the settings.
        """
        self.run, self.settings, self.writer, self.device, self.stop = run, settings, writer, device, stop
        self.ranks = ranks
        self.session = Session(settings, device, build.load_images(settings, device), loaded, ranks)
        check_batches(settings.train.batch_size, len(self.session.images), ranks.count)
        self.paused = False
        self._saved_step = self.progress.step
        self._window = MetricsWindow(device)
        self._metrics_clock = Clock(1 / settings.log.metrics_hz)
        self._preview_clock = Clock(1 / settings.samples.preview_hz if settings.samples.preview_hz else 0)
        self._mailbox_clock = Clock(MAILBOX_SECONDS)
        self._checkpoint_clock = Clock(settings.checkpoints.every_seconds)
        self._window_began = time.monotonic()

    @property
    def progress(self) -> Progress:
        """Where the session stands."""
        return self.session.progress

    def train(self) -> Outcome:
        """Train until all epochs are done or something asks to stop; leave checkpoint and weights behind.

        Raises UserError where a loss stays not finite after `train.max_rollbacks`, OSError where the disk refuses.
        """
        self._begin()
        while self.progress.step < self.session.total_steps and not self.stop.reason:
            try:
                self._train_epoch()
            except NotFiniteError as error:
                self._roll_back(error)
        self.ranks.say(Word.STOP)
        outcome: Outcome = "completed" if self.progress.step >= self.session.total_steps else "stopped"
        self._end(outcome)
        return outcome

    def _begin(self) -> None:
        self.writer.write(
            Started(
                step=self.progress.step,
                device=str(self.device),
                device_name=build.device_name(self.device, self.ranks.count),
                epochs=self.settings.train.epochs,
                steps_per_epoch=self.session.steps_per_epoch,
                resumed=self.progress.step > 0,
            )
        )
        # The log, not the files, says what is still to do: a kill between a file and its event leaves the file alone.
        logged = read_all(self.run.events)
        if not any(isinstance(event, Samples) and event.real for event in logged):
            first = self.session.randomness.order(0, len(self.session.images))[: self.settings.samples.count]
            real = grids.denorm(build.to_unit_range(self.session.images[first])).view(-1, *build.IMAGE_SHAPE)
            write_atomic(self.run.real_images, grids.grid_png(real, self.settings.samples.columns))
            self.writer.write(Samples(step=self.progress.step, path=self.run.real_images.name, epoch=0, real=True))
        self._write_preview()
        epochs_logged = max((event.epoch for event in logged if isinstance(event, Epoch)), default=0)
        if self.session.step_in_epoch == 0 and self.session.epochs_done > epochs_logged:
            self._end_epoch()  # the trainer was killed between the epoch's last checkpoint and its end
        self._enter("training")
        self._window_began = time.monotonic()

    def _train_epoch(self) -> None:
        """One pass over the data, or what is left of it after a resume."""
        epoch = self.session.epochs_done
        while self.session.epochs_done == epoch:
            self.ranks.say(Word.STEP)
            metrics = self.session.advance()
            self._window.add(metrics)
            step = self.progress.step - epoch * self.session.steps_per_epoch
            if step % self.settings.log.print_every == 0:
                self._print_line(epoch, step, metrics[-1])
            self._attend()
            if self.stop.reason and self.session.epochs_done == epoch:
                return
        self._end_epoch()

    def _roll_back(self, error: "NotFiniteError") -> None:
        """Go on from the newest checkpoint with other random numbers. Raises UserError where that was tried too often."""
        limit, count, from_step = self.settings.train.max_rollbacks, self.progress.rollbacks + 1, self.progress.step
        if count > limit:
            advice = "start again with a lower --lr"
            raise UserError(f"{error}, after {limit} roll-backs; the checkpoint of step {self._saved_step} is kept: {advice}")
        loaded, _ = checkpoint.load_newest(self.run, self.device)
        self.ranks.say(Word.ROLL_BACK)
        self.ranks.hand_out(checkpoint.to_bytes(loaded))
        self.session = Session(self.settings, self.device, self.session.images, loaded, self.ranks, rollbacks=count)
        self._window.clear()
        self.writer.cut_to_step(self.progress.step)
        self.writer.write(RolledBack(step=self.progress.step, from_step=from_step, count=count, limit=limit, reason=str(error)))
        self._enter("training")
        self._window_began = time.monotonic()

    def _end_epoch(self) -> None:
        self._write_samples(self._epoch_grid())
        self.writer.write(Epoch(step=self.progress.step, epoch=self.session.epochs_done))

    def _epoch_grid(self) -> Path:
        return self.run.samples / f"fake_images-{self.session.epochs_done:04d}.png"

    def _print_line(self, epoch: int, step: int, metrics: Tensor) -> None:
        """The tutorial's line, letter for letter: its epochs count from 0."""
        d_loss, g_loss, d_real, d_fake = metrics.tolist()
        try:
            print(
                f"Epoch [{epoch}/{self.settings.train.epochs}], Step[{step}/{self.session.steps_per_epoch}], "
                f"d_loss: {d_loss:.4f}, g_loss: {g_loss:.4f}, D(x): {d_real:.2f}, D(G(z)): {d_fake:.2f}",
                flush=True,
            )
        except BrokenPipeError:  # `gan-tui --headless | head`: nobody reads on, so save and leave
            sys.stdout = open(os.devnull, "w")
            self.stop.reason = "standard output was closed"

    def _attend(self) -> None:
        """Between two steps: log, preview, checkpoint and mailbox, each by its clock."""
        now = time.monotonic()
        if self._metrics_clock.due(now):
            self._flush_metrics()
        if self._preview_clock.due(now):
            self._write_preview()
        every = self.settings.checkpoints.every_steps
        if self._checkpoint_clock.due(now) or (every and self.progress.step % every == 0):
            self.save()
        if self._mailbox_clock.due(now):
            self._obey(mailbox.receive(self.run.control))
            while self.paused and not self.stop.reason:
                time.sleep(MAILBOX_SECONDS)
                self._obey(mailbox.receive(self.run.control))

    def _flush_metrics(self) -> None:
        """Write the window's means into the log. Raises NotFiniteError where they are not finite."""
        steps, now = self._window.steps, time.monotonic()
        if not steps:
            return
        seconds = now - self._window_began
        self._window_began = now
        self.progress.elapsed += seconds
        means = self._window.take()
        scalars = {name: to_scalar(value) for name, value in means.items()}
        rate = steps / seconds if seconds > 0 else 0.0
        self.writer.write(Metrics(step=self.progress.step, scalars=scalars, elapsed=self.progress.elapsed, rate=rate))
        bad = [name for name, scalar in scalars.items() if isinstance(scalar, str)]
        if bad:
            raise NotFiniteError(f"{bad[0]} became {scalars[bad[0]]} by step {self.progress.step}")

    def _enter(self, phase: PhaseName) -> None:
        self.writer.write(Phase(step=self.progress.step, name=phase))

    def _during(self, phase: PhaseName, work: Callable[[], None]) -> None:
        """Do something long under its own name, outside the clock of the training."""
        self._flush_metrics()
        self._enter(phase)
        work()
        self._enter("paused" if self.paused else "training")
        self._window_began = time.monotonic()

    def save(self) -> None:
        """Write a checkpoint. Raises OSError, and NotFiniteError where a weight is no longer finite."""

        def work() -> None:
            began = time.monotonic()
            self.session.engine.settle()
            try:
                path = checkpoint.save(self.run, self.settings, self.session.gan, self.session.fixed_latents, self.progress)
            except ValueError as error:
                raise NotFiniteError(f"{error} at step {self.progress.step}") from None
            self._saved_step = self.progress.step
            relative = str(path.relative_to(self.run.path))
            self.writer.write(Checkpoint(step=self.progress.step, path=relative, seconds=time.monotonic() - began))

        self._during("saving", work)

    def _write_samples(self, path: Path) -> None:
        """Write a grid of what the run's fixed latents give now."""

        def work() -> None:
            images = grids.generate(self.session.gan.generator, self.session.fixed_latents, build.IMAGE_SHAPE)
            write_atomic(path, grids.grid_png(images, self.settings.samples.columns))
            grids.write_preview(self.run.preview, images)
            relative = str(path.relative_to(self.run.path))
            self.writer.write(Samples(step=self.progress.step, path=relative, epoch=self.session.epochs_done))

        self._during("sampling", work)

    def _write_preview(self) -> None:
        grids.write_preview(self.run.preview, grids.generate(self.session.gan.generator, self.session.fixed_latents, build.IMAGE_SHAPE))

    def _obey(self, commands: list[mailbox.Command]) -> None:
        for command in commands:
            ok, text = self._execute(command.name)
            self.writer.write(Answer(step=self.progress.step, id=command.id, command=command.name, ok=ok, text=text))

    def _execute(self, name: mailbox.CommandName) -> tuple[bool, str]:
        step = self.progress.step
        match name:
            case "pause" if self.paused:
                return True, f"is paused already, at step {step}"
            case "pause":
                self._flush_metrics()
                self.paused = True
                self._enter("paused")
                return True, f"paused at step {step}"
            case "resume" if not self.paused:
                return True, "is training already"
            case "resume":
                self.paused = False
                self._enter("training")
                self._window_began = time.monotonic()
                return True, f"resumed at step {step}"
            case "save":
                self.save()
                return True, f"saved at step {step}"
            case "sample":
                path = self.run.samples / f"fake_images-step-{step:09d}.png"
                self._write_samples(path)
                return True, f"wrote {path.relative_to(self.run.path)}"
            case "stop":
                self.stop.reason = "asked to stop"
                return True, f"stopping at step {step}"

    def _end(self, outcome: Outcome) -> None:
        self._enter("stopping")
        self._flush_metrics()
        if outcome == "stopped":
            self.writer.write(Note(step=self.progress.step, text=f"stopping: {self.stop.reason}"))
        if self._saved_step != self.progress.step or not checkpoint.list_newest_first(self.run):
            self.save()
        checkpoint.remove_old(self.run, self.settings.checkpoints.keep)  # a kill may have come between the last save and this
        self._write_weights()
        self._write_preview()
        self.writer.write(Finished(step=self.progress.step, outcome=outcome, epoch=self.session.epochs_done, elapsed=self.progress.elapsed))

    def _write_weights(self) -> None:
        """Leave both state dicts, as the tutorial does at its end."""
        checkpoint.write_weights(self.run.generator, self.session.gan.generator)
        checkpoint.write_weights(self.run.discriminator, self.session.gan.discriminator)
