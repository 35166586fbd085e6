"""A CPU's steps from a tape are those without one, to the bit; what cannot be done again is not."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.data import mnist
from gan_tui.training import build, products
from gan_tui.training.engines import TrainingInputs
from gan_tui.training.engines.manual_grad import ManualGradSteps
from gan_tui.training.engines.tape import Tape
from gan_tui.training.randomness import Randomness
from gan_tui.training.session import set_rate
from gan_tui.training.step import Gan

CPU = torch.device("cpu")
IMAGES = mnist.load(train=True)[0][:300].flatten(1)


def trained(settings: RunConfig, dtype: torch.dtype, *, taped: bool, threads: tuple[int, ...] = ()) -> tuple[Gan, Tensor]:
    """Calls of four steps and of one, in turn, with another rate each time and with small batches in between.

    `threads`: how many each call has, over and over.
    """
    gan = build.make_gan(settings, CPU)
    inputs = TrainingInputs(gan, IMAGES, Randomness(3, CPU), 50, settings.model.latent_dim)
    steps = ManualGradSteps(inputs, dtype, taped=taped)
    rows = []
    for call in range(12):
        set_rate(gan.g_optimizer, 1e-3 / (1 + call))
        set_rate(gan.d_optimizer, 2e-3 / (1 + call))
        gan.ema_weight.fill_(0.1 / (1 + call))
        count, size = (4, 50) if call % 3 else (1, 50 if call % 2 else 30)
        latents = inputs.randomness.latents_block(call, 50, settings.model.latent_dim)[:count, :, :size]
        if threads:
            torch.set_num_threads(threads[call % len(threads)])
        turns = tuple((call + row) % settings.train.d_steps == 0 for row in range(count))
        batches = (torch.arange(count * size) + 7 * call).remainder(300).view(count, size)
        rows.append(steps(batches, latents, None, turns, 1.0).clone())
    steps.sync()
    return gan, torch.cat(rows)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    "tables",
    [
        {},
        {"loss": {"name": "relativistic", "r1": 2.0, "r2": 0.5, "penalty_share": 0.25}, "ema": {"half_life": 500.0}},
        {"loss": {"name": "hinge"}, "train": {"d_steps": 3}},
        {"loss": {"name": "wasserstein"}},
        {"loss": {"name": "saturating"}},
    ],
    ids=["classic", "penalties and EMA", "hinge, d_steps", "wasserstein", "saturating"],
)
def test_steps_from_a_tape_are_the_same_to_the_bit(tables: dict[str, dict[str, object]], dtype: torch.dtype) -> None:
    settings = config.resolve(tables=[tables, {"model": {"hidden": 32}}])
    assert_same(*(trained(settings, dtype, taped=choice) for choice in (True, False)))


def test_a_tape_changes_the_library_where_its_work_did(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, use = list[bool](), products.use

    def spy(onednn: bool) -> None:
        seen.append(onednn)
        use(onednn)

    monkeypatch.setattr(products, "use", spy)
    x, vector, room = torch.ones(20, 300), torch.ones(300), torch.empty(20)

    def work() -> Tensor:
        with products.of_vectors():
            torch.mv(x, vector, out=room)
        return room + x[:, 0]

    with products.as_it_was():
        products.use(True)
        if not products.by_onednn():
            pytest.skip("this torch has no switch between libraries")
        _, tape = Tape.record(work)
        seen.clear()
        x.fill_(2)
        assert tape is not None
        assert torch.equal(tape(), torch.full((20,), 602.0))
    assert seen == [False, True]


class VectorProducts(TorchDispatchMode):
    """Notes of each product of a matrix with a vector whether oneDNN computes it."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.by_onednn = list[bool]()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        aten = torch.ops.aten
        if func.overloadpacket in (aten.mv, aten.addmv) or (
            func.overloadpacket in (aten.mm, aten.addmm, aten.addmm_) and args[-1].shape[1] == 1
        ):
            self.by_onednn.append(products.by_onednn())
        return func(*args, **(kwargs or {}))


def test_no_product_with_a_vector_is_left_to_onednn() -> None:
    """It takes up to eight times as long to begin one as another library for the whole; D's last layer has some, one for its penalties."""
    settings = config.resolve(tables=[{"loss": {"name": "relativistic", "r1": 2.0, "r2": 0.5}}])
    with products.as_it_was():
        products.use(True)
        if not products.by_onednn():
            pytest.skip("this torch has no switch between libraries")
        with VectorProducts() as seen:
            trained(settings, torch.float32, taped=False)
        assert products.by_onednn(), "all else is"
    assert len(seen.by_onednn) > 24
    assert not any(seen.by_onednn)


