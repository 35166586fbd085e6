"""The training loop: steps, and between them whatever the clock, the mailbox or a signal asks for."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from gan_tui import output
from gan_tui.config import RunConfig
from gan_tui.data.dataset import Dataset
from gan_tui.run import mailbox
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import (
    Checkpoint,
    Epoch,
    Evaluation,
    Finished,
    Metrics,
    Note,
    Outcome,
    Phase,
    PhaseName,
    RolledBack,
    Samples,
    Started,
    Verdict,
    to_scalar,
)
from gan_tui.run.log import EventWriter
from gan_tui.run.recollect import recollect
from gan_tui.training import checkpoint, sharing
from gan_tui.training.checkpoint import Loaded, Progress
from gan_tui.training.clock import Clock
from gan_tui.training.devices import Chosen, device_name
from gan_tui.training.evaluation import Examiner
from gan_tui.training.health.diagnosis import Diagnosis, Health, replay
from gan_tui.training.health.statistics import METRICS_KEPT, STEPS_KEPT
from gan_tui.training.metrics_window import MetricsWindow, Reading
from gan_tui.training.not_finite import NotFiniteError
from gan_tui.training.orders import obey
from gan_tui.training.out_of_memory import Spare
from gan_tui.training.pictures import Pictures
from gan_tui.training.ranks import Ranks, Word
from gan_tui.training.session import Session
from gan_tui.training.stop import StopRequest

MAILBOX_SECONDS = 0.05
"""Between looks into the mailbox: a pause is answered in a third of the 300 ms that a person calls "at once"."""


class Trainer:
    """Trains one run to its end, or to where it is told to stop."""

    def __init__(
        self,
        run: RunDirectory,
        settings: RunConfig,
        writer: EventWriter,
        chosen: Chosen,
        stop: StopRequest,
        loaded: Loaded | None,
        ranks: Ranks,
        data: Dataset,
        pids: Sequence[int] = (),
    ) -> None:
        """Build the networks, and take up a checkpoint's state where there is one. `data`: on the device.

        `pids`: of the other ranks, as far as they are children of this process. Raises UserError where the checkpoint does not fit
        the settings.
        """
        self.run, self.settings, self.writer, self.stop = run, settings, writer, stop
        self.device = device = chosen.device
        self.ranks, self._pids = ranks, pids
        self._device_name = device_name(chosen, ranks.count)
        self._spare = Spare(device, self._note)
        self.session = Session(settings, device, data, loaded, ranks)
        self.paused = False
        self._output_failed = False
        self._saved_step = self.progress.step
        self._window = MetricsWindow(device, ranks)
        self.pictures = Pictures(run, settings)
        self._health = self._new_health()
        self.examiner: Examiner | None = None
        if settings.evaluation.budget:
            self.examiner = Examiner(settings, self.session.data)
        self._metrics_clock = Clock(1 / settings.log.metrics_hz)
        self._preview_clock = Clock(1 / settings.samples.preview_hz if settings.samples.preview_hz else 0)
        self._mailbox_clock = Clock(MAILBOX_SECONDS)
        self._checkpoint_clock = Clock(settings.checkpoints.every_seconds)
        self.window_began = time.monotonic()
        """When the time that counts as training began that is not in `progress.elapsed` yet."""

    @property
    def progress(self) -> Progress:
        """Where the session stands."""
        return self.session.progress

    def train(self) -> Outcome:
        """Train until all epochs are done or something asks to stop; leave checkpoint and weights behind.

        Raises NotFiniteError where a loss stays not finite after `train.max_rollbacks`, OSError where the disk refuses.
        """
        self._begin()
        while self.progress.step < self.session.total_steps and not self.stop.reason:
            try:
                self._train_epoch()
            except NotFiniteError as error:
                self._roll_back(error)
        outcome: Outcome = "completed" if self.progress.step >= self.session.total_steps else "stopped"
        self._end(outcome)
        return outcome

    def _begin(self) -> None:
        self.writer.write(
            Started(
                step=self.progress.step,
                device=str(self.device),
                device_name=self._device_name,
                epochs=self.settings.train.epochs,
                steps_per_epoch=self.session.steps_per_epoch,
                resumed=self.progress.step > 0,
                batch_size=self.settings.train.batch_size,
                ranks=self.ranks.count,
                pids=[os.getpid(), *self._pids],
                d_ideal=self.session.gan.loss.d_ideal,
                g_ideal=self.session.gan.loss.g_ideal,
                probabilities=self.session.gan.loss.probabilities,
                engine=self.session.engine.name,
            )
        )
        for text in [*self.session.data.notes, *sharing.notes(self.session.gan, self.settings.train.batch_size)]:
            self._note(text)
        for text in () if self.progress.step else self.session.data.details:
            self.writer.write(Note(text=text))
        self._tell_of_the_engine()
        # The log, not the files, says what is still to do: a kill between a file and its event leaves the file alone.
        logged = self.writer.state
        if not logged.real_written:
            first = self.session.randomness.order(0, len(self.session.images))[: self.settings.samples.count]
            self.pictures.write_real(self.session.images[first])
            self.writer.write(Samples(step=self.progress.step, path=self.run.real_images.name, epoch=0, real=True))
        self._take_up_health()
        self._say(self._health.take_data())
        self.pictures.take_up()
        self._preview()
        if self.session.step_in_epoch == 0 and self.session.epochs_done > logged.epochs_logged:
            self._end_epoch()  # the trainer was killed between the epoch's last checkpoint and its end
        self.enter("training")
        self.window_began = time.monotonic()

    def _note(self, text: str) -> None:
        """Say something to the log and to whoever reads standard error."""
        self.writer.write(Note(step=self.progress.step, text=text))
        output.say(text)

    def _tell_of_the_engine(self) -> None:
        while self.session.engine.notes:
            self._note(self.session.engine.notes.pop(0))

    def _train_epoch(self) -> None:
        """One pass over the data, or what is left of it after a resume."""
        epoch = self.session.epochs_done
        while self.session.epochs_done == epoch:
            self.ranks.say(Word.STEP)
            before = self.progress.step
            metrics = self.session.advance()
            self._window.add(metrics, before, self.settings.train.d_steps)
            step = self.progress.step - epoch * self.session.steps_per_epoch
            if step % self.settings.log.print_every == 0:
                self._print_line(epoch, step, self._window.newest(metrics))
            self._attend()
            if self.stop.reason and self.session.epochs_done == epoch:
                return
        self._end_epoch()

    def _roll_back(self, error: "NotFiniteError") -> None:
        """Go on from the newest checkpoint with other random numbers. Raises NotFiniteError where that was tried too often."""
        limit, count, from_step = self.settings.train.max_rollbacks, self.progress.rollbacks + 1, self.progress.step
        if count > limit:
            rates = self.settings.optimizer
            advice = f"`gan-tui resume {self.run.word} --lr {min(rates.d_lr, rates.g_lr) / 3:.2g}` goes on from there with a lower rate"
            raise NotFiniteError(f"{error}, after {limit} roll-backs; the checkpoint of step {self._saved_step} is kept: {advice}")
        loaded, skipped = checkpoint.load_newest(self.run, self.device)
        for text in skipped:
            self._note(f"{text}; going back to the one before")
        self.ranks.say(Word.ROLL_BACK)
        self.ranks.hand_out(checkpoint.to_bytes(loaded))
        best, data = self.progress.best, self.session.data
        self.session.engine.close()
        del self.session  # before the new one is made: there may not be room for two
        self.session = Session(self.settings, self.device, data, loaded, self.ranks, rollbacks=count)
        self.progress.best = min(best, self.progress.best)  # best.pt stays what it is
        self._window.clear()
        self.writer.cut_to_step(self.progress.step)
        self._health = self._new_health()
        self._take_up_health()
        self.writer.write(RolledBack(step=self.progress.step, from_step=from_step, count=count, limit=limit, reason=str(error)))
        self.enter("training")
        self.window_began = time.monotonic()

    def _take_up_health(self) -> None:
        """Have the verdict know what the log says, and what was said last."""
        replay(self._health, recollect(self.run.events, STEPS_KEPT, METRICS_KEPT))
        if (said := self.writer.state.verdict) is not None:
            self._health.diagnosis = Diagnosis(said.rule, said.level, said.text, said.advice)

    def _new_health(self) -> Health:
        loss, data, settings = self.session.gan.loss, self.session.data, self.settings
        critic, evaluates = settings.loss.name == "wasserstein", bool(settings.evaluation.budget)
        return Health(loss.probabilities, data.classes, critic=critic, evaluates=evaluates, fault=data.fault)

    def _end_epoch(self) -> None:
        self.write_samples(self._epoch_grid())
        self.writer.write(Epoch(step=self.progress.step, epoch=self.session.epochs_done))

    def _epoch_grid(self) -> Path:
        return self.run.samples / f"fake_images-{self.session.epochs_done:04d}.png"

    def _print_line(self, epoch: int, step: int, metrics: dict[str, float]) -> None:
        """The tutorial's line, letter for letter: its epochs count from 0. Where D gives no probabilities, how well it ranks."""
        shown = ("D(x)", "D(G(z))") if self.session.gan.loss.probabilities else ("auc",)
        scores = ", ".join(f"{name}: {metrics[name]:.2f}" for name in shown)
        print(
            f"Epoch [{epoch}/{self.settings.train.epochs}], Step[{step}/{self.session.steps_per_epoch}], "
            f"d_loss: {metrics['d_loss']:.4f}, g_loss: {metrics['g_loss']:.4f}, {scores}",
            flush=True,
        )
        self._heed_output()

    def _heed_output(self) -> None:
        """`gan-tui --headless | head`: nobody reads on, so save and leave. On any other trouble with the output train on."""
        failure = output.failure()
        if isinstance(failure, BrokenPipeError):
            self.stop.reason = "standard output was closed"
        elif failure is not None and not self._output_failed:
            self._output_failed = True
            text = f"standard output takes nothing any more ({failure.strerror or failure}); training goes on without it"
            self.writer.write(Note(step=self.progress.step, text=text))

    def _attend(self) -> None:
        """Between two steps: log, preview, checkpoint and mailbox, each by its clock."""
        now = time.monotonic()
        if self._metrics_clock.due(now):
            self._report()
            self._tell_of_the_engine()
        if self._preview_clock.due(now):
            self._preview()
        if self.examiner:
            self._attend_to_quality(self.examiner, self._trained(now))
        every = self.settings.checkpoints.every_steps
        if self._checkpoint_clock.due(now) or (every and self.progress.step % every == 0):
            self.save()
        if self._mailbox_clock.due(now):
            self._heed_requests()
            while self.paused and not self.stop.reason:
                time.sleep(MAILBOX_SECONDS)
                self.ranks.check()
                self._heed_requests()

    def _heed_requests(self) -> None:
        """From the mailbox, and by signals."""
        obey(self, mailbox.receive(self.run.control))
        if self.stop.save_wanted:
            reason, self.stop.save_wanted = self.stop.save_wanted, None
            self.save()
            self.writer.write(Note(step=self.progress.step, text=f"{reason}: saved at step {self.progress.step}"))
            output.say(f"{reason}: saved at step {self.progress.step}; training goes on")

    def _attend_to_quality(self, examiner: Examiner, trained: float) -> None:
        if examiner.due(trained, self.progress.evaluating, self._remaining(trained)):
            self.evaluate(examiner)
            return
        seconds = 0.0

        def prepare() -> None:
            nonlocal seconds
            seconds = examiner.prepare(trained) or examiner.watch(self.session, trained)

        if not self._spare.attempt("an evaluation", prepare):
            examiner.put_off(trained)
        if seconds:
            self.progress.evaluating += seconds
            self.window_began += seconds  # it is no training

    def _trained(self, now: float) -> float:
        """Seconds of training so far, those since the last window included."""
        return self.progress.elapsed + (now - self.window_began if not self.paused else 0.0)

    def _remaining(self, trained: float) -> float:
        """Seconds of training still to come, at the mean speed so far."""
        return trained * (self.session.total_steps / max(1, self.progress.step) - 1)

    def _report(self) -> None:
        """Log what arrived from the window before, and close the one that is open. Raises NotFiniteError."""
        if (reading := self._window.receive(wait=False)) is not None:
            self._log(reading)
        if self._window.busy:
            return
        self._close_window()
        if (reading := self._window.receive(wait=False)) is not None:  # a CPU has it at once
            self._log(reading)

    def flush_metrics(self) -> None:
        """Log everything up to this step. Raises NotFiniteError where it is not finite."""
        for close in (False, True):
            if close:
                self._close_window()
            if (reading := self._window.receive(wait=True)) is not None:
                self._log(reading)

    def _close_window(self) -> None:
        now = time.monotonic()
        if self._window.steps:
            seconds = now - self.window_began
            self.window_began = now
            self.progress.elapsed += seconds
            self._window.send(self.progress.step, self.progress.elapsed, seconds)

    def _log(self, reading: Reading) -> None:
        """Write a window's means, without those that mean nothing in this game. Raises NotFiniteError where one is not finite."""
        meaningless = set() if self.session.gan.loss.probabilities else {"D(x)", "D(G(z))"}
        if not self.session.gan.penalties.any:
            meaningless.add("penalty")
        scalars = {name: to_scalar(value) for name, value in reading.means.items() if name not in meaningless}
        self.writer.write(Metrics(step=reading.step, scalars=scalars, elapsed=reading.elapsed, rate=reading.rate))
        bad = [name for name, scalar in scalars.items() if isinstance(scalar, str)]
        if bad:
            raise NotFiniteError(f"{bad[0]} became {scalars[bad[0]]} by step {reading.step}")
        self._say(self._health.take_metrics(reading.step, reading.steps, {name: reading.means[name] for name in scalars}))

    def _say(self, diagnosis: Diagnosis | None) -> None:
        """Log a new verdict."""
        if diagnosis is not None:
            text, advice = diagnosis.text, diagnosis.advice
            self.writer.write(Verdict(step=self.progress.step, rule=diagnosis.rule, level=diagnosis.level, text=text, advice=advice))

    def _stop_where_wanted(self) -> None:
        """See `train.stop`."""
        wanted = self.settings.train.stop
        if reason := self._health.reason_to_stop(wanted):
            self.stop.reason = f"{reason} (train.stop = {wanted})"

    def _preview(self) -> None:
        self._spare.attempt("the preview", lambda: self.pictures.write_preview(self.session))

    def enter(self, phase: PhaseName) -> None:
        """Say what the trainer does from now on."""
        self.writer.write(Phase(step=self.progress.step, name=phase))

    def during(self, phase: PhaseName, work: Callable[[], None], *, spare: str = "") -> bool:
        """Do something long under its own name, outside the clock of the training.

        `spare`: what it is called, where training can go on without it; False comes back where there was no memory for it.
        """
        self.flush_metrics()
        self.enter(phase)
        done = True
        if spare:
            done = self._spare.attempt(spare, work)
        else:
            work()
        self.enter("paused" if self.paused else "training")
        self.window_began = time.monotonic()
        return done

    def save(self, *, last: bool = False) -> bool:
        """Write a checkpoint; False where there was no memory for it, which ends the run where it is the `last` one.

        Raises OSError, and NotFiniteError where a weight is no longer finite.
        """

        def work() -> None:
            began = time.monotonic()
            path = self._write_checkpoint()
            self._saved_step = self.progress.step
            relative = str(path.relative_to(self.run.path))
            self.writer.write(Checkpoint(step=self.progress.step, path=relative, seconds=time.monotonic() - began))

        return self.during("saving", work, spare="" if last else "a checkpoint")

    def _write_checkpoint(self, name: str | None = None) -> Path:
        self.session.engine.settle()
        try:
            return checkpoint.save(self.run, self.settings, self.session.gan, self.session.fixed_latents, self.progress, name)
        except ValueError as error:
            raise NotFiniteError(f"{error} at step {self.progress.step}") from None

    def write_samples(self, path: Path) -> bool:
        """Write a grid of what the run's fixed latents give now; False where there was no memory for it."""

        def work() -> None:
            scores = self.pictures.write_grid(path, self.session)
            relative = str(path.relative_to(self.run.path))
            self.writer.write(Samples(step=self.progress.step, path=relative, epoch=self.session.epochs_done, scores=scores))

        return self.during("sampling", work, spare="the samples")

    def evaluate(self, examiner: Examiner) -> str:
        """Measure the samples, and keep the weights where they are the best so far.

        The result in words; empty where there was no memory for it. Raises OSError.
        """
        said = ""

        def work() -> None:
            nonlocal said
            scalars, seconds, shares, real_shares = examiner.examine(self.session, self._health, lambda: self.stop.reason is not None)
            self.progress.evaluating += seconds
            before = self.progress.best
            best = scalars["fd"] < before
            if best:
                self.progress.best = scalars["fd"]
                best = self._spare.attempt(checkpoint.BEST, lambda: self._write_checkpoint(checkpoint.BEST))
                self.progress.best = scalars["fd"] if best else before
            logged = {name: to_scalar(value) for name, value in scalars.items()}
            step = self.progress.step
            diagnosis = self._health.take_evaluation(step, scalars)
            self.writer.write(
                Evaluation(
                    step=step,
                    scalars=logged,
                    network=examiner.name,
                    seconds=seconds,
                    best=best,
                    outlook=self._health.outlook(),
                    shares=shares,
                    real_shares=real_shares,
                )
            )
            self._say(diagnosis)
            self._stop_where_wanted()
            how = "the lowest so far" if best else f"best {before:.3g}"
            said = f"step {step:,}: FD {scalars['fd']:.3g} ({how}), coverage {scalars['coverage']:.2f}"

        if not self.during("evaluating", work, spare="an evaluation"):
            examiner.put_off(self.progress.elapsed)
        return said

    def _end(self, outcome: Outcome) -> None:
        self.flush_metrics()
        if outcome == "completed" and self.examiner:
            if self.ranks.count > 1:
                self.save()  # another rank may die during the evaluation
            self.evaluate(self.examiner)  # who lets a run end wants to know how good it has become; who stops it wants it to stop
        self.enter("stopping")
        if outcome == "stopped":
            self.writer.write(Note(step=self.progress.step, text=f"stopping: {self.stop.reason}"))
        if self._saved_step != self.progress.step or not checkpoint.list_newest_first(self.run):
            self.save(last=True)
        # A kill may have come between the last save and this.
        checkpoint.remove_old(self.run, self.settings.checkpoints.keep, self.progress.step)
        self._write_weights()
        self._preview()
        self.writer.write(Finished(step=self.progress.step, outcome=outcome, epoch=self.session.epochs_done, elapsed=self.progress.elapsed))

    def _write_weights(self) -> None:
        """Leave both state dicts, as the tutorial does at its end; of G the averaged weights, where there are such."""
        checkpoint.write_weights(self.run.generator, self.session.sampler)
        checkpoint.write_weights(self.run.discriminator, self.session.gan.discriminator)
