"""The tutorial's step for MLPs on a CPU with its gradients written out.

On two cores the eager step spends half of its time outside the matrix products: allocating, walking the autograd
graph, updating twelve tensors, taking tanh. Here every product goes into a buffer that stays, in the layout that is
fastest for it; the weights of a network are one stretch of memory, so Adam is one call; and tanh(x) is
2 sigmoid(2x) - 1, seven times faster in torch. The mathematics and the order of updates are those of training/step.py.
"""

import torch
from torch import Tensor, nn

from gan_tui.losses import Penalties
from gan_tui.pixel_range import scale_bytes_
from gan_tui.training.engines import TrainingInputs
from gan_tui.training.engines.eager import EagerEngine
from gan_tui.training.engines.flat_mlp import FlatMlp
from gan_tui.training.engines.kernels import tanh_backward_


class Buffers:
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
        self.g_gradients = generator.buffers(batch)
        self.d_outputs = discriminator.buffers(2 * batch)
        self.d_gradients = discriminator.buffers(2 * batch)
        self.d_outputs_half = [buffer[:batch] for buffer in self.d_outputs]
        self.d_gradients_half = [buffer[:batch] for buffer in self.d_gradients]


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


class ManualGradEngine(EagerEngine):
    """training/step.py without autograd, for the family `mlp` with any loss of logits."""

    name = "manual-grad"

    def __init__(self, inputs: TrainingInputs, dtype: torch.dtype = torch.float32) -> None:
        """`dtype`: what the matrix products are computed in, float32 or bfloat16."""
        super().__init__(inputs)
        self._dtype = dtype
        assert isinstance(inputs.gan.generator, nn.Sequential)
        assert isinstance(inputs.gan.discriminator, nn.Sequential)
        with torch.no_grad():
            self._generator = FlatMlp(inputs.gan.generator, inputs.gan.g_optimizer, dtype)
            self._discriminator = FlatMlp(inputs.gan.discriminator, inputs.gan.d_optimizer, dtype)
        self._buffers: dict[int, Buffers] = {}
        self._penalty_rows: dict[int, PenaltyRows] = {}
        g_ema = inputs.gan.g_ema
        with torch.no_grad():
            self._g_ema = self._generator.adopt_ema(g_ema) if isinstance(g_ema, nn.Sequential) else None

    def sync(self) -> None:
        self._generator.sync()
        self._discriminator.sync()

    @torch.no_grad()
    def _step(self, batch: Tensor, z_d: Tensor, z_g: Tensor, train_g: bool, weight: float) -> Tensor:
        """What `train_step` does, line for line."""
        G, D, loss, ranks = self._generator, self._discriminator, self._inputs.gan.loss, self._inputs.ranks  # noqa: N806
        size = len(batch)
        if size not in self._buffers:
            self._buffers[size] = Buffers(size, self._inputs.images.shape[1], G, D, self._dtype)
        buffers = self._buffers[size]
        z_d, z_g = z_d.to(self._dtype), z_g.to(self._dtype)

        # Train the discriminator
        torch.index_select(self._inputs.images, 0, batch, out=buffers.indexed)
        scale_bytes_(buffers.images[:size].copy_(buffers.indexed))
        _tanh_(G.forward(torch.cat([z_d, z_g]), buffers.g_outputs) if train_g else G.forward(z_d, buffers.g_outputs_for_d))
        logits = D.forward(buffers.for_d, buffers.d_outputs).to(torch.float32, copy=True).requires_grad_()
        with torch.enable_grad():
            d_loss = loss.d_loss(logits[:size], logits[size:])
        D.backward(buffers.for_d, buffers.d_outputs, _gradient(d_loss, logits).to(self._dtype), buffers.d_gradients)
        penalty = self._penalise(buffers, size) if self._inputs.gan.penalties.any else torch.zeros(())
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
            buffers.real_for_g.copy_(buffers.images[:size])
            logits = D.forward(buffers.for_g, buffers.d_outputs).float()
        else:
            logits = D.forward(buffers.fake_for_g, buffers.d_outputs_half).float()
        fake_logits, real_logits = logits[:size].clone().requires_grad_(), logits[size:].clone()
        with torch.enable_grad():
            g_loss = loss.g_loss(real_logits, fake_logits)
        gradient = buffers.g_gradients[-1]
        D.input_gradient(buffers.d_outputs_half, _gradient(g_loss, fake_logits).to(self._dtype), buffers.d_gradients_half, gradient)
        tanh_backward_(gradient, buffers.fake_for_g)
        G.backward(z_g, buffers.g_outputs_for_g, gradient, buffers.g_gradients)
        (g_loss,) = G.average(ranks, weight, g_loss.detach())
        g_grad = G.update_if_finite(g_loss)
        if self._g_ema is not None:
            self._g_ema.lerp_(G.weights, self._inputs.gan.ema_weight)

        return torch.stack([d_loss, g_loss, *d_scores, d_grad, g_grad])

    def _penalise(self, buffers: Buffers, size: int) -> Tensor:
        if size not in self._penalty_rows:
            self._penalty_rows[size] = PenaltyRows(self._inputs.gan.penalties, size, self._dtype)
        rows = self._penalty_rows[size]
        return self._discriminator.add_gradient_penalty(rows.of(buffers.d_outputs), rows.weights)


def _gradient(loss: Tensor, logits: Tensor) -> Tensor:
    """Autograd for the loss alone: some hundred numbers, so that any function of logits will do."""
    (gradient,) = torch.autograd.grad(loss, logits)
    return gradient


def _tanh_(x: Tensor) -> Tensor:
    """In place: tanh(x) = 2 sigmoid(2x) - 1."""
    return x.mul_(2).sigmoid_().mul_(2).sub_(1)
