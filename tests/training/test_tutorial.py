"""The preset `classic` is the tutorial's program: held against a plain transcription of its loop."""

import torch
from torch import Tensor, nn

from gan_tui import config
from gan_tui.pixel_range import from_uint8
from gan_tui.training import build
from gan_tui.training.randomness import Randomness
from gan_tui.training.step import train_step

CPU = torch.device("cpu")
STEPS = 50


def tutorial_networks() -> tuple[nn.Sequential, nn.Sequential]:
    """D and G as the text writes them, the closing Sigmoid included."""
    discriminator = nn.Sequential(
        nn.Linear(784, 256), nn.LeakyReLU(0.2), nn.Linear(256, 256), nn.LeakyReLU(0.2), nn.Linear(256, 1), nn.Sigmoid()
    )
    generator = nn.Sequential(nn.Linear(64, 256), nn.LeakyReLU(0.2), nn.Linear(256, 256), nn.LeakyReLU(0.2), nn.Linear(256, 784), nn.Tanh())
    return discriminator, generator


class Tutorial:
    """One iteration of the tutorial's inner loop, line by line; only the source of noise and images is given."""

    def __init__(self, discriminator: nn.Sequential, generator: nn.Sequential) -> None:
        self.D, self.G = discriminator, generator
        self.criterion = nn.BCELoss()
        self.d_optimizer = torch.optim.Adam(self.D.parameters(), lr=0.0003)
        self.g_optimizer = torch.optim.Adam(self.G.parameters(), lr=0.0003)

    def step(self, images: Tensor, z_d: Tensor, z_g: Tensor) -> list[float]:
        real_labels = torch.ones(len(images), 1)
        fake_labels = torch.zeros(len(images), 1)

        outputs = self.D(images)
        d_loss_real = self.criterion(outputs, real_labels)
        real_score = outputs
        fake_images = self.G(z_d)
        outputs = self.D(fake_images)
        d_loss_fake = self.criterion(outputs, fake_labels)
        fake_score = outputs
        d_loss = d_loss_real + d_loss_fake
        self.D.zero_grad()
        d_loss.backward()
        self.d_optimizer.step()

        fake_images = self.G(z_g)
        outputs = self.D(fake_images)
        g_loss = self.criterion(outputs, real_labels)
        self.D.zero_grad()
        self.G.zero_grad()
        g_loss.backward()
        self.g_optimizer.step()
        return [d_loss.item(), g_loss.item(), real_score.mean().item(), fake_score.mean().item()]


def test_classic_has_the_tutorials_numbers() -> None:
    classic = config.resolve("classic")
    assert classic.train.epochs == 200
    assert classic.train.batch_size == 100
    assert classic.model.latent_dim == 64
    assert classic.optimizer.d_lr == classic.optimizer.g_lr == 0.0003
    assert (classic.optimizer.beta1, classic.optimizer.beta2, classic.optimizer.eps) == (0.9, 0.999, 1e-8)


def test_same_state_dicts_as_the_tutorial() -> None:
    """Both programs read each other's saved parameters."""
    discriminator, generator = tutorial_networks()
    gan = build.make_gan(config.resolve("classic"), CPU)
    for theirs, ours in ((discriminator, gan.discriminator), (generator, gan.generator)):
        assert {name: weight.shape for name, weight in theirs.state_dict().items()} == {
            name: weight.shape for name, weight in ours.state_dict().items()
        }


def test_fifty_steps_give_the_tutorials_losses_and_weights() -> None:
    classic = config.resolve("classic")
    images = build.load_data(classic, CPU).flat
    gan = build.make_gan(classic, CPU)
    discriminator, generator = tutorial_networks()
    discriminator.load_state_dict(gan.discriminator.state_dict())
    generator.load_state_dict(gan.generator.state_dict())
    tutorial = Tutorial(discriminator, generator)
    randomness = Randomness(seed=7, device=CPU)
    order = randomness.order(0, len(images))

    for step in range(STEPS):
        batch = images[order[step * 100 : (step + 1) * 100]]
        z_d, z_g = randomness.latents(step, 100, 64)
        ours = train_step(gan, from_uint8(batch), z_d, z_g)
        # The tutorial's transform: ToTensor divides by 255, Normalize(0.5, 0.5) moves to [-1, 1].
        theirs = tutorial.step((batch.float() / 255 - 0.5) / 0.5, z_d, z_g)
        torch.testing.assert_close(ours[:4], torch.tensor(theirs), rtol=1e-3, atol=1e-4)

    before = build.make_gan(classic, CPU).generator.state_dict()["0.weight"]
    for theirs_network, ours_network in ((discriminator, gan.discriminator), (generator, gan.generator)):
        for name, weight in theirs_network.state_dict().items():
            torch.testing.assert_close(ours_network.state_dict()[name], weight, rtol=1e-3, atol=1e-4)
    assert not torch.allclose(before, gan.generator.state_dict()["0.weight"], atol=1e-3), "fifty steps must have moved the weights"


def test_a_loss_that_is_not_finite_leaves_the_weights() -> None:
    gan = build.make_gan(config.resolve("classic"), CPU)
    before = {name: weight.clone() for name, weight in gan.discriminator.state_dict().items()}
    z_d, z_g = Randomness(seed=7, device=CPU).latents(0, 4, 64)
    metrics = train_step(gan, torch.full((4, 784), float("nan")), z_d, z_g)
    assert not metrics[0].isfinite()
    assert all(torch.equal(weight, before[name]) for name, weight in gan.discriminator.state_dict().items())
    good = train_step(gan, torch.zeros(4, 784), z_d, z_g)
    assert good.isfinite().all()
    assert not torch.equal(gan.discriminator.state_dict()["0.weight"], before["0.weight"])
