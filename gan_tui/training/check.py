"""`gan-tui doctor --check`: every engine on every device takes the same steps as its eager twin, and is timed.

What a person sends with a bug report, and what is run first on a new card.
"""

import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import chain
from typing import NamedTuple

import torch
from torch import Tensor

from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.data import mnist
from gan_tui.errors import UserError, first_line
from gan_tui.metrics.full_precision import full_precision
from gan_tui.training import build, engines
from gan_tui.training.engines import ENGINES, Engine, TrainingInputs
from gan_tui.training.engines.eager import EagerSteps
from gan_tui.training.engines.graph import GraphEngine, Snapshot
from gan_tui.training.engines.proof import EARLY, TOLERANCE, Proof, Trace, compare, prove, trace, written_out_steps
from gan_tui.training.randomness import Randomness

SECONDS = 60.0
"""After which nothing new is begun: a check is to be over in a minute or two."""
IMAGES = 2100
"""The first digits of MNIST: 21 batches of 100."""
PRESETS = ("classic", "mlp-r3", "conv-small", "dcgan")
"""The tutorial's MLPs; those with penalties and an averaged generator; small convolutions that are told classes; others with batch
normalisation."""


class Digits(NamedTuple):
    """What is trained on."""

    images: Tensor
    """uint8 (IMAGES, 28, 28)."""
    labels: Tensor


class Checked(NamedTuple):
    """One line of the check."""

    what: str
    """Preset, engine, device."""
    ok: bool
    finding: str


class Trial(NamedTuple):
    """One engine on one device."""

    preset: str
    engine: str
    device: torch.device

    @property
    def what(self) -> str:
        """In words."""
        return f"{self.preset} {self.engine} {self.device}"


class HostRandomness(Randomness):
    """Drawn on the CPU, so that every device gets the same numbers."""

    def __init__(self, seed: int, device: torch.device) -> None:
        super().__init__(seed, torch.device("cpu"))
        self._there = device
        self._moved: dict[tuple[int, int, int], Tensor] = {}

    def order(self, epoch: int, size: int) -> Tensor:
        return super().order(epoch, size).to(self._there)

    def latents_block(self, block: int, batch: int, dim: int) -> Tensor:
        if (key := (block, batch, dim)) not in self._moved:
            self._moved = {key: super().latents_block(block, batch, dim).to(self._there)}
        return self._moved[key]

    def noise(self, step: int, shape: tuple[int, ...]) -> Tensor:
        return super().noise(step, shape).to(self._there)


def trials(devices: list[str], presets: tuple[str, ...] = PRESETS) -> list[Trial]:
    """What there is to check: the eager engine of each device before those that are held to it, and compilers, which take long, last."""
    found = [
        Trial(preset, engine, torch.device(device))
        for preset in presets
        for device in dict.fromkeys(["cpu", *devices])
        for engine in ENGINES
        if _can(_settings(preset, engine), torch.device(device)) and (engine != "compiled" or preset == presets[0])
    ]
    return sorted(found, key=lambda trial: trial.engine == "compiled")


def check(devices: list[str], seconds: float = SECONDS, presets: tuple[str, ...] = PRESETS) -> Iterator[Checked]:
    """Every engine of every device, e.g. "cuda:0", "mps", "cpu". What a minute was too short for is named in the last line."""
    began, digits, left = time.monotonic(), Digits(*(part[:IMAGES] for part in mnist.load(train=True))), list[str]()
    twins: dict[tuple[str, torch.device], Trace] = {}
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if load > cores:  # before its own threads are part of it, and before the times that it makes worthless
        yield Checked("times", True, f"others are at work here (load {load:.1f} on {cores} cores): they say little")
    for trial in trials(devices, presets):
        device = torch.device("cpu") if trial.engine == "eager" else trial.device
        twin = twins.get((trial.preset, device))
        if time.monotonic() - began > seconds:
            left.append(trial.what)
            continue
        try:
            with _on(trial.device), full_precision():  # the twin of a GPU's eager engine is the CPU's
                proof, found = _try(trial, digits, twin)
        except (RuntimeError, UserError) as error:
            yield Checked(trial.what, False, f"failed: {first_line(error, 200)}")
            continue
        if trial.engine == "eager" and found is not None:
            twins[trial.preset, trial.device] = found
        speed = f"{proof.seconds * 1000:.2f} ms a step; " if proof.seconds else ""
        yield Checked(trial.what, proof.ok, f"{speed}{proof.words}")
    if left:
        yield Checked("left out", True, f"{', '.join(left)}: the time was over")


