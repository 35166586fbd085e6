"""Classifier two-sample test (C2ST): can a newly trained discriminator tell the samples from real images?

The run's own D may be saturated, and G has adapted to it. At a Nash equilibrium *no* D does better than chance, so a new one is trained
for a moment on the samples as they are, and scored on held-out images (Lopez-Paz and Oquab 2017, arXiv:1610.06545).
"""

import math
import time
from collections.abc import Callable

import torch
from torch import Tensor
from torch.optim import Adam

from gan_tui.losses import LOSSES
from gan_tui.metrics.full_precision import full_precision
from gan_tui.metrics.overfitting import auc
from gan_tui.pixel_range import from_uint8
from gan_tui.training import build, scoring
from gan_tui.training.devices import synchronize
from gan_tui.training.randomness import Randomness
from gan_tui.training.session import Session

STEPS = 800
"""Of training. On good samples of MLPs, 300 steps of 128 images learned nothing yet (AUC .50), and these read .85: as the run's own D."""
TIMED_STEPS = 3
"""Steps, besides the first, after which it is foreseen how long all will take."""
BATCH = 512
RATE = 1e-3
SCORED = 2000
"""Images of each kind from which the AUC is taken."""


def c2st_auc(session: Session, seconds: float = math.inf, stopping: Callable[[], bool] = lambda: False) -> float | None:
    """P(D'(real) > D'(sample)) of a newly trained discriminator D' on held-out real images and on new samples.

    0.5: a network like D cannot tell them apart; 1: it always can. The session is left as it is. NaN where samples are not finite.
    None where its first steps say that it would take longer than `seconds`, or where the trainer is `stopping`: large networks on a CPU
    take an hour for it. The very first one tells nothing: on a GPU it loads the kernels for shapes that were not seen before.
    """
    settings, device = session.settings, session.device
    randomness = Randomness(settings.train.seed, device)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(session.progress.step)
        discriminator = build.make_discriminator(settings).to(device)
    optimizer = Adam(discriminator.parameters(), lr=RATE)
    d_loss = LOSSES["non-saturating"].d_loss
    generator = randomness.at("fresh judge", session.progress.step)
    with build.evaluating(session.sampler):
        began = math.inf
        for step in range(STEPS):
            if step in (1, 1 + TIMED_STEPS):
                synchronize(device)  # or the clock would see how long it takes to ask a GPU for steps
            if step == 1:
                began = time.monotonic()
            if stopping() or (step > TIMED_STEPS and (time.monotonic() - began) / (step - 1) * STEPS > seconds):
                return None
            which = torch.randint(len(session.images), (BATCH,), generator=generator, device=device)
            known = session.data.labels
            real, real_y = from_uint8(session.images[which]), None if known is None else known[which]
            fake, fake_y = _samples(session, BATCH, generator)
            y = None if real_y is None or fake_y is None else torch.cat([real_y, fake_y])
            loss = d_loss(*discriminator(torch.cat([real, fake]), y).chunk(2))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        fake, fake_y = _samples(session, SCORED, generator)
    with full_precision():
        held_out = scoring.score(discriminator, session.data.flat_held_out[:SCORED], session.data.held_out_labels)
        return auc(held_out, scoring.score(discriminator, fake, fake_y))


def _samples(session: Session, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor | None]:
    """Images, and their labels."""
    z = torch.randn(count, session.settings.model.latent_dim, generator=generator, device=session.device)
    y = scoring.draw_labels(session.data.labels, count, generator)
    return scoring.generate(session.sampler, z, y, count), y
