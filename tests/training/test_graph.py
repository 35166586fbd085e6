"""The graph engine with real captures of a fake card: what it trains is what the plain steps train."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor

from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.data import mnist
from gan_tui.data.dataset import Dataset
from gan_tui.errors import NotFiniteError
from gan_tui.run.directory import RunDirectory, write_settings
from gan_tui.training import build, checkpoint
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.engines import Steps, TrainingInputs
from gan_tui.training.engines.eager import EagerEngine, EagerSteps
from gan_tui.training.engines.graph import MOST_BLOCKS, GraphEngine, Snapshot, state_tensors
from gan_tui.training.engines.many_engine import ManyEngine, Place
from gan_tui.training.engines.proof import prove, trace
from gan_tui.training.metrics_window import MetricsWindow
from gan_tui.training.randomness import BLOCK, Randomness
from gan_tui.training.session import Pace, Session
from gan_tui.training.step import METRICS, Gan
from tests.fake_cuda import Card, card
from tests.fake_cuda.card import Event

CUDA = torch.device("cuda", 0)
DIGITS, LABELS = (part[:2130] for part in mnist.load(train=True))
SMALL: dict[str, dict[str, object]] = {"model": {"hidden": 32, "channels": 2}, "data": {"validation": 0}}


@pytest.fixture(autouse=True)
def gpu() -> Iterator[Card]:
    with card() as fake:
        yield fake


def settings_of(preset: str = "classic", *tables: dict[str, dict[str, object]]) -> RunConfig:
    exact: dict[str, dict[str, object]] = {"train": {"precision": "float32"}} if preset == "mlp-r3" else {}
    return config.resolve(preset, tables=[SMALL, exact, *tables])


def session(settings: RunConfig, engine: str, images: int = 2130, loaded: checkpoint.Loaded | None = None) -> Session:
    labels = LABELS[:images] if settings.model.conditional else None
    data = Dataset("mnist", DIGITS[:images], DIGITS[:100], labels, classes=10 if labels is not None else 0)
    wanted = config.override(settings, {"train": {"engine": engine}})
    return Session(wanted, CUDA, data.to(CUDA), loaded, Ranks())


def advance(trained: Session, steps: int) -> Tensor:
    """Metrics (steps, 8) or a few more, where a block ends behind them."""
    rows: list[Tensor] = []
    while len(rows) < steps:
        rows += trained.advance().clone()
    trained.engine.sync()
    return torch.stack(rows) if rows else torch.empty(0)


def assert_equal(ours: Gan, theirs: Gan, tolerance: float = 5e-3) -> None:
    """Weights, statistics and Adam's state, each within some thousandths of all of its kind: the graph has its rates in float32."""
    assert [tensor.shape for tensor in state_tensors(ours)] == [tensor.shape for tensor in state_tensors(theirs)]
    for kind in ("generator", "discriminator", "g_ema"):
        left, right = getattr(ours, kind), getattr(theirs, kind)
        assert (left is None) == (right is None)
        if right is not None:
            assert_near(list(left.state_dict().values()), list(right.state_dict().values()), kind, tolerance)
    for kind in ("g_optimizer", "d_optimizer"):
        left, right = (list(getattr(gan, kind).state.values()) for gan in (ours, theirs))
        for part in ("step", "exp_avg", "exp_avg_sq"):
            assert_near([state[part] for state in left], [state[part] for state in right], f"{kind} {part}", tolerance)


def assert_near(left: list[Tensor], right: list[Tensor], what: str, tolerance: float) -> None:
    one, other = (torch.cat([tensor.detach().flatten().float() for tensor in tensors]).cpu() for tensors in (left, right))
    assert (one - other).norm() <= tolerance * other.norm(), what


