"""Our GPU kernels beside their twins in torch, in Triton's interpreter: a process of its own, for that is chosen before Triton is imported.

It has no bfloat16 and multiplies exactly; what a GPU's rounding does is for own_kernels.py to see on the card.
"""

import inspect
import os
from functools import cache
from types import ModuleType
from typing import Any

os.environ["TRITON_INTERPRET"] = "1"

import torch
import triton.runtime.interpreter as interpreter
from torch import Tensor, nn
from torch.optim import Adam

from gan_tui import config
from gan_tui.data import mnist
from gan_tui.losses import LOSSES
from gan_tui.training import build
from gan_tui.training.engines import TrainingInputs, trains_g
from gan_tui.training.engines.flat_mlp import FlatMlp, StepRecord
from gan_tui.training.engines.manual_grad import MakeMlp, ManualGradSteps
from gan_tui.training.engines.many_mlps import MakeMlps, ManyMlps, ManySteps
from gan_tui.training.engines.own_kernels import TOLERANCE, distance_from_exact
from gan_tui.training.engines.triton_mlp import ManyTritonMlps, TritonMlp
from gan_tui.training.randomness import Randomness

CPU, STEPS, BATCH = torch.device("cpu"), 2, 8
CASES: list[tuple[str, dict[str, dict[str, object]]]] = [
    ("classic", {}),
    ("mlp-r3", {}),
    ("classic", {"model": {"hidden": 1}}),
    ("classic", {"loss": {"name": "hinge"}, "train": {"d_steps": 2}, "ema": {"half_life": 100.0}}),
]


@cache
def _names_in(module: Any) -> list[str]:
    return [name for name, _ in inspect.getmembers(module)]


def _ask_once_for_names() -> None:
    """Triton's interpreter asks for the members of its language at each call of each kernel: for a third of the time."""
    asked = ModuleType("inspect")
    asked.__dict__.update(vars(inspect), getmembers=lambda module: [(name, getattr(module, name)) for name in _names_in(module)])
    setattr(interpreter, "inspect", asked)  # noqa: B010 - mypy knows no such name


def steps(preset: str, change: dict[str, dict[str, object]], mlp: MakeMlp, images: Tensor, spoil: bool) -> tuple[Tensor, Tensor, Tensor]:
    """Metrics, parameters of all networks afterwards, and by how much those have moved."""
    settings = config.resolve(preset, tables=[{"model": {"hidden": 24}, "train": {"batch_size": BATCH}}, change])
    gan = build.make_gan(settings, CPU)
    gan.ema_weight.fill_(0.1)
    inputs = TrainingInputs(gan, images, Randomness(0, CPU), BATCH, settings.model.latent_dim)
    take, before = ManualGradSteps(inputs, torch.float32, mlp), _flat(inputs)
    if spoil:
        with torch.no_grad():
            next(gan.discriminator.parameters())[0, 0] = torch.inf
    latents = inputs.randomness.latents_block(0, BATCH, settings.model.latent_dim)[:STEPS]
    turns = tuple(trains_g(step, settings.train.d_steps) for step in range(STEPS))
    metrics = take(torch.arange(STEPS * BATCH).view(STEPS, BATCH), latents, None, turns, 1.0)
    take.sync()
    return metrics, _flat(inputs), _flat(inputs) - before


def _flat(inputs: TrainingInputs) -> Tensor:
    networks = [network for network in (inputs.gan.generator, inputs.gan.discriminator, inputs.gan.g_ema) if network is not None]
    return torch.cat([parameter.detach().flatten().clone() for network in networks for parameter in network.parameters()])


PLAN: list[dict[str, dict[str, object]]] = [
    {"optimizer": {"d_lr": 1e-3, "g_lr": 5e-4}, "loss": {"r1": 2.0, "r2": 0.0}},
    {"optimizer": {"d_lr": 1e-4, "g_lr": 1e-3, "beta1": 0.5, "beta2": 0.9}, "loss": {"r1": 0.5, "r2": 1.0}, "ema": {"half_life": 100.0}},
]
"""In which two GANs that are trained side by side differ."""


