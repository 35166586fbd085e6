"""What is printed of a sweep where there is no table: a line for each trial that ends, and now and then how far all is."""

from pathlib import Path

import pytest

from gan_tui import config
from gan_tui.cli.search_screen import show_search_lines
from gan_tui.cli.sweep_screen import show_lines
from gan_tui.config import RATES
from gan_tui.sweep.runner import Sweep
from gan_tui.sweep.search import Search
from gan_tui.sweep.search_plan import SearchPlan
from gan_tui.sweep.slots import Slot
from gan_tui.sweep.space import dimension_of
from tests.sweep.fake_process import FakeProcess

SLOTS = [Slot("", None)] * 2


@pytest.fixture(params=[1e-9, 1e9], ids=["after long silence", "soon after another"], autouse=True)
def seconds(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> float:
    """Between two lines."""
    for worker, screen in (("runner", "sweep_screen"), ("search", "search_screen")):
        monkeypatch.setattr(f"gan_tui.sweep.{worker}.TrialProcess", FakeProcess)
        monkeypatch.setattr(f"gan_tui.sweep.{worker}.LOOK_SECONDS", 0.0)
        monkeypatch.setattr(f"gan_tui.cli.{screen}.LINE_SECONDS", request.param)
    return float(request.param)


def test_a_grid_says_how_far_it_is(tmp_path: Path, capfd: pytest.CaptureFixture[str], seconds: float) -> None:
    show_lines(Sweep(tmp_path / "grid", config.resolve(), RATES, (1e-4, 1e-3, 1e-2), 1), SLOTS)
    lines = capfd.readouterr().err.splitlines()
    assert sum(", seed 0: FD " in line for line in lines) == 3
    assert ("0 of 3 trials ended; at work: 50%, 50%" in lines) == (seconds < 1)
    assert len(lines) > 3 or seconds > 1


@pytest.mark.optuna
def test_a_search_does_too(tmp_path: Path, capfd: pytest.CaptureFixture[str], seconds: float) -> None:
    show_search_lines(Search.create(tmp_path / "found", SearchPlan((dimension_of("lr=log:1e-5..1e-2"),), 3), config.resolve()), SLOTS)
    lines = capfd.readouterr().err.splitlines()
    assert sum(line.startswith("trial ") for line in lines) == 3
    assert any(line.startswith("0 of 3 trials ended; at work: ") and line.endswith("%") for line in lines) == (seconds < 1)
