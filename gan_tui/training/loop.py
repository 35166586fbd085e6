"""The training loop: steps, and between them whatever the clock, the mailbox or a signal asks for."""

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from gan_tui import config, output
from gan_tui.clocks import Interval, held_words
from gan_tui.config import RunConfig
from gan_tui.counted import counted, time_words
from gan_tui.errors import NotFiniteError, UserError
from gan_tui.run.events import Epoch, Finished, Note, RolledBack, Samples, Started
from gan_tui.run.presence import may_be_seen
from gan_tui.spec.metrics import PROBABILITIES, RANKING
from gan_tui.spec.states import Outcome
from gan_tui.system.cores import sparing
from gan_tui.training import checkpoint, precision, sharing
from gan_tui.training.checkpoint import Progress
from gan_tui.training.commands import Requests
from gan_tui.training.control import Control
from gan_tui.training.distributed.ranks import Signal
from gan_tui.training.evaluation import EvaluationScheduler
from gan_tui.training.found import Host
from gan_tui.training.printed_lines import PrintedLines
from gan_tui.training.session import MANY, Session

FEW_RUNS = 4
"""Runs in one process, up to which each may log as often as one alone."""

UNSEEN = 10
"""Times more seldom there is a preview where no screen shows the run: of a small network it takes as long as two steps."""