CASES: dict[str, tuple[str, dict[str, dict[str, object]]]] = {
    "classic": ("classic", {}),
    "mlp-r3, whose penalties are R1 and R2, and averaged": ("mlp-r3", {}),
    "dcgan, whose batch normalisation is averaged too": ("dcgan", {"ema": {"half_life": 500.0}}),
    "sn-hinge": ("sn-hinge", {}),
    "wgan-gp, five steps of D": ("wgan-gp", {}),
    "r3": ("r3", {"train": {"batch_size": 8}}),
    "three steps of D, conditional": ("classic", {"train": {"d_steps": 3}, "model": {"conditional": True}}),
    "seven steps of D: too many sorts of block": ("classic", {"train": {"d_steps": 7}}),
    "lines at every seventh step: hardly a block": ("classic", {"log": {"print_every": 7}}),
    "conv-small: finite differences, one pass of G, classes": ("conv-small", {}),
    "an odd batch of 18": ("mlp-r3", {"train": {"batch_size": 64}}),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_a_captured_run_is_the_plain_one(gpu: Card, case: str) -> None:
    preset, change = CASES[case]
    settings = settings_of(preset, change)
    chaotic = case.startswith("mlp-r3")  # rounding grows fast in it
    steps = 12 if preset == "r3" else 22 if chaotic else 50
    plain, fast = session(settings, "eager"), session(settings, "graph")
    assert fast.engine.name == "graph", fast.engine.notes
    ours, theirs = advance(fast, steps), advance(plain, steps)
    more = len(ours) - len(theirs)
    theirs = torch.cat([theirs, advance(plain, more)]) if more else theirs
    torch.testing.assert_close(ours.cpu(), theirs.cpu(), rtol=5e-3, atol=5e-4)
    assert_equal(fast.gan, plain.gan, 5e-2 if chaotic else 5e-3)
    assert fast.engine.notes == []
    assert len(gpu.graphs) <= 2 + MOST_BLOCKS
    assert gpu.replays


@pytest.mark.slow
def test_the_number_of_captures_is_bounded_whatever_the_number_of_steps_of_d(gpu: Card) -> None:
    trained = session(settings_of(), "graph")
    for d_steps in (1, 2, 3, 4, 5, 7, 100, 1):
        trained.change(f"train.d_steps={d_steps}")
        advance(trained, 22)
        assert len(gpu.graphs) <= 2 + MOST_BLOCKS
    assert gpu.captures <= 2 + 1 + 1 + 3 + 1 + 1 + 1, "singles, and a few sorts of block for each number of steps"


@pytest.mark.slow
def test_a_rate_and_the_steps_of_d_may_change_while_it_runs() -> None:
    settings = settings_of("classic", {"loss": {"r1": 1.0}, "ema": {"half_life": 500.0}})
    plain, fast = session(settings, "eager"), session(settings, "graph")
    for change in ("optimizer.d_lr=0.01", "optimizer.g_lr=0.00001", "train.d_steps=2", "train.d_steps=1"):
        advance(fast, 20)
        advance(plain, fast.progress.step - plain.progress.step)
        for one in (plain, fast):
            one.change(change)
    advance(fast, 20)
    advance(plain, fast.progress.step - plain.progress.step)
    assert plain.progress.step == fast.progress.step
    assert_equal(fast.gan, plain.gan)


@pytest.mark.slow
def test_a_run_is_saved_resumed_and_rolled_back(gpu: Card, tmp_path: Path) -> None:
    settings = settings_of("classic", {"train": {"d_steps": 3}, "ema": {"half_life": 500.0}})
    run = RunDirectory(tmp_path)
    run.checkpoints.mkdir()
    write_settings(run, settings, {})
    whole = session(settings, "eager")
    advance(whole, 45)
    first = session(settings, "graph")
    advance(first, 25)
    first.engine.sync()
    checkpoint.save(run, settings, first.gan, first.fixed_latents, first.progress)
    at = first.progress.step
    advance(first, 10)  # which a roll-back undoes
    first.engine.close()
    assert not gpu.graphs
    loaded, _ = checkpoint.load_newest(run, CUDA)
    assert loaded is not None
    second = session(settings, "graph", loaded=loaded)
    assert second.progress.step == at
    advance(second, 45 - at)
    advance(whole, second.progress.step - whole.progress.step)
    assert_equal(second.gan, whole.gan)


def work_of(settings: RunConfig) -> TrainingInputs:
    gan = build.make_gan(settings, CUDA)
    gan.ema_weight.fill_(0.1)
    return TrainingInputs(gan, DIGITS.flatten(1).to(CUDA), Randomness(5, CUDA), settings.train.batch_size, settings.model.latent_dim)


@pytest.mark.slow
def test_nothing_waits_for_the_device_between_two_launches(gpu: Card) -> None:
    work = work_of(settings_of())
    engine = GraphEngine(work)
    engine.begin_epoch(work.randomness.order(0, 2130))
    for step in (0, BLOCK):  # captures, which may wait
        engine.advance(step, step, BLOCK)
    before = gpu.waits
    for _ in range(3):
        engine.advance(0, 0, BLOCK)
        engine.advance(1, 1, BLOCK)
    assert gpu.waits == before


def test_a_snapshot_leaves_no_trace_in_autograd_and_is_put_back_by_tensor() -> None:
    work = work_of(settings_of("mlp-r3"))
    before = Snapshot.of(work.gan)
    assert {kept.requires_grad for _, kept in before.kept} == {False}
    values = [tensor.detach().clone() for tensor in state_tensors(work.gan)]
    trace(EagerEngine(work), work, steps=3)
    assert not all(torch.equal(left, right) for left, right in zip(state_tensors(work.gan), values, strict=True))
    before.put_back()
    assert all(torch.equal(left, right) for left, right in zip(state_tensors(work.gan), values, strict=True))


@pytest.mark.slow
def test_the_proof_leaves_the_run_as_it_was() -> None:
    work = work_of(settings_of("wgan-gp", {"train": {"batch_size": 16}}))
    engine = GraphEngine(work)
    values = [tensor.detach().clone() for tensor in state_tensors(work.gan)]
    rates = [float(group["lr"]) for optimizer in (work.gan.g_optimizer, work.gan.d_optimizer) for group in optimizer.param_groups]
    proof = prove(engine, work, 5, 0.05)
    assert proof.ok, proof.words
    assert all(torch.equal(left, right) for left, right in zip(state_tensors(work.gan), values, strict=True))
    assert rates == [float(group["lr"]) for optimizer in (work.gan.g_optimizer, work.gan.d_optimizer) for group in optimizer.param_groups]


@pytest.mark.slow
def test_graphs_of_blocks_are_kept_as_long_as_there_is_room(gpu: Card) -> None:
    """With three steps of D to one of G there are three sorts of block, and each is captured once."""
    work = work_of(settings_of())
    engine = GraphEngine(work)
    engine.begin_epoch(work.randomness.order(0, 2130))
    for block in range(12):
        assert len(engine.advance(block * BLOCK, 0, BLOCK, 3)) == BLOCK
    assert gpu.captures == 3


class StaleRates(GraphEngine):
    """A defect: the capture has the rates as numbers, as a plain Adam would."""

    def capture(self, turns: tuple[bool, ...]) -> bool:
        rates = [(group, group["lr"]) for o in (self._inputs.gan.g_optimizer, self._inputs.gan.d_optimizer) for group in o.param_groups]
        for group, rate in rates:
            group["lr"] = rate.clone()
        done = super().capture(turns)
        for group, rate in rates:
            group["lr"] = rate
        return done


class StaleBatch(GraphEngine):
    """A defect: every step sees the batch of the capture."""

    def advance(self, step: int, index: int, most: int, d_steps: int = 1) -> Tensor:  # noqa: ARG002
        return super().advance(step, 0, most, d_steps)


class ForgetsTheAverage(GraphEngine):
    """A defect: the averaged generator is not part of the graph."""

    def __init__(self, inputs: TrainingInputs, steps: Steps | None = None) -> None:  # noqa: ARG002
        super().__init__(inputs, EagerSteps(inputs._replace(gan=dataclasses.replace(inputs.gan, g_ema=None))))


class TooFast(GraphEngine):
    """A defect: G moves at twice its rate. Beside the counters of batch normalisation that is little."""

    def _steps(self, turns: tuple[bool, ...]) -> None:
        for group in self._inputs.gan.g_optimizer.param_groups:
            group["lr"].mul_(2)
        super()._steps(turns)
        for group in self._inputs.gan.g_optimizer.param_groups:
            group["lr"].div_(2)


class Trembles(GraphEngine):
    """No defect: sums in any order make late steps differ from time to time, blocks as well as single ones."""

    blocks_alone = False

    def advance(self, step: int, index: int, most: int, d_steps: int = 1) -> Tensor:
        metrics = super().advance(step, index, most, d_steps)
        if step + len(metrics) >= BLOCK and (len(metrics) > 1 or not self.blocks_alone):
            with torch.no_grad():
                for parameter in self._inputs.gan.generator.parameters():
                    parameter.add_(torch.randn_like(parameter), alpha=1e-3)
        return metrics


class BlocksTremble(Trembles):
    """A defect: blocks are not what single steps are."""

    blocks_alone = True


@pytest.mark.slow
@pytest.mark.parametrize(("engine", "ok"), [(Trembles, True), (BlocksTremble, False)])
def test_blocks_may_differ_from_single_steps_as_those_do_from_themselves(engine: type[GraphEngine], ok: bool) -> None:
    work = work_of(settings_of())
    assert prove(engine(work), work, 1, 0.05).ok is ok


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["dcgan", "wgan-gp"])
def test_the_proof_sees_the_generator_behind_its_batch_normalisation(preset: str) -> None:
    work = work_of(settings_of(preset, {"train": {"batch_size": 16}}))
    proof = prove(TooFast(work), work, 1, 0.25)
    assert not proof.ok
    assert proof.words.startswith("generator")


