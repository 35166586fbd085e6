"""Every scalar that a trainer logs: its name, what it means, what it should be, and with which others it is charted.

To add a metric, declare it here and compute it in `training/step.py` (at each step) or in `metrics/evaluation.py` (of a set of samples):
the screen, `plot`, `evaluate`, the help and docs/health.md follow.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, inf, log

from gan_tui.spec import inversion, objectives, transfer
from gan_tui.spec.metric import Metric as Metric
from gan_tui.spec.own_names import losses_first
from gan_tui.spec.styles import Role

_D_EQUILIBRIA = objectives.in_words(lambda objective: objective.d_equilibrium)
_G_EQUILIBRIA = objectives.in_words(lambda objective: objective.g_equilibrium)
FEATURE_UNITS = "squared feature units"
"""Of a distance in the features of a network: never compared with one in those of another."""

TRAINING: Sequence[Metric] = (
    Metric(
        name="d_loss", label="d_loss", role=Role.D,
        brief="D's loss, without penalties",
        meaning=f"D's loss, without penalties. At equilibrium it is {_D_EQUILIBRIA}. Near 0: D has won, and G stops learning; above its "
        "equilibrium: D is worse than chance. Under `wasserstein` it is minus the estimated distance between real and generated "
        "images: far below 0 at first, which is wanted, and rising towards 0 as the images get better; at 0 or above while "
        "they are bad, the critic is behind",
    ),
    Metric(
        name="g_loss", label="g_loss", role=Role.G, of_g=True,
        brief="how badly G fails to fool D",
        meaning=f"how badly G fails to fool D: lower means that G fools D more often. At equilibrium it is {_G_EQUILIBRIA}; about 2 in a "
        "healthy run of `classic`. It need not fall for the images to get better, because D gets better too",
    ),
    Metric(
        name="D(x)", label="D(x)", low=0, high=1, ideal=0.5, decimals=2, role=Role.D, only="probabilities",
        brief="D's mean output for real images",
        meaning="the mean probability that D gives to real images: 1 if it always recognises them, 0.5 at equilibrium. Where D's output "
        "is not a probability, D's pairwise accuracy stands in its place",
    ),
    Metric(
        name="D(G(z))", label="D(G(z))", low=0, high=1, ideal=0.5, decimals=2, role=Role.G, only="probabilities",
        brief="D's mean output for generated images",
        meaning="the mean probability that D gives to G's images. Near 0: D sees through all of them and G learns little; a lower rate "
        "for D (optimizer.d_lr) helps. At equilibrium 0.5. In a healthy run of `classic`, D(x) and D(G(z)) stay apart, at about "
        "0.7 and 0.25",
    ),
    Metric(
        name="d_pair_accuracy", label="pairwise", unit="fraction", low=0, high=1, ideal=0.5, decimals=2, role=Role.D,
        brief="D pairwise accuracy",
        meaning="D pairwise accuracy: the fraction of pairs in a batch in which D scores the real image above the generated one. 0.5: "
        "it only guesses; near 1 for long: D has won. Under `wasserstein` D is a critic, which should be far ahead: there near "
        "1 is right",
    ),
    Metric(
        name="penalty", label="penalty", low=0, role=Role.D, only="penalties",
        brief="gradient penalties, added to d_loss",
        meaning="the gradient penalties added to D's loss (loss.r1 and loss.r2 for a large gradient with respect to the image, loss.gp "
        "for a norm other than 1). Growing: D gets steeper",
    ),
    Metric(
        name="d_grad", label="d_grad", low=0, role=Role.D,
        brief="gradient norm of D",
        meaning="gradient norm of D's weights. Steady is healthy; bursts or growth call for a lower learning rate or a penalty "
        "(loss.r1)",
    ),
    Metric(
        name="g_grad", label="g_grad", low=0, role=Role.G, of_g=True,
        brief="gradient norm of G",
        meaning="gradient norm of G's weights. Steady is healthy; bursts or growth call for a lower learning rate. Near 0: D has won, "
        "and G learns nothing",
    ),
    Metric(
        name="l1", label="L1", low=0, high=2, ideal=0, better="lower", role=Role.G, only="outlines", of_g=True,
        brief="drawn from outlines, to the originals",
        meaning="of a run that draws from outlines: the mean absolute difference of G's pictures to the originals, with pixels in [-1, 1], "
        "so that black for white is 2. loss.l1 times it is added to G's loss",
    ),
)  # fmt: skip
"""Means over the steps since the event before, in the order in which `training/step.py` returns them."""

SPEED = Metric(
    name="steps/s", label="steps/s", unit="steps/s", low=0, decimals=1, brief="training speed",
    meaning="steps a second, evaluations and checkpoints left out",
)  # fmt: skip
"""Made of the events' `rate`."""

