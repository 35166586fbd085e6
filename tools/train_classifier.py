"""Train a classifier as it ships: `python -m tools.train_classifier`, in a checkout. About five minutes on one core.

`--dataset kmnist` and so on make one for another set of that size, which `network_for` uses from then on. The same seed, torch version and
number of threads give the same weights. The last weights of the schedule are taken, and the test set is looked at once, when they are
final and rounded to the 16 bits in which they are kept.
"""

import argparse
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.functional import affine_grid, avg_pool2d, cross_entropy, grid_sample, mse_loss, one_hot
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR

from gan_tui import metrics
from gan_tui.config import Data
from gan_tui.data import registry
from gan_tui.metrics.feature_networks import CLASSIFIED, FEATURES, Classifier, classifier_name
from gan_tui.pixel_range import from_uint8

VALIDATION = 1 / 12
"""The last share of the training set is not trained on, of MNIST 5,000."""
BATCH = 250
SPOILED = 32
"""Images that are no digit, in every batch."""
DRAWING = 0.5
"""Weight of drawing the image again from its features (mean squared error of pixels in [-1, 1])."""


def move(images: Tensor, generator: torch.Generator) -> Tensor:
    """Each image turned, slanted, scaled and shifted by its own small random amount.

    float32 (N, 1, 28, 28) in [-1, 1] in and out. Up to 12 degrees, 0.2 of slant, 12 % of size either way and 2.5 pixels.
    """

    def uniform(most: float) -> Tensor:
        return (2 * torch.rand(len(images), generator=generator) - 1) * most

    angle, slant, width, height = uniform(0.21), uniform(0.2), 1 + uniform(0.12), 1 + uniform(0.12)
    cos, sin = angle.cos(), angle.sin()
    rows = [width * cos, slant - height * sin, uniform(0.18), width * sin, height * cos, uniform(0.18)]
    grid = affine_grid(torch.stack(rows, 1).view(-1, 2, 3), list(images.shape), align_corners=False)
    # Outside an image there is paper, -1, where grid_sample would put grey.
    return grid_sample(images + 1, grid, align_corners=False) - 1


def roughen(images: Tensor, generator: torch.Generator) -> Tensor:
    """Half of the images with noise, half (independently) a little blurred; each by its own amount.

    float32 (N, 1, 28, 28) in [-1, 1] in and out. Noise of standard deviation up to 0.5; up to all of a 3 x 3 mean. A generator's digits
    have speckles and soft strokes that no MNIST image has, and people read them all the same: so must the classifier.
    """

    def amount(most: float) -> Tensor:
        drawn = torch.rand(2, len(images), 1, 1, 1, generator=generator)
        return drawn[0] * most * (drawn[1] < 0.5)

    soft = torch.lerp(images, avg_pool2d(images + 1, 3, stride=1, padding=1) - 1, amount(1))
    return (soft + amount(0.5) * torch.randn(images.shape, generator=generator)).clamp(-1, 1)