@pytest.mark.slow
@pytest.mark.parametrize("defect", [StaleRates, StaleBatch, ForgetsTheAverage])
def test_the_proof_finds_what_is_wrong_with_an_engine(gpu: Card, defect: type[GraphEngine], monkeypatch: pytest.MonkeyPatch) -> None:
    work = work_of(settings_of("mlp-r3"))
    engine = defect(work)
    proof = prove(engine, work, 1, 0.05)
    engine.close()
    assert not proof.ok
    monkeypatch.setattr("gan_tui.training.engines.proof.GraphEngine", defect)
    trained = session(settings_of("mlp-r3"), "graph")
    assert trained.engine.name == "eager"
    assert ["'manual-grad'" in trained.engine.notes[0], "'graph'" in trained.engine.notes[1]] == [True, True]
    assert not gpu.graphs


ERRORS = {
    "the driver refuses": RuntimeError("CUDA error: operation not permitted"),
    "memory ends": torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB."),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", ERRORS)
def test_a_capture_that_fails_never_ends_a_run(gpu: Card, what: str) -> None:
    """At the start, and in the midst of a run, where another number of steps of D needs another capture."""
    settings = settings_of("classic", {"ema": {"half_life": 500.0}})
    gpu.fail_capture = ERRORS[what]
    refused = session(settings, "graph")
    assert refused.engine.name == "eager"
    assert str(ERRORS[what])[:30] in refused.engine.notes[0]
    gpu.fail_capture = None
    late = session(settings, "graph")
    whole = session(settings, "eager")
    default = torch.cuda.current_stream()
    advance(late, 21)
    gpu.fail_capture = ERRORS[what]
    advance(whole, late.progress.step)
    for one in (late, whole):
        one.change("train.d_steps=2")
        advance(one, 20)
    assert any("could not capture" in note for note in late.engine.notes)
    assert torch.cuda.current_stream() is default, "torch leaves the stream of the capture behind"
    assert_equal(late.gan, whole.gan)


