"""What can be done with a run between two of its steps: the loop does it by the clock, commands ask for it."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gan_tui import config, output
from gan_tui.config import RunConfig
from gan_tui.data.dataset import Dataset
from gan_tui.errors import NotFiniteError
from gan_tui.run.directory import RunDirectory, write_settings
from gan_tui.run.events import Changed, Checkpoint, Evaluation, Note, Phase, Samples, to_scalar
from gan_tui.run.log import EventWriter
from gan_tui.spec.states import PhaseName
from gan_tui.spec.tasks import GAN
from gan_tui.training import checkpoint, engines
from gan_tui.training.checkpoint import Loaded, Progress
from gan_tui.training.devices import Chosen
from gan_tui.training.distributed.ranks import Ranks, Signal
from gan_tui.training.evaluation import EvaluationScheduler
from gan_tui.training.out_of_memory import Spare
from gan_tui.training.pictures import Pictures
from gan_tui.training.recorder import Recorder
from gan_tui.training.session import Session
from gan_tui.training.stop import StopRequest

if TYPE_CHECKING:
    from gan_tui.training.together.seats import Seat


class Control:
    """A run that trains: its session, its log, and everything that is written of it."""

    task = GAN

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
        seat: "Seat | None" = None,
    ) -> None:
        """Build the networks, and take up a checkpoint's state where there is one. `data`: on the device.

        `seat`: among the runs of this process, where there are others.

        Raises UserError where the checkpoint does not fit the settings.
        """
        self.run, self.writer, self.stop, self.ranks = run, writer, stop, ranks
        self._make_engine = seat.engine if seat else engines.make
        self._seat = seat
        self.session = Session(settings, chosen.device, data, loaded, ranks, make_engine=self._make_engine)
        self.recorder = Recorder(writer, chosen.device, ranks)
        self.pictures = Pictures(run, settings)
        self.evaluations: EvaluationScheduler | None = None
        if settings.evaluation.budget:
            evaluator = seat.evaluator(settings, data) if seat else None
            self.evaluations = EvaluationScheduler(settings, data, evaluator, self.company)
        self.paused = False
        self.saved_step = self.progress.step
        """Of the newest checkpoint."""
        self._spare = Spare(chosen.device, self.note)

    @property
    def settings(self) -> RunConfig:
        """As they are now: some may change while a run trains."""
        return self.session.settings

    @property
    def company(self) -> int:
        """Runs that this process trains now: looking at this one may take its share of the time."""
        return self._seat.count if self._seat else 1

    @property
    def step(self) -> int:
        """Done so far."""
        return self.progress.step

    @property
    def sample_path(self) -> Path:
        """Where samples of this step go when they are asked for."""
        return self.run.samples / f"fake_images-step-{self.step:09d}.png"

    @property
    def progress(self) -> Progress:
        """Where the session stands."""
        return self.session.progress

    def note(self, text: str) -> None:
        """Say something to the log and to whoever reads standard error."""
        self.writer.write(Note(step=self.progress.step, text=text))
        output.say(text)

    def enter(self, phase: PhaseName) -> None:
        """Say what the trainer does from now on."""
        self.writer.write(Phase(step=self.progress.step, name=phase))

    def begin_training(self) -> None:
        """Steps are next, and from now on the time counts."""
        self.enter("training")
        self.recorder.restart_clock()

    def attempt(self, what: str, work: Callable[[], object]) -> bool:
        """Do something that training can go on without; False where there was no memory for it."""
        return self._spare.attempt(what, work)

    def _during(self, phase: PhaseName, what: str, work: Callable[[], object]) -> bool:
        """Do something long under its own phase, outside the clock of the training; see `attempt`.

        Where nothing is said of `what` it is, a lack of memory ends the run.
        """
        self.recorder.flush()
        self.enter(phase)
        done = True
        if what:
            done = self.attempt(what, work)
        else:
            work()
        if self.paused:
            self.enter("paused")
        else:
            self.begin_training()
        return done

    def pause(self) -> bool:
        """Take no steps for now; False where none were taken anyway. Raises NotFiniteError."""
        if self.paused:
            return False
        self.recorder.flush()
        self.paused = True
        self.enter("paused")
        return True

    def resume(self) -> bool:
        """Go on after a pause; False where there was none."""
        if not self.paused:
            return False
        self.paused = False
        self.begin_training()
        return True

    def change(self, assignment: str) -> None:
        """Change a setting (`section.key=value`) of the running run, and in its `run.toml`.

        It saves, for a resume must not train the coming steps with the old one. Raises UserError, NotFiniteError and OSError.
        """
        key = assignment.partition("=")[0].strip()
        self.recorder.flush()
        before = config.get(self.settings, key)
        self.session.change(assignment)
        self.ranks.broadcast_signal(Signal.CHANGE)
        self.ranks.broadcast_bytes(assignment.encode())
        write_settings(self.run, self.settings, config.read_run_toml(self.run.config_file)[1])
        value = config.get(self.settings, key)
        self.writer.write(Changed(step=self.progress.step, setting=key, before=float(before), value=float(value)))
        self.save()

    def save(self, *, last: bool = False) -> bool:
        """Write a checkpoint; False where there was no memory for it, which ends the run where it is the `last` one.

        Raises OSError, and NotFiniteError where a weight is no longer finite.
        """

        def work() -> None:
            began = time.monotonic()
            path = self._write_checkpoint()
            self.saved_step = self.progress.step
            relative = str(path.relative_to(self.run.path))
            self.writer.write(Checkpoint(step=self.progress.step, path=relative, seconds=time.monotonic() - began))

        return self._during("saving", "" if last else "a checkpoint", work)

    def _write_checkpoint(self, name: str | None = None) -> Path:
        self.session.engine.sync()
        try:
            return checkpoint.save(self.run, self.settings, self.session.gan, self.session.fixed_latents, self.progress, name)
        except ValueError as error:
            raise NotFiniteError(f"{error} at step {self.progress.step:,}") from None

    def write_samples(self, path: Path) -> bool:
        """Write a grid of what the run's fixed latents give now; False where there was no memory for it."""

        def work() -> None:
            scores = self.pictures.write_grid(path, self.session)
            relative = str(path.relative_to(self.run.path))
            self.writer.write(Samples(step=self.progress.step, path=relative, epoch=self.session.epoch_of_grid, scores=scores))

        return self._during("sampling", "the samples", work)

    def write_neighbours(self) -> bool:
        """Find the training image nearest to each sample; False where there was no memory for it."""
        return self._during("sampling", "the nearest images", lambda: self.pictures.write_neighbours(self.session))

    def write_preview(self) -> None:
        """Show the screen what G makes now."""
        self.attempt("the preview", lambda: self.pictures.write_preview(self.session))

    def evaluate(self, evaluations: EvaluationScheduler) -> str:
        """Measure the samples, and keep the weights where they are the best so far.

        The result in words; empty where there was no memory for it. Raises OSError.
        """
        said = ""

        def work() -> None:
            nonlocal said
            said = self._evaluate(evaluations)

        if not self._during("evaluating", "an evaluation", work):
            evaluations.put_off(self.progress.elapsed)
        return said

    def _evaluate(self, evaluations: EvaluationScheduler) -> str:
        health, step, before = self.recorder.health, self.progress.step, self.progress.best
        measured = evaluations.run(self.session, health, lambda: self.stop.reason is not None)
        scalars, distance = measured.scalars, measured.scalars["fd"]
        self.progress.evaluating += measured.seconds
        best = distance < before
        if best:
            self.progress.best = distance
            best = self.attempt(checkpoint.BEST, lambda: self._write_checkpoint(checkpoint.BEST))
            self.progress.best = distance if best else before
        self.recorder.log.evaluation(
            Evaluation(
                step=step,
                scalars={name: to_scalar(value) for name, value in scalars.items()},
                network=evaluations.name,
                seconds=measured.seconds,
                best=best,
                shares=measured.shares,
                real_shares=measured.real_shares,
                logits=measured.logits,
                layers=measured.layers,
            )
        )
        wanted = self.settings.train.stop
        if reason := health.reason_to_stop(wanted):
            self.stop.request(f"{reason} (train.stop = {wanted})")
        how = "the lowest so far" if best else f"best {before:.3g}"
        return f"step {step:,}: FD {distance:.3g} ({how}), coverage {scalars['coverage']:.2f}"

    def replace_session(self, loaded: Loaded | None, rollbacks: int) -> None:
        """Go on from a checkpoint with other random numbers. The log is cut to its step."""
        settings, device, data, best = self.settings, self.session.device, self.session.data, self.progress.best
        threads = self.session.kept_threads
        self.session.engine.close()
        del self.session  # before the new one is made: there may not be room for two
        self.session = Session(settings, device, data, loaded, self.ranks, rollbacks, self._make_engine)
        self.progress.best = min(best, self.progress.best)  # best.pt stays what it is
        if threads and self.session.kept_threads:  # what it had given up before is not for good now
            self.session.kept_threads.may_return |= threads.may_return
        self.writer.cut_to_step(self.progress.step)
        self.recorder.begin(self.session)

    def tell(self, texts: Sequence[str]) -> None:
        """`note`, line by line."""
        for text in texts:
            self.note(text)

    def tell_of_the_engine(self) -> None:
        """Say what the engine has to say, once."""
        notes = self.session.engine.notes
        self.tell(notes)
        notes.clear()
