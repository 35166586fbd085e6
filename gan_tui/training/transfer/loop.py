"""The loop of a style transfer: steps, and between them whatever the clock, the mailbox or a signal asks for."""

import os
import time
from pathlib import Path

from gan_tui import config, output
from gan_tui.config import StyleConfig
from gan_tui.errors import DivergedError
from gan_tui.run import mailbox
from gan_tui.run.directory import RunDirectory, write_settings
from gan_tui.run.events import Changed, Checkpoint, Epoch, Finished, Metrics, Note, Phase, Samples, Scalar, Started, to_scalar
from gan_tui.run.log import EventWriter
from gan_tui.spec.states import Outcome, PhaseName
from gan_tui.spec.tasks import STYLE
from gan_tui.spec.transfer import STYLE_LAYERS
from gan_tui.style.transfer import Distances, Transfer, Weights
from gan_tui.training.clock import Clock
from gan_tui.training.commands import handle_commands
from gan_tui.training.loop import MAILBOX_SECONDS
from gan_tui.training.output_watch import OutputWatch
from gan_tui.training.stop import StopRequest
from gan_tui.training.transfer import saved
from gan_tui.training.transfer.course import Course
from gan_tui.training.transfer.export import export
from gan_tui.training.transfer.pictures import Pictures

FIRST_STEPS = 3
"""At each scale, before their speed says when it will end."""


def weights_of(settings: StyleConfig) -> Weights:
    """What the settings say of the distances."""
    said = settings.weights
    return Weights(said.content, said.style, said.tv, (said.conv1_1, said.conv2_1, said.conv3_1, said.conv4_1))


