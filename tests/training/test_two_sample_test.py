"""How long a newly trained discriminator will take is foreseen from its steps, not from its first one."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.optim import Adam

from gan_tui import config
from gan_tui.data.dataset import Dataset
from gan_tui.training import scoring, two_sample_test
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.session import Session
from gan_tui.training.two_sample_test import TIMED_STEPS, c2st_auc

CPU = torch.device("cpu")
STEPS = 40


@pytest.fixture
def session() -> Session:
    images = torch.randint(0, 256, (300, 1, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    settings = config.resolve(tables=[{"model": {"hidden": 8}, "train": {"engine": "eager"}}])
    return Session(settings, CPU, Dataset("mnist", images, images[:100]), None, Ranks())


class Clock:
    """Seconds that pass in steps, as the device does them: the host has asked for them at once."""

    def __init__(self, patch: pytest.MonkeyPatch, first: float, others: float) -> None:
        self.seen, self.done, self.asked = 0.0, 0.0, 0
        self.waits: list[int] = []
        clock = self

        class Timed(Adam):
            def step(self, *arguments: Any, **names: Any) -> Any:
                clock.done += others if clock.asked else first
                clock.asked += 1
                return super().step(*arguments, **names)

        def synchronize(_device: torch.device) -> None:
            clock.seen = clock.done
            clock.waits.append(clock.asked)

        patch.setattr(two_sample_test, "STEPS", STEPS)
        patch.setattr(two_sample_test, "Adam", Timed)
        patch.setattr(two_sample_test, "synchronize", synchronize)
        patch.setattr(two_sample_test, "time", SimpleNamespace(monotonic=lambda: self.seen))


def test_a_first_step_of_a_second_says_nothing_about_the_others(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch, first=1.0, others=1e-3)
    assert c2st_auc(session, seconds=0.1) is not None, "40 steps of a millisecond"
    assert clock.asked == STEPS
    assert clock.waits == [1, 1 + TIMED_STEPS], "a GPU has done what it was asked for when the clock is read"


def test_steps_that_take_too_long_are_foreseen(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch, first=1e-3, others=5e-3)
    assert c2st_auc(session, seconds=0.1) is None, "40 steps of five milliseconds"
    assert clock.asked == 1 + TIMED_STEPS


@pytest.mark.skipif(not hasattr(torch.backends.cudnn, "conv"), reason="torch before 2.9")
def test_it_answers_in_full_precision(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    Clock(monkeypatch, first=0.0, others=0.0)
    asked: list[str] = []
    score, convolutions = scoring.score, torch.backends.cudnn

    def watched(discriminator: nn.Module, images: Tensor, y: Tensor | None) -> Tensor:
        asked.append(convolutions.conv.fp32_precision)  # type: ignore[attr-defined]
        return score(discriminator, images, y)

    monkeypatch.setattr(scoring, "score", watched)
    assert c2st_auc(session) is not None
    assert asked == ["ieee", "ieee"]
    assert convolutions.allow_tf32, "and leaves it as it was"
