"""The manual-grad engine's private torch calls are held to their twins; where one is gone or wrong, eager steps train, with a note."""

import os
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
import torch
from torch import Tensor

from gan_tui import config
from gan_tui.run.events import Note, Started
from gan_tui.run.log import read_all
from gan_tui.training import build, check, engines, step
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.engines import Engine, TrainingInputs, kernels
from gan_tui.training.engines.manual_grad import ManualGradEngine
from gan_tui.training.randomness import Randomness
from tests import zygote
from tests.conftest import SMALL, Cli

CPU = torch.device("cpu")
LEAKY, TANH, ADAM = "leaky_relu_backward", "tanh_backward", "_fused_adam_"


def other_torch(monkeypatch: pytest.MonkeyPatch, **private: Any) -> None:
    """Another torch for the manual-grad engine alone, not for the eager one's optimisers: with these private calls, None being gone."""
    calls = {LEAKY: torch.ops.aten.leaky_relu_backward, TANH: torch.ops.aten.tanh_backward, ADAM: torch._fused_adam_} | private
    there = {name: call for name, call in calls.items() if call is not None}
    aten = SimpleNamespace(**{name: there[name] for name in (LEAKY, TANH) if name in there})
    public = {name: getattr(torch, name) for name in dir(torch) if name not in (ADAM, "ops")}
    adam = {ADAM: there[ADAM]} if ADAM in there else {}
    monkeypatch.setattr(kernels, "torch", SimpleNamespace(**public, **adam, ops=SimpleNamespace(aten=aten)))


def wrong_sign(gradient: Tensor, *_: object, grad_input: Tensor) -> None:
    grad_input.copy_(-gradient)


def heedless_of_what_it_shall_skip(*arguments: Any, found_inf: Tensor, **settings: Any) -> None:
    torch._fused_adam_(*arguments, found_inf=torch.zeros_like(found_inf), **settings)


def without_bias_correction(weights: list[Tensor], gradients: list[Tensor], *_: object, lr: float, **__: object) -> None:
    weights[0] -= lr * gradients[0].sign()


OTHERS: dict[str, tuple[str, Any, str]] = {
    "no leaky_relu_backward": (LEAKY, None, "cannot be called"),
    "leaky_relu_backward raises": (
        LEAKY,
        SimpleNamespace(grad_input=Mock(side_effect=TypeError("one argument more"))),
        "one argument more",
    ),
    "leaky_relu_backward wrong": (LEAKY, SimpleNamespace(grad_input=wrong_sign), "gives other numbers"),
    "no tanh_backward": (TANH, None, "cannot be called"),
    "tanh_backward wrong": (TANH, SimpleNamespace(grad_input=wrong_sign), "gives other numbers"),
    "no _fused_adam_": (ADAM, None, "cannot be called"),
    "_fused_adam_ raises": (ADAM, Mock(side_effect=RuntimeError("not on this CPU\nand more")), "not on this CPU"),
    "_fused_adam_ steps where it shall not": (ADAM, heedless_of_what_it_shall_skip, "gives other numbers"),
    "_fused_adam_ wrong": (ADAM, without_bias_correction, "gives other numbers"),
}


