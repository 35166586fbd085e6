"""What is declared of an objective is what its functions compute, and what settings may name."""

import pytest
import torch

from gan_tui import config
from gan_tui.losses import LOSSES
from gan_tui.run.events import Started
from gan_tui.run.state import RunState
from gan_tui.spec.objectives import OBJECTIVES, Objective


@pytest.mark.parametrize("name", OBJECTIVES)
def test_the_losses_at_equilibrium(name: str) -> None:
    """There D cannot tell real images from generated ones."""
    undecided = torch.zeros(4, 1)
    assert LOSSES[name].d_loss(undecided, undecided).item() == pytest.approx(OBJECTIVES[name].d_equilibrium)
    assert LOSSES[name].g_loss(undecided, undecided).item() == pytest.approx(OBJECTIVES[name].g_equilibrium)


def test_settings_may_name_each_of_them() -> None:
    assert OBJECTIVES.keys() == LOSSES.keys()
    assert all(config.resolve(tables=[{"loss": {"name": name}}]).loss.name == name for name in OBJECTIVES)


def test_the_trainer_has_the_last_word() -> None:
    silent, said = RunState(), RunState()
    silent.apply(Started(device="cpu", device_name="cpu", epochs=1, steps_per_epoch=1))
    facts = {"d_equilibrium": 1.0, "g_equilibrium": 2.0, "probabilities": False}
    said.apply(Started(device="cpu", device_name="cpu", epochs=1, steps_per_epoch=1, **facts))  # type: ignore[arg-type]
    assert said.objective("non-saturating") == Objective("", 1.0, 2.0)
    assert silent.objective("hinge") == OBJECTIVES["hinge"]
    assert silent.objective("mine") is None
    assert silent.objective(None) is None
    assert not silent.outputs_probabilities("hinge")
    assert silent.outputs_probabilities(None)
