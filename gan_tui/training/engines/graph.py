"""Training steps in CUDA graphs.

A step of small networks is all launch latency: more than a hundred kernels of a few microseconds each. Captured once and replayed,
they cost one launch, for one step or for BLOCK steps. Everything a step needs lives on the device: the images, the epoch's order, a
counter that says which batch is next, the latents, and the metrics that come out.

What a capture wants (https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs): nothing in it waits for the device, and no
autograd graph that was made outside of it is alive. So whatever is kept across a capture is kept without gradients.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import Tensor

from gan_tui.errors import first_line
from gan_tui.training.engines import Steps, TrainingInputs, trains_g
from gan_tui.training.engines.eager import EagerSteps
from gan_tui.training.randomness import BLOCK
from gan_tui.training.step import METRICS, Gan

Turns = tuple[bool, ...]
"""Of each step in a graph: does it train G as well, or D alone?"""
MOST_BLOCKS = 4
"""Graphs of whole blocks that are kept. A `d_steps` that needs more of them trains in single steps, which need two."""


class GraphEngine:
    """Replays BLOCK steps at a time where a whole block lies ahead, else single steps; odd batches go without a graph."""

    name = "graph"

    def __init__(self, inputs: TrainingInputs, steps: Steps | None = None, *, capture: bool = True) -> None:
        """`steps`: what is captured; eager ones where none are given.

        `capture=False` runs them without graphs: what is left to do where a capture fails.
        """
        self.notes: list[str] = []
        self.blocks = True
        """Are whole blocks worth it? Where a step takes long they gain nothing, and a pause would wait for them."""
        self._inputs = inputs
        self._take = steps or EagerSteps(inputs)
        device = inputs.images.device
        self._order = torch.zeros(len(inputs.images), dtype=torch.int64, device=device)
        self._positions = inputs.ranks.share(torch.arange(inputs.batch_size, device=device))
        self._rows = torch.arange(BLOCK, device=device).unsqueeze(1)
        self._index = torch.zeros((), dtype=torch.int64, device=device)
        self._latents = torch.zeros(BLOCK, 2, len(self._positions), inputs.latent_dim, device=device)
        noise = inputs.noise(0, 0)
        self._noise = None if noise is None else noise.expand(BLOCK, *noise.shape).clone()
        self._metrics = torch.zeros(BLOCK, len(METRICS), device=device)
        self._capture = capture
        self._graphs: dict[Turns, torch.cuda.CUDAGraph] = {}
        self._warm: set[Turns] = set()
        """What has run once, so that torch's libraries have what they need, and Triton the kernels for wherever a step's images lie."""
        if capture:
            # One pool for all graphs: they run one after the other, and what a step leaves behind is copied out of it at once.
            self._pool = torch.cuda.graph_pool_handle()
            self._stream = torch.cuda.Stream(device)  # torch's own one for captures belongs to the first device that ever captured
            _make_capturable(inputs.gan)

    def begin_epoch(self, order: Tensor) -> None:
        self._order.copy_(order)
        self._index.zero_()

    def advance(self, step: int, index: int, most: int, d_steps: int = 1) -> Tensor:
        """A whole block where it begins here and fits, else one step."""
        whole_batches = len(self._inputs.images) // self._inputs.batch_size - index
        if whole_batches < 1:
            return self._odd_batch(step, index, d_steps)
        turns = turns_from(step, self.count(step, min(most, whole_batches), d_steps), d_steps)
        self._index.fill_(index)
        block = self._inputs.randomness.latents_block(step // BLOCK, self._inputs.batch_size, self._inputs.latent_dim)
        block = self._inputs.ranks.share(block, dim=2)
        self._latents[: len(turns)].copy_(block if len(turns) == BLOCK else block[step % BLOCK].unsqueeze(0))
        self._make_noise(step, index, len(turns))
        if self._capture and self.capture(turns):
            self._graphs[turns].replay()
        else:
            self._steps(turns)
        return self._metrics[: len(turns)]

    def snapshot(self) -> "Snapshot":
        """Of all that a step changes, as it is."""
        return Snapshot.of(self._inputs.gan, self._take.held)

    def sync(self) -> None:
        self._take.sync()

    def close(self) -> None:
        """Free the graphs: NCCL does not end while one that captured an exchange is alive."""
        for graph in self._graphs.values():
            graph.reset()
        self._graphs.clear()

    def capture(self, turns: Turns) -> bool:
        """Have a graph of such steps, if it can be captured; the weights stay as they are.

        Where it cannot, on any of the ranks, blocks give way to single steps, and those to the same steps without a graph; a note says so.
        """
        if turns in self._graphs:
            return True
        graph, error = self._captured(turns)
        if not self._inputs.ranks.agree(error is None):
            self._give_up(len(turns), first_line(error) if error else "another rank could not")
            return False
        if len(turns) > 1:
            blocks = [known for known in self._graphs if len(known) > 1]
            for known in blocks[: max(0, len(blocks) + 1 - MOST_BLOCKS)]:
                self._graphs.pop(known).reset()
        self._graphs[turns] = graph
        return True

    def count(self, step: int, most: int, d_steps: int) -> int:
        """How many steps one launch takes from number `step` on, where `most` are allowed: BLOCK, or one."""
        kinds = d_steps // math.gcd(BLOCK, d_steps)
        return BLOCK if self.blocks and step % BLOCK == 0 and most >= BLOCK and kinds <= MOST_BLOCKS else 1

    def _steps(self, turns: Turns) -> None:
        """What is captured. The batches are found by a counter on the device, so that one graph serves the whole epoch."""
        inputs, count = self._inputs, len(turns)
        batches = self._order[(self._index + self._rows[:count]) * inputs.batch_size + self._positions]
        noise = None if self._noise is None else self._noise[:count]
        self._metrics[:count].copy_(self._take(batches, self._latents[:count], noise, turns, inputs.weight(0)))
        self._index += count

    def _make_noise(self, step: int, index: int, count: int) -> None:
        """For `count` steps from number `step` of the run on, whose batches are whole."""
        for row in range(count):
            if self._noise is not None and (noise := self._inputs.noise(step + row, index)) is not None:
                self._noise[row].copy_(noise)

    def _odd_batch(self, step: int, index: int, d_steps: int) -> Tensor:
        """The last batch of an epoch, where the batch size does not divide the data."""
        inputs = self._inputs
        batch, latents, noise = inputs.batch(self._order, index), torch.stack(inputs.latents(step, index)), inputs.noise(step, index)
        noise = None if noise is None else noise.unsqueeze(0)
        return self._take(batch.unsqueeze(0), latents.unsqueeze(0), noise, (trains_g(step, d_steps),), inputs.weight(index))

    def _warm_up(self, turns: Turns) -> None:
        """Such steps on a side stream, which are then undone."""
        if turns in self._warm:
            return
        before, index = self.snapshot(), self._index.clone()
        side, current = self._stream, torch.cuda.current_stream()
        side.wait_stream(current)
        try:
            with torch.cuda.stream(side):
                self._steps(turns)
        finally:
            current.wait_stream(side)
            before.put_back()
            self._index.copy_(index)
        self._warm.add(turns)

    def _captured(self, turns: Turns) -> tuple[torch.cuda.CUDAGraph, BaseException | None]:
        """A graph, and what went wrong with it. A capture runs nothing, so there is nothing to undo.

        Raises RuntimeError where a step before it fails and other ranks are in the midst of the same exchange.
        """
        graph, current = torch.cuda.CUDAGraph(), torch.cuda.current_stream()
        broken: list[RuntimeError] = []
        try:
            self._warm_up(turns)
            self._take.prepare(len(turns), len(self._positions))  # what a capture allocates belongs to its graph
        except RuntimeError as error:
            if self._inputs.ranks.count > 1:
                raise
            return graph, error
        # NCCL has threads of its own that may ask the driver for something meanwhile.
        mode = "global" if self._inputs.ranks.count == 1 else "thread_local"
        try:
            with torch.cuda.graph(graph, pool=self._pool, stream=self._stream, capture_error_mode=mode):
                try:
                    self._steps(turns)
                except RuntimeError as error:
                    broken.append(error)  # the end of a capture that was broken off hides why
                    raise
        except RuntimeError as error:
            torch.cuda.set_stream(current)  # which torch leaves behind where the end of a capture fails
            self._pool = torch.cuda.graph_pool_handle()  # older versions of torch go on recording into the one before
            return graph, broken[0] if broken else error
        return graph, None

    def _give_up(self, steps: int, reason: str) -> None:
        if steps > 1:
            self.blocks = False
            self.notes.append(f"engine 'graph' could not capture {steps} steps ({reason}): it goes on in single steps")
        else:
            self._capture = False
            self.close()
            self.notes.append(f"engine 'graph' could not capture a step ({reason}): its steps go on without a graph, as 'eager' ones")


def turns_from(step: int, count: int, d_steps: int) -> Turns:
    """The turns of `count` steps from number `step` of the run on."""
    return tuple(trains_g(step + row, d_steps) for row in range(count))


class Snapshot(NamedTuple):
    """Every tensor that a step changes, and what stood in it."""

    kept: list[tuple[Tensor, Tensor]]

    @classmethod
    @torch.no_grad()
    def of(cls, gan: Gan, held: Iterable[Tensor] = ()) -> "Snapshot":
        """Of networks and optimisers as they are, and of what an engine has `held` besides, without a trace in autograd."""
        return cls([(tensor, tensor.clone()) for tensor in (*state_tensors(gan), *held)])

    @torch.no_grad()
    def put_back(self) -> None:
        """Into the very tensors that they came from."""
        for tensor, value in self.kept:
            tensor.copy_(value)


def state_tensors(gan: Gan) -> list[Tensor]:
    """Every tensor that a step changes: weights, buffers, the averaged generator's, and Adam's state."""
    modules = [gan.generator, gan.discriminator, *([gan.g_ema] if gan.g_ema else [])]
    networks = [tensor for module in modules for tensor in (*module.parameters(), *module.buffers())]
    states = [value for optimizer in (gan.g_optimizer, gan.d_optimizer) for state in optimizer.state.values() for value in state.values()]
    return networks + [value for value in states if isinstance(value, Tensor)]


def _make_capturable(gan: Gan) -> None:
    """Adam's counters and rates live on the device, so that a rate can change without a new capture."""
    for optimizer in (gan.g_optimizer, gan.d_optimizer):
        # Odd batches step outside of a graph, and torch would warn about that on the terminal.
        optimizer._warned_capturable_if_run_uncaptured = True
        for group in optimizer.param_groups:
            group["capturable"] = True
            group["lr"] = torch.as_tensor(group["lr"], dtype=torch.float32, device=group["params"][0].device)
