"""What is trained: networks, optimisers, data, randomness, and where they stand."""

import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.optim import Adam

from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.data.dataset import Dataset
from gan_tui.health.statistics import Rates
from gan_tui.training import begin_from, build, engines, few_images, precision, products, scoring
from gan_tui.training.checkpoint import Loaded, Progress
from gan_tui.training.cpu_threads import ThreadTuner, default_threads
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.engines.manual_grad import ManualGradEngine
from gan_tui.training.kept_threads import KeptThreads
from gan_tui.training.randomness import BLOCK, Randomness
from gan_tui.training.rates import Position, by_time, rate_share
from gan_tui.training.restore import restore

MakeEngine = Callable[[RunConfig, torch.device, engines.TrainingInputs], engines.Engine]
MANY = 1 << 30
LONG_LAUNCH = 0.1
"""Seconds of a launch from which on the next one is not even prepared meanwhile: that gains little, and a pause would wait for both."""


class Session:
    """Everything that a checkpoint restores, and the engine that moves it."""

    def __init__(
        self,
        settings: RunConfig,
        device: torch.device,
        data: Dataset,
        loaded: Loaded | None,
        ranks: Ranks,
        rollbacks: int = 0,
        make_engine: MakeEngine = engines.make,
    ) -> None:
        """Fresh networks, or those of a checkpoint. `data`: on the device.

        `rollbacks`, where it is greater than what the checkpoint has seen, opens a new stream of randomness: the one
        that led to a loss that was not finite would lead there again. Raises UserError where the checkpoint does not
        fit the settings.
        """
        self.settings, self.device, self.data, self.images = settings, device, data, data.flat
        resolved = few_images.resolve(settings, len(self.images))
        self.augment = resolved.train.augment
        """What is done to the images that D sees."""
        self.gan = build.make_gan(resolved, device, ranks)
        self.progress = Progress()
        self.fixed_latents = Randomness(settings.train.seed, device).fixed_latents(settings.samples.count, settings.model.latent_dim)
        self.fixed_labels = scoring.grid_labels(settings, data, device)
        self.notes = build.own_notes(settings) + few_images.remarks(settings, len(self.images))
        self.notes += begin_from.begin(settings, self.gan) if loaded is None else begin_from.go_on(settings, self.gan)
        """What a person should know of how it begins."""
        if loaded:
            self.progress, self.fixed_latents = restore(loaded, settings, self.gan)
        self.progress.images, self.progress.digest = len(self.images), data.digest
        self.progress.rollbacks = max(rollbacks, self.progress.rollbacks)
        self.randomness = Randomness(settings.train.seed, device, attempt=self.progress.rollbacks)
        self.steps_per_epoch = build.steps_per_epoch(settings, data)
        batch_size, latent_dim = settings.train.batch_size, settings.model.latent_dim
        unseen = data.flat_held_out, data.held_out_labels
        inputs = engines.TrainingInputs(self.gan, self.images, self.randomness, batch_size, latent_dim, data.labels, unseen)
        self._pace = Pace(device, ranks)
        self.trained: Callable[[], float] = lambda: self.progress.elapsed
        """Seconds of training so far, by a clock that knows what was none."""
        self._seconds = self.progress.elapsed
        """The same when the rates were last set, of the first rank: all have the same."""
        self._set_rates()
        resolved = precision.resolve(resolved, device, ranks)
        self.precision = resolved.train.precision
        """In what products are computed."""
        kept = self.progress.products
        self.progress.products, why = products.choose(resolved, device, ranks, kept)
        self.products_why, said = products.named(self.progress.products, why), products.note(self.progress.products, why)
        tried = resolved.train.products == "auto" and not kept
        self.details = [said] if said and (self.progress.products == "onednn" or tried) else []
        """What stands in the log alone."""
        self.notes += [said] if said and not self.details else []
        self.engine = make_engine(resolved, device, inputs)
        own = settings.model.own or settings.loss.own
        self._own_code = own and self.engine.name != "graph"
        if own and not self._own_code:
            self.notes.append(
                "random numbers that your own code draws are not seeded in CUDA graphs: `--engine eager` repeats a run exactly"
            )
        self.threads: ThreadTuner | None = None
        self.kept_threads: KeptThreads | None = None
        if device.type == "cpu" and not settings.train.threads and ranks.count == 1:
            self._find_threads(default_threads(), resumed=loaded is not None, now=torch.get_num_threads() if rollbacks else None)
        self._ordered_epoch = -1
        """The epoch whose order the engine has."""

    def _find_threads(self, most: int, *, resumed: bool, now: int | None) -> None:
        """How many CPU threads a step is given, from now on. `now`: the number of which the screen speaks already."""
        if isinstance(self.engine, ManualGradEngine) and not self.progress.threads:
            self.threads = ThreadTuner(most, same=self.engine.same_with, now=now)
            if not self.threads.stuck:
                return
            self.progress.threads = self.threads.count if resumed else 0  # it has had them so far
            self.threads = None
        self._keep_threads(most, resumed=resumed)

    def _keep_threads(self, most: int, *, resumed: bool) -> None:
        """As many as the run has begun with: with another number its sums would differ in their last digits."""
        self.kept_threads = KeptThreads.begin(most, self.progress.threads)
        self.progress.threads = self.kept_threads.count
        self.notes += filter(None, [self.kept_threads.note("train.threads", resumed=resumed)])

    @property
    def complete(self) -> bool:
        """Is the run as long as it was to be?"""
        if budget := self.settings.train.seconds:
            return self.trained() >= budget
        return self.progress.step >= self.settings.train.epochs * self.steps_per_epoch

    def remaining(self, trained: float) -> float:
        """Seconds of training still to come after `trained` ones, at the mean speed so far."""
        if budget := self.settings.train.seconds:
            return max(0.0, budget - trained)
        return trained * (self.settings.train.epochs * self.steps_per_epoch / max(1, self.progress.step) - 1)

    @property
    def epochs_done(self) -> int:
        return self.progress.step // self.steps_per_epoch

    @property
    def epoch_of_grid(self) -> int:
        """The epoch in which the newest step was done, counted from 1; 0 within the first, whose end has the 1 for itself."""
        return self.epochs_done + (self.epochs_done > 0 and self.step_in_epoch > 0)

    @property
    def step_in_epoch(self) -> int:
        """Steps since the last whole epoch."""
        return self.progress.step % self.steps_per_epoch

    def advance(self, most: int = MANY) -> Tensor:
        """Train 1 to `most` steps, never beyond the epoch; METRICS of each, float32 (steps, 9), come back."""
        if self._ordered_epoch != self.epochs_done:
            self._ordered_epoch = self.epochs_done
            self.engine.begin_epoch(self.randomness.order(self._ordered_epoch, len(self.images)))
        if self.progress.step % BLOCK == 0:
            if by_time(self.settings):
                self._seconds = float(self.gan.ranks.broadcast_bytes(repr(self.trained()).encode()))
            self._set_rates()
        if self.progress.products:
            products.use(self.progress.products == "onednn")
        metrics = self._take_steps(most)
        self._pace.launched()
        self.progress.step += len(metrics)
        return metrics

    def _take_steps(self, most: int) -> Tensor:
        """With as many CPU threads as are found to be good, where that is being found out."""
        most = min(most, self._steps_to_next_stop())
        if self.threads is None:
            return self._take_with_kept_threads(most)
        rows = len(self.images) - self.step_in_epoch * self.settings.train.batch_size
        if rows < min(self.settings.train.batch_size, len(self.images)):
            with self.threads.odd_batch(rows):
                return self._launch(1)
        began = time.perf_counter()
        metrics = self._launch(1 if self.threads.trying else most)
        self.threads.stepped(len(metrics), time.perf_counter() - began)
        if self.threads.stuck:
            self.kept_threads, self.threads = KeptThreads(self.threads.count, self.threads.count), None
        return metrics

    def _take_with_kept_threads(self, most: int) -> Tensor:
        began = time.perf_counter()
        metrics = self._launch(most)
        if self.kept_threads:
            self.kept_threads.stepped(len(metrics), time.perf_counter() - began)
            self.progress.threads = self.kept_threads.count
        return metrics

    def _launch(self, most: int) -> Tensor:
        """Code of a person's own takes one step at a time, each with the random numbers that are its own."""
        place, d_steps = (self.progress.step, self.step_in_epoch), self.settings.train.d_steps
        if not self._own_code:
            return self.engine.advance(*place, most, d_steps)
        with self.randomness.own_code(self.progress.step, self.gan.ranks.rank):
            return self.engine.advance(*place, 1, d_steps)

    @property
    def sampler(self) -> nn.Module:
        """The generator whose images are shown and measured: its EMA, where the run has one."""
        return self.gan.g_ema or self.gan.generator

    def change(self, assignment: str) -> None:
        """Apply `section.key=value` to a run that is training: a rate, a weight, or how many steps of D come to one of G.

        Raises UserError."""
        self.settings = config.override(self.settings, config.parse_assignment(assignment))
        self._set_rates()
        if self.gan.l1_weight is not None:
            self.gan.l1_weight.fill_(self.settings.loss.l1)

    @property
    def rates(self) -> Rates:
        """Where the schedule has the learning rates now, and where it leaves them."""
        optimizer = self.settings.optimizer
        return Rates(rate_share(self.settings, self._position), 1.0 if optimizer.schedule == "constant" else optimizer.floor)

    @property
    def _position(self) -> Position:
        steps = self.progress.step // BLOCK * BLOCK
        return Position(steps, steps * self.settings.train.batch_size, steps / self.steps_per_epoch, self._seconds)

    def _set_rates(self) -> None:
        """As the schedules have them. They change between blocks of steps only, so that all engines have the same."""
        optimizer, train, share = self.settings.optimizer, self.settings.train, self.rates.now
        images = self._position.images
        set_rate(self.gan.d_optimizer, optimizer.d_lr * share)
        set_rate(self.gan.g_optimizer, optimizer.g_lr * share)
        if self.gan.g_ema is not None:
            half_life = max(1.0, min(self.settings.ema.half_life, self.settings.ema.ramp * images))
            self.gan.ema_weight.fill_(1 - 0.5 ** (train.batch_size * train.d_steps / half_life))

    def _steps_to_next_stop(self) -> int:
        """Steps until the epoch ends, or a line or a checkpoint is due at an exact step."""
        print_every, save_every = self.settings.log.print_every, self.settings.checkpoints.every_steps
        ahead = [self.steps_per_epoch - self.step_in_epoch, print_every - self.step_in_epoch % print_every]
        if save_every:
            ahead.append(save_every - self.progress.step % save_every)
        return min(ahead)


def set_rate(optimizer: Adam, rate: float) -> None:
    """The learning rate of the next steps; in place where it is a tensor, which a CUDA graph has captured."""
    for group in optimizer.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate


class Pace:
    """How far the host runs ahead of the device: one launch is under way while the next is prepared, so that a pause waits for no queue."""

    def __init__(self, device: torch.device, ranks: Ranks) -> None:
        self._device, self._ranks = device, ranks
        self._before: torch.cuda.Event | None = None

    def launched(self) -> None:
        """Call it after each launch: it waits for the one before. On a CPU a launch is done when it returns."""
        if self._device.type != "cuda":
            return
        event = torch.cuda.Event(blocking=True)  # without `blocking` the wait keeps a core busy
        event.record()
        began = time.monotonic()
        if self._before is not None:
            self._ranks.wait(self._before)
        if time.monotonic() - began > LONG_LAUNCH:
            self._ranks.wait(event)
        self._before = event
