"""Randomness by position, the losses, and the images that are written."""

import io
import math
from pathlib import Path

import numpy
import pytest
import torch
from PIL import Image

from gan_tui.losses import LOSSES, Penalties, Scored
from gan_tui.pixel_range import denorm, from_uint8, to_uint8
from gan_tui.run.images import encode_npy, read_npy
from gan_tui.training import grids
from gan_tui.training.randomness import Randomness

CPU = torch.device("cpu")


def test_randomness_depends_on_position_and_on_nothing_else() -> None:
    one, other = Randomness(3, CPU), Randomness(3, CPU)
    other.order(9, 10)
    other.latents(7, 2, 3)
    assert torch.equal(one.latents(5, 4, 8)[0], other.latents(5, 4, 8)[0])
    assert torch.equal(one.order(1, 1000), other.order(1, 1000))
    z_d, z_g = one.latents(5, 4, 8)
    assert not torch.equal(z_d, z_g)
    assert not torch.equal(one.latents(6, 4, 8)[0], z_d)
    assert not torch.equal(Randomness(4, CPU).latents(5, 4, 8)[0], z_d)
    assert not torch.equal(Randomness(3, CPU, attempt=1).latents(5, 4, 8)[0], z_d)
    assert torch.equal(one.order(1, 1000).sort().values, torch.arange(1000))


def test_latents_are_standard_normal() -> None:
    z, _ = Randomness(3, CPU).latents(0, 1000, 64)
    assert abs(z.mean().item()) < 0.02
    assert abs(z.std().item() - 1) < 0.02


def test_losses_by_hand() -> None:
    loss = LOSSES["non-saturating"]
    real, fake = torch.tensor([[2.0]]), torch.tensor([[-1.0]])
    assert loss.d_loss(real, fake).item() == pytest.approx(math.log(1 + math.exp(-2)) + math.log(1 + math.exp(-1)))
    assert loss.g_loss(real, fake).item() == pytest.approx(math.log(1 + math.exp(1)))
    extreme = torch.tensor([[200.0]])
    assert loss.d_loss(-extreme, extreme).item() == pytest.approx(400), "finite where log(sigmoid) is not"


def test_more_losses_by_hand() -> None:
    real, fake = torch.tensor([[2.0], [0.5]]), torch.tensor([[-1.0], [-3.0]])
    softplus = [math.log(1 + math.exp(x)) for x in (-3.0, -3.5, 3.0, 3.5)]
    assert LOSSES["relativistic"].d_loss(real, fake).item() == pytest.approx((softplus[0] + softplus[1]) / 2)
    assert LOSSES["relativistic"].g_loss(real, fake).item() == pytest.approx((softplus[2] + softplus[3]) / 2)
    assert LOSSES["hinge"].d_loss(real, fake).item() == pytest.approx((0 + 0.5) / 2 + (0 + 0) / 2)
    assert LOSSES["wasserstein"].d_loss(real, fake).item() == pytest.approx(-2 - 1.25)
    assert LOSSES["hinge"].g_loss(real, fake).item() == pytest.approx(2)


def test_penalties_by_hand() -> None:
    """D(x) = 3 a + 4 b has the gradient norm 5 everywhere."""
    weights = torch.tensor([[3.0], [4.0]], requires_grad=True)
    real, fake, middle = torch.rand(4, 2), torch.rand(4, 2), torch.rand(4)

    def terms_of(noise: torch.Tensor | None = None, **terms: float) -> torch.Tensor:
        kinds = [Scored(images, None, images @ weights) for images in (real, fake)]
        return Penalties(**terms).total(lambda images, _: images @ weights, kinds[0], kinds[1], middle, noise)

    def total(noise: torch.Tensor | None = None, **terms: float) -> float:
        return terms_of(noise, **terms).item()

    assert total(r1=2.0) == pytest.approx(25)
    assert total(r1=2.0, r2=4.0) == pytest.approx(75)
    assert total(gp=10.0) == pytest.approx(160)
    noise = torch.tensor([[[1.0, 0.0]] * 4, [[0.0, 1.0]] * 4])
    assert total(noise, r1=2.0, sigma=0.3) == pytest.approx(9), "the slope along the noise: here that of a"
    assert total(noise, r1=2.0, r2=4.0, sigma=0.3) == pytest.approx(9 + 32)
    assert total(noise, r2=4.0, sigma=0.3, share=0.5) == pytest.approx(32)
    terms_of(r1=2.0, share=0.5).backward()
    assert weights.grad is not None
    assert torch.allclose(weights.grad, torch.tensor([[6.0], [8.0]])), "of ||w||^2"
    assert [Penalties(share=share).rows(100) for share in (1.0, 0.25, 0.001)] == [100, 25, 1]


