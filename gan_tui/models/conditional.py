"""Networks that are told a class: G which one to draw, D which one it is said to be.

The class travels as one more number behind an image or a latent, so that a step of training need not know of it: G hands on the
class that it was given, D takes it off. So real and generated images of a pair have the same class, as relativistic losses want.
"""

import torch
from torch import Tensor, nn

EMBEDDING = 64
"""Numbers that say a class to G."""


class ConditionalGenerator(nn.Module):
    """Rows (B, latent_dim + 1) to rows (B, pixels + 1); the last number of each is its class.

    The class, as a learned vector, is a part of the latent: Mirza and Osindero 2014, arXiv:1411.1784.
    """

    def __init__(self, core: nn.Sequential, classes: int) -> None:
        """`core`: latents (B, latent_dim + EMBEDDING) to images (B, pixels)."""
        super().__init__()
        self.core = core
        self.embed = nn.Embedding(classes, EMBEDDING)

    def forward(self, rows: Tensor) -> Tensor:
        """Images in [-1, 1], and their classes."""
        latents, label = rows[:, :-1], rows[:, -1:]
        images = self.core(torch.cat([latents, self.embed(_index(label))], 1))
        return torch.cat([images, label], 1)


class ConditionalDiscriminator(nn.Module):
    """Rows (B, pixels + 1), the last number of each its class, to logits (B, 1).

    The projection discriminator: logit = head(f) + <class vector, f> for the features f of the image. Miyato and Koyama 2018,
    arXiv:1802.05637.
    """

    def __init__(self, core: nn.Sequential, classes: int) -> None:
        """`core`: images (B, pixels) to logits (B, 1), ending in a fully connected layer."""
        super().__init__()
        head = core[-1]
        assert isinstance(head, nn.Linear)
        self.features, self.head = core[:-1], head
        self.embed = nn.Embedding(classes, head.in_features)
        nn.init.normal_(self.embed.weight, 0, head.in_features**-0.5)

    def forward(self, rows: Tensor) -> Tensor:
        """How real each image is as one of its class. A slope with respect to the class is 0: penalties see the image alone."""
        features = self.features(rows[:, :-1])
        logits: Tensor = self.head(features) + (self.embed(_index(rows[:, -1:])) * features).sum(1, keepdim=True)
        return logits


def _index(label: Tensor) -> Tensor:
    """Classes (B, 1) as numbers to int64 (B,); WGAN-GP's mixture of two equal ones is off by a rounding."""
    return label[:, 0].round().long()