class TransferLoop:
    """One run, from where it stands to its end, or to where it is told to stop."""

    task = STYLE

    def __init__(
        self, run: RunDirectory, settings: StyleConfig, writer: EventWriter, stop: StopRequest, transfer: Transfer, pictures: Pictures
    ) -> None:
        self.run, self.writer, self.stop = run, writer, stop
        self._settings, self._transfer, self._pictures = settings, transfer, pictures
        self.elapsed = 0.0
        """Seconds of steps so far."""
        self._paused = False
        self._saved_step = transfer.step
        self._pace: list[float] = []
        """Seconds of the last steps, at this scale."""
        self._unlogged: tuple[int, float] = (0, 0.0)
        """Steps since the last metrics, and their seconds."""
        self._course = Course(len(transfer.scales))
        self._heed_output = OutputWatch(writer, stop)
        log = settings.log
        self._metrics_clock = Clock(1 / log.metrics_hz)
        self._preview_clock = Clock(1 / log.preview_hz if log.preview_hz else 0)
        self._mailbox_clock = Clock(MAILBOX_SECONDS)
        self._checkpoint_clock = Clock(settings.checkpoints.every_seconds)

    def go(self, device: str, device_name: str) -> Outcome:
        """Raises DivergedError where the distances are not finite, OSError where the disk refuses."""
        transfer = self._transfer
        self._begin(device, device_name)
        while transfer.step < transfer.total_steps and not self.stop.reason:
            self._step()
        outcome: Outcome = "completed" if transfer.step >= transfer.total_steps else "stopped"
        self._end(outcome)
        return outcome

    def _begin(self, device: str, device_name: str) -> None:
        transfer = self._transfer
        self.writer.write(
            Started(
                step=transfer.step,
                device=device,
                device_name=device_name,
                epochs=len(transfer.scales),
                steps_per_epoch=transfer.steps_per_scale,
                resumed=transfer.step > 0,
                pids=[os.getpid()],
                probabilities=False,
                engine="L-BFGS",
            )
        )
        if not self.writer.state.real_written:
            self._pictures.write_sources()
            self.writer.write(Samples(step=transfer.step, path=self.run.real_images.name, epoch=0, real=True))
        if transfer.step > 0 and self._scales_done > self.writer.state.epochs_logged:
            self._end_scale()  # killed between the checkpoint and the end of the scale
        self._write_preview()
        self._enter("training")

    @property
    def _scales_done(self) -> int:
        return self._transfer.step // self._transfer.steps_per_scale

    def _step(self) -> None:
        transfer, began, scale = self._transfer, time.monotonic(), self._transfer.scale
        try:
            distances = transfer.advance()
        except ArithmeticError as error:
            again = f"`gan-tui resume {self.run.cli_name} --set weights.style=1`"
            raise DivergedError(
                f"{error} at step {transfer.step}: try smaller weights, {again} goes on from step {self._saved_step}"
            ) from None
        seconds = time.monotonic() - began
        self.elapsed += seconds
        self._pace = [*self._pace[-20:], seconds]
        self._unlogged = self._unlogged[0] + 1, self._unlogged[1] + seconds
        if transfer.step == transfer.total_steps:
            distances = transfer.measure()  # those before the step are of the picture before it, and there is no next one
        if self._metrics_clock.due(time.monotonic()) or transfer.step % transfer.steps_per_scale == 0:
            self._log(distances)
        if transfer.step % self._settings.log.print_every == 0:
            self._print_line(distances, scale)
        if transfer.step % transfer.steps_per_scale == 0:
            self._end_scale()
        self._attend()

    def _log(self, distances: Distances) -> None:
        weights = self._transfer.weights
        values = {
            "content": distances.content,
            "style": distances.style(weights),
            "tv": distances.tv,
            "total": distances.total(weights),
            **{layer.scalar: distances.styles[layer.name] for layer in STYLE_LAYERS},
        }
        scalars: dict[str, Scalar] = {name: to_scalar(value.item()) for name, value in values.items()}
        steps, seconds = self._unlogged
        self._unlogged = 0, 0.0
        event = Metrics(step=self.step, scalars=scalars, elapsed=self.elapsed, rate=steps / seconds if seconds > 0 else 0.0)
        event.remaining = self._remaining()
        self.writer.write(event)
        last = self._transfer.step == self._transfer.total_steps
        if (said := self._course.take(self._transfer.scale, distances.total(weights).item(), self.step, last=last)) is not None:
            self.writer.write(said)

    def _remaining(self) -> float:
        """A step costs as many seconds as its scale has pixels. Negative: unknown."""
        transfer = self._transfer
        if len(self._pace) <= FIRST_STEPS:
            return -1.0
        height, width = transfer.scales[transfer.scale]
        a_pixel = sum(self._pace) / len(self._pace) / (height * width)
        left = [transfer.steps_per_scale] * len(transfer.scales)
        for scale in range(len(left)):
            left[scale] = max(0, (scale + 1) * transfer.steps_per_scale - max(transfer.step, scale * transfer.steps_per_scale))
        return a_pixel * sum(steps * height * width for steps, (height, width) in zip(left, transfer.scales, strict=True))

    def _print_line(self, distances: Distances, scale: int) -> None:
        transfer, weights = self._transfer, self._transfer.weights
        step = transfer.step - scale * transfer.steps_per_scale
        print(
            f"Scale [{scale + 1}/{len(transfer.scales)}], Step[{step}/{transfer.steps_per_scale}], "
            f"content: {distances.content.item():.4f}, style: {distances.style(weights).item():.4f}, "
            f"total: {distances.total(weights).item():.4f}",
            flush=True,
        )
        self._heed_output(transfer.step)

    def _end_scale(self) -> None:
        done = self._scales_done
        self._pace.clear()
        self._write_picture(self.run.samples / f"scale-{done}.png")
        self.writer.write(Epoch(step=self.step, epoch=done))
        if self._settings.log.preview_hz:
            self._write_preview()

    def _attend(self) -> None:
        now = time.monotonic()
        if self._preview_clock.due(now):
            self._write_preview()
        if self._checkpoint_clock.due(now):
            self.save()
        if self._mailbox_clock.due(now):
            self._handle_requests()
            while self._paused and not self.stop.reason:
                time.sleep(MAILBOX_SECONDS)
                self._handle_requests()

    def _handle_requests(self) -> None:
        handle_commands(self, mailbox.receive(self.run.control))
        if reason := self.stop.take_save():
            self.save()
            self.writer.write(Note(step=self.step, text=f"{reason}: saved at step {self.step}"))
            output.say(f"{reason}: saved at step {self.step}; it goes on")

    def _end(self, outcome: Outcome) -> None:
        self._enter("stopping")
        if outcome == "stopped":
            self.writer.write(Note(step=self.step, text=f"stopping: {self.stop.reason}"))
        if self._saved_step != self.step or not self.run.has_checkpoint:
            self._save()
        self._write_preview()
        self._pictures.write(self.run.picture, self._transfer.result())
        if outcome == "completed" and self._settings.pictures.output:
            text = export(self.run.picture, Path(self._settings.pictures.output))
            self.writer.write(Note(step=self.step, text=text))
        self.writer.write(Finished(step=self.step, outcome=outcome, epoch=self._scales_done, elapsed=self.elapsed))

    # What commands ask for

    @property
    def step(self) -> int:
        """Done so far."""
        return self._transfer.step

    @property
    def settings(self) -> StyleConfig:
        """As they are now."""
        return self._settings

    @property
    def sample_path(self) -> Path:
        """Where a picture of this step goes when somebody asks for it."""
        return self.run.samples / f"picture-step-{self.step:09d}.png"

    def _enter(self, phase: PhaseName) -> None:
        self.writer.write(Phase(step=self.step, name=phase))

    def pause(self) -> bool:
        """Take no steps for now; False where none were taken anyway."""
        if self._paused:
            return False
        self._paused = True
        self._enter("paused")
        return True

    def resume(self) -> bool:
        """Go on after a pause; False where there was none."""
        if not self._paused:
            return False
        self._paused = False
        self._enter("training")
        return True

    def save(self) -> bool:
        """Write a checkpoint. Raises OSError."""
        self._enter("saving")
        self._save()
        self._enter("paused" if self._paused else "training")
        return True

    def _save(self) -> None:
        began = time.monotonic()
        path = saved.save(self.run, self._settings, self._transfer, self.elapsed)
        self._saved_step = self.step
        self.writer.write(Checkpoint(step=self.step, path=path, seconds=time.monotonic() - began))

    def write_samples(self, path: Path) -> bool:
        """The picture as it is now. Raises OSError."""
        self._enter("sampling")
        self._write_picture(path)
        self._enter("paused" if self._paused else "training")
        return True

    def _write_picture(self, path: Path) -> None:
        self._pictures.write(path, self._transfer.result())
        self.writer.write(Samples(step=self.step, path=str(path.relative_to(self.run.path)), epoch=self._scales_done))

    def _write_preview(self) -> None:
        self._pictures.write_preview(self._transfer.result(), self.step, self._scales_done)

    def change(self, assignment: str) -> None:
        """Change a weight, and in `run.toml` too. Raises UserError and OSError."""
        key = assignment.partition("=")[0].strip()
        before = config.get(self._settings, key)
        self._settings = config.change_style(self._settings, [assignment])
        weights = weights_of(self._settings)
        self._transfer.change(content=weights.content, style=weights.style, tv=weights.tv, layers=weights.layers)
        write_settings(self.run, self._settings, config.read_style_toml(self.run.config_file)[1])
        self.writer.write(Changed(step=self.step, setting=key, before=float(before), value=float(config.get(self._settings, key))))
