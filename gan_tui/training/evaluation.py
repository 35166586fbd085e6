"""Measuring the quality of a run's samples while it trains: when, within a budget of time, and how."""

import math
import time
from collections.abc import Callable
from typing import NamedTuple

import torch

from gan_tui.config import RunConfig
from gan_tui.data.dataset import Dataset
from gan_tui.health.diagnosis import Health
from gan_tui.metrics.evaluation import Against, Evaluator
from gan_tui.metrics.feature_networks import network_for
from gan_tui.metrics.full_precision import full_precision
from gan_tui.pixel_range import from_uint8
from gan_tui.run.inside import Layer, Logits
from gan_tui.training import scoring
from gan_tui.training.layer_probe import BATCH, LayerProbe
from gan_tui.training.logit_histograms import logit_histograms
from gan_tui.training.randomness import Randomness
from gan_tui.training.session import Session
from gan_tui.training.two_sample_test import c2st_auc

MOVED = 0.5
"""By how much what tells samples apart must have changed since the beginning for the first evaluation to have something to see,
as a share of what tells real images apart."""
MOVED_IMAGES = 32
"""Images that are looked at for that."""
MOVED_PAUSE = 20.0
"""Between two such looks, times what one takes; a second at least."""
TWO_SAMPLE_TEST_SECONDS = 30.0
"""The two-sample test may take so long before the budget has grown to it; the next evaluation waits until the budget has paid for it."""
PREPARE_SECONDS = 5.0
"""Seconds of training after which the real images are looked at, in pieces of some tenths of a second between steps."""
GAP_IMAGES = 2000
"""Images on each side, when D's opinion of training images is compared with that of images it never saw."""
LEAST_CHUNK = 8
"""Where memory does not suffice, each evaluation that fails halves the chunk down to this."""
SHORT_SECONDS = 60.0
"""Of training before it is tried again."""

FIRST_SECONDS = 10.0
"""Seconds of training before which there is no evaluation; of a run that will be shorter than ten times that, a tenth of it."""
FIRST_AT_LATEST = 45.0
"""Seconds after which the first one comes even where G's samples have not moved: that they have not is worth knowing, too."""
FIRST_COST = 30.0
"""Seconds that looking at the real images may have taken before the first one is put off until the budget has grown. A trainer that goes
on may have spent in advance as much as the one before it might: what it was stopped with is no reason to measure nothing for minutes."""
SHORTEST_RUN = 15.0
"""Seconds of a whole run below which only its end is evaluated."""
PAUSE_SECONDS = 5.0
"""Seconds of training between two evaluations, however cheap they are."""
ADVANCE_SECONDS = 300.0
"""Of the training to come, the budget of so many seconds may be spent beforehand: in the beginning samples change fastest."""
ADVANCE_EVALUATIONS = 2
"""That may be made so in any case, where each costs more."""
EARLY_SECONDS, EARLY_TIMES = 120.0, 3.0
"""Of the first seconds of training the share may be so many times the budget's: hardly anything of a long run, and much of a short one,
whose images would else be judged once and never again."""
GROWTH = 1.25
"""While it is, training goes on to so many times what it was between two evaluations, and more where not so many can be afforded: sooner
there is not much to see."""


