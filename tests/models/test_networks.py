"""Every family at every size: shapes, gradients, beginnings, spectral norms."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from gan_tui import config
from gan_tui.config import Model
from gan_tui.errors import UserError
from gan_tui.losses import Penalties, Scored
from gan_tui.models import r3
from gan_tui.models.layers import sizes
from gan_tui.models.networks import make_discriminator, make_generator
from gan_tui.run import directory
from gan_tui.training import build, checkpoint
from gan_tui.training.checkpoint import Progress
from gan_tui.training.restore import restore, restore_generator

SHAPES = [(1, 28, 28), (3, 28, 28), (1, 32, 32), (3, 32, 32), (3, 64, 64), (1, 64, 64)]
FAMILIES = ["mlp", "conv", "dcgan", "r3"]
CLASSES = 7


def model(family: str, **more: object) -> Model:
    settings: dict[str, object] = {"latent_dim": 10, "hidden": 16, "channels": 4, **more}
    return Model(family=family, **settings)  # type: ignore[arg-type]


def pair(settings: Model, shape: tuple[int, int, int]) -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(0)
    return make_generator(settings, shape, CLASSES), make_discriminator(settings, shape, CLASSES)


def latents(settings: Model, count: int) -> tuple[Tensor, Tensor | None]:
    return torch.randn(count, settings.latent_dim), torch.arange(count) % CLASSES if settings.conditional else None


def test_sizes_double() -> None:
    assert [sizes(side) for side in (28, 32, 64)] == [[7, 14, 28], [4, 8, 16, 32], [4, 8, 16, 32, 64]]


@pytest.mark.parametrize("conditional", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("family", FAMILIES)
def test_shapes_and_ranges(family: str, shape: tuple[int, int, int], conditional: bool) -> None:
    settings = model(family, conditional=conditional)
    generator, discriminator = pair(settings, shape)
    z, y = latents(settings, 5)
    images = generator(z, y)
    assert images.shape == (5, shape[0] * shape[1] * shape[2])
    assert images.abs().max() <= 1
    assert images.dtype == torch.float32
    assert discriminator(images, y).shape == (5, 1)
    assert images.std(0).mean() > 1e-5, "other latents, other images"


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("more", [{}, {"conditional": True}, {"spectral_norm": True, "conditional": True}], ids=str)
def test_every_weight_learns(family: str, more: dict[str, object]) -> None:
    settings = model(family, **more)
    generator, discriminator = pair(settings, (3, 32, 32))
    optimizers = [torch.optim.SGD(network.parameters(), lr=1e-3) for network in (generator, discriminator)]
    for _ in range(2):  # what ends a residual block begins as zero, and lets nothing behind it learn in the first step
        for optimizer in optimizers:
            optimizer.zero_grad()
        z, y = latents(settings, 2 * CLASSES)
        generated, real = generator(z, y), torch.rand(2 * CLASSES, 3072)
        kinds = [Scored(images, y, discriminator(images, y)) for images in (real, generated.detach())]
        penalty = Penalties(r1=1.0, r2=1.0, gp=1.0).total(discriminator, kinds[0], kinds[1], torch.rand(2 * CLASSES))
        (discriminator(generated, y).square().mean() + discriminator(real, y).exp().mean() + penalty).backward()
        for optimizer in optimizers:
            optimizer.step()
    for network in (generator, discriminator):
        for name, parameter in network.named_parameters():
            assert parameter.grad is not None, name
            assert parameter.grad.isfinite().all(), name
            # Nothing looks at a bias that the next layer takes away again; none of these networks has one.
            assert parameter.grad.norm() > 0, name


@pytest.mark.parametrize("family", FAMILIES)
def test_spectral_norm_bounds_every_weight(family: str) -> None:
    _, discriminator = pair(model(family, spectral_norm=True, conditional=True), (1, 28, 28))
    for _ in range(100):  # power iteration, a step with each pass
        discriminator(torch.rand(4, 784), torch.arange(4))
    layers = [module for module in discriminator.modules() if isinstance(module, (nn.Linear, nn.Conv2d, nn.Embedding))]
    assert len(layers) > 2
    for layer in layers:
        largest = torch.linalg.matrix_norm(layer.weight.detach().flatten(1), 2)
        assert largest.item() == pytest.approx(1, abs=0.05)


def test_a_class_makes_a_difference() -> None:
    for family in FAMILIES:
        settings = model(family, conditional=True)
        generator, discriminator = pair(settings, (1, 28, 28))
        generator.eval()
        z = torch.randn(1, 10)
        one, other = (generator(z, torch.tensor([label])) for label in (0, 5))
        assert (one - other).abs().mean() > 1e-6
        image = torch.rand(1, 784)
        one, other = (discriminator(image, torch.tensor([label])) for label in (0, 5))
        assert (one - other).abs().item() > 1e-6


def test_a_residual_block_begins_as_the_identity() -> None:
    x = torch.randn(2, 24, 8, 8)
    assert torch.equal(r3.Residual(24, blocks=4)(x), x)


def test_r3_keeps_its_signal_at_its_size() -> None:
    """Without normalisation, the initial weights must do it."""
    torch.manual_seed(0)
    network = r3.generator(64, 32, 2, (3, 32, 32))[:-2]
    assert 0.3 < network(torch.randn(50, 64)).std().item() < 2
    logits = r3.discriminator(32, 2, (3, 32, 32))(torch.randn(50, 3072))
    assert 0.05 < logits.std().item() < 2


def test_batch_normalisation_survives_a_checkpoint(tmp_path: Path) -> None:
    settings = config.resolve("dcgan", [{"model": {"channels": 4}, "train": {"batch_size": 8}}])
    device = torch.device("cpu")
    gan = build.make_gan(settings, device)
    for _ in range(3):
        gan.generator(torch.randn(8, 100) * 3 + 1)
    run = directory.create(tmp_path, settings, "norms")
    checkpoint.save(run, settings, gan, torch.zeros(settings.samples.count, 100), Progress(step=0))
    loaded, _ = checkpoint.load_newest(run)
    assert loaded is not None
    again = build.make_gan(config.override(settings, {"train": {"seed": 9}}), device)
    restore(loaded, settings, again)
    sampled = build.make_generator(settings)
    restore_generator(loaded, settings, sampled)
    z = torch.randn(4, 100)
    for network in (again.generator, sampled):
        with build.evaluating(network), build.evaluating(gan.generator):
            assert torch.equal(network(z), gan.generator(z))
    loaded.state["generator"]["2.num_batches_tracked"] = torch.zeros(3)
    with pytest.raises(UserError, match="num_batches_tracked is of another kind"):
        restore(loaded, settings, again)
