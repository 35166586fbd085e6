"""The edge filter that outlines are made with."""

from dataclasses import replace

import pytest
import torch

from gan_tui.config import Data
from gan_tui.data import registry
from gan_tui.data.outlines import INK, outlines_of, with_outlines


def bar(low: int = 0, high: int = 255) -> torch.Tensor:
    """An upright bar of ten columns, uint8 (1, 1, 28, 28)."""
    image = torch.full((1, 1, 28, 28), low, dtype=torch.uint8)
    image[..., 9:19] = high
    return image


def test_an_edge_is_a_line_of_one_pixel_on_either_side_of_it() -> None:
    lines = outlines_of(bar()).view(28, 28)
    assert lines.dtype == torch.uint8
    assert set(lines.unique().tolist()) == {0, INK}
    inked = (lines[14] == INK).nonzero().flatten().tolist()
    assert len(inked) == 2
    assert abs(inked[0] - 8.5) <= 1
    assert abs(inked[1] - 18.5) <= 1
    assert (lines == lines[14]).all(), "up to the upper and lower border, which is no edge itself"


def test_dark_on_bright_has_the_outline_of_bright_on_dark() -> None:
    assert torch.equal(outlines_of(bar(255, 0)), outlines_of(bar()))
    assert torch.equal(outlines_of(bar(100, 140)), outlines_of(bar())), "contrast does not matter"


@pytest.mark.parametrize("image", [torch.zeros(2, 1, 28, 28), torch.full((2, 3, 32, 40), 200), torch.randint(120, 126, (2, 1, 28, 28))])
def test_where_nothing_changes_there_is_no_line(image: torch.Tensor) -> None:
    height, width = image.shape[2:]
    assert outlines_of(image.to(torch.uint8)).shape == (2, height * width)
    assert not outlines_of(image.to(torch.uint8)).any()


def test_colours_count_by_their_brightness() -> None:
    colours = bar().repeat(1, 3, 1, 1)
    assert torch.equal(outlines_of(colours), outlines_of(bar()))


def test_a_digit_is_between_its_lines() -> None:
    digits = registry.load(Data()).test[:500]
    share = (outlines_of(digits) > 0).float().mean().item()
    assert 0.08 < share < 0.25
    assert torch.equal(outlines_of(digits)[17:18], outlines_of(digits[17:18])), "each by itself"


def test_a_data_set_tells_outlines_in_place_of_classes() -> None:
    whole = registry.load(Data(validation=1000))
    small = replace(
        whole, images=whole.images[:50], test=whole.test[:20], validation=None if whole.validation is None else whole.validation[:10]
    )
    told = with_outlines(small)
    assert told.labels is not None
    assert told.test_labels is not None
    assert told.held_out_labels is not None
    assert (told.labels.shape, told.test_labels.shape, told.held_out_labels.shape) == ((50, 784), (20, 784), (10, 784))
    assert torch.equal(told.test_labels, outlines_of(small.test))
