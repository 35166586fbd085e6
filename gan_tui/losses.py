"""GAN losses and gradient penalties as pure functions of logits and images.

D's last layer gives a logit a. Where the loss makes D a binary classifier of single images, D(x) = sigmoid(a) is the probability that
x is real; working on logits is the same mathematics as the tutorial's sigmoid followed by BCELoss, without its rounding
near 0 and 1: -log(sigmoid(a)) = softplus(-a) and -log(1 - sigmoid(a)) = softplus(a).
"""

import math
from collections.abc import Callable
from typing import NamedTuple, Protocol

import torch
from torch import Tensor
from torch.nn.functional import relu, softplus

from gan_tui.spec.objectives import OBJECTIVES, Objective


class LogitsLoss(Protocol):
    """A mean over images."""

    def __call__(self, real: Tensor, fake: Tensor, /, dim: int | None = None) -> Tensor:
        """real, fake: logits, both of any one shape. The mean over all of them is a scalar; over `dim` alone, one for each of the rest."""


Discriminator = Callable[[Tensor, Tensor | None], Tensor]
"""Images (B, ...) and their classes, int64 (B,) or None, -> logits (B, 1)."""
DGradient = Callable[[Tensor], Tensor]
"""Logits (2B, ...), B real ones and then B fake ones -> B times the gradient of D's loss with respect to each, (2B, ...)."""
GGradient = Callable[[Tensor, Tensor], Tensor]
"""(real logits, fake logits), both (B, ...) -> B times the gradient of G's loss with respect to the fake ones, (B, ...)."""