def made(**train: str) -> Engine:
    settings = config.resolve(tables=[{"train": train, "model": {"hidden": 8}}])
    gan = build.make_gan(settings, CPU)
    return engines.make(settings, CPU, TrainingInputs(gan, torch.zeros(100, 784, dtype=torch.uint8), Randomness(0, CPU), 100, 64))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_this_torch_has_them_all(dtype: torch.dtype) -> None:
    assert kernels.fault(dtype, CPU) is None
    with torch.no_grad():
        assert kernels.fault(dtype, CPU) is None


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("wanted", ["auto", "manual-grad"])
@pytest.mark.parametrize("other", OTHERS)
def test_where_one_is_gone_or_wrong_plain_steps_train_and_a_note_says_why(
    other: str, wanted: str, precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, call, reason = OTHERS[other]
    assert isinstance(made(engine=wanted, precision=precision), ManualGradEngine)
    other_torch(monkeypatch, **{name: call})
    engine = made(engine=wanted, precision=precision)
    assert engine.name == "eager"
    (note,) = engine.notes
    assert note.startswith(f"engine 'manual-grad' is not used, and 'eager' is: {name} of torch {torch.__version__} ")
    assert reason in note
    assert "\n" not in note
    engine.begin_epoch(torch.arange(100))
    assert engine.advance(0, 0, 1).isfinite().all()


@pytest.mark.parametrize("name", ["filters_gradient", "table_gradient"])
def test_those_of_convolutions_alone_are_asked_for_where_there_are_some(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = config.resolve("conv-small", tables=[{"model": {"hidden": 8, "channels": 2}}])
    call = getattr(kernels, name)
    monkeypatch.setattr(kernels, name, lambda *arguments: call(*arguments) * 1.1)
    assert made(engine="auto").name == "manual-grad"
    data = torch.zeros(100, 784, dtype=torch.uint8), torch.zeros(100, dtype=torch.int64)
    work = TrainingInputs(build.make_gan(settings, CPU), data[0], Randomness(0, CPU), 64, settings.model.latent_dim, data[1])
    engine = engines.make(settings, CPU, work)
    assert engine.name == "eager"
    assert "_backward of torch" in engine.notes[0]
    assert "gives other numbers" in engine.notes[0]


@pytest.mark.parametrize("wanted", ["auto", "manual-grad"])
def test_the_log_and_standard_error_have_the_note(wanted: str, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    first = """
from unittest.mock import Mock
from gan_tui.training.engines import kernels
kernels.adam_ = Mock(side_effect=AttributeError("module 'torch' has no attribute '_fused_adam_'"))
"""
    monkeypatch.setenv(zygote.FIRST, first)
    done = cli("--headless", "--name", "first", "--epochs", "1", "--batch-size", "150", "--engine", wanted, *SMALL)
    note = f"engine 'manual-grad' is not used, and 'eager' is: _fused_adam_ of torch {torch.__version__} cannot be called: module"
    assert done.returncode == 0, done.stderr
    assert f"gan-tui: {note}" in done.stderr
    logged = read_all(cli.run("first").events)
    assert sum(event.text.startswith(note) for event in logged if isinstance(event, Note)) == 1
    assert [event.engine for event in logged if isinstance(event, Started)] == ["eager"]


def test_the_length_of_gradients_is_torchs_own_without_it() -> None:
    """torch.nn.utils.get_total_norm is there from torch 2.6 on."""
    gradients = [torch.tensor([[3.0, 0.0], [0.0, 4.0]]), torch.tensor([12.0]), torch.zeros(3)]
    assert step.length(gradients) == 13.0
    assert step.length([torch.tensor([float("nan")])]).isnan()


def test_a_rank_whose_torch_is_right_goes_with_one_whose_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ranks, "agree", lambda self, yes: False)  # noqa: ARG005
    engine = made(engine="auto")
    assert engine.name == "eager"
    assert engine.notes == ["engine 'manual-grad' is not used, and 'eager' is: another rank cannot run it"]


def test_the_check_of_the_doctor_does_not_hold_plain_to_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "ENGINES", {name: kind for name, kind in engines.ENGINES.items() if name != "compiled"})
    monkeypatch.setattr(os, "getloadavg", lambda: (0.0, 0.0, 0.0))  # a busy machine has a line of its own
    other_torch(monkeypatch, _fused_adam_=None)
    eager, manual, *_ = check.check(["cpu"], presets=("classic",))
    assert (eager.what, eager.ok) == ("classic eager cpu", True)
    assert (manual.what, manual.ok) == ("classic manual-grad cpu", False)
    assert "_fused_adam_ of torch" in manual.finding