EVALUATION: Sequence[Metric] = (
    Metric(
        name="fd", label="FD", unit=FEATURE_UNITS, low=0, better="lower", decimals=2, role=Role.G,
        brief="Frechet distance to real images",
        meaning="Frechet distance to real images in the features of a small classifier; lower is better. Compare it with its floor and "
        "with other FDs of the same network, never with a published FID",
    ),
    Metric(
        name="fd_floor", label="FD floor", unit=FEATURE_UNITS, low=0, decimals=2, role=Role.MUTED,
        brief="the FD that real images get",
        meaning="the FD that as many real images get: the best possible. Fewer images read higher: of MNIST 0.20 to 0.25 with the "
        "2,000 of a live evaluation (evaluation.samples), 0.10 with the 10,000 of `gan-tui evaluate`",
    ),
    Metric(
        name="kid", label="KID", unit=FEATURE_UNITS, ideal=0, better="lower", decimals=4,
        brief="kernel distance (MMD)",
        meaning="kernel distance, MMD^2 with a cubic kernel: a second distance, more reliable with few samples; 0 is ideal",
    ),
    Metric(
        name="density", label="density", low=0, ideal=1, better="ideal", decimals=2, role=Role.G,
        brief="how typical they are (precision)",
        meaning="how densely real images surround the samples (precision): about 1 for real ones, near 0 if they resemble nothing real",
    ),
    Metric(
        name="coverage", label="coverage", unit="fraction", low=0, high=1, ideal=0.97, better="higher", decimals=2,
        brief="real images reached (recall)",
        meaning="fraction of the real images that G can produce something similar to (recall): 0.97 for real ones; low: modes are "
        "missing",
    ),
    Metric(
        name="modes", label="modes", unit="classes", low=0, better="higher", decimals=0,
        brief="number of classes drawn at all",
        meaning="number of modes covered: classes that occur at all among the samples; on Stacked MNIST, of 1,000",
    ),
    Metric(
        name="classes", label="classes", unit="classes", low=1, better="higher", decimals=1,
        brief="effective number of classes",
        meaning="effective number of classes, exp(entropy): 10 if ten digits are equally frequent; few: mode collapse",
    ),
    Metric(
        name="class_kl", label="class KL", unit="nats", low=0, ideal=0, better="lower",
        brief="KL of class shares to the data's",
        meaning="KL divergence of the class shares from those of the data: 0 if they are the same",
    ),
    Metric(
        name="confident", label="confident", unit="fraction", low=0, high=1, ideal=0.95, better="higher", decimals=2,
        brief="classified with confidence",
        meaning="fraction of the samples that the classifier is as sure of as of real images, 0.95 for those",
    ),
    Metric(
        name="diversity", label="diversity", low=0, ideal=1, better="ideal", decimals=2,
        brief="intra-class diversity",
        meaning="intra-class diversity: variance within the classes over that of real images, 1 for those; near 0, every 7 is the same "
        "7",
    ),
    Metric(
        name="diversity_min", label="min diversity", low=0, ideal=1, better="ideal", decimals=2,
        brief="diversity, least diverse class",
        meaning="intra-class diversity of the least diverse class",
    ),
    Metric(
        name="copies", label="copies", unit="fraction", low=0, high=1, ideal=0.01, better="lower",
        brief="copies of a training image",
        meaning="fraction of the samples that copy a training image (much nearer to one than to any other): 0.01 is normal, near 1 G "
        "has memorised the data",
    ),
    Metric(
        name="d_overfitting", label="D overfitting", unit="AUC", low=0, high=1, ideal=0.5, better="ideal", decimals=2,
        role=Role.D,
        brief="D's train-vs-held-out AUC",
        meaning="discriminator overfitting, D's train-vs-held-out AUC: how often it scores a training image above a held-out one. 0.5: "
        "not at all; it rises as D memorises its training images",
    ),
    Metric(
        name="held_out_auc", label="held-out AUC", unit="AUC", low=0, high=1, ideal=0.5, better="ideal", decimals=2, role=Role.D,
        brief="D's AUC on held-out images",
        meaning="how often D scores a held-out real image above a sample; 0.5: it cannot tell them apart",
    ),
    Metric(
        name="c2st_auc", label="C2ST AUC", unit="AUC", low=0, high=1, ideal=0.5, better="ideal", decimals=2, role=Role.D,
        brief="AUC of a newly trained D",
        meaning="classifier two-sample test: the AUC of a newly trained discriminator on held-out images and samples, taken when FD has "
        "stopped falling. 0.5: it cannot tell them apart, which is the equilibrium",
    ),
    Metric(
        name="held_out_l1", label="held-out L1", low=0, high=2, ideal=0, better="lower", role=Role.G,
        brief="from unseen outlines, to the originals",
        meaning="of a run that draws from outlines: L1 on outlines of held-out images. Far above that of training images: G has "
        "memorised them",
    ),
)  # fmt: skip
"""Of one set of samples. A run has those that its feature network can tell."""

