"""What the layers do is seen on copies, and training stays as it is."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from gan_tui import config
from gan_tui.run.inside import Layer
from gan_tui.training import build
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.layer_probe import LayerProbe
from gan_tui.training.session import Session

CPU = torch.device("cpu")
SMALL = {"evaluation": {"samples": 200}, "model": {"hidden": 16}, "train": {"batch_size": 50}}


def session_of(**model: object) -> Session:
    settings = config.resolve(tables=[SMALL, {"model": model}])
    whole = build.load_data(settings, CPU)
    labels = whole.labels if whole.labels is None else whole.labels[:1000]
    return Session(settings, CPU, replace(whole, images=whole.images[:1000], labels=labels, test=whole.test[:300]), None, Ranks())


def look(probe: LayerProbe, session: Session) -> tuple[Layer, ...]:
    torch.manual_seed(0)
    real, z = torch.rand(32, 784) * 2 - 1, torch.randn(32, session.settings.model.latent_dim)
    return probe.look(session.gan, real, None, z, None, session.progress.step)


@pytest.mark.parametrize("model", [{}, {"family": "dcgan", "channels": 4}, {"spectral_norm": True}])
def test_training_that_is_looked_at_is_bit_equal_to_training_that_is_not(model: dict[str, object]) -> None:
    """Whatever the engine holds, and what batch and spectral normalisation have learned."""
    quiet, watched = session_of(**model), session_of(**model)
    probe = LayerProbe()
    for _ in range(2):
        look(probe, watched)
        quiet_metrics, metrics = (torch.cat([each.advance(1).clone() for _ in range(3)]) for each in (quiet, watched))
        assert torch.equal(quiet_metrics, metrics)
    assert watched.progress.step == quiet.progress.step == 6
    for network in ("generator", "discriminator"):
        one, other = getattr(quiet.gan, network), getattr(watched.gan, network)
        values = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
        assert all(torch.equal(value, same) for value, same in values)
        assert not any(module._forward_hooks for module in other.modules()), "no hook is left behind"


def test_a_layer_is_told_by_shape_function_gradient_and_how_far_it_came() -> None:
    session, probe = session_of(), LayerProbe()
    first = look(probe, session)
    assert [(layer.network, layer.name, layer.shape, layer.function) for layer in first] == [
        ("G", "0", (16, 64), "leaky relu"),
        ("G", "2", (16, 16), "leaky relu"),
        ("G", "4", (784, 16), "tanh"),
        ("D", "0", (16, 784), "leaky relu"),
        ("D", "2", (16, 16), "leaky relu"),
        ("D", "4", (1, 16), ""),
    ]
    assert all(layer.update is None and float(layer.gradient or 0) > 0 for layer in first)
    assert [layer.dead is None for layer in first] == [False, False, True] * 2
    session.advance(4)
    assert all(0 < float(layer.update or 0) < 0.1 for layer in look(probe, session))
    assert all(layer.update is None for layer in look(probe, session)), "no step since"


def test_dead_units_and_a_gradient_that_vanishes_are_seen() -> None:
    session = session_of()
    first = session.gan.discriminator.get_submodule("0")
    last = session.gan.discriminator.get_submodule("4")
    assert isinstance(first, nn.Linear)
    assert isinstance(last, nn.Linear)
    with torch.no_grad():
        first.bias[:12] = -1e3
        last.weight.zero_()
    found = {(layer.network, layer.name): layer for layer in look(LayerProbe(), session)}
    assert found["D", "0"].dead == pytest.approx(0.75, abs=0.2)
    assert found["D", "0"].gradient == found["G", "0"].gradient == 0
    last.weight.data.fill_(float("nan"))
    assert look(LayerProbe(), session)[0].gradient == "nan"


@pytest.mark.parametrize("model", [{"family": "conv"}, {"family": "dcgan"}, {"spectral_norm": True}, {"family": "r3"}])
def test_other_networks_can_be_looked_at(model: dict[str, object]) -> None:
    found = look(LayerProbe(), session_of(channels=4, **model) if "family" in model else session_of(**model))
    for network in ("G", "D"):
        mine = [layer for layer in found if layer.network == network]
        assert len(mine) > 2
        assert any(layer.dead is not None for layer in mine)
        assert all(layer.gradient is not None and layer.shape for layer in mine)
