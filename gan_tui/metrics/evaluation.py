"""Everything that is measured of a set of samples, against real images whose features are taken once."""

from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from gan_tui.metrics.classes import (
    ClassVariances,
    class_divergence,
    class_histogram,
    class_variances,
    confidence_threshold,
    confident_fraction,
    effective_classes,
    intra_class_diversity,
    modes,
)
from gan_tui.metrics.distances import Moments, density_coverage, frechet_distance, kernel_distance, moments, radii
from gan_tui.metrics.feature_networks import FeatureNetwork, Features, as_images, join
from gan_tui.metrics.full_precision import full_precision
from gan_tui.metrics.overfitting import copy_share, copy_threshold, nn_distance_ratio, thumbnails

REFERENCE = 10_000
"""Real images, at most, whose moments stand for the data set; more where more samples than that are evaluated."""
COPIES_CHECKED = 1_000
"""Samples that are looked up among all training images, which is the dearest measure: so the share is known to about 0.003."""
CALIBRATION = 2_000
"""Held-out images, at least, from which thresholds are taken."""
FILLED = 30
"""Samples a class, on average, from which on the variety within classes is measured: the worst of many small ones would be chance."""
NAMED = 40
"""Classes up to which the share of each is of interest."""
PIECE = 1_000
"""Images measured in one piece of the preparation: a tenth of a second on a core."""

Against = Literal["train", "held-out"]
"""The real images that samples are compared with."""


@dataclass(frozen=True)
class Evaluation:
    """What one set of samples measures, as `gan_tui/spec/metrics.py` declares it. None: this network cannot tell.

    A set that holds a non-finite pixel reads nan in everything but `fd_floor` and `samples`.
    """

    samples: int
    fd: float
    fd_floor: float
    kid: float
    density: float
    coverage: float
    copies: float
    modes: float | None = None
    classes: float | None = None
    class_kl: float | None = None
    confident: float | None = None
    diversity: float | None = None
    """None where there are more classes than samples could fill."""
    diversity_min: float | None = None
    shares: tuple[float, ...] = ()
    """Of each class among the samples; empty where there are no classes, or more than NAMED."""
    real_shares: tuple[float, ...] = ()
    """The same of the real images."""

    def scalars(self) -> dict[str, float]:
        """The numbers by name, without those this network cannot tell."""
        return {name: value for name, value in asdict(self).items() if isinstance(value, float | int)}


@dataclass(frozen=True)
class _RealClasses:
    """What a classifier makes of the real images."""

    shares: Tensor
    variances: ClassVariances | None
    """None where there are more classes than the samples could fill."""
    confidence_threshold: float


@dataclass(frozen=True)
class _Real:
    """The real images' side of every measure."""

    moments: Moments
    floor: float
    features: Tensor
    radii: Tensor
    thumbnails: Tensor
    copy_threshold: float
    classes: _RealClasses | None