def test_an_error_within_a_capture_or_its_warm_up_is_told_by_its_own_words(gpu: Card) -> None:
    """What ends a capture hides what broke it: the words come from the error beneath."""

    def full(name: str) -> None:
        if gpu.capturing and "adam" in name:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    gpu.recorder.before_each = full
    refused = session(settings_of(), "graph")
    assert refused.engine.name == "eager"
    assert "CUDA out of memory" in refused.engine.notes[0]
    assert advance(refused, 3).isfinite().all()


@pytest.mark.slow
def test_memory_that_ends_in_the_step_before_a_capture_ends_no_run(gpu: Card) -> None:
    """It is undone, and the same steps go on without a graph."""
    late, whole = (session(settings_of("classic", {"ema": {"half_life": 500.0}}), engine) for engine in ("graph", "eager"))
    advance(late, 20)
    advance(whole, late.progress.step)
    steps = 0

    def full(name: str) -> None:
        nonlocal steps
        steps += "adam" in name
        if steps == 2:  # G's, after D's has moved
            gpu.recorder.before_each = lambda _: None
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    for one in (late, whole):
        one.change("train.d_steps=2")
    late.engine._warm.clear()  # type: ignore[attr-defined]
    gpu.recorder.before_each = full
    advance(late, 20)
    advance(whole, late.progress.step - whole.progress.step)
    assert any("out of memory" in note for note in late.engine.notes)
    assert_equal(late.gan, whole.gan)


