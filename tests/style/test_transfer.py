from itertools import islice

import pytest
import torch

from gan_tui.spec.transfer import scales_of
from gan_tui.style.features import FeatureNetwork, shipped
from gan_tui.style.lbfgs import Lbfgs
from gan_tui.style.transfer import Transfer, Weights, measure, target_of
from tests.style import gatys


@pytest.fixture(scope="module")
def network() -> FeatureNetwork:
    return shipped()


def transfer(network: FeatureNetwork, **options: object) -> Transfer:
    content, style = gatys.pictures()
    return Transfer(network, content, [style], Weights(), **{"steps": 10, **options})  # type: ignore[arg-type]


def finish(work: Transfer) -> float:
    while work.step < work.total_steps:
        work.advance()
    return work.measure().total(work.weights).item()


def test_the_total_is_what_the_plain_loop_minimises(network: FeatureNetwork) -> None:
    content, style = gatys.pictures()
    loss = gatys.loss_of(network, content, style)
    work = transfer(network, scales=1)
    for _ in range(3):
        before = work.picture
        torch.testing.assert_close(work.advance().total(work.weights), loss(before))


@pytest.mark.slow
def test_both_loops_come_down_to_the_same_distance(network: FeatureNetwork) -> None:
    content, style = gatys.pictures()
    *_, (_, plain) = islice(gatys.lbfgs(gatys.loss_of(network, content, style), content), 20)
    assert finish(transfer(network, scales=1, steps=20)) < 1.2 * plain


def test_the_style_comes_near_and_the_content_stays(network: FeatureNetwork) -> None:
    content, _ = gatys.pictures()
    work = transfer(network)
    before = work.advance()
    finish(work)
    after = work.measure()
    assert after.style(work.weights) < 0.2 * before.style(work.weights)
    disc, corner = work.result()[0, :, 20:28, 28:36].mean((1, 2)), work.result()[0, :, :6, :6].mean((1, 2))
    assert not torch.allclose(disc, corner, atol=0.1)
    assert work.result().shape == content.shape


@pytest.mark.slow
def test_in_bfloat16_it_ends_at_the_same_distance(network: FeatureNetwork) -> None:
    """Measured in float32; on the way the distances differ by less than a hundredth."""
    content, style = gatys.pictures()
    exact, rounded = transfer(network, steps=15), transfer(network.in_bfloat16(), steps=15)
    first, half = exact.advance().total(Weights()).item(), rounded.advance().total(Weights()).item()
    assert half == pytest.approx(first, rel=1e-2)
    finish(rounded)
    target = target_of(network, content, [style])
    assert measure(network, rounded.result(), target).total(Weights()).item() < 1.05 * finish(exact)


@pytest.mark.slow
def test_coarse_to_fine_needs_less_work_than_one_scale(network: FeatureNetwork) -> None:
    content, style = gatys.pictures(96, 128)
    fine = Transfer(network, content, [style], Weights(), steps=20, scales=1)
    coarse = Transfer(network, content, [style], Weights(), steps=15, scales=2)  # 15 + 15 / 4 steps of the finest
    assert finish(coarse) < finish(fine)


def test_scales_double_and_end_at_the_picture() -> None:
    assert scales_of(256, 171, 3) == [(64, 43), (128, 86), (256, 171)]
    assert scales_of(100, 100) == [(100, 100)]
    assert scales_of(2000, 40, 3) == [(1000, 20), (2000, 40)]
    assert len(scales_of(4096, 4096, 4)) == 4


def test_it_goes_on_from_its_state_as_if_nothing_had_happened(network: FeatureNetwork) -> None:
    whole, half = transfer(network, steps=4, start="noise", seed=3), transfer(network, steps=4, start="noise", seed=3)
    finish(whole)
    for _ in range(3):
        half.advance()
    other = transfer(network, steps=4)
    other.load_state_dict(half.state_dict())
    finish(other)
    assert torch.equal(whole.picture, other.picture)


def test_a_state_of_another_picture_is_refused(network: FeatureNetwork) -> None:
    state = transfer(network).state_dict()
    content, style = gatys.pictures(40, 40)
    with pytest.raises(ValueError, match="another size"):
        Transfer(network, content, [style], Weights()).load_state_dict(state)


def test_strength_zero_keeps_the_own_style(network: FeatureNetwork) -> None:
    assert transfer(network, strength=0.0, scales=1).advance().style(Weights()) < 1e-6


def test_a_change_of_weights_counts_at_once(network: FeatureNetwork) -> None:
    work = transfer(network, scales=1)
    before = work.advance()
    work.change(Weights(style=0.0, tv=5.0))
    assert work.weights == Weights(style=0.0, tv=5.0)
    work.advance()
    assert before.total(work.weights) < before.total(Weights())


def test_a_total_that_is_not_finite_changes_nothing(network: FeatureNetwork) -> None:
    work = transfer(network, scales=1)
    work.picture = torch.full_like(work.picture, torch.nan)
    with pytest.raises(ArithmeticError, match="not finite"):
        work.advance()
    assert work.step == 0


def test_lbfgs_finds_the_bottom_of_a_bowl() -> None:
    steepness = torch.linspace(1, 100, 30).view(5, 6)
    point, memory = torch.zeros(5, 6), Lbfgs()
    for _ in range(120):
        point = memory.step(point, steepness * (point - 0.3))
    torch.testing.assert_close(point, torch.full((5, 6), 0.3), atol=1e-3, rtol=0)