class Schedule:
    """Knows what evaluations have cost, and when the next one is due. All times are seconds of training."""

    def __init__(self, budget: float) -> None:
        """`budget`: the share of the training time that evaluations may take; 0: there are none."""
        self._budget = budget
        self._since, self._before = 0.0, 0.0
        """When the budget was last changed, and the seconds that had been earned until then."""
        self.moved = False
        """Have G's samples moved since the beginning?"""
        self._cost: float | None = None
        """Of the newest one; None before the first."""
        self._last_at = 0.0
        self._not_before = 0.0

    def due(self, trained: float, spent: float, remaining: float = 0.0) -> bool:
        """Is it time, after `trained` seconds of training besides which `spent` seconds went into evaluations?

        `remaining` seconds of training are to come: part of their budget may be spent now, never more than what the whole run is allowed.
        """
        if not self._budget or trained < self._not_before:
            return False
        earned, whole = self.earned(trained), trained + remaining
        ahead = self._allowed(trained) + self._budget * ADVANCE_SECONDS
        if self._cost is None:  # it comes early in a run, and at once in one that is resumed
            if whole < SHORTEST_RUN or trained < min(FIRST_SECONDS, whole / 10):
                return False
            return (self.moved or trained >= FIRST_AT_LATEST) and spent <= max(FIRST_COST, min(self._allowed(whole), ahead))
        if trained < self._last_at + PAUSE_SECONDS:
            return False
        if spent + self._cost <= earned:
            return True
        ahead = max(ahead, self._allowed(trained) + ADVANCE_EVALUATIONS * self._cost)
        affordable = math.floor((self._allowed(whole) - spent) / self._cost)
        if affordable < 1 or spent + self._cost > ahead:
            return False
        # As many as can be afforded reach to the end of the run: each so many times later than the one before, and then evenly.
        growth = max(GROWTH, math.pow(whole / max(self._last_at, 1.0), 1 / (affordable + 1)))
        return trained >= min(self._last_at * growth, self._last_at + (whole - self._last_at) / (affordable + 1))

    def change(self, budget: float, trained: float) -> None:
        """Another share, of the training to come."""
        if budget != self._budget:
            self._since, self._before, self._budget = trained, self.earned(trained), budget

    def earned(self, seconds: float) -> float:
        """Seconds that evaluations have as their share of so much training."""
        return self._before + self._budget * (seconds - self._since)

    def _allowed(self, seconds: float) -> float:
        """Seconds that they may take of it."""
        return self.earned(seconds) + self._budget * (EARLY_TIMES - 1) * min(seconds, EARLY_SECONDS)

    def put_off(self, until: float) -> None:
        """None before that."""
        self._not_before = until

    def done(self, trained: float, cost: float) -> None:
        """One was made, and took `cost` seconds."""
        self._last_at, self._cost = trained, cost


class Measured(NamedTuple):
    """What one evaluation of the samples has found."""

    scalars: dict[str, float]
    seconds: float
    """That it took."""
    shares: tuple[float, ...]
    """Of each class among the samples; empty where classes are unknown, or many."""
    real_shares: tuple[float, ...]
    logits: Logits | None
    """D's, of held-out images and of the samples; None where none is finite."""
    layers: tuple[Layer, ...]


def evaluator_of(settings: RunConfig, data: Dataset) -> Evaluator:
    """What measures the samples of a run. `data`: on the device."""
    network = network_for(settings.data.dataset, data.shape).to(data.flat.device)
    # Without validation images scores are distances to training images: the test set gives the floor, and chooses nothing.
    # Pictures drawn from held-out outlines are not compared with those very originals: these are what the floor is taken from.
    against: Against = "train" if data.validation is None or settings.model.outlines else "held-out"
    return Evaluator(network, data.flat, data.flat_held_out, samples=settings.evaluation.samples, against=against)


