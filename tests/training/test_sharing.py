"""A batch shared among ranks, evenly or not, is the whole batch. Ranks are threads here, which meet at a barrier."""

import re
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torch.distributed as dist
from torch import Tensor

from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.errors import SettingsError
from gan_tui.training import build, sharing
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.engines import Engine, TrainingInputs
from gan_tui.training.engines.eager import EagerEngine
from gan_tui.training.engines.graph import GraphEngine
from gan_tui.training.engines.manual_grad import ManualGradEngine
from gan_tui.training.randomness import Randomness
from gan_tui.training.step import Gan
from tests.patience import CEILING
from tests.training.test_engines import CPU, IMAGES, assert_same

SIZES = {"uneven": (11, 35), "even, and a last batch of one": (6, 25), "fewer than ranks": (2, 17)}
"""Batch size and images."""
PENALISED: dict[str, dict[str, object]] = {"loss": {"r1": 1.0, "r2": 1.0}, "ema": {"half_life": 500.0}, "train": {"d_steps": 2}}
ENGINES: dict[str, Callable[[TrainingInputs], Engine]] = {
    "eager": EagerEngine,
    "manual-grad": ManualGradEngine,
    "graph": lambda work: GraphEngine(work, capture=False),
}


class Meeting:
    """all_reduce among threads."""

    def __init__(self, count: int) -> None:
        self._barrier = threading.Barrier(count, timeout=CEILING)
        self._brought: list[Tensor] = []

    def all_reduce(self, flat: Tensor) -> None:
        if self._barrier.wait() == 0:
            self._brought = []
        self._barrier.wait()
        self._brought.append(flat.clone())
        self._barrier.wait()
        flat.copy_(torch.stack(self._brought).sum(0))
        self._barrier.wait()


def train(make: Callable[[TrainingInputs], Engine], settings: RunConfig, images: int, gan: Gan) -> Tensor:
    """Two epochs; the metrics."""
    gan.ema_weight.fill_(0.1)
    size = settings.train.batch_size
    randomness = Randomness(5, CPU)
    engine = make(TrainingInputs(gan, IMAGES[:images], randomness, size, settings.model.latent_dim))
    per_epoch = -(-images // size)
    rows: list[Tensor] = []
    for epoch in range(2):
        engine.begin_epoch(randomness.order(epoch, images))
        while len(rows) < (epoch + 1) * per_epoch:
            step = len(rows)
            rows += list(engine.advance(step, step - epoch * per_epoch, 1, settings.train.d_steps).clone())
    engine.sync()
    return torch.stack(rows)


@pytest.mark.parametrize("change", [{}, PENALISED], ids=["classic", "penalised"])
@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("name", ENGINES)
def test_three_ranks_are_one(monkeypatch: pytest.MonkeyPatch, name: str, sizes: str, change: dict[str, dict[str, object]]) -> None:
    size, images = SIZES[sizes]
    settings = config.resolve(tables=[change, {"model": {"hidden": 32}, "train": {"batch_size": size}}])
    alone = build.make_gan(settings, CPU)
    metrics = train(ENGINES[name], settings, images, alone)
    monkeypatch.setattr(dist, "all_reduce", Meeting(3).all_reduce)
    gans = [build.make_gan(settings, CPU, Ranks(rank, 3)) for rank in range(3)]  # before the threads: they share torch's seed
    found: dict[int, Tensor] = {}

    def be(rank: int) -> None:
        found[rank] = train(ENGINES[name], settings, images, gans[rank])

    threads = [threading.Thread(target=be, args=(rank,)) for rank in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [0, 1, 2]
    for rank, gan in enumerate(gans):
        torch.testing.assert_close(found[rank], metrics, rtol=1e-3, atol=1e-4)
        assert_same(alone, gan)
        assert torch.equal(gan.generator.state_dict()["0.weight"], gans[0].generator.state_dict()["0.weight"]), "ranks drift apart"


def test_shares_and_weights() -> None:
    rows = torch.arange(7)
    ranks = [Ranks(rank, 3) for rank in range(3)]
    assert [one.share(rows).tolist() for one in ranks] == [[0, 1, 2], [3, 4], [5, 6]]
    assert [one.weight(7) for one in ranks] == [3 / 7, 2 / 7, 2 / 7]
    assert [one.share(rows[:2]).tolist() for one in ranks] == [[0], [1], [0]], "nobody is without a row"
    assert [one.weight(2) for one in ranks] == [0.5, 0.5, 0.0], "but the one that stands in counts nothing"
    assert Ranks().share(rows) is rows
    assert Ranks().weight(7) == 1.0


def test_what_is_not_the_same_on_several_devices_is_said() -> None:
    def notes(preset: str, size: int, count: int) -> list[str]:
        return sharing.notes(build.make_gan(config.resolve(preset), CPU, Ranks(0, count)), size)

    assert notes("dcgan", 64, 1) == []
    assert notes("classic", 64, 2) == []
    (line,) = notes("dcgan", 64, 3)
    assert re.search(r"\b22 .*\b3 devices, not 64\b", line)


class Others(Ranks):
    """Rank 0 of two; what the other says is fixed."""

    def __init__(self, other: str) -> None:
        super().__init__(0, 2)
        self._other = other

    def gather(self, text: str) -> list[str]:
        return [text, self._other]


def test_unlike_gpus_are_refused_on_all_ranks(monkeypatch: pytest.MonkeyPatch) -> None:
    cards: dict[str, Any] = {"H100": SimpleNamespace(name="H100", multi_processor_count=132)}
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: cards["H100"])  # noqa: ARG005
    cuda = torch.device("cuda:0")
    sharing.refuse_unlike(cuda, Others(f"H100 with 132 multiprocessors, torch {torch.__version__}"))
    with pytest.raises(SettingsError, match=r"rank 0: H100 with 132 .*rank 1: H100 with 114 .*--devices 1"):
        sharing.refuse_unlike(cuda, Others(f"H100 with 114 multiprocessors, torch {torch.__version__}"))
    sharing.refuse_unlike(CPU, Ranks())