def test_slow_steps_are_not_worth_a_proof(gpu: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gan_tui.training.engines.proof.GRAPHS_PAY", 0.0)
    trained = session(settings_of(), "graph")
    assert trained.engine.name == "eager"
    assert "would gain nothing" in trained.engine.notes[0]
    assert gpu.captures == 0


@pytest.mark.slow
def test_the_first_steps_of_a_process_say_nothing_of_its_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    """They load libraries and kernels: on an H200 for 1.8 s a step, and no run used its graphs."""
    seconds = iter([3.6])
    monkeypatch.setattr(Event, "elapsed_time", lambda *_: 1000 * next(seconds, 0.001))
    assert session(settings_of(), "graph").engine.name == "graph"


@pytest.mark.slow
def test_blocks_are_left_out_where_a_step_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit, blocks in ((1e9, True), (0.0, False)):
        monkeypatch.setattr("gan_tui.training.engines.proof.BLOCKS_PAY", limit)
        trained = session(settings_of(), "graph")
        assert len(trained.advance()) == (BLOCK if blocks else 1)


def test_a_data_set_smaller_than_a_batch_trains_without_a_capture(gpu: Card) -> None:
    plain, fast = (session(settings_of(), engine, images=60) for engine in ("eager", "graph"))
    torch.testing.assert_close(advance(fast, 5).cpu(), advance(plain, 5).cpu(), rtol=1e-4, atol=1e-5)
    assert gpu.captures == 0


@pytest.mark.slow
def test_the_last_line_of_g_outlives_the_next_step_of_d_alone() -> None:
    """The engine's metrics are its own memory: what is printed of G is a copy."""
    settings = settings_of("classic", {"train": {"d_steps": 5}, "log": {"print_every": 1}})
    trained, window = session(settings, "graph"), MetricsWindow(CUDA)
    printed = []
    for step in range(8):
        metrics = trained.advance()
        window.add(metrics, step, 5)
        printed.append(window.newest(metrics)["g_loss"])
    assert printed[4] > 0
    assert printed[4:] == [printed[4]] * 4


def test_a_metric_that_is_not_finite_is_noticed_when_its_block_is_done(gpu: Card) -> None:
    window = MetricsWindow(CUDA)
    window.add(torch.full((2, len(METRICS)), torch.nan, device=CUDA), 0, 1)
    assert gpu.waits == 0, "nobody waits for the block that is under way"
    with pytest.raises(NotFiniteError, match="by step 2"):
        window.add(torch.ones(2, len(METRICS), device=CUDA), 2, 1)
    window.clear()
    window.add(torch.ones(2, len(METRICS), device=CUDA), 0, 1)
    window.check_finite()


def test_one_launch_is_under_way_while_the_next_one_is_prepared() -> None:
    waited: list[torch.cuda.Event] = []

    class Watched(Ranks):
        def wait(self, event: torch.cuda.Event) -> None:
            waited.append(event)

    pace = Pace(CUDA, Watched())
    for launches in range(1, 5):
        pace.launched()
        assert len(waited) == launches - 1


@pytest.mark.slow
def test_the_fake_card_is_as_strict_as_a_real_one() -> None:
    here, there = torch.ones(3), torch.ones(3, device=CUDA)
    with pytest.raises(RuntimeError, match="same device"):
        here + there
    with pytest.raises(ValueError, match="index"):
        torch.cuda.set_device(torch.device("cuda"))
    with pytest.raises(RuntimeError, match="generator"):
        torch.randn(3, generator=torch.Generator(), device=CUDA)
    graph = torch.cuda.CUDAGraph()
    kept = torch.nn.Parameter(there).clone()
    stream = torch.cuda.Stream(CUDA)
    with pytest.raises(RuntimeError, match="stale stream"), torch.cuda.graph(graph, stream=stream):
        pass
    del kept
    for forbidden in (
        lambda: there[0].item(),
        lambda: bool(there.sum() > 0),
        lambda: there.cpu(),
        lambda: there.nonzero(),
        lambda: there[there > 0],
        lambda: torch.tensor(1.0, device=CUDA),
        lambda: torch.randn(3, device=CUDA),
        lambda: torch.cuda.synchronize(),
    ):
        with pytest.raises(RuntimeError, match=r"captur|previous error"), torch.cuda.graph(torch.cuda.CUDAGraph(), stream=stream):
            forbidden()
    total = torch.zeros((), device=CUDA)
    with torch.cuda.graph(graph, stream=stream):
        total.add_(there.sum())
    assert float(total) == 0, "a capture runs nothing"
    graph.replay()
    there.fill_(2)
    graph.replay()
    assert float(total) == 3 + 6


@pytest.mark.slow
def test_the_steps_of_many_runs_are_captured_and_are_those_of_each_alone() -> None:
    """Blocks where all begin one, single steps elsewhere, and the odd batches without a graph."""
    rates = {1: 4e-4, 2: 2e-4}  # at 1e-3 a rounding error grows to a hundredth on some processors
    settings = [settings_of("mlp-r3", {"train": {"seed": seed}, "optimizer": {"g_lr": rates[seed], "d_lr": 2e-4}}) for seed in rates]

    def inputs_of(one: RunConfig) -> TrainingInputs:
        gan = build.make_gan(one, CUDA)
        gan.ema_weight.fill_(0.1)
        return TrainingInputs(gan, DIGITS.flatten(1).to(CUDA), Randomness(one.train.seed, CUDA), 100, one.model.latent_dim)

    plain, several = ([inputs_of(one) for one in settings] for _ in range(2))
    wanted = [trace(EagerEngine(one), one, steps=2 * BLOCK + 1) for one in plain]
    engine, rows = ManyEngine(several), list[Tensor]()
    while (step := len(rows)) < 2 * BLOCK + 1:
        if step % 21 == 0:
            for row, one in enumerate(several):
                engine.begin_epoch(row, one.randomness.order(0, len(DIGITS)))
        most = min(21 - step % 21, 2 * BLOCK + 1 - step)
        rows += engine.advance([Place(row, step, step % 21, most, (True,) * BLOCK) for row in range(2)]).clone()
    engine.sync()
    assert not engine.notes
    for row, (one, other) in enumerate(zip(several, plain, strict=True)):
        torch.testing.assert_close(torch.stack(rows)[:5, row].cpu(), wanted[row].metrics[:5], rtol=1e-2, atol=1e-3)
        assert_equal(one.gan, other.gan)
    engine.close()
