"""Outlines by what VGG16's first layers see."""

import torch

from gan_tui.data.outlines import INK, brightness, outlines_of
from gan_tui.style.edges import gradients


def halves(left: tuple[int, int, int], right: tuple[int, int, int]) -> torch.Tensor:
    """uint8 (1, 3, 32, 32)."""
    image = torch.tensor(left, dtype=torch.uint8).view(1, 3, 1, 1).repeat(1, 1, 32, 32)
    image[..., 16:] = torch.tensor(right, dtype=torch.uint8).view(3, 1, 1)
    return image


def test_an_edge_is_one_line_from_border_to_border_and_the_border_is_none() -> None:
    lines = outlines_of(halves((0, 0, 0), (255, 255, 255)), gradients).view(32, 32)
    inked = (lines[16] == INK).nonzero().flatten().tolist()
    assert len(inked) == 1
    assert abs(inked[0] - 15.5) <= 1
    assert (lines == lines[16]).all()


def test_it_is_measured_as_brightness_is() -> None:
    step = halves((0, 0, 0), (255, 255, 255))
    torch.testing.assert_close(gradients(step)[0].max(), brightness(step)[0].max(), atol=0.01, rtol=0)


def test_colours_of_one_brightness_have_an_edge_between_them() -> None:
    image = halves((200, 60, 60), (60, 122, 100))
    assert not outlines_of(image).any()
    assert outlines_of(image, gradients).any()


def test_each_image_is_by_itself_grey_or_in_colour() -> None:
    images = torch.randint(0, 256, (3, 1, 28, 36), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    together = outlines_of(images, gradients)
    torch.testing.assert_close(outlines_of(images[1:2], gradients), together[1:2])
    torch.testing.assert_close(outlines_of(images.expand(-1, 3, -1, -1), gradients), together)
    assert not outlines_of(torch.full((1, 1, 28, 28), 90, dtype=torch.uint8), gradients).any()