class TrainingLoop:
    """Trains one run to its end, or to where it is told to stop."""

    def __init__(self, control: Control, device_name: str, pids: Sequence[int] = (), host: Host | None = None) -> None:
        """`device_name`: for people. `pids`: of the other ranks, as far as they are children of this process."""
        self._control, self._device_name, self._pids = control, device_name, pids
        self._run, self._writer, self._stop = control.run, control.writer, control.stop
        self._recorder, self._ranks = control.recorder, control.ranks
        self._lines = PrintedLines(self._writer, self._stop)
        settings = control.settings
        self._prints = control.company == 1 and (host is None or host.verbose)
        self._last_step = control.step + host.steps if host and host.steps else MANY
        self._metrics_interval = Interval(1 / settings.log.metrics_hz)
        self._preview_interval = Interval(settings.samples.preview_seconds(sparing()))
        self._unseen_interval = Interval(UNSEEN * settings.samples.preview_seconds(1.0))
        self._requests = Requests(control, self._ranks.check)
        self._checkpoint_interval = Interval(settings.checkpoints.every_seconds)

    @property
    def _session(self) -> Session:
        return self._control.session

    @property
    def _settings(self) -> RunConfig:
        return self._control.settings

    @property
    def _progress(self) -> Progress:
        return self._control.progress

    def train(self) -> Outcome:
        """Train until all epochs are done or something asks to stop; leave checkpoint and weights behind.

        Raises NotFiniteError where a loss stays not finite after `train.max_rollbacks`, OSError where the disk refuses.
        """
        self._begin()
        while not self._session.complete and not self._stop.reason:
            try:
                self._train_epoch()
            except NotFiniteError as error:
                self._roll_back(error)
        outcome: Outcome = "completed" if self._session.complete else "stopped"
        self._end(outcome)
        return outcome

    def _begin(self) -> None:
        self._writer.write(
            Started(
                step=self._progress.step,
                device=str(self._session.device),
                device_name=self._device_name,
                epochs=self._settings.train.epochs,
                steps_per_epoch=self._session.steps_per_epoch,
                resumed=self._progress.step > 0,
                batch_size=self._settings.train.batch_size,
                ranks=self._ranks.count,
                pids=[os.getpid(), *self._pids],
                d_equilibrium=self._session.gan.loss.objective.d_equilibrium,
                g_equilibrium=self._session.gan.loss.objective.g_equilibrium,
                probabilities=self._session.gan.loss.objective.probabilities,
                engine=self._session.engine.name,
                augment="" if self._session.augment == "none" else self._session.augment,
                budget=self._settings.train.seconds,
                products=self._progress.products,
                products_why=self._session.products_why,
            )
        )
        for text in () if self._progress.step else [*self._session.data.details, *self._session.details]:
            self._writer.write(Note(text=text))
        self._control.tell([*self._session.data.notes, *self._session.notes])
        self._control.tell([*sharing.notes(self._session.gan, self._settings.train.batch_size), *self._remarks()])
        self._control.tell_of_the_engine()
        why = precision.explain(self._settings, self._session.device, self._session.precision)
        self._control.tell([why] if why and not self._progress.step else [])  # of one that goes on it is said where it is another one
        # The log, not the files, says what is still to do: a kill between a file and its event leaves the file alone.
        logged = self._writer.state
        if not logged.real_written:
            first = self._session.randomness.order(0, len(self._session.images))[: self._settings.samples.count]
            self._control.pictures.write_real(self._session.images[first])
            self._writer.write(Samples(step=self._progress.step, path=self._run.real_images.name, epoch=0, real=True))
        if (threads := self._session.threads) and threads.count < threads.most:
            count = f"{threads.count} of {threads.most} CPU threads to begin with"
            text = f"{count}: faster beside other programs, and the same result; more are tried by themselves"
            self._writer.write(Note(step=self._progress.step, text=text))
        self._recorder.begin(self._session)
        self._recorder.say(self._recorder.health.take_data())
        self._control.pictures.take_up()
        self._control.write_preview()
        if self._session.step_in_epoch == 0 and self._session.epochs_done > logged.epochs_logged:
            self._end_epoch()  # the trainer was killed between the epoch's last checkpoint and its end
        self._control.begin_training()

    def _remarks(self) -> list[str]:
        """What is odd about the values that may be turned while it trains, and may be meant all the same."""
        live = self._control.task.live.values()
        remarks = [(knob.label, knob.remark(float(config.get(self._settings, knob.key)))) for knob in live]
        return [f"{label}: {remark}" for label, remark in remarks if remark]

    def _train_epoch(self) -> None:
        """One pass over the data, or what is left of it after a resume."""
        epoch = self._session.epochs_done
        while self._session.epochs_done == epoch:
            self._ranks.broadcast_signal(Signal.STEP)
            before = self._progress.step
            metrics = self._session.advance(self._last_step - before)
            self._recorder.add(metrics, before, self._settings.train.d_steps)
            if held := self._recorder.leave_out_standstill():
                self._control.note(held_words(held))
            self._tell_of_threads()
            step = self._progress.step - epoch * self._session.steps_per_epoch
            if self._prints and self._lines.due(by_number=step % self._settings.log.print_every == 0):
                self._print_line(epoch, step, self._recorder.newest(metrics))
            self._attend()
            if is_early(before, self._progress.step, self._session.steps_per_epoch):
                self._control.write_samples(self._control.sample_path)
            if self._progress.step >= self._last_step:
                self._stop.request("as many steps as were asked for are done")
            if (self._stop.reason or self._session.complete) and self._session.epochs_done == epoch:
                return
        self._end_epoch()

    def _tell_of_threads(self) -> None:
        watched = self._session.threads or self._session.kept_threads
        if watched and (change := watched.news()):
            self._writer.write(change.event(self._progress.step))

    def _roll_back(self, error: NotFiniteError) -> None:
        """Go on from the newest checkpoint with other random numbers. Raises NotFiniteError where that was tried too often."""
        limit, count, from_step = self._settings.train.max_rollbacks, self._progress.rollbacks + 1, self._progress.step
        if count > limit:
            advice = f"`gan-tui resume {self._run.cli_name} --lr {self._lower_rate():.2g}` goes on from there with a lower rate"
            raise NotFiniteError(
                f"{error}, after {counted(limit, 'roll-back')}; the checkpoint of step {self._control.saved_step:,} is kept: {advice}"
            )
        loaded, skipped = checkpoint.load_newest(self._run, self._session.device)
        self._control.tell([f"{text}; going back to the one before" for text in skipped])
        self._ranks.broadcast_signal(Signal.ROLL_BACK)
        self._ranks.broadcast_bytes(checkpoint.to_bytes(loaded))
        self._control.replace_session(loaded, rollbacks=count)
        step = self._progress.step
        self._writer.write(RolledBack(step=step, from_step=from_step, count=count, limit=limit, reason=str(error)))
        output.say(f"{error}: back at step {step:,} with other random numbers, roll-back {count} of {limit}")
        self._control.begin_training()

    def _lower_rate(self) -> float:
        """A third of what it was, or the preset's own where that is still lower: a rate may have been a slip."""
        rates = self._settings.optimizer
        lower = [min(rates.d_lr, rates.g_lr) / 3]
        with suppress(UserError):  # a preset of the user's own may be gone
            usual = config.resolve(self._settings.preset).optimizer
            lower += [usual.d_lr, usual.g_lr]
        return min(lower)

    def _end_epoch(self) -> None:
        if has_grid(self._session.epochs_done, self._session.steps_per_epoch) or self._session.complete:
            self._control.write_samples(self._epoch_grid())
        self._writer.write(Epoch(step=self._progress.step, epoch=self._session.epochs_done))

    def _epoch_grid(self) -> Path:
        return self._run.samples / f"fake_images-{self._session.epochs_done:04d}.png"

    def _print_line(self, epoch: int, step: int, metrics: dict[str, float]) -> None:
        """The tutorial's line, letter for letter: its epochs count from 0. Where D gives no probabilities, how well it ranks."""
        shown = PROBABILITIES if self._session.gan.loss.objective.probabilities else RANKING
        scores = ", ".join(f"{name}: {metrics[name]:.2f}" for name in shown)
        self._lines.say(
            f"{epoch_words(epoch, self._settings, self._progress.elapsed)}, Step[{step}/{self._session.steps_per_epoch}], "
            f"d_loss: {metrics['d_loss']:.4f}, g_loss: {metrics['g_loss']:.4f}, {scores}",
            self._progress.step,
        )

    def _attend(self) -> None:
        """Between two steps: log, preview, checkpoint and mailbox, each by its clock."""
        now, company = time.monotonic(), self._control.company
        if self._metrics_interval.due(now, max(1, company / FEW_RUNS)):
            self._recorder.report()
            self._control.tell_of_the_engine()
        if self._preview_interval.due(now, company) and (may_be_seen(self._run.path) or self._unseen_interval.due(now, company)):
            self._control.write_preview()
        if self._control.evaluations:
            trained = self._recorder.trained(now)
            self._control.evaluations.share(company, trained)
            self._attend_to_quality(self._control.evaluations, trained, self._session.remaining(trained))
        every = self._settings.checkpoints.every_steps
        if self._checkpoint_interval.due(now) or (every and self._progress.step % every == 0):
            self._control.save()
        self._requests.attend(now)

    def _attend_to_quality(self, evaluations: EvaluationScheduler, trained: float, remaining: float) -> None:
        if evaluations.due(trained, self._progress.evaluating, remaining):
            self._control.evaluate(evaluations)
            return
        seconds = 0.0

        def prepare() -> None:
            nonlocal seconds
            seconds = evaluations.prepare(trained) or evaluations.watch(self._session, trained)

        if not self._control.attempt("an evaluation", prepare):
            evaluations.put_off(trained)
        if seconds:
            self._progress.evaluating += seconds
            self._recorder.leave_out(seconds)

    def _end(self, outcome: Outcome) -> None:
        self._recorder.flush()
        self._control.tell_of_the_engine()
        if outcome == "completed" and self._session.step_in_epoch:
            self._control.write_samples(self._control.sample_path)  # a budget of time ends within an epoch
        if outcome == "completed" and self._control.evaluations:
            if self._ranks.count > 1:
                self._control.save()  # another rank may die during the evaluation
            # Who lets a run end wants to know how good it has become; who stops it wants it to stop.
            self._control.evaluate(self._control.evaluations)
        self._control.enter("stopping")
        step = self._progress.step
        if outcome == "stopped":
            self._writer.write(Note(step=step, text=f"stopping: {self._stop.reason}"))
        if self._control.saved_step != step or not checkpoint.list_newest_first(self._run):
            self._control.save(last=True)
        # A kill may have come between the last save and this.
        checkpoint.remove_old(self._run, self._settings.checkpoints.keep, step)
        self._write_weights()
        self._control.write_preview()
        self._writer.write(Finished(step=step, outcome=outcome, epoch=self._session.epochs_done, elapsed=self._progress.elapsed))

    def _write_weights(self) -> None:
        """Leave both state dicts, as the tutorial does at its end; of G the averaged weights, where there are such."""
        checkpoint.write_weights(self._run.generator, self._session.sampler)
        checkpoint.write_weights(self._run.discriminator, self._session.gan.discriminator)


