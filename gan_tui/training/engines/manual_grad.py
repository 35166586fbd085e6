"""The tutorial's step for MLPs with its gradients written out.

Half of an eager step's time is not its matrix products: it is allocating, walking the autograd graph, updating twelve tensors. On a GPU it
is launching a hundred kernels. Here every product goes into a buffer that stays, in the layout that is fastest for it; the weights of a
network are one stretch of memory, so Adam is one call; a loss's gradient is the formula; images, latents and metrics of several
steps are handled at once. The mathematics and the order of updates are those of training/step.py.
"""

import time
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import Adam

from gan_tui.training.engines import TrainingInputs, trains_g
from gan_tui.training.engines.bias_rows import BiasRowMlp
from gan_tui.training.engines.buffers import Buffers, PenaltyRows
from gan_tui.training.engines.flat_mlp import FlatMlp, StepRecord
from gan_tui.training.engines.graph import Snapshot, Turns, state_tensors
from gan_tui.training.engines.tape import Tape
from gan_tui.training.randomness import BLOCK
from gan_tui.training.step import METRICS

ROOM = 64 << 20
"""Bytes for the images of several steps: more batches at once gain nothing."""
QUICK = 0.02
"""Seconds a step below which several are taken in one call: keys are heeded between calls."""
AT_ONCE = 4
"""Steps that the CPU takes in one call: the metrics of four cost as much as those of one, and a key waits for no longer than four steps."""
MakeMlp = Callable[[nn.Sequential, Adam, torch.dtype], FlatMlp]
MOST_TAPES = 32
"""That are kept, each with what its steps leave behind: where G is trained in each fifth step, twenty kinds of calls come."""
TAPED_ROWS = 512
"""Images in a batch beyond which Python is a small part of a step, and what it leaves behind much memory."""
TRIED = 12
"""Steps that are taken with two numbers of threads, to see whether they are the same."""


class Recording(NamedTuple):
    """Steps on a tape, and where they look for what is another each time."""

    tape: Tape
    batches: Tensor
    latents: Tensor


