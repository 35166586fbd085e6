"""The loop of a style transfer: what its steps measure, and what people see of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, TypeVar

from torch import Tensor

from gan_tui.config import StyleConfig, StyleNetConfig
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Samples, Verdict
from gan_tui.run.log import EventWriter
from gan_tui.spec.tasks import STYLE
from gan_tui.spec.transfer import STYLE_LAYERS
from gan_tui.style.transfer import Distances, Transfer, Weights
from gan_tui.training.optimisation.convergence import Convergence
from gan_tui.training.optimisation.loop import OptimisationLoop
from gan_tui.training.optimisation.work import Milder, Work
from gan_tui.training.stop import StopRequest
from gan_tui.training.transfer.pictures import Pictures


def weights_of(settings: StyleConfig | StyleNetConfig) -> Weights:
    """What the settings say of the distances."""
    said = settings.weights
    return Weights(said.content, said.style, said.tv, (said.conv1_1, said.conv2_1, said.conv3_1, said.conv4_1))


class DistancesWork(Work, Protocol):
    """What is optimised towards content and style."""

    @property
    def weights(self) -> Weights: ...

    def change(self, weights: Weights) -> None: ...

    def result(self) -> Tensor: ...


DistancesT = TypeVar("DistancesT", bound=DistancesWork)
StyleSettingsT = TypeVar("StyleSettingsT", bound=StyleConfig | StyleNetConfig)


class DistancesLoop(OptimisationLoop[StyleSettingsT, DistancesT]):
    """What the loops of a style transfer and of a style network share."""

    def __init__(
        self, run: RunDirectory, settings: StyleSettingsT, writer: EventWriter, stop: StopRequest, work: DistancesT, pictures: Pictures
    ) -> None:
        super().__init__(run, settings, writer, stop, work)
        self._pictures = pictures
        self._distances: Distances | None = None
        """That the last step has measured."""

    @property
    def _milder(self) -> Milder:
        return Milder("smaller weights", "--set weights.style=1")

    def _scalars(self) -> Mapping[str, float]:
        assert self._distances is not None
        weights, distances = self._work.weights, self._distances
        values = {
            "content": distances.content,
            "style": distances.style(weights),
            "tv": distances.tv,
            "total": distances.total(weights),
            **{layer.scalar: distances.styles[layer.name] for layer in STYLE_LAYERS},
        }
        return {name: value.item() for name, value in values.items()}

    def _numbers(self) -> str:
        values = self._scalars()
        return ", ".join(f"{name}: {values[name]:.4f}" for name in ("content", "style", "total"))

    def _put_into_effect(self) -> None:
        self._work.change(weights_of(self._settings))

    def _write_png(self, path: Path) -> None:
        self._pictures.write(path, self._work.result())

    def _write_preview(self) -> None:
        self._pictures.write_preview(self._work.result(), self.step, self._parts_done)

    def _write_sources(self) -> None:
        self._pictures.write_sources()


class TransferLoop(DistancesLoop[StyleConfig, Transfer]):
    """One style transfer. The distances of a step are of the picture before it."""

    task = STYLE
    optimiser = "L-BFGS"

    def __init__(
        self, run: RunDirectory, settings: StyleConfig, writer: EventWriter, stop: StopRequest, transfer: Transfer, pictures: Pictures
    ) -> None:
        super().__init__(run, settings, writer, stop, transfer, pictures)
        self._scale = transfer.scale
        """At which the last step was."""
        self._convergence = Convergence("style", "scale", len(transfer.scales))

    def _advance(self) -> None:
        transfer = self._work
        self._scale = transfer.scale
        self._distances = transfer.advance()
        if transfer.step == transfer.total_steps:
            self._distances = transfer.measure()  # those before the step are of the picture before it, and there is no next one

    def _begin(self, device: str, device_name: str) -> None:
        super()._begin(device, device_name)
        if self.step == 0:
            self._keep_frame()

    def _attend(self) -> None:
        if not self._ends_part:  # whose picture is kept anyway
            self._keep_frame()
        super()._attend()

    def _keep_frame(self) -> None:
        """For a film, where one is wanted and this is its step."""
        every = self._settings.log.frames_every
        if not every or self.step % every:
            return
        path = self.run.samples / f"frame-{self.step:09d}.png"
        self._pictures.write_frame(path, self._work.result())
        self.writer.write(Samples(step=self.step, path=str(path.relative_to(self.run.path)), epoch=self._parts_done + 1))

    def _verdict(self) -> Verdict | None:
        assert self._distances is not None
        total = self._distances.total(self._work.weights).item()
        return self._convergence.take(self._scale, total, self.step, last=self.step == self._work.total_steps)

    def _remaining(self) -> float:
        """A step costs as many seconds as its scale has pixels."""
        transfer, seconds = self._work, self._pace.seconds_a_step
        if seconds is None:
            return -1.0
        height, width = transfer.scales[self._scale]
        a_pixel = seconds / (height * width)
        left = [transfer.steps_per_part] * len(transfer.scales)
        for scale in range(len(left)):
            left[scale] = max(0, (scale + 1) * transfer.steps_per_part - max(transfer.step, scale * transfer.steps_per_part))
        return a_pixel * sum(steps * height * width for steps, (height, width) in zip(left, transfer.scales, strict=True))
