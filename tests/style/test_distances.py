import pytest
import torch
from torch import Tensor

from gan_tui.style.distances import content_distance, gram_matrix, mixed, style_distance, total_variation
from tests.style import gatys


def maps(seed: int, height: int = 6, width: int = 5) -> Tensor:
    return torch.rand(1, 4, height, width, generator=torch.Generator().manual_seed(seed))


def test_equal_maps_have_no_distance_and_blank_ones_the_distance_one() -> None:
    target = maps(1)
    assert content_distance(target, target) == 0
    assert content_distance(torch.zeros_like(target), target).item() == pytest.approx(1)
    gram = gram_matrix(target)
    assert style_distance(gram, gram) == 0
    assert style_distance(torch.zeros_like(gram), gram).item() == pytest.approx(1)


def test_a_gram_matrix_is_the_mean_over_the_places_and_knows_no_place() -> None:
    found = maps(2)
    by_hand = sum(torch.outer(found[0, :, y, x], found[0, :, y, x]) for y in range(6) for x in range(5)) / 30
    assert isinstance(by_hand, Tensor)
    torch.testing.assert_close(gram_matrix(found)[0], by_hand)
    shuffled = found.flatten(2)[:, :, torch.randperm(30, generator=torch.Generator().manual_seed(0))].view_as(found)
    torch.testing.assert_close(gram_matrix(shuffled), gram_matrix(found))


def test_its_gradient_is_that_of_autograd() -> None:
    found = maps(4).requires_grad_()
    weights = torch.rand(1, 4, 4, generator=torch.Generator().manual_seed(0))
    (ours,) = torch.autograd.grad((gram_matrix(found) * weights).sum(), found)
    (plain,) = torch.autograd.grad((gatys.gram_matrix(found) * weights).sum(), found)
    torch.testing.assert_close(ours, plain)


def test_style_does_not_depend_on_the_size_of_the_picture() -> None:
    torch.testing.assert_close(gram_matrix(maps(3).repeat(1, 1, 3, 2)), gram_matrix(maps(3)))


def test_a_target_of_nothing_gives_a_finite_distance() -> None:
    nothing = torch.zeros(1, 4, 3, 3)
    assert content_distance(nothing, nothing) == 0
    assert style_distance(gram_matrix(nothing), gram_matrix(nothing)) == 0


def test_total_variation_of_a_checkerboard_and_of_nothing() -> None:
    board = (torch.arange(4)[:, None] + torch.arange(4)[None]) % 2
    assert total_variation(board.float()[None, None]) == 2
    assert total_variation(torch.full((1, 3, 4, 4), 0.3)) == 0


def test_styles_are_mixed_by_their_shares() -> None:
    one, other = {"layer": torch.ones(1, 2, 2)}, {"layer": torch.zeros(1, 2, 2)}
    torch.testing.assert_close(mixed([one, other], [3, 1])["layer"], torch.full((1, 2, 2), 0.75))
    for weights in ([0.0, 0.0], [1.0, -1.0]):
        with pytest.raises(ValueError, match="0 or more"):
            mixed([one, other], weights)
