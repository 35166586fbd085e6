"""The tutorial's step for MLPs on a CPU with its gradients written out.

On two cores the plain step spends half of its time outside the matrix products: allocating, walking the autograd
graph, updating twelve tensors, taking tanh. Here every product goes into a buffer that stays, in the layout that is
fastest for it; the weights of a network are one stretch of memory, so Adam is one call; and tanh(x) is
2 sigmoid(2x) - 1, seven times faster in torch. The mathematics and the order of updates are those of training/step.py.
"""

import torch
from torch import Tensor, nn

from gan_tui.losses import Penalties
from gan_tui.pixel_range import scale_bytes_
from gan_tui.training.engines import Work
from gan_tui.training.engines.flat_mlp import FlatMlp
from gan_tui.training.engines.kernels import tanh_backward_
from gan_tui.training.engines.plain import PlainEngine


class Room:
    """The buffers for one size of batch."""

    def __init__(self, batch: int, pixels: int, generator: FlatMlp, discriminator: FlatMlp, dtype: torch.dtype) -> None:
        self.indexed = torch.empty(batch, pixels, dtype=torch.uint8)
        self.images = torch.empty(4 * batch, pixels, dtype=dtype)
        """Real images, generated ones for D's update, those for G's, and the real ones again: each network's input in one piece."""
        self.for_d, self.for_g = self.images[: 2 * batch], self.images[2 * batch :]
        self.fake_for_g, self.real_for_g = self.for_g[:batch], self.for_g[batch:]
        # D's update leaves G as it is, so G makes the images of both updates at once: one product of twice the size.
        self.g_outputs = [*generator.buffers(2 * batch)[:-1], self.images[batch : 3 * batch]]
        self.g_outputs_for_d = [buffer[:batch] for buffer in self.g_outputs]
        self.g_outputs_for_g = [buffer[batch:] for buffer in self.g_outputs]
        self.g_room = generator.buffers(batch)
        self.d_outputs = discriminator.buffers(2 * batch)
        self.d_room = discriminator.buffers(2 * batch)
        self.d_outputs_half = [buffer[:batch] for buffer in self.d_outputs]
        self.d_room_half = [buffer[:batch] for buffer in self.d_room]


class PenaltyRows:
    """Which rows of D's outputs the penalties look at, and with what weight."""

    def __init__(self, penalties: Penalties, batch: int, dtype: torch.dtype) -> None:
        rows = penalties.rows(batch)
        gammas = ((penalties.r1, 0), (penalties.r2, batch))
        self._starts = [start for gamma, start in gammas if gamma]
        self._rows = rows
        self.weights = torch.cat([torch.full((rows, 1), gamma / rows, dtype=dtype) for gamma, _ in gammas if gamma])

    def of(self, outputs: list[Tensor]) -> list[Tensor]:
        """Those rows of the outputs of each hidden layer."""
        return [torch.cat([output[start : start + self._rows] for start in self._starts]) for output in outputs[:-1]]