class LossPair(NamedTuple):
    """What D and G minimise under an objective."""

    d_loss: LogitsLoss
    g_loss: LogitsLoss
    """Gets an empty tensor for the real logits unless the objective's `g_sees_real`."""
    d_gradient: DGradient
    """What autograd would find for `d_loss`, in a tenth of the operations."""
    g_gradient: GGradient
    objective: Objective
    d_valued: Callable[[Tensor], tuple[Tensor, Tensor]] | None = None
    """`d_gradient` and, of the same call, `d_loss`: of a person's own loss, which need not be finite where logits are. None: it is ours."""
    g_valued: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]] | None = None
    """Likewise for G."""

    def of_d(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """`d_gradient` and `d_loss` of logits (2B, 1), B real ones and then B fake ones."""
        if self.d_valued is not None:
            return self.d_valued(logits)
        real, fake = logits.chunk(2)
        return self.d_gradient(logits), self.d_loss(real, fake)

    def of_g(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """`g_gradient` and `g_loss`, of which both see what `g_loss` sees."""
        if self.g_valued is not None:
            return self.g_valued(real, fake)
        return self.g_gradient(real, fake), self.g_loss(real, fake)


def non_saturating_d_loss(real_logits: Tensor, fake_logits: Tensor, dim: int | None = None) -> Tensor:
    """-log D(x) - log(1 - D(G(z))), each averaged over its batch; >= 0. Goodfellow et al. 2014, arXiv:1406.2661, equation 1."""
    return softplus(-real_logits).mean(dim) + softplus(fake_logits).mean(dim)


def non_saturating_g_loss(_real_logits: Tensor, fake_logits: Tensor, dim: int | None = None) -> Tensor:
    """-log D(G(z)) averaged over the batch, instead of log(1 - D(G(z))), whose gradient vanishes while D wins; >= 0.

    Goodfellow et al. 2014, last paragraph of section 3.
    """
    return softplus(-fake_logits).mean(dim)


def saturating_g_loss(_real_logits: Tensor, fake_logits: Tensor, dim: int | None = None) -> Tensor:
    """log(1 - D(G(z))) averaged over the batch; <= 0. The original minimax game, which stalls while D wins: here to be seen."""
    return -softplus(fake_logits).mean(dim)


def relativistic_d_loss(real_logits: Tensor, fake_logits: Tensor, dim: int | None = None) -> Tensor:
    """-log sigmoid(D(x) - D(G(z))) over pairs of one real and one generated image; >= 0.

    RpGAN: Jolicoeur-Martineau 2018, arXiv:1807.00734; its landscape has no local minima where modes are dropped
    (Sun et al. 2020, arXiv:2011.04926).
    """
    return softplus(fake_logits - real_logits).mean(dim)


def relativistic_g_loss(real_logits: Tensor, fake_logits: Tensor, dim: int | None = None) -> Tensor:
    """-log sigmoid(D(G(z)) - D(x)) over pairs; >= 0. The mirror image of `relativistic_d_loss`."""
    return softplus(real_logits - fake_logits).mean(dim)


def hinge_d_loss(real_logits: Tensor, fake_logits: Tensor, dim: int | None = None) -> Tensor:
    """max(0, 1 - D(x)) + max(0, 1 + D(G(z))), each averaged; >= 0. Lim and Ye 2017, arXiv:1705.02894; Miyato et al. 2018."""
    return relu(1 - real_logits).mean(dim) + relu(1 + fake_logits).mean(dim)


def wasserstein_d_loss(real_logits: Tensor, fake_logits: Tensor, dim: int | None = None) -> Tensor:
    """mean D(G(z)) - mean D(x): minus the estimated distance. Arjovsky et al. 2017, arXiv:1701.07875."""
    return fake_logits.mean(dim) - real_logits.mean(dim)


def minus_mean_logit(_real_logits: Tensor, fake_logits: Tensor, dim: int | None = None) -> Tensor:
    """-mean D(G(z)): G's side of the hinge and the Wasserstein loss."""
    return -fake_logits.mean(dim)


def non_saturating_d_gradient(logits: Tensor) -> Tensor:
    """D(x) - 1 and D(G(z)): by how much each probability is off."""
    gradient = logits.sigmoid()
    gradient[: len(logits) // 2].sub_(1)
    return gradient


def non_saturating_g_gradient(_real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """D(G(z)) - 1."""
    return fake_logits.sigmoid().sub_(1)


def saturating_g_gradient(_real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """-D(G(z)): next to nothing while D wins."""
    return fake_logits.sigmoid().neg_()


def relativistic_d_gradient(logits: Tensor) -> Tensor:
    """-p and p, where p = sigmoid(D(G(z)) - D(x)) is how sure D is of the wrong one of the pair."""
    real_logits, fake_logits = logits.chunk(2)
    wrong = torch.sigmoid(fake_logits - real_logits)
    return torch.cat([-wrong, wrong])


def relativistic_g_gradient(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """-sigmoid(D(x) - D(G(z)))."""
    return torch.sigmoid(real_logits - fake_logits).neg_()


def hinge_d_gradient(logits: Tensor) -> Tensor:
    """-1 and 1 where the margin is not kept, else 0."""
    real_logits, fake_logits = logits.chunk(2)
    return torch.cat([(real_logits < 1).to(logits.dtype).neg_(), (fake_logits > -1).to(logits.dtype)])


def wasserstein_d_gradient(logits: Tensor) -> Tensor:
    """-1 and 1."""
    gradient = torch.ones_like(logits)
    gradient[: len(logits) // 2] = -1
    return gradient


def minus_ones(_real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """-1: that of `minus_mean_logit`."""
    return -torch.ones_like(fake_logits)


_FUNCTIONS: dict[str, tuple[LogitsLoss, LogitsLoss, DGradient, GGradient]] = {
    "non-saturating": (non_saturating_d_loss, non_saturating_g_loss, non_saturating_d_gradient, non_saturating_g_gradient),
    "saturating": (non_saturating_d_loss, saturating_g_loss, non_saturating_d_gradient, saturating_g_gradient),
    "relativistic": (relativistic_d_loss, relativistic_g_loss, relativistic_d_gradient, relativistic_g_gradient),
    "hinge": (hinge_d_loss, minus_mean_logit, hinge_d_gradient, minus_ones),
    "wasserstein": (wasserstein_d_loss, minus_mean_logit, wasserstein_d_gradient, minus_ones),
}
LOSSES = {name: LossPair(*_FUNCTIONS[name], objective) for name, objective in OBJECTIVES.items()}
"""By the name that `loss.name` takes."""


class Scored(NamedTuple):
    """Images of one kind, and what D says of them."""

    images: Tensor
    """(B, ...), in [-1, 1]."""
    y: Tensor | None
    """Their classes, int64 (B,), where D is told them."""
    logits: Tensor
    """(B, 1), with a graph to D's weights."""

    def first(self, rows: int) -> "Scored":
        """The first `rows` of them."""
        return Scored(self.images[:rows], None if self.y is None else self.y[:rows], self.logits[:rows])


class Penalties(NamedTuple):
    """Gradient penalties, added to D's loss so that its gradient with respect to the image stays small; 0 leaves a term out."""

    r1: float = 0.0
    """Gamma of R1: the squared gradient norm at real images. Mescheder et al. 2018, arXiv:1801.04406."""
    r2: float = 0.0
    """Gamma of R2: the same at generated images. With a relativistic loss both are needed (Huang et al. 2024, arXiv:2501.05441)."""
    gp: float = 0.0
    """Lambda of WGAN-GP: the gradient norm between the two is to be 1. Gulrajani et al. 2017, arXiv:1704.00028."""
    share: float = 1.0
    """Share of each batch on which they are computed: fewer images make the same expectation, only noisier."""
    sigma: float = 0.0
    """Above 0, R1 and R2 are finite differences: what noise of this size on an image does to D (see `squared_slopes`). 0: exact."""

    @property
    def any(self) -> bool:
        """Is there anything to add?"""
        return self.r1 > 0 or self.r2 > 0 or self.gp > 0

    @property
    def finite_differences(self) -> bool:
        """Do they need noise?"""
        return self.sigma > 0 and (self.r1 > 0 or self.r2 > 0)

    def rows(self, batch: int) -> int:
        """Images of a batch on which the penalties are computed."""
        return max(1, math.ceil(self.share * batch))

    def total(self, discriminator: Discriminator, real: Scored, fake: Scored, uniform: Tensor, noise: Tensor | None = None) -> Tensor:
        """The sum of all terms, a scalar with a graph to D's weights.

        uniform: (B,), independent of all images, in [0, 1]: where between the two kinds WGAN-GP looks. noise: for finite differences,
        (2, `rows(B)` or more, ...) ~ N(0, 1): what is laid over real and over generated images.
        """
        rows = self.rows(len(real.images))
        real, fake, uniform = real.first(rows), fake.first(rows), uniform[:rows]
        kinds = [(gamma, index) for index, gamma in enumerate((self.r1, self.r2)) if gamma]
        chosen = [(real, fake)[index] for _, index in kinds]
        if noise is not None:
            norms = squared_slopes(discriminator, chosen, [noise[index, :rows] for _, index in kinds], self.sigma)
        else:
            norms = [squared_gradient_norm(discriminator, kind.images, kind.y) for kind in chosen]
        terms = [gamma / 2 * norm.mean() for (gamma, _), norm in zip(kinds, norms, strict=True)]
        if self.gp:
            mix = uniform.view(-1, *[1] * (real.images.dim() - 1))
            norm = (squared_gradient_norm(discriminator, mix * real.images + (1 - mix) * fake.images, real.y) + 1e-12).sqrt()
            terms.append(self.gp * (norm - 1).square().mean())
        return torch.stack(terms).sum()


def squared_gradient_norm(discriminator: Discriminator, images: Tensor, y: Tensor | None = None) -> Tensor:
    """||gradient of D with respect to each image||^2: (B,) for images (B, ...) of the classes y, itself differentiable."""
    images = images.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(discriminator(images, y).sum(), images, create_graph=True)
    return gradient.flatten(1).square().sum(1)


def squared_slopes(discriminator: Discriminator, kinds: list[Scored], noise: list[Tensor], sigma: float) -> list[Tensor]:
    """(D(x + sigma e) - D(x))^2 / sigma^2 for noise e ~ N(0, 1), (B, ...): (B, 1) for each kind of images.

    Its mean over e is ||gradient of D||^2, but for terms of sigma^2: the slope of D in a neighbourhood instead of at a point. It needs one
    pass more of D, and no second derivatives. Lin et al. 2025, arXiv:2501.08316, section 4.3.
    """
    moved = torch.cat([kind.images + sigma * e for kind, e in zip(kinds, noise, strict=True)])
    y = None if kinds[0].y is None else torch.cat([kind.y for kind in kinds if kind.y is not None])
    logits = discriminator(moved, y).chunk(len(kinds))
    return [((there - kind.logits) / sigma).square() for there, kind in zip(logits, kinds, strict=True)]


def uniform_from_normal(normal: Tensor) -> Tensor:
    """Numbers ~ N(0, 1) to numbers uniform in [0, 1], through the normal distribution function."""
    uniform: Tensor = torch.special.ndtr(normal)
    return uniform
