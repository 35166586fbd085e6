"""`gan-tui doctor --check`: each engine beside its twin, on the CPU and on a fake card."""

import os
from unittest.mock import Mock

import pytest

from gan_tui.training import check
from gan_tui.training.engines import ENGINES, flat_conv, flat_mlp, graph
from gan_tui.training.engines.proof import EARLY, trace
from tests.conftest import Cli
from tests.fake_cuda import card

NO_KERNEL = "CUDA error: no kernel image is available for execution on the device"


@pytest.fixture
def without_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    """torch.compile takes half a minute, and test_engines.py holds it to its twin. Nor does it count what else the machine does, or how
    fast an engine is: the steps that are timed are few."""
    monkeypatch.setattr(check, "trace", lambda engine, inputs, d_steps=1, steps=EARLY: trace(engine, inputs, d_steps, steps))
    monkeypatch.setattr(os, "getloadavg", lambda: (0.0, 0.0, 0.0))
    monkeypatch.setattr(check, "ENGINES", {name: kind for name, kind in ENGINES.items() if name != "compiled"})


@pytest.mark.slow
@pytest.mark.usefixtures("without_compiler")
def test_every_engine_of_every_device_is_held_to_its_twin() -> None:
    with card():
        found = list(check.check(["cuda:0"], presets=("classic",)))
    assert [line.what for line in found] == ["classic eager cpu", "classic manual-grad cpu", "classic eager cuda:0", "classic graph cuda:0"]
    assert all(line.ok and "ms a step" in line.finding for line in found), found


@pytest.mark.usefixtures("without_compiler")
def test_an_engine_that_is_wrong_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flat_mlp.FlatMlp, "sync", lambda self: self._weights.mul_(0.9))
    found = list(check.check(["cpu"], presets=("mlp-r3",)))
    assert [(line.what, line.ok) for line in found] == [("mlp-r3 eager cpu", True), ("mlp-r3 manual-grad cpu", False)]


@pytest.mark.usefixtures("without_compiler")
@pytest.mark.slow
def test_convolutions_that_are_written_out_are_held_to_their_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "conv-small" in check.PRESETS
    found = list(check.check(["cpu"], presets=("conv-small",)))
    assert [(line.what, line.ok) for line in found] == [("conv-small eager cpu", True), ("conv-small manual-grad cpu", True)], found
    monkeypatch.setattr(flat_conv.FlatDiscriminator, "_learn_head", lambda *_: None)
    wrong = list(check.check(["cpu"], presets=("conv-small",)))
    assert [line.ok for line in wrong] == [True, False]


@pytest.mark.usefixtures("without_compiler")
def test_an_engine_that_raises_is_one_line_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph.GraphEngine, "_warm_up", Mock(side_effect=RuntimeError(f"{NO_KERNEL}\nCompile with TORCH_USE_CUDA_DSA")))
    with card():
        found = list(check.check(["cuda:0"], presets=("classic",)))
    (line,) = [line for line in found if not line.ok]
    assert line.what == "classic graph cuda:0"
    assert NO_KERNEL in line.finding


@pytest.mark.usefixtures("without_compiler")
def test_times_on_a_busy_machine_are_called_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (500.0, 0.0, 0.0))
    (first, _) = check.check(["cpu"], seconds=-1.0, presets=("classic",))
    assert first.what == "times"
    assert "load 500.0" in first.finding


@pytest.mark.usefixtures("without_compiler")
def test_what_a_minute_does_not_suffice_for_is_named() -> None:
    (line,) = check.check(["cpu"], seconds=-1.0, presets=("classic",))
    assert line.what == "left out"
    assert "classic eager cpu, classic manual-grad cpu" in line.finding


@pytest.mark.slow
def test_the_command_ends_with_a_status(cli: Cli) -> None:
    """Compilers and all, as a person calls it."""
    done = cli("doctor", "--check")
    lines = [line for line in done.stdout.splitlines() if line.startswith("check")]
    assert done.returncode == 0, done.stdout + done.stderr
    assert any("classic manual-grad cpu" in line for line in lines)
    assert all(line.startswith("check ok ") for line in lines)
