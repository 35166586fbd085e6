"""Train the classifier that ships: `python -m gan_tui.metrics.train_classifier`. About five minutes on one core.

The same seed, torch version and number of threads give the same weights. The last weights of the schedule are taken, and the test set is
looked at once, when they are final and rounded to the 16 bits in which they are kept.
"""

import argparse
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss, one_hot
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR

from gan_tui.data import mnist
from gan_tui.metrics.augment import move, roughen, spoil
from gan_tui.metrics.classifier import CLASSES, FEATURES, Classifier
from gan_tui.metrics.images import from_uint8

NAME = "mnist-cnn-v1"
VALIDATION = 5_000
"""The last images of the training set are not learned from: live runs that hold out the same ones see unseen images twice over."""
BATCH = 250
SPOILED = 32
"""Images that are no digit, in every batch."""
DRAWING = 0.5
"""Weight of drawing the image again from its features (mean squared error of pixels in [-1, 1])."""


class TrainingNetwork(nn.Module):
    """The classifier with batch normalisation, and a linear layer that draws the image again from the features.

    Class labels alone teach features to forget stroke, slant and size, and with them whether samples vary; having to draw the
    image keeps these. Both additions are gone from the shipped network: the first is folded, the second dropped.
    """

    def __init__(self) -> None:
        super().__init__()
        plain = Classifier(NAME).requires_grad_(True)
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
        """(N, 1, 28, 28) to features (N, 64) and logits (N, 10)."""
        features = self.standardise(self.embed(self.body(images)))
        return features, self.head(features.relu())

    @torch.no_grad()
    def fold(self) -> Classifier:
        """The plain network that computes the same in evaluation, rounded to 16 bits."""
        self.eval()
        plain = Classifier(NAME)
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


def train(images: Tensor, labels: Tensor, epochs: int, seed: int) -> Classifier:
    """Learn images, float32 (N, 1, 28, 28) in [-1, 1], and their labels, int64 (N,); prints a line an epoch."""
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = TrainingNetwork().to(memory_format=torch.channels_last)
    optimizer = AdamW(network.parameters(), lr=4e-3, weight_decay=0.02, fused=True)
    steps = len(images) // BATCH
    schedule = OneCycleLR(optimizer, max_lr=4e-3, total_steps=epochs * steps, pct_start=0.2)
    for epoch in range(epochs):
        total = torch.zeros(())
        for chosen in torch.randperm(len(images), generator=generator)[: steps * BATCH].split(BATCH):
            digits, numbers = move(images[chosen], generator), labels[chosen]
            spoiled, answers = spoil(digits[:SPOILED], numbers[:SPOILED], CLASSES, generator)
            seen = roughen(torch.cat([digits, spoiled]), generator)
            targets = torch.cat([one_hot(numbers, CLASSES).float(), answers])
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
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "weights" / f"{NAME}.safetensors")
    wanted = parser.parse_args()
    images, labels = mnist.load(train=True)
    images = from_uint8(images)
    network = train(images[:-VALIDATION], labels[:-VALIDATION], wanted.epochs, wanted.seed)
    validation = accuracy(network, images[-VALIDATION:], labels[-VALIDATION:])
    test_images, test_labels = mnist.load(train=False)
    test = accuracy(network, from_uint8(test_images), test_labels)
    print(f"accuracy: validation {validation:.4f}, test {test:.4f}")
    facts = {
        "name": NAME,
        "dataset": "mnist",
        "validation_accuracy": f"{validation:.4f}",
        "test_accuracy": f"{test:.4f}",
        "epochs": str(wanted.epochs),
        "seed": str(wanted.seed),
        "torch": torch.__version__,
    }
    save_file({name: value.half().contiguous() for name, value in network.state_dict().items()}, wanted.out, metadata=facts)


if __name__ == "__main__":
    main()
