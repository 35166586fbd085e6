"""Every fast engine gives the numbers of its plain twin."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.data import mnist
from gan_tui.errors import UserError
from gan_tui.training import build, engines
from gan_tui.training.engines import Engine, TrainingInputs
from gan_tui.training.engines.eager import EagerEngine, compiled_engine
from gan_tui.training.engines.graph import GraphEngine, state_tensors
from gan_tui.training.engines.manual_grad import ManualGradEngine, ManualGradSteps
from gan_tui.training.randomness import BLOCK, Randomness
from gan_tui.training.step import Gan

CPU = torch.device("cpu")
DIGITS, LABELS = (part[:2130] for part in mnist.load(train=True))
IMAGES = DIGITS.flatten(1)
"""21 batches of 100 and an odd one of 30. Real digits: against noise D wins at once, and Adam then enlarges rounding errors."""


def run(
    make: Callable[[TrainingInputs], Engine], settings: RunConfig, steps: int, device: torch.device = CPU, count: int = len(IMAGES)
) -> tuple[Gan, Tensor]:
    """Train from fresh weights on the first `count` images; the networks and the metrics (steps, 4) come back."""
    gan = build.make_gan(settings, device)
    gan.ema_weight.fill_(0.1)
    batch_size = settings.train.batch_size
    randomness = Randomness(5, device)
    labels = LABELS[:count].to(device) if settings.model.conditional else None
    images = torch.cat([IMAGES.roll(colour, 0) for colour in range(build.image_shape(settings)[0])], 1)[:count].to(device)
    engine = make(TrainingInputs(gan, images, randomness, batch_size, settings.model.latent_dim, labels))
    per_epoch = -(-count // batch_size)
    rows: list[Tensor] = []
    while len(rows) < steps:
        step = len(rows)
        if step % per_epoch == 0:
            engine.begin_epoch(randomness.order(step // per_epoch, count))
        ahead = min(steps - step, per_epoch - step % per_epoch)
        done = engine.advance(step, step % per_epoch, ahead, settings.train.d_steps)
        rows += list(done.clone())
    engine.sync()
    return gan, torch.stack(rows)


def plain_run(settings: RunConfig, steps: int) -> tuple[Gan, Tensor]:
    """`run` with the plain engine, once for all the fast ones that are held to it."""
    key = (str(msgspec.to_builtins(settings)), steps)
    if key not in _plain:
        _plain[key] = run(EagerEngine, settings, steps)
    return _plain[key]


_plain: dict[tuple[str, int], tuple[Gan, Tensor]] = {}


def assert_same(left: Gan, right: Gan) -> None:
    """Within less than one of Adam's steps (3e-4), which is all that a gradient near zero can be off by: its sign.

    A relativistic loss sees differences of logits only: the true gradient of D's last bias is 0, and what Adam makes of it is noise.
    """
    noise = f"{len(left.discriminator) - 1}.bias" if left.loss.objective.g_sees_real else None  # type: ignore[arg-type]
    for name in ("generator", "discriminator"):
        for key, weight in getattr(left, name).state_dict().items():
            if (name, key) != ("discriminator", noise):
                torch.testing.assert_close(getattr(right, name).state_dict()[key], weight, rtol=1e-3, atol=2e-4)
    for name in ("g_optimizer", "d_optimizer"):
        states, others = (getattr(gan, name).state_dict()["state"] for gan in (left, right))
        assert states.keys() == others.keys()
        for index, state in states.items():
            assert state["step"] == others[index]["step"]
            if noise and name == "d_optimizer" and index == max(states):
                continue
            assert (others[index]["exp_avg"] - state["exp_avg"]).norm() < 0.01 * state["exp_avg"].norm()


@pytest.mark.parametrize("make", [ManualGradEngine, lambda work: GraphEngine(work, capture=False)], ids=["manual-grad", "graph"])
@pytest.mark.parametrize("change", [{}, {"hidden_layers": 1, "hidden": 40, "negative_slope": 0.0}, {"hidden_layers": 4, "latent_dim": 7}])
def test_a_fast_engine_agrees_with_the_plain_one(make: Callable[[TrainingInputs], Engine], change: dict[str, float]) -> None:
    settings = config.resolve(tables=[{"model": change}])
    plain, plain_metrics = plain_run(settings, 30)
    fast, fast_metrics = run(make, settings, 30)
    torch.testing.assert_close(fast_metrics, plain_metrics, rtol=1e-3, atol=1e-4)
    assert_same(plain, fast)


@pytest.mark.parametrize(("hidden", "batch"), [(32, 100), (100, 100), (37, 33)])
def test_what_threads_change_is_known(hidden: int, batch: int) -> None:
    """So that a run whose number of threads follows the machine is the same to the bit; nothing is trained meanwhile."""
    settings = config.resolve(tables=[{"model": {"hidden": hidden}, "train": {"batch_size": batch}}])

    def make(work: TrainingInputs) -> Engine:
        engine = ManualGradEngine(work)
        if not answers:
            before = [tensor.clone() for tensor in state_tensors(work.gan)]
            answers.update({count: engine.same_with(1, count) for count in (1, 4)})
            engine.same_with(1, 2, 7)
            assert all(torch.equal(*pair) for pair in zip(before, state_tensors(work.gan), strict=True))
        return engine

    answers: dict[int, bool] = {}
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        one, _ = run(make, settings, 8)
        torch.set_num_threads(4)
        four, _ = run(make, settings, 8)
    finally:
        torch.set_num_threads(threads)
    assert answers[1]
    assert not answers[4] or all(torch.equal(*pair) for pair in zip(one.generator.parameters(), four.generator.parameters(), strict=True))


def test_large_batches_are_taken_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = config.resolve(tables=[{"model": {"hidden": 32}, "loss": {"r1": 1.0}}])
    whole, whole_metrics = run(ManualGradEngine, settings, 21)
    monkeypatch.setattr("gan_tui.training.engines.manual_grad.ROOM", 3 * 16 * 100 * 784)
    parts, parts_metrics = run(ManualGradEngine, settings, 21)
    torch.testing.assert_close(parts_metrics, whole_metrics)
    assert all(torch.equal(*pair) for pair in zip(whole.generator.parameters(), parts.generator.parameters(), strict=True))


OBJECTIVES: dict[str, dict[str, dict[str, object]]] = {
    "relativistic with both penalties": {"loss": {"name": "relativistic", "r1": 2.0, "r2": 0.5, "penalty_share": 0.25}},
    "R1 alone, on whole batches": {"loss": {"r1": 10.0}},
    "averaged weights": {"ema": {"half_life": 500.0}},
    "hinge, three steps of D to one of G": {"loss": {"name": "hinge"}, "train": {"d_steps": 3}, "ema": {"half_life": 500.0}},
}


@pytest.mark.parametrize("make", [ManualGradEngine, lambda work: GraphEngine(work, capture=False)], ids=["manual-grad", "graph"])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_fast_engine_agrees_with_the_eager_one_for_any_objective(make: Callable[[TrainingInputs], Engine], objective: str) -> None:
    settings = config.resolve(tables=[OBJECTIVES[objective], {"model": {"hidden": 64}}])
    plain, plain_metrics = plain_run(settings, 25)
    fast, fast_metrics = run(make, settings, 25)
    torch.testing.assert_close(fast_metrics, plain_metrics, rtol=2e-3, atol=2e-4)
    assert_same(plain, fast)
    if settings.ema.half_life:
        assert plain.g_ema is not None
        assert fast.g_ema is not None
        for key, weight in plain.g_ema.state_dict().items():
            torch.testing.assert_close(fast.g_ema.state_dict()[key], weight, rtol=1e-3, atol=2e-4)


NETWORKS: dict[str, dict[str, dict[str, object]]] = {
    "dcgan, whose batch normalisation is averaged too": {"model": {"family": "dcgan"}, "ema": {"half_life": 500.0}},
    "r3 with penalties, conditional": {
        "model": {"family": "r3", "conditional": True},
        "loss": {"name": "relativistic", "r1": 1.0, "r2": 1.0, "penalty_share": 0.25},
    },
    "finite differences, one pass of G, any pairs": {
        "model": {"family": "mlp", "conditional": True},
        "loss": {
            "name": "relativistic",
            "r1": 2.0,
            "r2": 1.0,
            "penalty": "fd",
            "penalty_share": 0.25,
            "shared_fakes": True,
            "class_pairs": False,
        },
        "ema": {"half_life": 500.0},
    },
    "finite differences with the hinge loss, R2 alone": {"loss": {"name": "hinge", "r2": 1.0, "penalty": "fd"}, "train": {"d_steps": 2}},
    "spectral norm, conditional": {"model": {"family": "mlp", "conditional": True, "spectral_norm": True}, "loss": {"name": "hinge"}},
    "WGAN-GP, conditional": {"model": {"family": "mlp", "conditional": True}, "loss": {"name": "wasserstein", "gp": 10.0}},
}


@pytest.mark.parametrize("networks", [name if "r3" not in name else pytest.param(name, marks=pytest.mark.slow) for name in NETWORKS])
def test_the_graphs_steps_are_the_eager_ones_for_any_network(networks: str) -> None:
    settings = config.resolve(tables=[NETWORKS[networks], {"model": {"hidden": 32, "channels": 4}, "train": {"batch_size": 64}}])
    steps = 35 if settings.model.family == "mlp" else 22
    plain, plain_metrics = run(EagerEngine, settings, steps)
    fast, fast_metrics = run(lambda work: GraphEngine(work, capture=False), settings, steps)
    assert plain_metrics.isfinite().all()
    torch.testing.assert_close(fast_metrics, plain_metrics, rtol=1e-3, atol=1e-4)
    for name in ("generator", "discriminator", "g_ema"):
        ours, theirs = getattr(plain, name), getattr(fast, name)
        for left, right in zip(ours.state_dict().values(), theirs.state_dict().values(), strict=True) if ours else ():
            torch.testing.assert_close(right, left, rtol=1e-3, atol=2e-4)


CONVOLUTIONS: dict[str, dict[str, dict[str, object]]] = {
    "as the preset has it": {},
    "without classes, two passes of G": {"model": {"conditional": False}, "loss": {"shared_fakes": False}},
    "any pairs, two passes of G": {"loss": {"shared_fakes": False, "class_pairs": False}},
    "hinge with R2 on whole batches": {"loss": {"name": "hinge", "r1": 0.0, "penalty_share": 1.0}, "train": {"d_steps": 2}},
    "no penalties, three steps of D to one of G": {
        "loss": {"name": "non-saturating", "r1": 0.0, "r2": 0.0},
        "train": {"d_steps": 3},
        "ema": {"half_life": 0.0},
    },
    "colours": {
        "data": {"dataset": "stacked-mnist", "validation": 0},
        "model": {"conditional": False},
    },
}


def small_convolutions(change: dict[str, dict[str, object]], **train: object) -> RunConfig:
    """Adam's eps is large: else it takes a whole step of 0.002 by the sign of a gradient near zero, and two eager runs, one of which
    begins 1e-7 beside the other, are far from each other after 25 steps."""
    small = {
        "model": {"hidden": 24, "channels": 4},
        "train": {"precision": "float32", "batch_size": 32} | train,
        "optimizer": {"eps": 0.01, "d_lr": 5e-4, "g_lr": 5e-4},
    }
    return config.resolve("conv-small", tables=[small, change])


@pytest.mark.parametrize("change", CONVOLUTIONS.values(), ids=CONVOLUTIONS)
def test_written_out_convolutions_agree_with_the_eager_ones(change: dict[str, dict[str, object]]) -> None:
    """50 steps, an epoch's odd last batch among them. Where an activation is near its kink, rounding decides on which side, and tells."""
    settings = small_convolutions(change)
    assert engines.choose(settings, CPU) == "manual-grad"
    images = 21 * settings.train.batch_size + 10
    plain, plain_metrics = run(EagerEngine, settings, 50, count=images)
    fast, fast_metrics = run(lambda work: engines.make(settings, CPU, work), settings, 50, count=images)
    assert plain_metrics.isfinite().all()
    torch.testing.assert_close(fast_metrics[:5], plain_metrics[:5], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(fast_metrics, plain_metrics, rtol=0.02, atol=0.005)
    for name in ("generator", "discriminator", "g_ema"):
        ours, theirs = getattr(plain, name), getattr(fast, name)
        for left, right in zip(ours.state_dict().values(), theirs.state_dict().values(), strict=True) if ours else ():
            assert (right - left).norm() < 0.002 * left.norm() + 1e-4
    for name in ("g_optimizer", "d_optimizer"):
        states, others = (getattr(gan, name).state_dict()["state"] for gan in (plain, fast))
        assert [state["step"] for state in states.values()] == [state["step"] for state in others.values()]


def test_written_out_convolutions_in_bfloat16_stay_near_float32() -> None:
    def trained(precision: str) -> Tensor:
        settings = small_convolutions({}, precision=precision)
        return run(lambda work: engines.make(settings, CPU, work), settings, 15)[1]

    exact, rounded = trained("float32"), trained("bfloat16")
    torch.testing.assert_close(rounded[:, :2], exact[:, :2], rtol=0.1, atol=0.03)
    assert not torch.equal(rounded, exact)


def test_a_run_of_convolutions_may_change_its_engine_between_two_checkpoints() -> None:
    settings = small_convolutions({})
    whole, _ = run(EagerEngine, settings, 6)
    gan, randomness = build.make_gan(settings, CPU), Randomness(5, CPU)
    gan.ema_weight.fill_(0.1)
    work = TrainingInputs(gan, IMAGES, randomness, settings.train.batch_size, settings.model.latent_dim, LABELS)
    for first, name in enumerate(("eager", "manual-grad", "eager")):
        engine = engines.make(config.override(settings, {"train": {"engine": name}}), CPU, work)
        assert engine.name == name
        engine.begin_epoch(randomness.order(0, len(IMAGES)))
        for step in (2 * first, 2 * first + 1):
            engine.advance(step, step, 1)
        engine.sync()
    assert {float(state["step"]) for optimizer in (gan.g_optimizer, gan.d_optimizer) for state in optimizer.state.values()} == {6}
    for network in ("generator", "discriminator", "g_ema"):
        pair = (getattr(found, network).state_dict().values() for found in (whole, gan))
        for left, right in zip(*pair, strict=True):
            torch.testing.assert_close(right, left, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("change", [{}, *OBJECTIVES.values()], ids=["classic", *OBJECTIVES])
@pytest.mark.parametrize("name", ["eager", "manual-grad"])
def test_bfloat16_stays_near_float32(name: str, change: dict[str, dict[str, object]]) -> None:
    """A bfloat16 has 8 bits of precision: the losses of some steps agree to a few percent, and the weights that are kept are float32."""

    def trained(precision: str) -> tuple[Gan, Tensor]:
        settings = config.resolve(tables=[change, {"model": {"hidden": 64}, "train": {"engine": name, "precision": precision}}])
        return run(lambda work: engines.make(settings, CPU, work), settings, 15)

    (_, exact), (gan, rounded) = trained("float32"), trained("bfloat16")
    torch.testing.assert_close(rounded[:, :2], exact[:, :2], rtol=0.1, atol=0.03)
    assert not torch.equal(rounded, exact)
    assert all(weight.dtype == torch.float32 for weight in gan.generator.parameters())


@pytest.mark.skipif(not (shutil.which("g++") or shutil.which("clang++")), reason="torch.compile needs a C++ compiler")
@pytest.mark.slow
def test_the_compiled_engine_agrees_with_the_plain_one() -> None:
    loss = {"name": "relativistic", "r1": 1.0, "r2": 1.0, "penalty": "fd"}
    settings = config.resolve(tables=[{"model": {"hidden": 32}, "loss": loss}])
    plain, plain_metrics = run(EagerEngine, settings, 5)
    fast, fast_metrics = run(compiled_engine, settings, 5)
    torch.testing.assert_close(fast_metrics, plain_metrics, rtol=1e-3, atol=1e-4)
    assert_same(plain, fast)


def test_blocks_begin_where_latents_do_and_never_pass_a_limit() -> None:
    gan = build.make_gan(config.resolve(), CPU)
    engine = GraphEngine(TrainingInputs(gan, IMAGES, Randomness(5, CPU), 100, 64), capture=False)
    engine.begin_epoch(torch.arange(len(IMAGES)))
    assert [len(engine.advance(step, index, most)) for step, index, most in (
        (0, 0, 22), (0, 0, BLOCK - 1), (0, 2, BLOCK), (BLOCK, 0, 21), (BLOCK + 1, 1, 21), (21, 21, 1),
    )] == [BLOCK, 1, 1, BLOCK, 1, 1]  # fmt: skip


def test_a_run_may_change_its_engine_between_two_checkpoints() -> None:
    """The manual-grad engine takes over Adam's state, and leaves one that torch's Adam can go on with."""
    settings = config.resolve()
    whole, _ = run(EagerEngine, settings, 6)
    gan = build.make_gan(settings, CPU)
    randomness = Randomness(5, CPU)
    work = TrainingInputs(gan, IMAGES, randomness, 100, 64)
    for first, make in ((0, EagerEngine), (2, ManualGradEngine), (4, EagerEngine)):
        engine = make(work)
        engine.begin_epoch(randomness.order(0, len(IMAGES)))
        for step in (first, first + 1):
            engine.advance(step, step, 1)
        engine.sync()
    assert_same(whole, gan)


@pytest.mark.parametrize("preset", ["classic", "conv-small"])
@pytest.mark.parametrize("make", [EagerEngine, None, lambda work: GraphEngine(work, capture=False)], ids=["eager", "manual-grad", "graph"])
def test_a_loss_that_is_not_finite_leaves_the_weights(make: Callable[[TrainingInputs], Engine] | None, preset: str) -> None:
    settings = config.resolve() if preset == "classic" else small_convolutions({})
    gan = build.make_gan(settings, CPU)
    work = TrainingInputs(gan, IMAGES, Randomness(5, CPU), 100, 64, LABELS if settings.model.conditional else None)
    engine = make(work) if make else engines.make(settings, CPU, work)
    assert engine.name == ("manual-grad" if make is None else engine.name)
    engine.begin_epoch(torch.arange(len(IMAGES)))
    engine.advance(0, 0, 1)
    with torch.no_grad():
        max(gan.discriminator.parameters(), key=Tensor.numel)[0, 0] = float("nan")
    before = [parameter.clone() for network in (gan.discriminator, gan.generator) for parameter in network.parameters()]
    metrics = engine.advance(1, 1, 1)
    assert not metrics[0, 0].isfinite()
    after = [parameter for network in (gan.discriminator, gan.generator) for parameter in network.parameters()]
    assert all(torch.equal(old, new) or old.isnan().any() for old, new in zip(before, after, strict=True))
    engine.sync()
    for optimizer in (gan.d_optimizer, gan.g_optimizer):
        assert {float(state["step"]) for state in optimizer.state.values()} == {1}


@pytest.mark.parametrize("which", ["d_loss", "g_loss"])
@pytest.mark.parametrize("name", ["eager", "manual-grad"])
def test_nor_does_one_of_finite_logits_move_convolutions(name: str, which: str) -> None:
    """As a person's own loss may be."""
    settings = small_convolutions({"loss": {"r1": 0.0, "r2": 0.0}}, engine=name)
    gan = build.make_gan(settings, CPU)

    def broken(real: Tensor, fake: Tensor, /, dim: int | None = None) -> Tensor:
        return getattr(gan.loss, which)(real, fake, dim) + torch.inf  # type: ignore[no-any-return]

    loss = gan.loss._replace(d_loss=broken) if which == "d_loss" else gan.loss._replace(g_loss=broken)
    work = TrainingInputs(replace(gan, loss=loss), IMAGES, Randomness(5, CPU), 100, 64, LABELS)
    engine = engines.make(settings, CPU, work)
    assert engine.name == name
    network = gan.discriminator if which == "d_loss" else gan.generator
    before = [parameter.clone() for parameter in network.parameters()]
    engine.begin_epoch(torch.arange(len(IMAGES)))
    assert engine.advance(0, 0, 1)[0].isinf().sum() == 1
    assert all(torch.equal(*pair) for pair in zip(before, network.parameters(), strict=True))


def test_which_engine_runs_where() -> None:
    def settings(engine: str, **loss: object) -> RunConfig:
        return config.resolve(tables=[{"train": {"engine": engine}, "loss": loss}])

    assert engines.choose(settings("auto"), CPU) == "manual-grad"
    assert engines.choose(settings("auto"), torch.device("cuda")) == "graph"
    assert engines.choose(settings("eager"), torch.device("cuda")) == "eager"
    assert engines.choose(settings("auto", gp=10), CPU) == "eager", "what the first choice cannot do, plain can"
    assert engines.choose(config.resolve("dcgan"), CPU) == "eager"
    assert engines.choose(config.resolve("conv-small"), CPU) == "manual-grad"
    assert engines.choose(config.resolve("conv-small"), torch.device("cuda")) == "graph"
    assert not engines.builds_kernels(config.resolve("conv-small"), torch.device("cuda"))
    for reason, change in (
        (r"loss\.penalty = gradient", {"loss": {"penalty": "gradient"}}),
        (r"loss\.gp", {"loss": {"gp": 1.0}}),
        (r"model\.spectral_norm", {"model": {"spectral_norm": True}}),
        (r"train\.freeze_d", {"train": {"freeze_d": 1}}),
    ):
        with pytest.raises(UserError, match=reason):
            engines.choose(config.resolve("conv-small", [change, {"train": {"engine": "manual-grad"}}]), CPU)
    assert engines.choose(config.resolve("dcgan"), torch.device("cuda")) == "graph"
    conditional = config.resolve(tables=[{"model": {"conditional": True}}])
    assert engines.choose(conditional, CPU) == "eager"
    with pytest.raises(UserError, match=r"model\.conditional"):
        engines.choose(config.override(conditional, {"train": {"engine": "manual-grad"}}), CPU)
    differences = config.resolve("mlp-r3", [{"loss": {"penalty": "fd"}}])
    assert engines.choose(differences, CPU) == "eager"
    assert engines.choose(config.override(differences, {"train": {"engine": "compiled"}}), CPU) == "compiled", "no second derivatives"
    with pytest.raises(UserError, match=r"loss\.penalty = fd"):
        engines.choose(config.override(differences, {"train": {"engine": "manual-grad"}}), CPU)
    for wanted, device in (
        (settings("graph"), "cpu"),
        (settings("manual-grad"), "cuda"),
        (settings("manual-grad", gp=10), "cpu"),
        (settings("compiled", r1=1), "cpu"),
        (settings("manual-grad", shared_fakes=True), "cpu"),
    ):
        with pytest.raises(UserError, match="--engine auto"):
            engines.choose(wanted, torch.device(device))


def test_tf32_is_asked_of_no_cpu() -> None:
    with pytest.raises(UserError, match="float32 or bfloat16"):
        engines.choose(config.resolve(tables=[{"train": {"precision": "tf32"}}]), CPU)


def test_tf32_is_not_for_the_compiler() -> None:
    settings = config.resolve(tables=[{"train": {"precision": "tf32", "engine": "compiled"}}])
    with pytest.raises(UserError, match=r"cannot train with train\.precision = tf32"):
        engines.choose(settings, torch.device("cuda"))


class Operations(TorchDispatchMode):
    """Counts what computes something: on a GPU each would be a kernel or more."""

    VIEWS = (
        "view t transpose expand slice select squeeze unsqueeze detach split split_with_sizes unbind as_strided empty reshape permute alias"
    )

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.count = 0

    def __torch_dispatch__(
        self, func: torch._ops.OpOverload, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        self.count += func.overloadpacket.__name__.lstrip("_") not in self.VIEWS.split()
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize(("preset", "most"), [("classic", 65), ("mlp-r3", 90)])
def test_a_step_is_few_operations(preset: str, most: int) -> None:
    """Launches are what a small network's step is made of on a GPU. Three of these are of the CPU's tanh and lengths."""
    settings = config.resolve(preset)
    inputs = TrainingInputs(build.make_gan(settings, CPU), IMAGES, Randomness(5, CPU), 100, settings.model.latent_dim)
    take, batches = ManualGradSteps(inputs), torch.arange(100 * BLOCK).view(BLOCK, 100)
    latents = inputs.randomness.latents_block(0, 100, settings.model.latent_dim)
    take.prepare(BLOCK, 100)
    with Operations() as counted:
        take(batches, latents, None, (True,) * BLOCK, 1.0)
    assert counted.count / BLOCK <= most


needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


@needs_cuda
def test_the_graph_agrees_with_the_plain_engine_on_cuda() -> None:
    settings = config.resolve()
    device = torch.device("cuda")
    plain, plain_metrics = run(EagerEngine, settings, 70, device=device)
    fast, fast_metrics = run(GraphEngine, settings, 70, device=device)
    torch.testing.assert_close(fast_metrics, plain_metrics, rtol=1e-3, atol=1e-3)
    assert_same(plain, fast)


@needs_cuda
def test_the_graph_never_waits_for_the_device() -> None:
    device = torch.device("cuda")
    gan = build.make_gan(config.resolve(), device)
    randomness = Randomness(5, device)
    engine = GraphEngine(TrainingInputs(gan, IMAGES.to(device), randomness, 100, 64))
    engine.begin_epoch(randomness.order(0, len(IMAGES)))
    engine.advance(0, 0, BLOCK)  # captures, which may wait
    engine.advance(BLOCK, 0, 1)
    torch.cuda.set_sync_debug_mode("error")
    try:
        for block in range(3):
            engine.advance(block * BLOCK, 0, BLOCK)
            engine.advance(block * BLOCK + 1, 0, 1)
    finally:
        torch.cuda.set_sync_debug_mode("default")
