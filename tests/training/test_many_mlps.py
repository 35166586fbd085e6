"""Many GANs trained as one give the numbers of each alone."""

import pytest
import torch
from torch import Tensor

from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.data import mnist
from gan_tui.losses import LOSSES
from gan_tui.training import build
from gan_tui.training.engines import TrainingInputs, many_proof, trains_g
from gan_tui.training.engines.eager import EagerEngine
from gan_tui.training.engines.flat_mlp import FlatMlp
from gan_tui.training.engines.many_engine import ManyEngine, Place
from gan_tui.training.engines.many_mlps import ManyMlps
from gan_tui.training.engines.own_kernels import Makers
from gan_tui.training.randomness import BLOCK, Randomness
from tests.training.test_engines import assert_same

CPU = torch.device("cpu")
IMAGES = mnist.load(train=True)[0][:430].flatten(1)
"""Four batches of 100 and an odd one of 30."""
PER_EPOCH = 5
PLAN = [
    {"optimizer": {"d_lr": 1e-4, "g_lr": 4e-4, "beta1": 0.5}, "train": {"seed": 1}},
    {"optimizer": {"d_lr": 1e-3, "g_lr": 3e-4}, "train": {"seed": 2}},
    {"optimizer": {"d_lr": 2e-4, "g_lr": 2e-4, "beta1": 0.5, "beta2": 0.99}, "train": {"seed": 2}},
]
"""What differs between the three."""
GAMES: dict[str, list[dict[str, dict[str, object]]]] = {
    "classic": [{}, {}, {}],
    "mlp-r3": [
        {"loss": {"r1": 2.0, "r2": 0.0}},
        {"loss": {"r1": 0.5, "r2": 1.0}, "ema": {"half_life": 100.0}},
        {"loss": {"r1": 0.0, "r2": 0.0}},
    ],
    "three steps of D to one of G": [{"train": {"d_steps": 3}}] * 3,
}


def inputs_of(settings: RunConfig) -> TrainingInputs:
    gan = build.make_gan(settings, CPU)
    gan.ema_weight.fill_(100 / max(1000, settings.ema.half_life))
    return TrainingInputs(gan, IMAGES, Randomness(settings.train.seed, CPU), settings.train.batch_size, settings.model.latent_dim)


def settings_of(game: str) -> list[RunConfig]:
    preset = game if game in config.shipped_presets() else "classic"
    return [config.resolve(preset, [{"model": {"hidden": 48}}, ours, plan]) for ours, plan in zip(GAMES[game], PLAN, strict=True)]


def alone(inputs: TrainingInputs, steps: int, d_steps: int) -> Tensor:
    """METRICS of the first steps, one by one, (steps, 9)."""
    engine, rows = EagerEngine(inputs), list[Tensor]()
    for step in range(steps):
        if step % PER_EPOCH == 0:
            engine.begin_epoch(inputs.randomness.order(step // PER_EPOCH, len(IMAGES)))
        rows.append(engine.advance(step, step % PER_EPOCH, 1, d_steps)[0])
    return torch.stack(rows)


def together(several: list[TrainingInputs], steps: int, d_steps: int) -> Tensor:
    """The same of all, (steps, K, 9); the odd batches one run after the other."""
    engine, rows = ManyEngine(several), list[Tensor]()
    while (step := len(rows)) < steps:
        if step % PER_EPOCH == 0:
            for row, inputs in enumerate(several):
                engine.begin_epoch(row, inputs.randomness.order(step // PER_EPOCH, len(IMAGES)))
        most = min(steps - step, PER_EPOCH - step % PER_EPOCH)
        turns = tuple(trains_g(step + ahead, d_steps) for ahead in range(BLOCK))
        places = [Place(row, step, step % PER_EPOCH, most, turns) for row in range(len(several))]
        rows += (
            engine.advance(places).clone() if engine.count(places) else torch.stack([engine.advance_alone(place) for place in places], 1)
        )
    engine.sync()
    return torch.stack(rows)


@pytest.mark.parametrize("game", GAMES)
def test_each_is_what_it_is_alone(game: str) -> None:
    settings, steps = settings_of(game), 24
    singles, many = ([inputs_of(one) for one in settings] for _ in range(2))
    d_steps = settings[0].train.d_steps
    wanted = torch.stack([alone(one, steps, d_steps) for one in singles], 1)
    torch.testing.assert_close(together(many, steps, d_steps), wanted, rtol=2e-3, atol=2e-4)
    for single, one in zip(singles, many, strict=True):
        assert_same(single.gan, one.gan)
        if single.gan.g_ema is not None and one.gan.g_ema is not None:
            for key, weight in single.gan.g_ema.state_dict().items():
                torch.testing.assert_close(one.gan.g_ema.state_dict()[key], weight, rtol=1e-3, atol=2e-4)


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss(loss: str) -> None:
    settings = [config.override(one, {"loss": {"name": loss}}) for one in settings_of("classic")]
    wanted = torch.stack([alone(inputs_of(one), 1, 1) for one in settings], 1)
    torch.testing.assert_close(together([inputs_of(one) for one in settings], 1, 1), wanted, rtol=1e-3, atol=2e-3)


def test_one_whose_loss_is_not_finite_spoils_no_other() -> None:
    settings = settings_of("classic")
    single, many = inputs_of(settings[2]), [inputs_of(one) for one in settings]
    with torch.no_grad():
        next(many[0].gan.discriminator.parameters())[0, 0] = float("nan")
    metrics = together(many, 4, 1)
    assert metrics[:, 0].isnan().any(1).all()
    torch.testing.assert_close(metrics[:, 2], alone(single, 4, 1), rtol=1e-3, atol=1e-4)


def test_rates_may_change_on_the_way() -> None:
    """A session sets the rate in its own optimiser."""
    settings = settings_of("classic")
    many = [inputs_of(one) for one in settings]
    engine = ManyEngine(many)
    for row, inputs in enumerate(many):
        engine.begin_epoch(row, inputs.randomness.order(0, len(IMAGES)))
        inputs.gan.g_optimizer.param_groups[0]["lr"].fill_(0.0 if row else 1e-3)
    before = [[weight.clone() for weight in inputs.gan.generator.parameters()] for inputs in many]
    engine.advance([Place(row, 0, 0, 2, (True,) * BLOCK) for row in range(3)])
    moved = [
        any(not torch.equal(*pair) for pair in zip(was, now.gan.generator.parameters(), strict=True))
        for was, now in zip(before, many, strict=True)
    ]
    assert moved == [True, False, False]


class Still(ManyMlps):
    """Learns nothing."""

    def update_if_finite(self, zero: Tensor, length: Tensor) -> None:
        pass


class Large(ManyMlps):
    """Wants more of a device than it has."""

    def forward(self, x: Tensor, outputs: list[Tensor], *, tanh: bool = False) -> None:  # noqa: ARG002
        raise RuntimeError("out of resource: shared memory")


class Right(ManyMlps):
    """As torch's."""


@pytest.mark.parametrize(("ours", "said"), [(Still, "not what they are alone"), (Large, "shared memory"), (Right, "")])
def test_our_kernels_are_held_to_single_runs_and_torchs_take_their_place(
    ours: type[ManyMlps], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many_proof, "own_kernels", lambda *_: (Makers(FlatMlp, ours), None))
    settings = settings_of("classic")
    engine, broken = many_proof.proven_many_engine([inputs_of(one) for one in settings], settings[0], torch.float32)
    assert engine is not None
    assert not broken
    assert engine.mlps is (ManyMlps if said else ours)
    assert said in " ".join(engine.notes)
    assert bool(engine.notes) is bool(said)
