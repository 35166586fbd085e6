"""`gan-tui evaluate`: the last word on a run, against the test set that nothing was chosen on."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields

import torch

from gan_tui import config
from gan_tui.errors import UserError
from gan_tui.metrics.evaluation import FILLED, Against, Evaluation, Evaluator
from gan_tui.metrics.feature_networks import network_for
from gan_tui.output import silent
from gan_tui.run.directory import RunDirectory
from gan_tui.training import build, checkpoint, rebuild, scoring
from gan_tui.training.checkpoint import Loaded
from gan_tui.training.randomness import Randomness
from gan_tui.training.restore import restore


@dataclass(frozen=True)
class Result:
    """What was measured of which weights."""

    checkpoint: str
    step: int
    network: str
    """In whose features."""
    scalars: dict[str, float]
    held_out: int
    """Real images on the other side: the test set, or those that a folder holds back."""
    shares: tuple[float, ...]
    """Of each class among the samples; empty where classes are unknown, or many."""
    real_shares: tuple[float, ...]
    """Of the real images on the other side."""
    skipped: tuple[str, ...] = ()
    """A line about each newer checkpoint that could not be read."""
    trained_on: int = 0
    """Images that the run learned from."""
    there_now: int = 0
    """Images for training that its data set has now; where it is another number, some that are held back may have been learned from."""
    missing: dict[str, str] = field(default_factory=dict)
    """What could not be measured, by name, and why."""
    other_data: bool = False
    """Is the data another than the run was trained on? The same is to be said of it then."""


FEW = 1000
"""Held-out images below which the scores say little."""


def evaluate(run: RunDirectory, samples: int, newest: bool, data_dir: str | None = None, tell: Callable[[str], None] = silent) -> Result:
    """Measure `samples` images of the best checkpoint (of the newest, where that is wanted or no score was ever taken).

    `data_dir`: where the data's files are now, if not where the settings say. `tell`: is told what is done now.

    Distances, density and coverage are taken against the test set, `copies` against the training set. Of a run that draws from outlines,
    the outlines are the test set's, and the pictures are compared with training images. Raises UserError.
    """
    settings = rebuild.settings_to_look(run)
    if data_dir is not None:
        settings = config.with_data_in(settings, data_dir)
    loaded, skipped = _load(run, newest)
    device = torch.device("cpu")
    gan = build.make_gan(settings, device)
    progress, _ = restore(loaded, settings, gan)
    tell(f"reading {settings.data.dataset}")
    data = build.load_data(settings, device)
    other_data = not data.was(progress.digest)
    if settings.data.clusters and other_data:
        raise UserError(f"the images of {data.name} are not those that {run.name} found its groups in (data.clusters): put them back")
    train, test = data.flat, data.flat_test
    tell("reading the features of the real images")
    against: Against = "train" if settings.model.outlines else "held-out"  # see EvaluationScheduler
    evaluator = Evaluator(network_for(settings.data.dataset, data.shape), train, test, samples=samples, against=against)
    randomness = Randomness(settings.train.seed, device)
    z = torch.randn(samples, settings.model.latent_dim, generator=randomness.at("final evaluation"))
    y = scoring.unseen_labels(settings, data.labels, data.test_labels, samples, randomness.at("final evaluation labels"))
    tell(f"drawing {samples:,} samples")
    fakes = scoring.generate(gan.g_ema or gan.generator, z, y)
    tell("asking D")
    fake_logits = scoring.score(gan.discriminator, fakes, y)
    train_logits = scoring.score(gan.discriminator, train[: len(test)], data.labels)
    scores = scoring.discriminator_scores(train_logits, scoring.score(gan.discriminator, test, data.test_labels), fake_logits)
    scores |= scoring.held_out_l1(settings, fakes, test)
    tell(f"measuring {samples:,} samples against {len(test):,} images")
    measured = evaluator.evaluate(fakes)
    return Result(
        loaded.path.name,
        loaded.step,
        evaluator.name,
        measured.scalars() | scores,
        len(test),
        measured.shares,
        measured.real_shares,
        tuple(skipped),
        missing=_missing(measured, evaluator.name),
        trained_on=progress.images or len(train),
        there_now=len(train),
        other_data=other_data,
    )


def _missing(measured: Evaluation, network: str) -> dict[str, str]:
    """What an evaluation has no number for, by name, and why."""
    names = [one.name for one in fields(measured) if getattr(measured, one.name) is None]
    if measured.classes is None:
        return dict.fromkeys(names, f"{network} tells no classes apart")
    return dict.fromkeys(names, f"{measured.samples:,} samples are too few for the classes: {FILLED} a class are wanted, see --samples")


def _load(run: RunDirectory, newest: bool) -> tuple[Loaded, list[str]]:
    if not newest and (best := checkpoint.load_best(run)) is not None:
        return best, []
    loaded, skipped = checkpoint.load_newest(run)
    if loaded is None:
        raise UserError(checkpoint.nothing_saved(run))
    return loaded, skipped
