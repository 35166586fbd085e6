"""What is seen of a picture, what can be made of that without a generator, and how near it comes."""

import pytest
import torch

from gan_tui.inversion import references
from gan_tui.inversion.spline import fill
from gan_tui.inversion.views import Masked, Small, Whole

HOLE = torch.zeros(12, 12, dtype=torch.bool)
HOLE[3:8, 4:9] = True


def plane(height: int = 12, width: int = 12) -> torch.Tensor:
    """(1, 1, H, W): a slope, which a spline continues exactly."""
    y, x = torch.meshgrid(torch.arange(height).float(), torch.arange(width).float(), indexing="ij")
    return (0.1 + 0.03 * x + 0.02 * y)[None, None]


@pytest.mark.parametrize("place", [(slice(3, 8), slice(4, 9)), (slice(0, 5), slice(8, 12)), (slice(6, 12), slice(0, 12))])
def test_a_slope_goes_on_through_a_hole_and_to_the_edge(place: tuple[slice, slice]) -> None:
    hole = torch.zeros(12, 12, dtype=torch.bool)
    hole[place] = True
    damaged = plane().masked_fill(hole, 9.0)
    assert (fill(damaged, hole) - plane()).abs().max() < 1e-3


def test_every_channel_and_picture_is_filled_by_itself() -> None:
    both = torch.cat([torch.cat([plane(), 1 - plane()], 1), torch.cat([plane() / 2, plane()], 1)])
    assert (fill(both.masked_fill(HOLE, 0.0), HOLE) - both).abs().max() < 1e-3


def test_what_is_seen_beside_a_hole_stays_as_it_is() -> None:
    view, picture = Masked(HOLE, (1, 12, 12)), plane().flatten(1)
    seen = view.see(picture)
    assert seen.shape == (1, 144 - 25)
    assert torch.equal(view.see(view.put(seen, torch.rand(1, 144))), seen)
    assert (view.interpolate(seen) - picture).abs().max() < 1e-3


@pytest.mark.parametrize("hole", [torch.zeros(4, 4, dtype=torch.bool), torch.ones(4, 4, dtype=torch.bool)])
def test_a_hole_of_all_or_nothing_is_refused(hole: torch.Tensor) -> None:
    with pytest.raises(ValueError, match="covers"):
        Masked(hole, (1, 4, 4))


def test_a_small_view_is_a_mean_of_squares() -> None:
    view = Small(3, (2, 6, 9))
    pictures = torch.rand(4, 2 * 6 * 9, generator=torch.Generator().manual_seed(0))
    seen = view.see(pictures)
    assert seen.shape == (4, 2 * 2 * 3)
    assert seen[0, 0].item() == pytest.approx(pictures.view(4, 2, 6, 9)[0, 0, :3, :3].mean().item())
    assert view.interpolate(seen).shape == pictures.shape
    for factor in (1, 4):
        with pytest.raises(ValueError, match="cannot be divided"):
            Small(factor, (2, 6, 9))


def test_the_nearest_image_is_nearest_by_what_is_seen_alone() -> None:
    view = Masked(HOLE, (1, 12, 12))
    images = torch.randint(0, 256, (10_000, 144), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    wanted = images[[7, 9_000]].float() / 255
    damaged = wanted.masked_fill(HOLE.flatten(), 0.5)
    assert torch.equal(references.nearest_images(view, view.see(damaged), images), wanted)
    assert (references.mean_image(images) - images.float().mean(0) / 255).abs().max() < 1e-5


def test_psnr_is_taken_of_what_was_hidden() -> None:
    view = Masked(HOLE, (1, 12, 12))
    truth = torch.zeros(2, 144)
    drawn = truth.masked_fill(HOLE.flatten(), 0.1)
    drawn[:, 0] = 1.0  # which was seen
    assert references.psnr(references.squared_errors(view, drawn, truth)) == pytest.approx(20)
    assert references.psnr(torch.zeros(3)) == references.EXACT
    assert references.psnr(references.squared_errors(Whole((1, 12, 12)), truth + 0.1, truth)) == pytest.approx(20)
