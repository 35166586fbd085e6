"""The search by itself: with a generator whose latents are known, it finds them."""

import pytest
import torch
from torch import Tensor, nn

from gan_tui.inversion.search import Generator, Plan, Search, nearest_samples
from gan_tui.inversion.views import Masked, Small, View, Whole

SHAPE = (1, 8, 8)
DIM = 4


class Wave(nn.Module):
    """A smooth function of z, one of three by class where it is told one."""

    def __init__(self, classes: int = 0) -> None:
        super().__init__()
        draw = torch.Generator().manual_seed(1)
        self.register_buffer("weights", torch.randn(max(1, classes), DIM, 64, generator=draw) / 2)

    def forward(self, z: Tensor, y: Tensor | None) -> Tensor:
        weights: Tensor = self.get_buffer("weights")
        return torch.tanh(torch.einsum("nd,ndp->np", z, weights[torch.zeros(len(z), dtype=torch.long) if y is None else y]))


def pictures(generator: Generator, count: int, of_class: int | None = None) -> Tensor:
    z = torch.randn(count, DIM, generator=torch.Generator().manual_seed(2))
    return generator.draw(z, None if of_class is None else torch.full((count,), of_class))


def done(generator: Generator, view: View, wanted: Tensor, plan: Plan) -> Search:
    search = Search(generator, view, view.see(wanted), plan)
    while search.step < search.total_steps:
        search.advance()
    return search


HOLE = torch.zeros(8, 8, dtype=torch.bool)
HOLE[2:6, 2:6] = True


@pytest.mark.parametrize("view", [Masked(HOLE, SHAPE), Small(2, SHAPE), Whole(SHAPE)], ids=["masked", "small", "whole"])
def test_what_is_hidden_is_found_from_what_is_seen(view: View) -> None:
    generator = Generator(Wave(), DIM)
    wanted = pictures(generator, 3)
    plan = Plan(steps=80, starts=4, pool=64, group=2, prior=0.0, blend=0.0)
    search = done(generator, view, wanted, plan)
    assert search.parts == 2
    found = search.finished()
    assert found.errors.max() < 1e-4
    assert (found.drawn - wanted).abs().max() < 0.05


def test_a_conditional_generator_is_tried_with_every_class() -> None:
    generator = Generator(Wave(3), DIM, classes=3)
    view = Masked(HOLE, SHAPE)
    wanted = pictures(generator, 2, of_class=2)
    plan = Plan(steps=80, starts=3, pool=90, prior=0.0, blend=0.0)
    _, y = nearest_samples(generator, view, view.see(wanted), plan)
    assert y is not None
    assert [sorted(row) for row in y.tolist()] == [[0, 1, 2], [0, 1, 2]]
    assert done(generator, view, wanted, plan).finished().errors.max() < 1e-3


def test_the_prior_keeps_latents_where_they_usually_are() -> None:
    generator, view = Generator(Wave(), DIM), Whole(SHAPE)
    wanted = generator.draw(torch.full((1, DIM), 2.0), None)  # four times as long as usual
    free, held = (done(generator, view, wanted, Plan(starts=4, pool=64, prior=prior, blend=0.0)).finished() for prior in (0.0, 1.0))
    assert free.lengths.item() == pytest.approx(4, rel=0.2)
    assert 0.8 < held.lengths.item() < 1.3
    assert free.errors.item() < held.errors.item()


def test_candidates_that_fit_as_well_are_blended() -> None:
    generator, view = Generator(Wave(), DIM), Masked(HOLE, SHAPE)
    wanted = pictures(generator, 1)
    search = done(generator, view, wanted, Plan(steps=3, starts=4, pool=64, blend=1e6))
    several = search.candidates(0, 4)
    found = search.finished().drawn
    assert torch.allclose(found[0], several.mean(0), atol=1e-3)
    alone = done(generator, view, wanted, Plan(steps=3, starts=4, pool=64, blend=0.0))
    assert torch.equal(alone.finished().drawn[0], alone.candidates(0, 1)[0])


def test_taken_up_in_the_middle_it_ends_with_the_same() -> None:
    generator, view, plan = Generator(Wave(), DIM), Masked(HOLE, SHAPE), Plan(steps=10, starts=3, pool=32, group=1)
    seen = view.see(pictures(generator, 2))
    whole, first, second = (Search(generator, view, seen, plan) for _ in range(3))
    while whole.step < whole.total_steps:
        whole.advance()
    for _ in range(14):
        first.advance()
    second.load_state_dict(first.state_dict())
    before, shown = first.current(), second.current()
    assert before is not None
    assert shown is not None, "what was found so far is there at once, before another step"
    assert shown.errors.max() <= before.errors.max()
    while second.step < second.total_steps:
        second.advance()
    for one, other in zip(whole.finished(), second.finished(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("steps", [10, 20])
def test_taken_up_after_a_group_it_shows_that_group(steps: int) -> None:
    generator, view, plan = Generator(Wave(), DIM), Masked(HOLE, SHAPE), Plan(steps=10, starts=3, pool=32, group=1)
    seen = view.see(pictures(generator, 2))
    first, second = (Search(generator, view, seen, plan) for _ in range(2))
    for _ in range(steps):
        first.advance()
    assert second.current() is None
    second.load_state_dict(first.state_dict())
    before, after = first.current(), second.current()
    assert before is not None
    assert after is not None
    assert torch.equal(before.drawn, after.drawn)
    assert second.shown == first.shown == range(steps // 10 - 1, steps // 10)
    assert not len(second.candidates(0, 6))


def test_another_search_s_state_is_refused() -> None:
    generator, view, plan = Generator(Wave(), DIM), Whole(SHAPE), Plan(steps=2, starts=2, pool=8, group=1)
    first = done(generator, view, pictures(generator, 2), plan)
    other = Search(generator, view, pictures(generator, 1), plan)
    with pytest.raises(ValueError, match="other pictures"):
        other.load_state_dict(first.state_dict())


def test_an_error_that_is_not_finite_is_said() -> None:
    class Broken(Wave):
        def forward(self, z: Tensor, y: Tensor | None) -> Tensor:
            return super().forward(z, y) * torch.nan

    view = Whole(SHAPE)
    search = Search(Generator(Broken(), DIM), view, torch.zeros(1, 64), Plan(starts=2, pool=4))
    with pytest.raises(ArithmeticError):
        search.advance()
    assert search.step == 0
