"""Several plain steps in one CUDA graph.

A step of this size is all launch latency: some sixty kernels of a few microseconds each. Captured once and replayed,
they cost one launch for BLOCK steps. Everything a step needs lives on the device: the images, the epoch's order, a
counter that says which batch is next, the latents, and the metrics that come out.
"""

import torch
from torch import Tensor

from gan_tui.training.engines import Work, trains_g
from gan_tui.training.randomness import BLOCK
from gan_tui.training.step import METRICS, Gan, train_step

WARM_UP = 3
"""Steps before the capture, in which torch's libraries allocate what they need; the weights are put back afterwards."""


class GraphEngine:
    """Replays BLOCK steps at a time where a whole block lies ahead, else single steps; odd batches go the plain way."""

    def __init__(self, work: Work, *, capture: bool = True) -> None:
        """`capture=False` runs the same steps without graphs, so that a CPU can test everything but the capture."""
        self._work = work
        device = work.images.device
        self._order = torch.zeros(len(work.images), dtype=torch.int64, device=device)
        self._positions = work.ranks.share(torch.arange(work.batch_size, device=device))
        self._index = torch.zeros((), dtype=torch.int64, device=device)
        self._latents = torch.zeros(BLOCK, 2, len(self._positions), work.latent_dim, device=device)
        self._metrics = torch.zeros(BLOCK, len(METRICS), device=device)
        self._capture = capture
        self._graphs: dict[tuple[int, int, int], torch.cuda.CUDAGraph] = {}
        """By the number of steps, `d_steps`, and where in its turn the first one stands."""
        self._launched: list[torch.cuda.Event] = []
        if capture:
            _make_capturable(work.gan)

    def begin_epoch(self, order: Tensor) -> None:
        """See `Engine`."""
        self._order.copy_(order)

    def advance(self, step: int, index: int, most: int, d_steps: int = 1) -> Tensor:
        """A whole block where it begins here and fits, else one step."""
        whole_batches = len(self._work.images) // self._work.batch_size - index
        if whole_batches < 1:
            return self._odd_batch(step, index, d_steps)
        count = BLOCK if step % BLOCK == 0 and min(most, whole_batches) >= BLOCK else 1
        self._index.fill_(index)
        block = self._work.randomness.latents_block(step // BLOCK, self._work.batch_size, self._work.latent_dim)
        block = self._work.ranks.share(block, dim=2)
        self._latents[:count].copy_(block if count == BLOCK else block[step % BLOCK].unsqueeze(0))
        if not self._capture:
            self._steps(count, step, d_steps)
        else:
            kind = (count, d_steps, step % d_steps)
            if kind not in self._graphs:
                self._graphs[kind] = self._captured(count, step, d_steps)
            self._graphs[kind].replay()
            self._wait_for_the_last_but_one()
        return self._metrics[:count]

    def settle(self) -> None:
        """Nothing is held back: the graph writes into the networks' own weights."""

    def _steps(self, count: int, first: int, d_steps: int) -> None:
        """What is captured. The batch is found by a counter on the device, so that one graph serves the whole epoch."""
        work = self._work
        for row in range(count):
            batch = self._order[self._index * work.batch_size + self._positions]
            z_d, z_g = (work.with_labels(latents, batch) for latents in self._latents[row])
            self._metrics[row].copy_(train_step(work.gan, work.real(batch), z_d, z_g, train_g=trains_g(first + row, d_steps)))
            self._index += 1

    def _odd_batch(self, step: int, index: int, d_steps: int) -> Tensor:
        """The last batch of an epoch, where the batch size does not divide the data."""
        work = self._work
        batch = work.batch(self._order, index)
        return train_step(work.gan, work.real(batch), *work.latents(step, batch), train_g=trains_g(step, d_steps)).unsqueeze(0)

    def _captured(self, count: int, first: int, d_steps: int) -> torch.cuda.CUDAGraph:
        gan = self._work.gan
        before, index = _snapshot(gan), self._index.clone()
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(WARM_UP):
                self._steps(count, first, d_steps)
                self._index.copy_(index)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self._steps(count, first, d_steps)
        _put_back(gan, before)
        self._index.copy_(index)
        return graph

    def _wait_for_the_last_but_one(self) -> None:
        """Let the host run one replay ahead and no more: a pause must not wait behind a long queue."""
        event = torch.cuda.Event()
        event.record()
        self._launched.append(event)
        if len(self._launched) > 2:
            self._launched.pop(0).synchronize()


def _make_capturable(gan: Gan) -> None:
    """Adam's counters and rates live on the device, so that a rate can change without a new capture."""
    for optimizer in (gan.g_optimizer, gan.d_optimizer):
        for group in optimizer.param_groups:
            group["capturable"] = True
            group["lr"] = torch.as_tensor(group["lr"], dtype=torch.float32, device=group["params"][0].device)


def _state_tensors(gan: Gan) -> list[Tensor]:
    """Every tensor that a step changes, in a fixed order."""
    modules = [gan.generator, gan.discriminator, *([gan.average] if gan.average else [])]
    networks = [tensor for module in modules for tensor in (*module.parameters(), *module.buffers())]
    states = [value for optimizer in (gan.g_optimizer, gan.d_optimizer) for state in optimizer.state.values() for value in state.values()]
    return networks + [value for value in states if isinstance(value, Tensor)]


def _snapshot(gan: Gan) -> list[Tensor]:
    return [tensor.clone() for tensor in _state_tensors(gan)]


def _put_back(gan: Gan, before: list[Tensor]) -> None:
    """Undo the warm-up in place. Adam's state, where the warm-up made it, begins with zeros."""
    tensors = _state_tensors(gan)
    for tensor in tensors[len(before) :]:
        tensor.zero_()
    for tensor, value in zip(tensors, before, strict=False):
        tensor.copy_(value)
