"""How training steps are carried out on a device: one table, and the choice from it.

All engines do the same mathematics. `eager` is the twin of the others; tests/training/test_engines.py holds them to it.
"""

from dataclasses import replace
from typing import NamedTuple, Protocol

import torch
from torch import Tensor, nn

from gan_tui.augmentation import INTERVAL, NUMBERS, SETS
from gan_tui.config import RunConfig
from gan_tui.config.together import convolutions_not_written_out, finite_differences, not_written_out
from gan_tui.data import registry
from gan_tui.errors import SettingsError
from gan_tui.pixel_range import from_uint8
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.randomness import Randomness
from gan_tui.training.step import Gan


class TrainingInputs(NamedTuple):
    """What every engine is given."""

    gan: Gan
    images: Tensor
    """The training set, uint8 (N, pixels), on the device."""
    randomness: Randomness
    batch_size: int
    latent_dim: int
    labels: Tensor | None = None
    """The class of each training image, int64 (N,), where the networks are told it."""
    unseen: tuple[Tensor, Tensor | None] | None = None
    """Real images that are not trained on, uint8 (K, pixels), and their classes: by them an adaptive augmentation is steered."""

    @property
    def ranks(self) -> Ranks:
        """Who shares each batch."""
        return self.gan.ranks

    def batch(self, order: Tensor, index: int) -> Tensor:
        """Which images this rank sees in step `index` of an epoch that goes through them in `order`; int64."""
        return self.ranks.share(order[index * self.batch_size : (index + 1) * self.batch_size])

    def real(self, batch: Tensor) -> Tensor:
        """The images that `batch` numbers, float32 (len(batch), pixels) in [-1, 1]."""
        return from_uint8(self.images[batch])

    def classes(self, batch: Tensor) -> Tensor | None:
        """Their classes, int64 (len(batch),), where the networks are told them."""
        return None if self.labels is None else self.labels.index_select(0, batch)

    def rows(self, index: int) -> int:
        """Images in batch `index` of an epoch, all ranks together: fewer in the last one, where the batch size does not divide the data."""
        return min(self.batch_size, len(self.images) - index * self.batch_size)

    def weight(self, index: int) -> float:
        """What this rank's part of batch `index` of an epoch counts in a mean over the whole batch."""
        return self.ranks.weight(self.rows(index))

    def latents(self, step: int, index: int) -> tuple[Tensor, Tensor]:
        """The latents (len(batch), latent_dim) of this rank for D's update and for G's.

        `step`: of the run. `index`: of the epoch.
        """
        z_d, z_g = self.randomness.latents(step, self.batch_size, self.latent_dim)
        return self.ranks.share(z_d[: self.rows(index)]), self.ranks.share(z_g[: self.rows(index)])

    def numbers(self, step: int, index: int) -> Tensor | None:
        """Random numbers of this rank for the augmentation, uniform (SETS, rows, NUMBERS); None where there is none."""
        if self.gan.augment is None:
            return None
        drawn = self.randomness.uniform(step, (self.rows(index), SETS, NUMBERS))
        return self.ranks.share(drawn).transpose(0, 1)

    def some_unseen(self, step: int) -> tuple[Tensor, Tensor | None] | None:
        """A batch of `unseen`, or all of them, for a step after which an augmentation is steered, else None; the same on all ranks."""
        augment = self.gan.augment
        if augment is None or not augment.adaptive or self.unseen is None or not len(self.unseen[0]) or step % INTERVAL:
            return None
        images, labels = self.unseen
        which = self.randomness.permutation("unseen", step, len(images))[: self.batch_size]
        return from_uint8(images[which]), None if labels is None else labels[which]

    def noise(self, step: int, index: int) -> Tensor | None:
        """Noise of this rank for finite differences at real and at generated images, (2, rows, pixels); None where there are none.

        `step`: of the run. `index`: of the epoch.
        """
        if not self.gan.penalties.finite_differences:
            return None
        count, rank = self.ranks.count, self.ranks.rank
        rows = self.gan.penalties.rows(-(-self.rows(index) // count))  # of a rank that has as many images as any
        return self.randomness.noise(step, (2, count * rows, self.images.shape[1]))[:, rank * rows :][:, :rows]


class Steps(Protocol):
    """Several training steps in one go, which wait for nothing: what a CUDA graph captures."""

    @property
    def held(self) -> list[Tensor]:
        """The tensors that steps change besides those of `TrainingInputs.gan`."""

    def prepare(self, count: int, size: int) -> object:
        """Make room for `count` steps on batches of `size` images."""

    def __call__(self, batches: Tensor, latents: Tensor, noise: Tensor | None, turns: tuple[bool, ...], weight: float) -> Tensor:
        """Take one step for each of `turns`, which says whether G is trained as well.

        batches: the numbers of this rank's images, int64 (steps, B). latents: float32 (steps, 2, B, latent_dim). noise: as
        `TrainingInputs.noise` has it, (steps, 2, rows, pixels).
        `weight`: what the images count of the whole batch. Returns METRICS of each step, float32 (steps, 9).
        """

    def sync(self) -> None:
        """See `Engine.sync`."""


class Engine(Protocol):
    """Carries out training steps."""

    name: str
    """As in ENGINES."""
    notes: list[str]
    """What a person should know of how steps are carried out here; the loop removes what it has reported."""

    def begin_epoch(self, order: Tensor) -> None:
        """Take the permutation, int64 (N,), in which the epoch goes through the images."""

    def advance(self, step: int, index: int, most: int, d_steps: int = 1) -> Tensor:
        """Do 1 to `most` steps, the first being number `step` of the run and `index` of the epoch.

        G is trained in the last of every `d_steps` steps (see `trains_g`). Returns METRICS of each, float32 (steps done, 9),
        on the device; the tensor may be overwritten by the next call.
        """

    def sync(self) -> None:
        """Bring the networks and optimisers of `TrainingInputs.gan` up to date, before they are read or saved."""

    def close(self) -> None:
        """Free what the device holds besides networks and optimisers. Nothing is trained after that."""


def trains_g(step: int, d_steps: int) -> bool:
    """Is G trained in this step of the run, or D alone?"""
    return (step + 1) % d_steps == 0


class EngineKind(NamedTuple):
    """A line of the table that `gan-tui doctor` shows."""

    about: str
    devices: tuple[str, ...]


ENGINES = {
    "eager": EngineKind("training/step.py as it reads", ("cpu", "cuda", "mps")),
    "manual-grad": EngineKind("the gradients of MLPs and of `conv` written out, without autograd", ("cpu",)),
    "compiled": EngineKind("eager with both networks through torch.compile", ("cpu", "cuda")),
    "graph": EngineKind("steps captured in CUDA graphs: the MLPs' as in manual-grad, others as in eager", ("cuda",)),
}
WRITTEN_OUT = ("mlp", "conv")
"""The families of networks whose gradients are written out."""

AUTOMATIC = {"cpu": "manual-grad", "cuda": "graph", "mps": "eager"}
"""The engine that each type of device gets where `train.engine` is auto."""


def choose(settings: RunConfig, device: torch.device) -> str:
    """The name of the engine that `train.engine` means on `device`: `auto` falls back on `eager` where its first choice cannot.

    Raises SettingsError where the wanted one cannot run there, or cannot train what the settings ask for.
    """
    wanted = settings.train.engine
    name = AUTOMATIC[device.type] if wanted == "auto" else wanted
    if settings.train.precision == "tf32" and device.type != "cuda":
        raise SettingsError(f"train.precision = tf32 is what NVIDIA's GPUs have, and the device is {device}: use float32 or bfloat16")
    if device.type not in ENGINES[name].devices:
        able = " or ".join(ENGINES[name].devices)
        raise SettingsError(f"engine '{name}' runs on {able} only, and the device is {device}: use --engine auto or --engine eager")
    obstacle = _obstacle(name, settings)
    if obstacle and wanted != "auto":
        raise SettingsError(f"engine '{name}' cannot train with {obstacle}: use --engine auto or --engine eager")
    return "eager" if obstacle else name


def builds_kernels(settings: RunConfig, device: torch.device) -> bool:
    """Does a run begin with a build of our own GPU kernels, during which nothing else is seen of it?"""
    if device.type != "cuda" or choose(settings, device) != "graph" or not_written_out(settings):
        return False
    from gan_tui.training.engines.own_kernels import must_build

    return must_build(device)


def _obstacle(name: str, settings: RunConfig) -> str | None:
    """The setting that an engine cannot train with; None where there is no such thing."""
    if settings.train.freeze_d and name in ("manual-grad", "graph"):
        return "train.freeze_d"
    if settings.train.augment not in ("auto", "none") and name != "eager":
        return f"train.augment = {settings.train.augment}"
    if name == "manual-grad":
        return (convolutions_not_written_out if settings.model.family == "conv" else not_written_out)(settings)
    if name == "compiled" and (settings.loss.gp or ((settings.loss.r1 or settings.loss.r2) and not finite_differences(settings))):
        return "loss.r1, r2 or gp: torch.compile has no second derivatives (loss.penalty = fd needs none)"
    if name == "compiled" and settings.train.precision == "tf32":
        return "train.precision = tf32, of which torch.compile asks in a way that torch refuses"
    return None


class Autocast(nn.Module):
    """A network whose matrix products are computed in bfloat16; its weights, inputs and outputs are float32."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """What the network makes of x, of the classes y, float32."""
        with torch.autocast(x.device.type, torch.bfloat16):
            result: Tensor = self.network(x, y)
        return result.float()


def round_products() -> None:
    """TensorFloat-32 for matrix products, as torch has it for convolutions. What is measured is not: see metrics/full_precision.py."""
    if hasattr(torch.backends.cudnn, "conv"):  # from torch 2.9 on
        torch.backends.cuda.matmul.fp32_precision = "tf32"
    else:
        torch.set_float32_matmul_precision("high")


def _stepped_aside(settings: RunConfig, device: torch.device) -> list[str]:
    """A line where `auto` means another engine than elsewhere because of a setting: not where it never trains such networks."""
    first = AUTOMATIC[device.type]
    of_other_networks = first == "manual-grad" and settings.model.family not in WRITTEN_OUT
    obstacle = _obstacle(first, settings) if settings.train.engine == "auto" and not of_other_networks else None
    return [f"engine 'eager' is used: '{first}' cannot train with {obstacle}"] if obstacle else []


def make(settings: RunConfig, device: torch.device, inputs: TrainingInputs) -> Engine:
    """The engine of a run: the eager one, with a note, where another fails its check. Raises UserError as `choose` does.

    `train.precision` is resolved (see training/precision.py).
    """
    name, half = choose(settings, device), settings.train.precision == "bfloat16"
    if settings.train.precision == "tf32":
        round_products()
    notes, dtype, plain = _stepped_aside(settings, device), torch.bfloat16 if half else torch.float32, inputs
    if name == "manual-grad":
        from gan_tui.training.engines import kernels

        convolutions = settings.model.family == "conv"
        fault = kernels.fault(dtype, device, convolutions=convolutions)
        if inputs.ranks.agree(fault is None):
            return _written_out(settings, inputs, dtype)
        notes.append(f"engine 'manual-grad' is not used, and 'eager' is: {fault or 'another rank cannot run it'}")
    if half:
        gan = replace(inputs.gan, generator=Autocast(inputs.gan.generator), discriminator=Autocast(inputs.gan.discriminator))
        inputs = inputs._replace(gan=gan)
    match name:
        case "graph":
            from gan_tui.training.engines.proof import proven_graph_engine

            written_out = plain if not_written_out(settings) is None else None
            return proven_graph_engine(inputs, settings, written_out, dtype)
        case "compiled":
            from gan_tui.training.engines.eager import compiled_engine

            return compiled_engine(inputs)
        case _:
            from gan_tui.training.engines.eager import EagerEngine

            engine = EagerEngine(inputs)
            engine.notes += notes
            return engine


def _written_out(settings: RunConfig, inputs: TrainingInputs, dtype: torch.dtype) -> Engine:
    """The engine `manual-grad` for the family of the networks."""
    if settings.model.family == "conv":
        from gan_tui.training.engines.manual_conv import ManualConvEngine

        colours, side, _ = registry.spec_of(settings.data).shape
        return ManualConvEngine(inputs, dtype, colours, side)
    from gan_tui.training.engines.manual_grad import ManualGradEngine

    return ManualGradEngine(inputs, dtype)