class ManualGradSteps:
    """training/step.py without autograd, for the family `mlp` with any loss of logits, several steps in one call."""

    _taped = False
    """Those of many GANs, which have a constructor of their own, are not."""

    def __init__(self, inputs: TrainingInputs, dtype: torch.dtype = torch.float32, mlp: MakeMlp = FlatMlp, *, taped: bool = False) -> None:
        """`dtype`: what the matrix products are computed in, float32 or bfloat16. `mlp`: what computes them.

        `taped`: steps like those before are done from a tape, where no other rank and no code of a person's own has a part in them.
        """
        assert isinstance(inputs.gan.generator, nn.Sequential)
        assert isinstance(inputs.gan.discriminator, nn.Sequential)
        self._inputs = inputs
        self._dtype = dtype
        with torch.no_grad():
            self._generator = mlp(inputs.gan.generator, inputs.gan.g_optimizer, dtype)
            self._discriminator = mlp(inputs.gan.discriminator, inputs.gan.d_optimizer, dtype)
            if isinstance(inputs.gan.g_ema, nn.Sequential):
                self._generator.adopt_ema(inputs.gan.g_ema, inputs.gan.ema_weight)
        self._has_penalties = inputs.gan.penalties.any
        self._buffers: dict[tuple[int, int], Buffers] = {}
        self._penalty_rows: dict[int, PenaltyRows] = {}
        own = inputs.gan.loss.d_valued is not None  # it may count its calls, or draw numbers that are not torch's
        self._taped = taped and inputs.ranks.count == 1 and not own
        self._tapes: dict[object, Recording | None] = {}
        """Of each kind of call, None where there was one of it so far."""

    @property
    def held(self) -> list[Tensor]:
        """What a step changes besides the tensors of `TrainingInputs.gan`."""
        return self._generator.held + self._discriminator.held

    def sync(self) -> None:
        """Tell the optimisers' states how many steps were taken."""
        self._generator.sync()
        self._discriminator.sync()

    def prepare(self, count: int, size: int) -> None:
        """Make room for `count` steps on batches of `size` images."""
        at_once = min(count, self._at_once(size))
        for steps in (at_once, count % at_once or at_once):
            if (steps, size) not in self._buffers:
                room = next((room for (known, its_size), room in self._buffers.items() if its_size == size and known > steps), None)
                made = room or Buffers(steps, size, self._inputs, self._generator, self._discriminator, self._dtype)
                self._buffers[steps, size] = made.first(steps)
        if self._has_penalties and size not in self._penalty_rows:
            self._penalty_rows[size] = self._make_penalty_rows(size, self._buffers[at_once, size].zeros)

    def _make_penalty_rows(self, size: int, like: Tensor) -> PenaltyRows:
        made = PenaltyRows([self._inputs.gan.penalties], size, like)
        made.weights = made.weights[0]
        return made

    @torch.no_grad()
    def __call__(self, batches: Tensor, latents: Tensor, noise: Tensor | None, turns: tuple[bool, ...], weight: float) -> Tensor:
        assert noise is None, "finite differences are not written out"
        count, size = len(batches), batches.shape[-1]
        self.prepare(count, size)
        at_once = min(count, self._at_once(size))
        self._generator.follow_rate()
        self._discriminator.follow_rate()
        parts = zip(batches.split(at_once), self._generator.taken(latents).split(at_once), range(0, count, at_once), strict=True)
        # A tape writes its metrics over those of the part before.
        take = self._from_tape if self._taped and count <= at_once and size <= TAPED_ROWS else self._several
        rows = [take(part, its_latents, turns[first : first + at_once], weight) for part, its_latents, first in parts]
        return rows[0] if len(rows) == 1 else torch.cat(rows)

    def _from_tape(self, batches: Tensor, latents: Tensor, turns: Turns, weight: float) -> Tensor:
        """`_several`, which is recorded when such steps come for the second time, and done again from then on."""
        kind = (batches.shape, turns, weight)
        if kind not in self._tapes:
            if len(self._tapes) == MOST_TAPES:
                del self._tapes[next(iter(self._tapes))]  # the one that was not wanted for longest
            self._tapes[kind] = None
            return self._several(batches, latents, turns, weight)
        known = self._tapes[kind] = self._tapes.pop(kind)
        if known is not None:
            known.batches.copy_(batches)
            known.latents.copy_(latents)
            return known.tape()
        batches, latents = batches.clone(), self._generator.taken(latents.clone())
        metrics, tape = Tape.record(lambda: self._several(batches, latents, turns, weight))
        if tape is None:
            self._taped = False
            self._tapes.clear()
        else:
            self._tapes[kind] = Recording(tape, batches, latents)
        return metrics

    def _at_once(self, size: int) -> int:
        """Steps whose images find room together."""
        return max(1, ROOM // (4 * size * self._inputs.images.shape[1] * self._dtype.itemsize))

    def _several(self, batches: Tensor, latents: Tensor, turns: Turns, weight: float) -> Tensor:
        buffers = self._buffers[len(batches), batches.shape[-1]]
        buffers.load(self._inputs.images, batches, twice=self._inputs.gan.loss.objective.g_sees_real)
        for row, train_g in enumerate(turns):
            self._train_d(buffers, row, latents[row] if train_g else latents[row, ..., :1, :, :], weight)
            if train_g:
                self._train_g(buffers, row, latents[row, ..., 1, :, :], weight)
        return self._metrics(buffers, turns, weight)

    def _record(self, buffers: Buffers, row: int, which: int, logits: Tensor) -> StepRecord:
        """which: 0 of D's step, 1 of G's."""
        value = None if self._inputs.gan.loss.d_valued is None else buffers.values[row, which]
        return StepRecord(logits, buffers.zeros[: logits.shape[-2]], buffers.lengths[row, which], buffers.lost[row, which], value)

    def _train_d(self, buffers: Buffers, row: int, latents: Tensor, weight: float) -> None:
        """latents: (..., 1 or 2, B, latent_dim). D's update leaves G as it is, so G makes the images of both updates at once."""
        G, D, gan = self._generator, self._discriminator, self._inputs.gan  # noqa: N806
        kinds, size = latents.shape[-3:-1]
        generated = buffers.images[row, ..., 1 : 1 + kinds, :, :].flatten(-3, -2)
        outputs = [*(output[..., : kinds * size, :] for output in buffers.g_outputs), generated]
        G.forward(latents.flatten(-3, -2), outputs, tanh=True)
        for_d, logits = buffers.images[row, ..., :2, :, :].flatten(-3, -2), buffers.d_logits[row]
        outputs = [*buffers.d_outputs, logits]
        D.forward(for_d, outputs)
        record = self._record(buffers, row, 0, logits)
        gradient = D.d_gradient(gan.loss, outputs, buffers.d_gradients, record)
        if not self._has_penalties:
            D.learn(gan.ranks, weight, for_d, outputs, gradient, buffers.d_gradients, record)
            return
        D.backward(for_d, outputs, gradient, buffers.d_gradients)
        zero, rows = D.zero(record), self._penalty_rows[size]
        penalty = D.add_gradient_penalty(rows.of(buffers.d_outputs), rows.weights)
        buffers.penalties[row].copy_(penalty)
        (zero,) = D.average(gan.ranks, weight, zero + penalty * 0)
        D.update_if_finite(zero, record.length)

    def _train_g(self, buffers: Buffers, row: int, latents: Tensor, weight: float) -> None:
        """latents: (..., B, latent_dim), those of the second half of what G has made in `_train_d`."""
        G, D, gan, size = self._generator, self._discriminator, self._inputs.gan, latents.shape[-2]  # noqa: N806
        seen = 2 if gan.loss.objective.g_sees_real else 1
        logits = buffers.g_logits[row, ..., : seen * size, :]
        outputs = [*(output[..., : seen * size, :] for output in buffers.d_outputs), logits]
        D.forward(buffers.images[row, ..., 2 : 2 + seen, :, :].flatten(-3, -2), outputs)
        gradient, images = buffers.g_gradients[-1], buffers.images[row, ..., 2, :, :]
        record = self._record(buffers, row, 1, logits)
        of_logits = D.g_gradient(G, gan.loss, outputs, size, buffers.d_gradients_half, record)
        D.input_gradient(images, [output[..., :size, :] for output in outputs], of_logits, buffers.d_gradients_half, gradient)
        outputs = [*(output[..., size:, :] for output in buffers.g_outputs), images]
        G.learn(gan.ranks, weight, latents, outputs, gradient, buffers.g_gradients, record)

    def _metrics(self, buffers: Buffers, turns: tuple[bool, ...], weight: float) -> Tensor:
        """METRICS of all steps from their logits, float32 (steps, ..., 9)."""
        loss, size = self._inputs.gan.loss, buffers.images.shape[-2]
        real, fake = buffers.d_logits.squeeze(-1).float().split(size, -1)
        metrics = torch.zeros(*real.shape[:-1], len(METRICS), device=real.device)
        own = loss.d_valued is not None
        metrics[..., 0] = buffers.values[:, 0] if own else loss.d_loss(real, fake, dim=-1)
        metrics[..., 2] = real.sigmoid().mean(-1)
        metrics[..., 3] = fake.sigmoid().mean(-1)
        metrics[..., 4] = (real > fake).float().mean(-1)
        metrics[..., 5] = buffers.penalties
        lengths = buffers.lengths.squeeze(-1) if buffers.lengths.shape[-1] == 1 else torch.linalg.vector_norm(buffers.lengths, dim=-1)
        metrics[..., 6:8] = lengths.movedim(1, -1)
        if any(turns):
            fake, real = buffers.g_logits.squeeze(-1).float().split(size, -1)
            seen = real if loss.objective.g_sees_real else real[..., :0]
            metrics[..., 1] = buffers.values[:, 1] if own else loss.g_loss(seen, fake, dim=-1)
        for row, train_g in enumerate(turns):
            if not train_g:
                for column in (1, 7):  # loss and gradient of G; a number set in one place would be a copy from the host
                    metrics[row, ..., column].zero_()
        self._inputs.ranks.average([metrics], weight=weight)
        return metrics


class ManualGradEngine:
    """`ManualGradSteps` one after the other, on a CPU."""

    name = "manual-grad"

    def __init__(self, inputs: TrainingInputs, dtype: torch.dtype = torch.float32) -> None:
        """`dtype`: what the matrix products are computed in, float32 or bfloat16."""
        self.notes: list[str] = []
        self._inputs = inputs
        self._order = torch.empty(0, dtype=torch.int64)
        self._steps = ManualGradSteps(inputs, dtype, BiasRowMlp if dtype == torch.float32 else FlatMlp, taped=True)
        self._quick = False

    def begin_epoch(self, order: Tensor) -> None:
        self._order = order

    def advance(self, step: int, index: int, most: int, d_steps: int = 1) -> Tensor:
        """Up to AT_ONCE steps, whose latents are of one block; the last batch of an epoch, where it is smaller, by itself."""
        inputs = self._inputs
        whole = len(inputs.images) // inputs.batch_size - index
        count = max(1, min(most, AT_ONCE if self._quick else 1, whole, BLOCK - step % BLOCK))
        rows = inputs.rows(index)
        batches = self._order[index * inputs.batch_size :][: count * rows].view(count, rows)
        block = inputs.randomness.latents_block(step // BLOCK, inputs.batch_size, inputs.latent_dim)
        latents = block[step % BLOCK :][:count, :, :rows]
        turns = tuple(trains_g(step + row, d_steps) for row in range(count))
        began = time.perf_counter()
        metrics = self._steps(inputs.ranks.share(batches, dim=1), inputs.ranks.share(latents, dim=2), None, turns, inputs.weight(index))
        self._quick = inputs.ranks.count == 1 and time.perf_counter() - began < QUICK * count
        return metrics

    @torch.no_grad()
    def same_with(self, one: int, other: int, rows: int | None = None) -> bool:
        """Do steps come out the same to the bit with both of these numbers of CPU threads? They are taken with both, and undone.

        So many, for sums that are divided otherwise may be the same by chance; no more than it takes to see that they are not, for beside
        others a step can take a second. `rows`: images in a batch, where it is not a whole one.
        """
        inputs, now, found = self._inputs, torch.get_num_threads(), list[list[Tensor]]()
        size = inputs.rows(0) if rows is None else rows
        batches = torch.arange(TRIED * size).remainder_(len(inputs.images)).view(TRIED, size)
        latents = inputs.randomness.latents_block(0, inputs.batch_size, inputs.latent_dim)[:TRIED, :, :size]
        parts = list(zip(batches.split(AT_ONCE), latents.split(AT_ONCE), strict=True))
        before = Snapshot.of(inputs.gan, self._steps.held)
        try:
            torch.set_num_threads(one)
            for batch, its_latents in parts:
                self._steps(batch, its_latents, None, (True,) * len(batch), 1.0)
                found.append([tensor.clone() for tensor in state_tensors(inputs.gan)])
            before.put_back()
            torch.set_num_threads(other)
            for (batch, its_latents), its_state in zip(parts, found, strict=True):
                self._steps(batch, its_latents, None, (True,) * len(batch), 1.0)
                if not all(torch.equal(*pair) for pair in zip(state_tensors(inputs.gan), its_state, strict=True)):
                    return False
            return True
        finally:
            before.put_back()
            torch.set_num_threads(now)

    def sync(self) -> None:
        self._steps.sync()

    def close(self) -> None:
        """Nothing is held."""
