"""A GAN of two dimensions on the CPU, and what there is to be seen of it. It is trained by the step that all runs are trained by."""

import time
from dataclasses import replace

import torch
from torch import Tensor
from torch.optim import Adam

from gan_tui.losses import LOSSES, Penalties
from gan_tui.models import mlp
from gan_tui.models.layers import Unconditional
from gan_tui.run.events import Scalar, to_scalar
from gan_tui.run.playing import GRID_POINTS, UNIT, Picture, Trained, Wanted
from gan_tui.spec.metrics import PROBABILITIES, TRAINING
from gan_tui.spec.play import ARROW
from gan_tui.training.build import begin_state
from gan_tui.training.play import points
from gan_tui.training.randomness import Randomness
from gan_tui.training.step import METRICS, Gan, train_step

HIDDEN, LAYERS, NEGATIVE_SLOPE = 64, 2, 0.2
LATENT_DIM = 2
"""As many as the plane has, so that all of G can be seen: its latent plane, warped."""
BATCH = 128
BETA2 = 0.9
MOST_SECONDS = 0.03
"""Of training for one answer: a key waits no longer."""
REAL, GENERATED, MEASURED = 240, 160, 1024
"""Points that are shown, and generated ones that are counted."""
ARROWS = 28
CONTRAST = 3.0
"""Of D's surface: most of what there is to be seen of a GAN in balance happens between 0.4 and 0.6."""
UNSEEN = ("outlines",)
"""What metrics are only for that nothing here has."""
GRID_LINES = 9
GRID_REACH = 2.0
"""Standard deviations from the middle of the latent plane to its outermost lines: 95 % of all latents lie within."""


class Playground:
    """One attempt: networks from a seed, and their training."""

    def __init__(self, wanted: Wanted) -> None:
        self.attempt = wanted.attempt
        self._data, self._drawn = wanted.data, _drawn(wanted)
        self._random = Randomness(wanted.seed, torch.device("cpu"))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(wanted.seed)
            discriminator = Unconditional(*mlp.discriminator(2, HIDDEN, LAYERS, NEGATIVE_SLOPE))
            generator = Unconditional(*mlp.generator(LATENT_DIM, HIDDEN, LAYERS, NEGATIVE_SLOPE, 2))
        self._gan = Gan(generator, discriminator, _adam(generator), _adam(discriminator), LOSSES[wanted.knobs.loss])
        self._latents = self._random.fixed_latents(MEASURED, LATENT_DIM)
        self._shown_real = self._real("shown", 0, REAL)
        self._knobs = wanted.knobs
        self.d_updates = self.g_updates = 0
        self._scalars: dict[str, Scalar] = {}

    def train(self, wanted: Wanted, seconds: float = MOST_SECONDS) -> int:
        """What was asked for, or what of it can be done in so many seconds; the whole steps that were made come back."""
        self._turn(wanted)
        if self._data == "drawn" and self._drawn is None:
            return 0
        metrics = [self._update(half) for half in wanted.halves]
        ends, done = time.perf_counter() + seconds, 0
        while done < wanted.steps and time.perf_counter() < ends:
            metrics += [self._update("d") for _ in range(self._knobs.d_steps - 1)]
            metrics.append(self._update("dg"))
            done += 1
        if metrics:
            self._scalars = _means(torch.stack(metrics), self._gan.loss.objective.probabilities, self._scalars)
        return done

    def _turn(self, wanted: Wanted) -> None:
        """Turn the knobs; another stroke of a set that is being drawn changes the real points."""
        knobs, drawn = wanted.knobs, _drawn(wanted)
        if self._data == "drawn" and not _same(drawn, self._drawn):
            self._drawn = drawn
            self._shown_real = torch.empty(0, 2) if drawn is None else drawn
        self._knobs = knobs
        self._gan = replace(self._gan, loss=LOSSES[knobs.loss], penalties=Penalties(r1=knobs.gamma, r2=knobs.gamma))
        for optimizer, lr in ((self._gan.d_optimizer, knobs.d_lr), (self._gan.g_optimizer, knobs.g_lr)):
            for group in optimizer.param_groups:
                group["lr"], group["betas"] = lr, (knobs.beta1, BETA2)

    def _update(self, which: str) -> Tensor:
        """`train_step` for D ("d"), for G ("g"), for both. G's half uses the random numbers of D's last one, as in a whole step."""
        self.d_updates += "d" in which
        self.g_updates += "g" in which
        draw = max(0, self.d_updates - 1)
        z_d, z_g = self._random.latents(draw, BATCH, LATENT_DIM)
        return train_step(self._gan, self._real("real", draw, BATCH), z_d, z_g, train_d="d" in which, train_g="g" in which)

    def _real(self, what: str, position: int, count: int) -> Tensor:
        if self._data == "drawn" and self._drawn is None:
            return torch.empty(0, 2)
        return points.sample(self._data, count, self._random.at(what, position), self._drawn)

    @torch.no_grad()
    def show(self, wanted: Wanted, steps: int) -> Trained:
        """Where it stands."""
        samples: Tensor = self._gan.generator(self._latents)
        modes = len(points.centres(self._data))
        covered = points.modes_covered(samples, self._data) if modes else points.share_covered(samples, self._shown_real)
        picture = self._picture(wanted, samples[:GENERATED]) if wanted.columns and wanted.rows else None
        return Trained(self.attempt, steps, self.d_updates, self.g_updates, self._scalars, float(covered), modes, picture)

    def _picture(self, wanted: Wanted, samples: Tensor) -> Picture:
        return Picture(
            real=_packed(self._shown_real),
            generated=_packed(samples),
            surface=self._surface(wanted.columns, wanted.rows),
            arrows=_packed(self._arrows(samples[:ARROWS])) if wanted.arrows else b"",
            grid=_packed(self._gan.generator(latent_grid())) if wanted.grid else b"",
        )

    def _surface(self, columns: int, rows: int) -> bytes:
        """D at the middle of each cell. Where its logits are no probabilities they are compared with those of all cells."""
        x = (torch.arange(columns) + 0.5) / columns * 2 - 1
        y = 1 - (torch.arange(rows) + 0.5) / rows * 2
        logits: Tensor = self._gan.discriminator(torch.cartesian_prod(y, x).flip(1)).flatten()
        if self._gan.loss.objective.probabilities:
            share = (CONTRAST * logits).sigmoid()
        else:
            lowest, highest = logits.aminmax()
            share = (logits - lowest) / (highest - lowest).clamp_min(1e-6)
        return bytes((share.nan_to_num() * 255).round().to(torch.uint8).tolist())

    def _arrows(self, samples: Tensor) -> Tensor:
        """Pairs of points (N * 2, 2): where samples are, and where G's loss draws them."""
        with torch.enable_grad():
            at = samples.clone().requires_grad_()
            real_logits = self._gan.discriminator(self._shown_real[: len(at)]) if self._gan.loss.objective.g_sees_real else at[:0]
            if self._gan.loss.objective.g_sees_real:
                real_logits = real_logits.mean().expand(len(at), 1)  # of no one real point: the pairs change with every batch
            loss = self._gan.loss.g_loss(real_logits.detach(), self._gan.discriminator(at)) * len(at)
            (gradient,) = torch.autograd.grad(loss, at)
        length = gradient.norm(dim=1, keepdim=True)
        way = -gradient / length.clamp_min(1e-12) * ARROW * torch.tanh(length)
        return torch.stack([samples, samples + way.nan_to_num()], 1).reshape(-1, 2)