EARLY = (30, 100, 300, 1000, 3000, 10_000)
"""Steps of the first epoch after which there is a grid, where it has more: so that a film has a beginning."""
LONG_EPOCH = 100
"""Steps of an epoch after which a grid is always worth a file."""
FIRST_EPOCHS = 50
"""Shorter ones that have one each; later every tenth has one, from ten times as many on every hundredth, and so on."""


def is_early(before: int, step: int, steps_per_epoch: int) -> bool:
    """Is a grid of samples written within the first epoch, now that the run has gone from `before` to `step`?"""
    return step < steps_per_epoch >= LONG_EPOCH and any(before < early <= step for early in EARLY)


def has_grid(epochs_done: int, steps_per_epoch: int) -> bool:
    """Is a grid of samples written after this epoch? A folder of a few images has thousands of epochs, and would fill a disk."""
    apart = 1
    while epochs_done > FIRST_EPOCHS * apart:
        apart *= 10
    return steps_per_epoch >= LONG_EPOCH or epochs_done % apart == 0


def grids_of(epochs: int, steps_per_epoch: int) -> int:
    """How many grids so many epochs write, those of the first epoch included."""
    if steps_per_epoch >= LONG_EPOCH:
        return epochs + (sum(early < steps_per_epoch for early in EARLY) if epochs else 0)
    count, done, apart = 0, 0, 1
    while done < epochs:
        end = min(epochs, FIRST_EPOCHS * apart)
        count, done, apart = count + end // apart - done // apart, end, apart * 10
    return count


def epoch_words(epoch: int, settings: RunConfig, elapsed: float) -> str:
    """`Epoch [3/200]`; under a budget of time, of which no number of epochs is a part, `Epoch [3], 14s of 5m`."""
    train = settings.train
    return f"Epoch [{epoch}], {time_words(elapsed)} of {train.budget}" if train.seconds else f"Epoch [{epoch}/{train.epochs}]"