def many(mlps: MakeMlps, images: Tensor) -> tuple[Tensor, list[Tensor], list[Tensor]]:
    """Steps of two GANs, the first of which is broken, and one more of the second with a smaller batch.

    The second one's metrics; of each the parameters, and by how much they have moved.
    """
    several = []
    for seed, change in enumerate(PLAN):
        settings = config.resolve("mlp-r3", tables=[{"model": {"hidden": 24}, "train": {"batch_size": BATCH, "seed": seed}}, change])
        gan = build.make_gan(settings, CPU)
        gan.ema_weight.fill_(BATCH / settings.ema.half_life)
        several.append(TrainingInputs(gan, images, Randomness(seed, CPU), BATCH, settings.model.latent_dim))
    take, before = ManySteps(several, torch.float32, mlps), [_flat(inputs) for inputs in several]
    with torch.no_grad():
        next(several[0].gan.discriminator.parameters())[0, 0] = torch.inf
    latents = torch.stack([inputs.randomness.latents_block(0, BATCH, inputs.latent_dim)[:STEPS] for inputs in several], 1)
    batches = torch.stack([torch.arange(STEPS * BATCH).roll(shift).view(STEPS, BATCH) for shift in range(len(several))], 1)
    metrics = take(batches, latents, None, (True,) * STEPS, 1.0)
    one_more = take.part(slice(1, 2))(batches[:1, 1:, :5], latents[:1, 1:, :, :5], None, (True,), 1.0)
    take.sync()
    after = [_flat(inputs) for inputs in several]
    return torch.cat([metrics[:, 1], one_more[:, 0]]), after, [now - was for now, was in zip(after, before, strict=True)]


def together(images: Tensor) -> None:
    """Launches for several GANs; one whose logits are not finite keeps its weights, and spoils no other."""
    ours, theirs = (many(mlps, images) for mlps in (ManyTritonMlps, ManyMlps))
    torch.testing.assert_close(ours[0], theirs[0], rtol=1e-3, atol=1e-3)
    off = float((ours[1][1] - theirs[1][1]).norm() / theirs[2][1].norm())
    print(f"side by side: off by {off:.2g} of what it moved")
    assert off < 0.01
    moved = ours[2][0]
    assert int(moved.isfinite().logical_not().sum()) == 1, "only what was spoilt"
    assert not moved[moved.isfinite()].any(), "a step whose logits are not finite is none"


def objectives() -> None:
    """The logits, and the gradients of all losses by them and before the last layer."""
    size, x = 13, torch.randn(26, 4, generator=torch.Generator().manual_seed(0))
    for loss in LOSSES.values():
        seen = 2 * size if loss.objective.g_sees_real else size
        found = []
        for mlp in (TritonMlp, FlatMlp):
            torch.manual_seed(0)
            network = nn.Sequential(nn.Linear(4, 40), nn.LeakyReLU(0.2), nn.Linear(40, 1))
            made = mlp(network, Adam(network.parameters()), torch.float32)
            outputs, room = made.buffers(2 * size), made.buffers(2 * size)
            record = StepRecord(outputs[-1], torch.zeros(2 * size), torch.zeros(made.parts), torch.zeros(()))
            made.forward(x, outputs)
            for_d = made.d_gradient(loss, outputs, room, record).clone()
            made.backward(x, outputs, for_d, room)
            found += [outputs[-1].clone(), for_d, *(part.clone() for part in gradients_of(made))]
            outputs, room = [output[:seen] for output in outputs], [buffer[:size] for buffer in room]
            made.forward(x[:seen], outputs)
            for_g, result = made.g_gradient(made, loss, outputs, size, room, record).clone(), torch.empty(size, 4)
            made.input_gradient(x[:size].tanh(), [output[:size] for output in outputs], for_g, room, result)
            found += [outputs[-1].clone(), for_g, result]
        half = len(found) // 2
        for ours, theirs in zip(found[:half], found[half:], strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


def gradients_of(mlp: FlatMlp) -> list[Tensor]:
    return [gradient for layer in mlp.layers for gradient in (layer.weight_gradient, layer.bias_gradient)]


def main() -> None:
    """Raises AssertionError."""
    _ask_once_for_names()
    images = mnist.load(train=True)[0][: STEPS * BATCH].flatten(1)
    for preset, change in CASES:
        ours, theirs = (steps(preset, change, mlp, images, False) for mlp in (TritonMlp, FlatMlp))
        torch.testing.assert_close(ours[0], theirs[0], rtol=1e-3, atol=1e-3)
        off = float((ours[1] - theirs[1]).norm() / theirs[2].norm())
        print(f"{preset} {change}: off by {off:.2g} of what it moved")
        assert off < 0.01
    objectives()
    together(images)
    broken = steps("classic", {}, TritonMlp, images, True)
    assert int(broken[2].isfinite().logical_not().sum()) == 1, "only what was spoilt"
    assert not broken[2][broken[2].isfinite()].any(), "a step whose logits are not finite is none"
    assert distance_from_exact(TritonMlp, "float32", torch.float32, CPU) < TOLERANCE["float32"]


if __name__ == "__main__":
    main()