class Evaluator:
    """Measures the real images once, and then any number of sets of `samples` generated ones.

    The distances, density and coverage are taken against training images, or with `against="held-out"` against the others.
    `train` are the images the generator learns from and `held_out` real ones it does not, uint8 or float in [-1, 1], (N, C, H, W) or
    (N, C*H*W), on any device; the work is done on the network's. While a run lives, hold out a part of the training set: the test
    set is for the last word. Which images stand for the rest depends on `seed` alone.

    Creating one costs nothing: the real images are measured when first needed, or before, in pieces of a fraction of a
    second, by `prepare_piece`. Raises ValueError for fewer than 6 samples or training images, fewer than 2 held out, or wrong shapes.
    """

    def __init__(
        self,
        network: FeatureNetwork,
        train: Tensor,
        held_out: Tensor,
        *,
        samples: int,
        seed: int = 0,
        against: Against = "train",
    ) -> None:
        if min(samples, len(train)) < 6 or len(held_out) < 2:
            counts = f"{samples} samples, {len(train)} training and {len(held_out)} held-out images"
            raise ValueError(f"too few to evaluate: {counts}; 6, 6 and 2 are the least")
        as_images(train[:1], network.image_shape)
        as_images(held_out[:1], network.image_shape)
        self.name = network.name
        self.samples = samples
        self._network = network
        self._device = next(network.parameters()).device
        self._train = train
        self._held_out = held_out
        self._seed = seed
        self._against = against
        self._real: _Real | None = None
        self._pieces = self._measure_reals()

    @full_precision()
    def prepare_piece(self) -> bool:
        """Measure the next few real images; True when all is ready, and from then on it does nothing.

        After a failure (a GPU without memory) the next call begins again.
        """
        try:
            return next(self._pieces, True)
        except Exception:
            self._pieces = self._measure_reals()
            raise

    def floor(self) -> float:
        """The Frechet distance that `samples` real images read: held-out ones, topped up with training images not used elsewhere.

        Where there are not enough of both, that of fewer is scaled: see `_scaled_floor`.
        """
        return self._ready().floor

    @full_precision()
    def evaluate(self, images: Tensor) -> Evaluation:
        """Measure generated images, in any of the forms that the real ones may have.

        Raises ValueError where there are not exactly `samples`: the numbers, and the floor, depend on how many.
        """
        if len(images) != self.samples:
            raise ValueError(f"this evaluator compares sets of {self.samples} images, these are {len(images)}")
        real = self._ready()
        images = self._shaped(images.detach())
        if not images.isfinite().all():
            # One bad image spoils the set: all its numbers are nan, whichever of them would have met that image.
            images = torch.full_like(images, torch.nan)
        features, logits = self._network(images)
        places = density_coverage(real.features, real.radii, features[: len(real.radii)])  # of more samples, more would be covered
        evaluation = Evaluation(
            samples=self.samples,
            fd=frechet_distance(real.moments, moments(features)),
            fd_floor=real.floor,
            kid=kernel_distance(real.features, features).value,
            density=places.density,
            coverage=places.coverage,
            copies=copy_share(thumbnails(images[:COPIES_CHECKED]), real.thumbnails, real.copy_threshold),
        )
        if real.classes is None or logits is None:
            return evaluation
        histogram = class_histogram(logits)
        named = len(histogram) <= NAMED and bool(histogram.isfinite().all())
        evaluation = replace(
            evaluation,
            modes=modes(histogram),
            classes=effective_classes(histogram),
            class_kl=class_divergence(histogram, real.classes.shares),
            confident=confident_fraction(logits, real.classes.confidence_threshold),
            shares=tuple(histogram.tolist()) if named else (),
            real_shares=tuple(real.classes.shares.tolist()) if named else (),
        )
        if real.classes.variances is None:
            return evaluation
        diversity = intra_class_diversity(real.classes.variances, class_variances(features, logits.argmax(1), logits.shape[1]))
        return replace(evaluation, diversity=diversity.overall, diversity_min=diversity.worst)

    def _shaped(self, images: Tensor) -> Tensor:
        return as_images(images.to(self._device), self._network.image_shape)

    def _ready(self) -> _Real:
        while not self.prepare_piece():
            pass
        assert self._real is not None
        return self._real

    def _measure_reals(self) -> Iterator[bool]:
        # Yields False after each piece of work; what is ready is left in self._real.
        order = torch.randperm(len(self._train), generator=torch.Generator().manual_seed(self._seed)).to(self._train.device)
        held_order = torch.randperm(len(self._held_out), generator=torch.Generator().manual_seed(self._seed)).to(self._held_out.device)
        most = max(REFERENCE, self.samples)
        held_out = self._held_out[held_order]
        reference, others = (self._train[order], held_out) if self._against == "train" else (held_out, self._train[order])
        others = others[: max(CALIBRATION, self.samples)]
        missing = max(0, self.samples - len(others))
        features, logits = yield from self._features(reference[:most])
        other_features, other_logits = yield from self._features(others)
        more_features, _ = yield from self._features(reference[most : most + missing])

        real_moments = moments(features)
        others_features = torch.cat([other_features, more_features])[: self.samples]
        floor = _scaled_floor(frechet_distance(real_moments, moments(others_features)), len(others_features), self.samples, len(features))
        real_radii = radii(features[: self.samples])
        yield False

        small = []
        for part in self._train.split(10 * PIECE):
            small.append(thumbnails(self._shaped(part)))
            yield False
        train_thumbnails = torch.cat(small)
        ratios = []
        for part in held_out[:CALIBRATION].split(PIECE // 4):
            ratios.append(nn_distance_ratio(thumbnails(self._shaped(part)), train_thumbnails))
            yield False

        classes = None
        if logits is not None and other_logits is not None:
            count = logits.shape[1]
            variances = class_variances(features, logits.argmax(1), count) if self.samples >= FILLED * count else None
            classes = _RealClasses(self._network.real_shares(logits), variances, confidence_threshold(other_logits))
        threshold = copy_threshold(torch.cat(ratios))
        self._real = _Real(real_moments, floor, features[: self.samples], real_radii, train_thumbnails, threshold, classes)

    def _features(self, images: Tensor) -> Generator[bool, None, Features]:
        seen = []
        for part in images.split(PIECE):
            seen.append(self._network(self._shaped(part)))
            yield False
        return join(seen)


def _scaled_floor(distance: float, measured: int, samples: int, reference: int) -> float:
    """What `samples` real images would read, where only `measured` could be, against the moments of `reference`.

    Of sets from one distribution the distance is all bias, and that goes with 1/n + 1/reference (Chong and Forsyth 2020,
    arXiv:1911.07023). On MNIST this holds within a third down to 64 images of 64 features: 0.18 for 0.25.
    """
    return distance * (1 / samples + 1 / reference) / (1 / measured + 1 / reference)
