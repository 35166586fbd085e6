"""Measuring the quality of a run's samples while it trains, within a budget of time."""

import time
from collections.abc import Callable
from typing import NamedTuple

import torch

from gan_tui.config import RunConfig
from gan_tui.data.dataset import Dataset
from gan_tui.metrics.auc import auc
from gan_tui.metrics.evaluation import Against, Evaluator
from gan_tui.metrics.full_precision import full_precision
from gan_tui.metrics.held_out_gap import held_out_gap
from gan_tui.metrics.networks import network_for
from gan_tui.training import build, labels
from gan_tui.training.fresh_judge import fresh_auc
from gan_tui.training.health import Health
from gan_tui.training.randomness import Randomness
from gan_tui.training.session import Session

FIRST_SECONDS = 15.0
"""Seconds of training after which the first evaluation comes, as an advance on the budget: nobody wants to wait for it."""
FIRST_COST = 30.0
"""Seconds that looking at the real images may have taken before the first one is put off until the budget has grown."""
FRESH_SECONDS = 30.0
"""A fresh discriminator may take so long before the budget has grown to it; the next evaluation waits until the budget has paid for it."""
PREPARE_SECONDS = 5.0
"""Seconds of training after which the real images are looked at, in pieces of some tenths of a second between steps."""
PAUSE_SECONDS = 5.0
"""Seconds of training between two evaluations, however cheap they are."""
GAP_IMAGES = 2000
"""Images on each side, when D's opinion of training images is compared with that of images it never saw."""
CHUNK = 250
"""Images generated at a time, at first."""
LEAST_CHUNK = 8
"""Where memory does not suffice, each evaluation that fails halves the chunk down to this."""
SHORT_SECONDS = 60.0
"""Of training before it is tried again."""


class Examined(NamedTuple):
    """What one look at the samples has found."""

    scalars: dict[str, float]
    seconds: float
    """That it took."""
    shares: tuple[float, ...]
    """Of each class among the samples; empty where classes are unknown, or many."""
    real_shares: tuple[float, ...]


class Examiner:
    """Knows the real images, and when to look at generated ones."""

    def __init__(self, settings: RunConfig, data: Dataset) -> None:
        """`data`: on the device."""
        images, held_out = data.flat, data.flat_held_out
        evaluation = settings.evaluation
        self._budget = evaluation.budget
        network = network_for(settings.data.dataset, data.shape).to(images.device)
        # Without validation images scores are distances to training images: the test set gives the floor, and chooses nothing.
        against: Against = "train" if data.validation is None else "held-out"
        self._evaluator = Evaluator(network, images, held_out, samples=evaluation.samples, against=against)
        randomness = Randomness(settings.train.seed, images.device)
        latents = torch.randn(
            evaluation.samples, settings.model.latent_dim, generator=randomness.at("evaluation latents"), device=images.device
        )
        self._latents = labels.attach(latents, labels.draw(data.labels, len(latents), randomness.at("evaluation labels")))
        self._data = data
        self._last_cost: float | None = None
        self._not_before = FIRST_SECONDS
        self._prepared = False
        self._next_piece = PREPARE_SECONDS
        self._chunk = CHUNK

    @property
    def name(self) -> str:
        """In whose features quality is measured."""
        return self._evaluator.name

    def due(self, trained: float, spent: float) -> bool:
        """Is it time, after `trained` seconds of training besides which `spent` seconds went into evaluations?"""
        if not self._budget or trained < self._not_before:
            return False
        if self._last_cost is None:  # the first: it comes early in a run, and at once in one that is resumed
            return spent <= FIRST_COST or spent <= self._budget * trained
        return spent + self._last_cost <= self._budget * trained

    def prepare(self, trained: float) -> float:
        """Do a piece of what precedes the first evaluation, where it is time for one; the seconds that it took.

        So that nobody who presses a key in that moment waits for all of it.
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
        self._not_before = self._next_piece = trained + SHORT_SECONDS

    def examine(self, session: Session, health: Health, stopping: Callable[[], bool] = lambda: False) -> Examined:
        """The quality of the session's samples. NaN where samples are not finite.

        Where `health` sees the distance flatten, a fresh discriminator is asked as well, if it can answer within half a minute or within
        what is left of the budget.
        """
        began = time.monotonic()
        ready = self._evaluator.prepare_piece()
        while not ready:
            ready = self._evaluator.prepare_piece()
        prepared = time.monotonic()
        images = self._data.flat
        with torch.no_grad(), full_precision(), build.evaluating(session.sampler), build.evaluating(session.gan.discriminator):
            made = [session.sampler(latents) for latents in self._latents.split(self._chunk)]
            judged = torch.cat([session.gan.discriminator(part) for part in made])
            seen = labels.judge(session.gan.discriminator, images[:GAP_IMAGES], self._data.labels)
            unseen = labels.judge(session.gan.discriminator, self._data.flat_held_out[:GAP_IMAGES], self._data.held_out_labels)
        fakes = torch.cat(made)[:, : images.shape[1]]  # without the class, where there is one
        found = self._evaluator.evaluate(fakes)
        scalars = found.scalars()
        scalars |= {"d_gap": held_out_gap(seen, unseen).auc, "held_out_auc": auc(unseen, judged)}
        if health.flattens(session.progress.step, scalars["fd"]):
            left = self._budget * session.progress.elapsed - session.progress.evaluating
            fresh = fresh_auc(session, max(FRESH_SECONDS, left), stopping)
            scalars |= {} if fresh is None else {"fresh_auc": fresh}
        now = time.monotonic()
        self._last_cost = now - prepared
        self._not_before = session.progress.elapsed + PAUSE_SECONDS
        return Examined(scalars, now - began, found.shares, found.real_shares)
