"""The loop of a style transfer: what its steps measure, and what people see of it."""

from collections.abc import Mapping
from pathlib import Path

from gan_tui.config import StyleConfig, StyleNetConfig
from gan_tui.errors import DivergedError
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Verdict
from gan_tui.run.log import EventWriter
from gan_tui.spec.tasks import STYLE
from gan_tui.spec.transfer import STYLE_LAYERS
from gan_tui.style.transfer import Distances, Transfer, Weights
from gan_tui.training.optimisation.course import Course
from gan_tui.training.optimisation.loop import OptimisationLoop
from gan_tui.training.stop import StopRequest
from gan_tui.training.transfer.pictures import Pictures


def weights_of(settings: StyleConfig | StyleNetConfig) -> Weights:
    """What the settings say of the distances."""
    said = settings.weights
    return Weights(said.content, said.style, said.tv, (said.conv1_1, said.conv2_1, said.conv3_1, said.conv4_1))


def scalars_of(distances: Distances, weights: Weights) -> dict[str, float]:
    """As they are logged."""
    values = {
        "content": distances.content,
        "style": distances.style(weights),
        "tv": distances.tv,
        "total": distances.total(weights),
        **{layer.scalar: distances.styles[layer.name] for layer in STYLE_LAYERS},
    }
    return {name: value.item() for name, value in values.items()}


class TransferLoop(OptimisationLoop[StyleConfig]):
    """One style transfer."""

    task = STYLE
    optimiser = "L-BFGS"

    def __init__(
        self, run: RunDirectory, settings: StyleConfig, writer: EventWriter, stop: StopRequest, transfer: Transfer, pictures: Pictures
    ) -> None:
        super().__init__(run, settings, writer, stop, transfer)
        self._transfer, self._pictures = transfer, pictures
        self._distances: Distances | None = None
        """As they were before the last step."""
        self._scale = transfer.scale
        """At which the last step was."""
        self._course = Course("style", "scale", len(transfer.scales))

    def _advance(self) -> None:
        transfer = self._transfer
        self._scale = transfer.scale
        try:
            self._distances = transfer.advance()
        except ArithmeticError as error:
            again = f"`gan-tui resume {self.run.cli_name} --set weights.style=1`"
            raise DivergedError(
                f"{error} at step {transfer.step}: try smaller weights, {again} goes on from step {self._saved_step}"
            ) from None
        if transfer.step == transfer.total_steps:
            self._distances = transfer.measure()  # those before the step are of the picture before it, and there is no next one

    def _scalars(self) -> Mapping[str, float]:
        assert self._distances is not None
        return scalars_of(self._distances, self._transfer.weights)

    def _verdict(self) -> Verdict | None:
        assert self._distances is not None
        total = self._distances.total(self._transfer.weights).item()
        return self._course.take(self._transfer.scale, total, self.step, last=self.step == self._transfer.total_steps)

    def _remaining(self) -> float:
        """A step costs as many seconds as its scale has pixels."""
        transfer, seconds = self._transfer, self._seconds_a_step
        if seconds is None:
            return -1.0
        height, width = transfer.scales[self._scale]
        a_pixel = seconds / (height * width)
        left = [transfer.steps_per_part] * len(transfer.scales)
        for scale in range(len(left)):
            left[scale] = max(0, (scale + 1) * transfer.steps_per_part - max(transfer.step, scale * transfer.steps_per_part))
        return a_pixel * sum(steps * height * width for steps, (height, width) in zip(left, transfer.scales, strict=True))

    def _line(self, part: int) -> str:
        transfer, values = self._transfer, self._scalars()
        step = transfer.step - part * transfer.steps_per_part
        numbers = ", ".join(f"{name}: {values[name]:.4f}" for name in ("content", "style", "total"))
        return f"Scale [{part + 1}/{transfer.parts}], Step[{step}/{transfer.steps_per_part}], {numbers}"

    def _put_into_effect(self) -> None:
        self._transfer.change(weights_of(self._settings))

    def _write_png(self, path: Path) -> None:
        self._pictures.write(path, self._transfer.result())

    def _write_preview(self) -> None:
        self._pictures.write_preview(self._transfer.result(), self.step, self._parts_done)

    def _write_sources(self) -> None:
        self._pictures.write_sources()