def latent_grid() -> Tensor:
    """Lines along both axes of the latent plane, GRID_POINTS of each, (2 * GRID_LINES * GRID_POINTS, 2)."""
    along, across = torch.linspace(-GRID_REACH, GRID_REACH, GRID_POINTS), torch.linspace(-GRID_REACH, GRID_REACH, GRID_LINES)
    upright = torch.cartesian_prod(across, along)
    return torch.cat([upright, upright.flip(1)])


def _adam(network: Unconditional) -> Adam:
    made = Adam(network.parameters(), fused=True)
    begin_state(made)
    return made


def _drawn(wanted: Wanted) -> Tensor | None:
    found = torch.frombuffer(bytearray(wanted.drawn), dtype=torch.int16)[: len(wanted.drawn) // 4 * 2] if wanted.drawn else None
    return None if found is None or not len(found) else found.view(-1, 2).float() / UNIT


def _same(one: Tensor | None, other: Tensor | None) -> bool:
    return one is other if one is None or other is None else torch.equal(one, other)


def _packed(places: Tensor) -> bytes:
    packed: bytes = (places.nan_to_num().clamp(-1, 1) * UNIT).round().to(torch.int16).contiguous().numpy().tobytes()
    return packed


def _means(metrics: Tensor, probabilities: bool, before: dict[str, Scalar]) -> dict[str, Scalar]:
    """Over some updates, (N, METRICS): G's metrics over those of G, and as `before` where there are none."""
    found, of_g = dict(before), metrics[:, METRICS.index("g_grad")] != 0
    for metric, values in zip(TRAINING, metrics.unbind(1), strict=True):
        rows = values[of_g] if metric.of_g else values
        if len(rows) and metric.only not in UNSEEN:
            found[metric.name] = to_scalar(float(rows.mean()))
    return found if probabilities else {name: value for name, value in found.items() if name not in PROBABILITIES}