class LeanEngine(PlainEngine):
    """training/step.py without autograd, for the family `mlp` with any loss of logits."""

    name = "lean"

    def __init__(self, work: Work, dtype: torch.dtype = torch.float32) -> None:
        """`dtype`: what the matrix products are computed in, float32 or bfloat16."""
        super().__init__(work)
        self._dtype = dtype
        assert isinstance(work.gan.generator, nn.Sequential)
        assert isinstance(work.gan.discriminator, nn.Sequential)
        with torch.no_grad():
            self._generator = FlatMlp(work.gan.generator, work.gan.g_optimizer, dtype)
            self._discriminator = FlatMlp(work.gan.discriminator, work.gan.d_optimizer, dtype)
        self._rooms: dict[int, Room] = {}
        self._penalty_rows: dict[int, PenaltyRows] = {}
        g_ema = work.gan.g_ema
        with torch.no_grad():
            self._g_ema = self._generator.adopt_ema(g_ema) if isinstance(g_ema, nn.Sequential) else None

    def settle(self) -> None:
        self._generator.settle()
        self._discriminator.settle()

    @torch.no_grad()
    def _step(self, batch: Tensor, z_d: Tensor, z_g: Tensor, train_g: bool, weight: float) -> Tensor:
        """What `train_step` does, line for line."""
        G, D, loss, ranks = self._generator, self._discriminator, self._work.gan.loss, self._work.ranks  # noqa: N806
        size = len(batch)
        if size not in self._rooms:
            self._rooms[size] = Room(size, self._work.images.shape[1], G, D, self._dtype)
        room = self._rooms[size]
        z_d, z_g = z_d.to(self._dtype), z_g.to(self._dtype)

        # Train the discriminator
        torch.index_select(self._work.images, 0, batch, out=room.indexed)
        scale_bytes_(room.images[:size].copy_(room.indexed))
        _tanh_(G.forward(torch.cat([z_d, z_g]), room.g_outputs) if train_g else G.forward(z_d, room.g_outputs_for_d))
        logits = D.forward(room.for_d, room.d_outputs).to(torch.float32, copy=True).requires_grad_()
        with torch.enable_grad():
            d_loss = loss.d_loss(logits[:size], logits[size:])
        D.backward(room.for_d, room.d_outputs, _gradient(d_loss, logits).to(self._dtype), room.d_room)
        penalty = self._penalise(room, size) if self._work.gan.penalties.any else torch.zeros(())
        logits = logits.detach()
        scores = logits.sigmoid()
        auc = (logits[:size] > logits[size:]).float().mean()
        d_metrics = D.average(ranks, weight, d_loss.detach(), scores[:size].mean(), scores[size:].mean(), auc, penalty)
        d_grad = D.update_if_finite(d_metrics[0] + d_metrics[-1])
        d_loss, *d_scores = d_metrics
        if not train_g:
            return torch.stack([d_loss, torch.zeros(()), *d_scores, d_grad, torch.zeros(())])

        # Train the generator
        if loss.objective.g_sees_real:
            room.real_for_g.copy_(room.images[:size])
            logits = D.forward(room.for_g, room.d_outputs).float()
        else:
            logits = D.forward(room.fake_for_g, room.d_outputs_half).float()
        fake_logits, real_logits = logits[:size].clone().requires_grad_(), logits[size:].clone()
        with torch.enable_grad():
            g_loss = loss.g_loss(real_logits, fake_logits)
        gradient = room.g_room[-1]
        D.input_gradient(room.d_outputs_half, _gradient(g_loss, fake_logits).to(self._dtype), room.d_room_half, gradient)
        tanh_backward_(gradient, room.fake_for_g)
        G.backward(z_g, room.g_outputs_for_g, gradient, room.g_room)
        (g_loss,) = G.average(ranks, weight, g_loss.detach())
        g_grad = G.update_if_finite(g_loss)
        if self._g_ema is not None:
            self._g_ema.lerp_(G.weights, self._work.gan.ema_weight)

        return torch.stack([d_loss, g_loss, *d_scores, d_grad, g_grad])

    def _penalise(self, room: Room, size: int) -> Tensor:
        if size not in self._penalty_rows:
            self._penalty_rows[size] = PenaltyRows(self._work.gan.penalties, size, self._dtype)
        rows = self._penalty_rows[size]
        return self._discriminator.add_gradient_penalty(rows.of(room.d_outputs), rows.weights)


def _gradient(loss: Tensor, logits: Tensor) -> Tensor:
    """Autograd for the loss alone: some hundred numbers, so that any function of logits will do."""
    (gradient,) = torch.autograd.grad(loss, logits)
    return gradient


def _tanh_(x: Tensor) -> Tensor:
    """In place: tanh(x) = 2 sigmoid(2x) - 1."""
    return x.mul_(2).sigmoid_().mul_(2).sub_(1)