def spoil(images: Tensor, labels: Tensor, classes: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Images that are no digit, and the honest answer to each: half are cut up and shuffled, half are two digits at once.

    Of float32 (N, 1, 28, 28), and int64 (N,), come as many images and their targets, float32 (N, classes). A classifier that
    never met garbage is sure of it, and would call it legible (outlier exposure: Hendrycks et al. 2019, arXiv:1812.04606).
    """
    half = len(images) // 2
    tiles = images[:half].view(half, 4, 7, 4, 7).transpose(2, 3).reshape(half, 16, 49)
    order = torch.rand(half, 16, generator=generator).argsort(1)
    tiles = tiles.gather(1, order[:, :, None].expand(-1, -1, 49))
    shuffled = tiles.view(half, 4, 4, 7, 7).transpose(2, 3).reshape(half, 1, 28, 28)
    other = (torch.arange(half, len(images)) - half + 1) % (len(images) - half) + half
    overlaid = torch.maximum(images[half:], images[other])
    overlaid_targets = (one_hot(labels[half:], classes) + one_hot(labels[other], classes)) / 2
    return torch.cat([shuffled, overlaid]), torch.cat([torch.full((half, classes), 1 / classes), overlaid_targets])


class TrainingNetwork(nn.Module):
    """The classifier with batch normalisation, and a linear layer that draws the image again from the features.

    Class labels alone teach features to forget stroke, slant and size, and with them whether samples vary; having to draw the
    image keeps these. Both additions are gone from the shipped network: the first is folded, the second dropped.
    """

    def __init__(self, name: str, classes: int) -> None:
        super().__init__()
        self.name, self.classes = name, classes
        plain = Classifier(name, classes).requires_grad_(True)
        layers: list[nn.Module] = []
        for layer in plain.body:
            layers.append(layer)
            if isinstance(layer, nn.Conv2d):
                layers.append(nn.BatchNorm2d(layer.out_channels))
        self.body = nn.Sequential(*layers)
        self.embed = plain.embed
        self.standardise = nn.BatchNorm1d(FEATURES, affine=False)
        self.head = plain.head
        self.draw = nn.Linear(FEATURES, 28 * 28)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 1, 28, 28) to features (N, 64) and logits (N, classes)."""
        features = self.standardise(self.embed(self.body(images)))
        return features, self.head(features.relu())

    @torch.no_grad()
    def fold(self) -> Classifier:
        """The plain network that computes the same in evaluation, rounded to 16 bits."""
        self.eval()
        plain = Classifier(self.name, self.classes)
        convolutions = [layer for layer in self.body if isinstance(layer, nn.Conv2d)]
        norms = [layer for layer in self.body if isinstance(layer, nn.BatchNorm2d)]
        targets = [layer for layer in plain.body if isinstance(layer, nn.Conv2d)]
        for target, convolution, norm in zip(targets, convolutions, norms, strict=True):
            target.load_state_dict(fuse_conv_bn_eval(convolution, norm).state_dict())
        mean, variance = self.standardise.running_mean, self.standardise.running_var
        assert mean is not None
        assert variance is not None
        scale = (variance + self.standardise.eps).rsqrt()
        plain.embed.weight.copy_(self.embed.weight * scale[:, None])
        plain.embed.bias.copy_((self.embed.bias - mean) * scale)
        plain.head.load_state_dict(self.head.state_dict())
        return plain.half().float().eval()


def train(name: str, images: Tensor, labels: Tensor, classes: int, epochs: int, seed: int) -> Classifier:
    """Learn images, float32 (N, 1, 28, 28) in [-1, 1], and their labels, int64 (N,) in 0..classes-1; prints a line an epoch."""
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = TrainingNetwork(name, classes).to(memory_format=torch.channels_last)
    optimizer = AdamW(network.parameters(), lr=4e-3, weight_decay=0.02, fused=True)
    steps = len(images) // BATCH
    schedule = OneCycleLR(optimizer, max_lr=4e-3, total_steps=epochs * steps, pct_start=0.2)
    for epoch in range(epochs):
        total = torch.zeros(())
        for chosen in torch.randperm(len(images), generator=generator)[: steps * BATCH].split(BATCH):
            digits, numbers = move(images[chosen], generator), labels[chosen]
            spoiled, answers = spoil(digits[:SPOILED], numbers[:SPOILED], classes, generator)
            seen = roughen(torch.cat([digits, spoiled]), generator)
            targets = torch.cat([one_hot(numbers, classes).float(), answers])
            features, logits = network(seen.contiguous(memory_format=torch.channels_last))
            loss = cross_entropy(logits, targets) + DRAWING * mse_loss(network.draw(features), seen.flatten(1))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.detach()
        print(f"epoch {epoch + 1}/{epochs} loss {total.item() / steps:.4f}", flush=True)
    return network.fold()


@torch.no_grad()
def accuracy(network: Classifier, images: Tensor, labels: Tensor) -> float:
    """The share of images, float32 in [-1, 1], whose largest logit is their label's."""
    logits = network(images).logits
    return float((logits.argmax(1) == labels).double().mean())


def main() -> None:
    """Train, measure once, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", choices=CLASSIFIED, default="mnist")
    parser.add_argument("--data-dir", default="", help="a folder that holds the data set's files; left out, they are downloaded")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path(metrics.__file__).parent / "weights", help="the folder to write into")
    wanted = parser.parse_args()
    name = classifier_name(wanted.dataset)
    data = registry.load(Data(dataset=wanted.dataset, dir=wanted.data_dir))
    assert data.labels is not None
    assert data.test_labels is not None
    images = from_uint8(data.images)
    learned = len(images) - round(len(images) * VALIDATION)
    network = train(name, images[:learned], data.labels[:learned], data.classes, wanted.epochs, wanted.seed)
    validation = accuracy(network, images[learned:], data.labels[learned:])
    test = accuracy(network, from_uint8(data.test), data.test_labels)
    print(f"accuracy: validation {validation:.4f}, test {test:.4f}")
    facts = {
        "name": name,
        "dataset": wanted.dataset,
        "validation_accuracy": f"{validation:.4f}",
        "test_accuracy": f"{test:.4f}",
        "epochs": str(wanted.epochs),
        "seed": str(wanted.seed),
        "torch": torch.__version__,
    }
    weights = {name: value.half().contiguous() for name, value in network.state_dict().items()}
    save_file(weights, wanted.out / f"{name}.safetensors", metadata=facts)


if __name__ == "__main__":
    main()