def test_finite_differences_are_gradient_penalties_in_the_mean() -> None:
    """Of a D that is not linear, with classes: noise of many draws finds the squared gradient norm, and its gradient for the weights."""
    torch.manual_seed(0)
    layers = torch.nn.Sequential(torch.nn.Linear(6, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1))
    shift = torch.nn.Embedding(3, 6)

    def discriminator(images: torch.Tensor, y: torch.Tensor | None) -> torch.Tensor:
        assert y is not None
        logits: torch.Tensor = layers(images + shift(y))
        return logits

    weights = [parameter for name, parameter in layers.named_parameters() if name != "2.bias"]  # which no slope depends on
    many, y = 200_000, torch.tensor([0, 2, 1])
    images, classes = torch.randn(3, 6).repeat(many // 3, 1), y.repeat(many // 3)
    noise = torch.randn(2, len(images), 6)
    found = {}
    for name, sigma in (("gradient", 0.0), ("fd", 0.01)):
        layers.zero_grad()
        middle = torch.zeros(len(images))
        logits = discriminator(images, classes)
        kind = Scored(images, classes, logits)
        total = Penalties(r1=2.0, r2=2.0, sigma=sigma).total(discriminator, kind, kind, middle, noise if sigma else None)
        total.backward()
        found[name] = total.item(), torch.cat([p.grad.flatten() for p in weights if p.grad is not None])
    assert found["fd"][0] == pytest.approx(found["gradient"][0], rel=0.02)
    assert torch.cosine_similarity(found["fd"][1], found["gradient"][1], dim=0) > 0.999


def test_pixels_survive_the_way_to_the_network_and_back() -> None:
    pixels = torch.arange(256, dtype=torch.uint8)
    scaled = from_uint8(pixels)
    assert (scaled.min().item(), scaled.max().item()) == (-1, 1)
    assert torch.equal(to_uint8(denorm(scaled)), pixels)


@pytest.mark.parametrize("shape", [(7, 1, 28, 28), (9, 3, 32, 32), (1, 1, 28, 28), (2, 1, 5, 7)])
@pytest.mark.parametrize("columns", [1, 3, 10])
def test_a_grid_is_torchvisions_to_the_pixel(shape: tuple[int, ...], columns: int) -> None:
    from torchvision.utils import save_image  # takes a second to import, of every process that collects tests

    images, wanted = torch.rand(shape) * 1.2 - 0.1, io.BytesIO()
    save_image(images, wanted, nrow=columns, format="png")
    found = Image.open(io.BytesIO(grids.grid_png(images, columns)))
    assert found.mode == ("RGB" if shape[1] == 3 else "L")
    assert found.convert("RGB").tobytes() == Image.open(wanted).convert("RGB").tobytes()


def test_grid_and_preview_hold_the_images(tmp_path: Path) -> None:
    images = torch.rand(6, 1, 28, 28)
    (tmp_path / "grid.png").write_bytes(grids.grid_png(images, columns=3))
    with Image.open(io.BytesIO((tmp_path / "grid.png").read_bytes())) as grid:
        assert grid.size == (3 * 30 + 2, 2 * 30 + 2)
    (tmp_path / "images.npy").write_bytes(encode_npy(grids.to_images(images)))
    array = numpy.load(tmp_path / "images.npy")
    assert array.shape == (6, 28, 28, 1)
    assert array.dtype == numpy.uint8
    read = read_npy(tmp_path / "images.npy")
    assert read is not None
    assert (read.count, read.height, read.width, read.channels) == (6, 28, 28, 1)
    assert read.image(5) == array[5].tobytes()
