"""What is logged of the steps: their means, the verdict that follows from them, and the time that counts as training."""

import time

import msgspec
import torch
from torch import Tensor

from gan_tui import config
from gan_tui.clocks import Standstill
from gan_tui.config import RunConfig
from gan_tui.health.diagnosis import Diagnosis, Health
from gan_tui.health.judged_log import JudgedLog
from gan_tui.run.events import Metrics, to_scalar
from gan_tui.run.log import EventWriter
from gan_tui.spec.metrics import trained
from gan_tui.training.checkpoint import Progress
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.metrics_window import MetricsWindow, Reading
from gan_tui.training.session import Session


def _clocks() -> tuple[float, float]:
    """Seconds of the wall, and of the processors."""
    return time.monotonic(), time.process_time()


class Recorder:
    """Collects metrics of steps and writes them down a few times a second."""

    def __init__(self, writer: EventWriter, device: torch.device, ranks: Ranks) -> None:
        self.log = JudgedLog(writer)
        self._window = MetricsWindow(device, ranks)
        self._progress, self._budget = Progress(), 0.0
        self._logged: set[str] = set()
        """Metrics that mean something under this run's objective."""
        self._window_began = time.monotonic()
        """When the time began that counts as training and is not in `Progress.elapsed` yet."""

        self._standstill, self._step_began = Standstill(), _clocks()

    @property
    def health(self) -> Health:
        """What the numbers so far add up to."""
        return self.log.health

    def begin(self, session: Session) -> None:
        """Go on with a session, new or restored; the verdict knows what the log says."""
        self._progress, self._budget = session.progress, session.settings.train.seconds
        session.trained = lambda: self.trained(time.monotonic())
        self._window.clear()
        objective, settings = session.gan.loss.objective, session.settings
        there = trained(probabilities=objective.probabilities, penalties=session.gan.penalties.any, outlines=settings.model.outlines)
        self._logged = {metric.name for metric in there}
        evaluates, data = bool(settings.evaluation.budget), session.data
        health = Health(
            objective.probabilities,
            data.classes,
            critic=objective.critic,
            evaluates=evaluates,
            fault=data.fault,
            preset=_measured_preset(settings),
            on_mnist=settings.data.dataset == "mnist",
            rates=lambda: session.rates,
        )
        self.log.go_on(health)

    def add(self, metrics: Tensor, first: int, d_steps: int) -> None:
        """Take in the METRICS from step `first` on, float32 (steps, len(METRICS)). Raises NotFiniteError; see `MetricsWindow.add`."""
        self._window.add(metrics, first, d_steps)

    def newest(self, metrics: Tensor) -> dict[str, float]:
        return self._window.newest(metrics)

    def restart_clock(self) -> None:
        """Training goes on now: what came before does not count."""
        self._window_began = time.monotonic()
        self._step_began = _clocks()

    def leave_out(self, seconds: float) -> None:
        """So much of the time that has passed was no training."""
        self._window_began += seconds
        self._step_began = _clocks()

    def leave_out_standstill(self) -> float:
        """Behind each launch of steps: for how many seconds of it the process was held, which are no training."""
        now = _clocks()
        held = self._standstill.held(*(there - before for there, before in zip(now, self._step_began, strict=True)))
        self._step_began = now
        self._window_began += held
        return held

    def trained(self, now: float) -> float:
        """Seconds of training so far, those since the last window included."""
        return self._progress.elapsed + now - self._window_began

    def report(self) -> None:
        """Log what arrived from the window before, and close the one that is open, without waiting for the device."""
        self._receive(wait=False)
        if not self._window.busy:
            self._close_window()
            self._receive(wait=False)  # a CPU has it at once

    def flush(self) -> None:
        """Log everything up to this step. Raises NotFiniteError where it is not finite."""
        self._window.check_finite()
        self._receive(wait=True)
        self._close_window()
        self._receive(wait=True)

    def say(self, diagnosis: Diagnosis | None) -> None:
        """Log a new verdict."""
        self.log.say(diagnosis, self._progress.step)

    def _close_window(self) -> None:
        now = time.monotonic()
        if self._window.steps:
            seconds = now - self._window_began
            self._window_began = now
            self._progress.elapsed += seconds
            self._window.send(self._progress.step, self._progress.elapsed, seconds)

    def _receive(self, *, wait: bool) -> None:
        if (reading := self._window.receive(wait=wait)) is not None:
            self._log(reading)

    def _log(self, reading: Reading) -> None:
        means = {name: value for name, value in reading.means.items() if name in self._logged}
        scalars = {name: to_scalar(value) for name, value in means.items()}
        remaining = max(0.0, self._budget - reading.elapsed) if self._budget else msgspec.UNSET
        event = Metrics(step=reading.step, scalars=scalars, elapsed=reading.elapsed, rate=reading.rate, remaining=remaining)
        if any(isinstance(scalar, str) for scalar in scalars.values()):  # the next block ends the session, and no verdict helps
            self.log.writer.write(event)
        else:
            self.log.metrics(event, reading.steps)


def _measured_preset(settings: RunConfig) -> str:
    """The preset whose measured FD speaks of this run: none where its networks are others. Only what is shipped was measured."""
    name = settings.preset
    return name if name in config.shipped_presets() and config.resolve(name).model == settings.model else ""