def assert_same(one: tuple[Gan, Tensor], another: tuple[Gan, Tensor]) -> None:
    """To the bit: metrics, weights, and Adam's states."""
    (taped, its_metrics), (plain, metrics) = one, another
    assert torch.equal(its_metrics, metrics)
    for name in ("generator", "discriminator", "g_ema"):
        mine, other = getattr(taped, name), getattr(plain, name)
        assert mine is other is None or all(torch.equal(*pair) for pair in zip(mine.parameters(), other.parameters(), strict=True))
    for name in ("g_optimizer", "d_optimizer"):
        states, others = (getattr(gan, name).state_dict()["state"] for gan in (taped, plain))
        assert all(torch.equal(value, others[index][key]) for index, state in states.items() for key, value in state.items())


def test_tapes_that_make_way_for_others_are_recorded_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Room for two of three kinds of calls: the one that was not wanted for longest goes, and comes again."""
    settings = config.resolve(tables=[{"model": {"hidden": 32}}])
    recorded, record = list[int](), Tape.record

    def kept(work: Callable[[], Tensor]) -> tuple[Tensor, Tape | None]:
        recorded.append(size)
        return record(work)

    monkeypatch.setattr(Tape, "record", kept)
    found = []
    for room in (2, 32):
        monkeypatch.setattr("gan_tui.training.engines.manual_grad.MOST_TAPES", room)
        gan = build.make_gan(settings, CPU)
        inputs = TrainingInputs(gan, IMAGES, Randomness(3, CPU), 50, settings.model.latent_dim)
        steps, rows = ManualGradSteps(inputs, taped=True), []
        for call, size in enumerate((50, 50, 50, 30, 30, 30, 20, 20, 20, 50, 50, 50)):
            latents = inputs.randomness.latents_block(call, 50, settings.model.latent_dim)[:1, :, :size]
            rows.append(steps((torch.arange(size) + 7 * call).view(1, size), latents, None, (True,), 1.0).clone())
        steps.sync()
        found.append((gan, torch.cat(rows)))
    assert recorded == [50, 30, 20, 50, *(50, 30, 20)]
    assert_same(*found)


def test_a_tape_goes_on_with_another_number_of_threads() -> None:
    """Which the run changes while it trains: a step from a tape is what it would be without."""
    settings, before = config.resolve(tables=[{"model": {"hidden": 256}}]), torch.get_num_threads()
    try:
        assert_same(*(trained(settings, torch.float32, taped=choice, threads=(1, 1, 2, 2, 1)) for choice in (True, False)))
    finally:
        torch.set_num_threads(before)


def test_calls_that_are_taken_in_parts_keep_the_metrics_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = config.resolve(tables=[{"model": {"hidden": 16}}])
    _, whole = trained(settings, torch.float32, taped=False)
    monkeypatch.setattr("gan_tui.training.engines.manual_grad.ROOM", 2 * 16 * 50 * 784)
    _, parts = trained(settings, torch.float32, taped=True)
    torch.testing.assert_close(parts, whole)
    assert not torch.equal(parts[1], parts[3])


def test_a_tape_reads_what_stands_in_its_inputs_by_then() -> None:
    x, seen = torch.arange(6.0), torch.zeros(3)

    def work() -> Tensor:
        low, high = x.view(2, 3)
        seen.copy_(low.to(torch.float64))  # a result that torch's operation gives, a view, and one that is written over
        top = torch.stack(torch.frexp(high)[:1])  # two results
        return torch.full((3,), 2.0) * top + seen

    first, tape = Tape.record(work)
    assert tape is not None
    first = first.clone()
    x.mul_(-3)
    again = tape().clone()
    assert torch.equal(again, work())
    assert not torch.equal(again, first)


@pytest.mark.parametrize("work", [lambda x: x * 2 if x.sum() > 1 else x, lambda x: x[x > 0] * 2], ids=["a number", "a shape"])
def test_what_depends_on_numbers_is_done_and_not_taped(work: Callable[[Tensor], Tensor]) -> None:
    result, tape = Tape.record(lambda: work(torch.ones(3)))
    assert tape is None
    assert result.tolist() == [2, 2, 2]