class EvaluationScheduler:
    """Knows the real images, and when to look at generated ones."""

    def __init__(self, settings: RunConfig, data: Dataset, evaluator: Evaluator | None = None, company: int = 1) -> None:
        """`data`: on the device. `evaluator`: one that knows it already. `company`: runs that share the budget."""
        evaluation = settings.evaluation
        self._budget = evaluation.budget
        self._evaluator = evaluator or evaluator_of(settings, data)
        randomness = Randomness(settings.train.seed, data.flat.device)
        self._latents = torch.randn(
            evaluation.samples, settings.model.latent_dim, generator=randomness.at("evaluation latents"), device=data.flat.device
        )
        self._labels = scoring.unseen_labels(
            settings, data.labels, data.held_out_labels, len(self._latents), randomness.at("evaluation labels")
        )
        self._settings = settings
        self._data = data
        self._schedule = Schedule(self._budget / company)
        self._probe = LayerProbe()
        self._first_samples: torch.Tensor | None = None
        self._next_look = 0.0
        self._prepared = False
        self._next_piece = PREPARE_SECONDS
        self._chunk = scoring.CHUNK

    @property
    def name(self) -> str:
        """In whose features quality is measured."""
        return self._evaluator.name

    def share(self, company: int, trained: float) -> None:
        """So many runs share the budget from now on."""
        self._schedule.change(self._budget / company, trained)

    def due(self, trained: float, spent: float, remaining: float = 0.0) -> bool:
        return self._schedule.due(trained, spent, remaining)

    def watch(self, session: Session, trained: float) -> float:
        """Before the first evaluation: have G's samples moved yet? The seconds that it took to see.

        What counts is what tells one sample from another: that all of them become dark, or the same blob, is nothing to see yet. A run
        that is resumed has moved before.
        """
        if self._schedule.moved or not self._budget or trained < self._next_look:
            return 0.0
        began = time.monotonic()
        samples = scoring.generate(session.sampler, self._latents[:MOVED_IMAGES], self._labels)
        samples = samples - samples.mean(0)
        if self._first_samples is None:
            self._first_samples = samples
            self._schedule.moved = trained > PREPARE_SECONDS  # an earlier trainer has begun it
        else:
            real = from_uint8(self._data.flat[:MOVED_IMAGES])
            self._schedule.moved = bool((samples - self._first_samples).square().mean() > MOVED**2 * (real - real.mean(0)).square().mean())
        seconds = time.monotonic() - began
        self._next_look = trained + max(1.0, MOVED_PAUSE * seconds)
        return seconds

    def prepare(self, trained: float) -> float:
        """Do a piece of what precedes the first evaluation, where it is time for one; the seconds that it took.

        In pieces, so that a key pressed meanwhile need not wait for all of it.
        """
        if not self._budget or self._prepared or trained < self._next_piece:
            return 0.0
        began = time.monotonic()
        self._prepared = self._evaluator.prepare_piece()
        seconds = time.monotonic() - began
        self._next_piece = trained + seconds
        return seconds

    def put_off(self, trained: float) -> None:
        """There was no memory: the next one comes later, and in smaller pieces."""
        self._chunk = max(LEAST_CHUNK, self._chunk // 2)
        self._next_piece = self._next_look = trained + SHORT_SECONDS
        self._schedule.put_off(self._next_piece)

    def run(self, session: Session, health: Health, stopping: Callable[[], bool] = lambda: False) -> Measured:
        """The quality of the session's samples. NaN where samples are not finite.

        Where `health` sees the distance flatten, the two-sample test is made as well, if it can be done within half a minute or within
        what is left of the budget.
        """
        began = time.monotonic()
        ready = self._evaluator.prepare_piece()
        while not ready:
            ready = self._evaluator.prepare_piece()
        prepared = time.monotonic()
        data, discriminator = self._data, session.gan.discriminator
        with full_precision():
            fakes = scoring.generate(session.sampler, self._latents, self._labels, self._chunk)
            fake_logits = scoring.score(discriminator, fakes, self._labels, self._chunk)
            train_logits = scoring.score(discriminator, data.flat[:GAP_IMAGES], data.labels)
            held_out_logits = scoring.score(discriminator, data.flat_held_out[:GAP_IMAGES], data.held_out_labels)
            scores = scoring.discriminator_scores(train_logits, held_out_logits, fake_logits)
            scores |= scoring.held_out_l1(self._settings, fakes, data.flat_held_out)
        found = self._evaluator.evaluate(fakes)
        scalars = found.scalars() | scores
        if health.flattens(session.progress.step, scalars):
            left = self._schedule.earned(session.progress.elapsed) - session.progress.evaluating
            fresh = c2st_auc(session, max(TWO_SAMPLE_TEST_SECONDS, left), stopping)
            scalars |= {} if fresh is None else {"c2st_auc": fresh}
        layers = self._look_at_layers(session)
        now = time.monotonic()
        self._schedule.done(session.progress.elapsed, now - prepared)
        logits = logit_histograms(held_out_logits, fake_logits)
        return Measured(scalars, now - began, found.shares, found.real_shares, logits, layers)

    def _look_at_layers(self, session: Session) -> tuple[Layer, ...]:
        """Of the networks that are trained, in a batch that is always the same."""
        data = self._data
        size = min(BATCH, self._settings.train.batch_size, len(self._latents), len(data.flat))
        real_y, y = (None if told is None else told[:size] for told in (data.labels, self._labels))
        return self._probe.look(session.gan, from_uint8(data.flat[:size]), real_y, self._latents[:size], y, session.progress.step)
