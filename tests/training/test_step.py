"""What one step shows to whom: which images, of which classes, and how often."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from gan_tui import config
from gan_tui.training import build
from gan_tui.training.step import train_step

Seen = list[list[int]]
"""The classes of each pass."""
Taken = Callable[..., tuple[Seen, Seen]]
CPU = torch.device("cpu")


class Watched(nn.Module):
    """A network, and the classes of all images that it has been given or asked for."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network, self.seen = network, list[list[int]]()

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        self.seen.append(y.tolist())
        result: Tensor = self.network(x, y)
        return result


@pytest.fixture
def step() -> Taken:
    """Take a step under such settings of the loss, on images of the classes 0 to 3; what G was asked for and D was given comes back."""

    def taken(*, train_g: bool = True, **loss: object) -> tuple[Seen, Seen]:
        table = {"model": {"conditional": True, "hidden": 8}, "loss": {"name": "relativistic", **loss}}
        gan = build.make_gan(config.resolve(tables=[table]), CPU)
        g, d = Watched(gan.generator), Watched(gan.discriminator)
        before = [weight.clone() for weight in g.parameters()]
        z_d, z_g, noise = torch.randn(4, 64), torch.randn(4, 64), torch.randn(2, 4, 784)
        train_step(replace(gan, generator=g, discriminator=d), torch.rand(4, 784), z_d, z_g, torch.arange(4), noise, train_g=train_g)
        assert train_g != all(torch.equal(*pair) for pair in zip(before, g.parameters(), strict=True)), "G learns when it is its turn"
        return g.seen, d.seen

    return taken


PAIRS = [0, 1, 2, 3]
OTHERS = [3, 0, 1, 2]


def test_a_pair_is_of_one_class_and_g_makes_new_images_for_itself(step: Taken) -> None:
    assert step() == ([PAIRS, PAIRS], [PAIRS + PAIRS, PAIRS, PAIRS])


def test_shared_images_are_made_once_and_real_ones_scored_once(step: Taken) -> None:
    assert step(shared_fakes=True) == ([PAIRS], [PAIRS + PAIRS, PAIRS])
    assert step(shared_fakes=True, train_g=False) == ([PAIRS], [PAIRS + PAIRS])


def test_pairs_of_any_class(step: Taken) -> None:
    assert step(class_pairs=False) == ([OTHERS, OTHERS], [PAIRS + OTHERS, PAIRS, OTHERS])


def test_finite_differences_are_one_pass_more_with_the_classes_of_their_images(
    step: Taken,
) -> None:
    _, seen = step(class_pairs=False, shared_fakes=True, penalty="fd", r1=1.0, r2=1.0, penalty_share=0.5)
    assert seen == [PAIRS + OTHERS, PAIRS[:2] + OTHERS[:2], OTHERS]
    _, seen = step(class_pairs=False, shared_fakes=True, penalty="fd", r2=1.0, penalty_share=0.5)
    assert seen == [PAIRS + OTHERS, OTHERS[:2], OTHERS]