SAMPLES = Metric(
    name="samples", label="samples", unit="images", low=0, decimals=0, brief="images measured", meaning="how many samples were measured"
)
"""Logged with each evaluation; how much was measured is not itself a measurement, and is in no table."""

METRICS: Mapping[str, Metric] = {
    metric.name: metric for metric in (*TRAINING, SPEED, *EVALUATION, SAMPLES, *transfer.METRICS, *transfer.HELD_OUT, *inversion.METRICS)
}


@dataclass(frozen=True, slots=True)
class Chart:
    """Metrics that share one chart, under the name that `plot --metric` takes."""

    name: str
    metrics: Sequence[str]

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The vertical axis, where all of the metrics have the same two ends."""
        ends = {(named(name).low, named(name).high) for name in self.metrics}
        low, high = next(iter(ends))
        return (low, high) if len(ends) == 1 and high < inf and low > -inf else None

    @property
    def guide(self) -> float | None:
        """A value worth a line: the ideal that all of the metrics share."""
        ideals = {named(name).ideal for name in self.metrics}
        return next(iter(ideals)) if len(ideals) == 1 else None


LOSSES = ("d_loss", "g_loss")
PROBABILITIES = ("D(x)", "D(G(z))")
RANKING = ("d_pair_accuracy",)
"""How well D does where it gives scores instead of probabilities."""
CHARTS: Sequence[Chart] = (
    Chart("losses", LOSSES),
    Chart("scores", PROBABILITIES),
    Chart("d_pair_accuracy", RANKING),
    Chart("gradients", ("d_grad", "g_grad")),
    *(Chart(name, names) for task in (transfer, inversion) for name, names in task.CHARTS.items()),
    Chart("throughput", ("steps/s",)),
    Chart("quality", ("fd", "fd_floor")),
    Chart("l1", ("l1", "held_out_l1")),
    Chart("coverage", ("density", "coverage")),
)
"""The first charts, in their order; each other metric gets one of its own behind them."""
SUMMARY = ("coverage", "classes", "confident", "diversity")
"""What an evaluation is shown by behind FD where there is room for a few numbers, the most telling first."""
HEADLINE = "fd"
"""What a run is judged by first, and drawn by where nobody says what."""
COMPARED = (HEADLINE, "d_loss", "g_loss", *PROBABILITIES, *RANKING)
"""What runs are compared by first."""


def trained(*, probabilities: bool, penalties: bool, outlines: bool = False) -> list[Metric]:
    """What a trainer logs at each step under an objective whose D gives `probabilities` or not, with gradient `penalties` or without,
    drawing from `outlines` or not."""
    there = {"": True, "probabilities": probabilities, "penalties": penalties, "outlines": outlines}
    return [metric for metric in TRAINING if there[metric.only]]


def headline(names: Container[str]) -> tuple[str, ...]:
    """What is said of a step in one line: the losses, and how well D does in the form that a run with these scalars logs.

    Of a style transfer, its two distances; of a search in latents, its errors.
    """
    if all(name in names for name in transfer.CURVES):
        return tuple(transfer.CURVES)
    if inversion.CURVES[0] in names:
        return tuple(name for name in inversion.CURVES if name in names)
    return LOSSES + (PROBABILITIES if any(name in names for name in PROBABILITIES) else RANKING)


def leading(names: Iterable[str]) -> tuple[str, ...]:
    """The two that a run is about whose scalars another program may have named: our losses, else losses, else the first.

    One of our losses alone has no empty row of the other beside it where there are other numbers.
    """
    there = [name for name in names if name not in (*PROBABILITIES, SPEED.name)]
    ours = [name for name in LOSSES if name in there]
    others = [name for name in there if name not in LOSSES]
    return LOSSES if len(ours) == 2 or not others else tuple([*ours, *losses_first(others)][:2])


def undeclared(names: Iterable[str]) -> list[str]:
    """Those that another program has named, its losses first."""
    return losses_first(name for name in names if name not in METRICS)


def named(name: str) -> Metric:
    """The metric of that name; of a name that is not declared (an external training loop may log any), one that says nothing."""
    return METRICS.get(name) or Metric(name=name, label=name, meaning="")


def ideal_of(metric: Metric, real_shares: Sequence[float] = ()) -> float | None:
    """What real images score; of numbers of classes by `real_shares`, the share of each class among these, 0 to 1."""
    there = [share for share in real_shares if 0 < share <= 1]
    if metric.name == "modes" and there:
        return len(there)
    if metric.name == "classes" and there:
        return exp(-sum(share * log(share) for share in there))
    return metric.ideal


def of_samples(names: Iterable[str]) -> list[Metric]:
    """The metrics of an evaluation with these scalars, in the declared order, undeclared ones last."""
    there = [name for name in names if name != SAMPLES.name]
    declared = [metric for metric in EVALUATION if metric.name in there]
    return declared + [named(name) for name in there if METRICS.get(name) not in declared]