def _on(device: torch.device) -> AbstractContextManager[object]:
    """What is captured or timed on a GPU is so on the current one."""
    return torch.cuda.device(device) if device.type == "cuda" else nullcontext()


def _settings(preset: str, engine: str) -> RunConfig:
    """In float32, where little is as much as a fault.

    Adam's eps is large: else its first steps go by the signs of gradients alone, of which rounding turns some and none says how long it is.
    """
    return config.resolve(preset, tables=[{"train": {"engine": engine, "precision": "float32"}, "optimizer": {"eps": 0.01}}])


def _can(settings: RunConfig, device: torch.device) -> bool:
    try:
        return engines.choose(settings, device) == settings.train.engine
    except UserError:
        return False


def _try(trial: Trial, digits: Digits, twin: Trace | None) -> tuple[Proof, Trace | None]:
    """Its steps beside those of its twin: on the same device the eager engine's, and for that the CPU's. Raises what the device raises."""
    settings = _settings(trial.preset, trial.engine)
    gan = build.make_gan(settings, trial.device)
    gan.ema_weight.fill_(0.1)
    randomness = HostRandomness(settings.train.seed, trial.device)
    labels = digits.labels.to(trial.device) if settings.model.conditional else None
    images = digits.images.flatten(1).to(trial.device)
    inputs = TrainingInputs(gan, images, randomness, settings.train.batch_size, settings.model.latent_dim, labels)
    tolerance = TOLERANCE[settings.train.precision]
    if trial.engine == "graph":
        return _try_graphs(settings, inputs, tolerance), None
    engine = _warm(settings, trial, inputs)
    if engine.name != trial.engine:
        return Proof(False, engine.notes[0]), None
    found = trace(engine, inputs, settings.train.d_steps, EARLY)
    found = found._replace(seconds=trace(engine, inputs, settings.train.d_steps).seconds)
    if twin is None:
        return Proof(bool(found.metrics.isfinite().all()), "the twin of the others", found.seconds), found
    proof = compare(found, twin, tolerance)
    return proof._replace(words=_with_speed(proof)), found


def _try_graphs(settings: RunConfig, inputs: TrainingInputs, tolerance: float) -> Proof:
    """What a run would have in its graphs. Where that is not the first choice because one is wrong, the check has failed, and says so."""
    notes: list[str] = []
    written = written_out_steps(inputs, settings.train.precision, torch.float32, notes) if settings.model.family == "mlp" else iter(())
    for what, steps in chain(written, [("eager steps", EagerSteps(inputs))]):
        graphs = GraphEngine(inputs, steps)
        try:
            proof = prove(graphs, inputs, settings.train.d_steps, tolerance)
        finally:
            graphs.close()
        if proof.ok:
            break
        notes.append(f"{what}: {proof.words}")
        steps.sync()
    words = f"{_with_speed(proof)}; {what}" if proof.ok else "none of the steps can be used"
    return proof._replace(ok=proof.ok and not notes, words="; ".join([words, *notes]))


def _warm(settings: RunConfig, trial: Trial, inputs: TrainingInputs) -> Engine:
    """The engine, after two steps that load libraries, or compile; networks and optimisers are as before."""
    engine = engines.make(settings, trial.device, inputs)
    before = Snapshot.of(inputs.gan)  # of the tensors that the engine has made its own
    trace(engine, inputs, steps=2)
    before.put_back()
    # Another one, for `manual-grad` counts its steps by itself; of the compiled one nothing is left to compile, and nothing is counted.
    return engine if trial.engine == "compiled" else engines.make(settings, trial.device, inputs)


def _with_speed(proof: Proof) -> str:
    if not proof.seconds:
        return proof.words
    return f"{proof.twin_seconds / proof.seconds:.1f} times as fast as its twin; {proof.words}"
