"""Carries out the steps of many runs together: on a GPU in CUDA graphs, one launch for BLOCK steps of them all."""

from collections.abc import Sequence
from itertools import takewhile
from typing import NamedTuple

import torch
from torch import Tensor

from gan_tui.errors import first_line
from gan_tui.training.engines import TrainingInputs
from gan_tui.training.engines.graph import Snapshot, Turns
from gan_tui.training.engines.manual_grad import AT_ONCE
from gan_tui.training.engines.many_mlps import MakeMlps, ManyMlps, ManySteps
from gan_tui.training.randomness import BLOCK
from gan_tui.training.step import METRICS

MOST_GRAPHS = 24
"""Of different numbers of steps that are kept: blocks, and what is left of them before an epoch ends, a line or a checkpoint is due."""


class Place(NamedTuple):
    """Where a run stands whose next steps are wanted."""

    row: int
    """Which of the runs it is."""
    step: int
    """Of the run."""
    batch: int
    """Of the epoch: which one is next."""
    most: int
    """Steps that it may take now."""
    turns: Turns
    """Of so many of them, at most BLOCK: is G trained as well, or D alone?"""


class ManyEngine:
    """K runs on the same images, whose networks have one shape."""

    def __init__(self, several: Sequence[TrainingInputs], dtype: torch.dtype = torch.float32, mlps: MakeMlps = ManyMlps) -> None:
        """`mlps`: what computes the networks."""
        self.notes: list[str] = []
        self.mlps = mlps
        self._several = several
        self._steps = ManySteps(several, dtype, mlps)
        first, count = several[0], len(several)
        device, batch = first.images.device, first.batch_size
        self._orders = [torch.empty(0, dtype=torch.int64)] * count
        self._batches = torch.zeros(BLOCK, count, batch, dtype=torch.int64, device=device)
        self._latents = torch.zeros(BLOCK, count, 2, batch, first.latent_dim, device=device)
        self._metrics = torch.zeros(BLOCK, count, len(METRICS), device=device)
        self._graphs: dict[Turns, torch.cuda.CUDAGraph] | None = {} if device.type == "cuda" else None
        """None: steps are taken as they are."""
        self._pool = torch.cuda.graph_pool_handle() if device.type == "cuda" else None
        self._stream = torch.cuda.Stream(device) if device.type == "cuda" else None
        """One for all captures: cuBLAS has a workspace for each stream, which nobody frees."""
        self._alone: dict[int, ManySteps] = {}

    def begin_epoch(self, row: int, order: Tensor) -> None:
        """Take the permutation, int64 (N,), in which the epoch of run `row` goes through the images."""
        self._orders[row] = order

    def advance(self, places: Sequence[Place]) -> Tensor:
        """As many steps of all runs as all of them may take now; METRICS, float32 (steps done, K, 9), which the next call overwrites."""
        count, turns = self.count(places), places[0].turns
        assert count, "they cannot be trained together now"
        turns = turns[:count]
        for place in places:
            batches, latents = self._next(place, count)
            self._batches[:count, place.row].copy_(batches)
            self._latents[:count, place.row].copy_(latents)
        if self._graphs is not None and (graph := self._graph(turns)) is not None:
            graph.replay()
        else:
            self._take(turns)
        return self._metrics[:count]

    def advance_alone(self, place: Place) -> Tensor:
        """One step of one run, whose batch may be smaller than others; METRICS, float32 (1, 9)."""
        batches, latents = self._next(place, 1)
        if place.row not in self._alone:
            self._alone[place.row] = self._steps.part(slice(place.row, place.row + 1))
        return self._alone[place.row](batches.unsqueeze(1), latents.unsqueeze(1), None, place.turns[:1], 1.0)[:, 0]

    def count(self, places: Sequence[Place]) -> int:
        """How many steps all can take together: 0 where a batch is not whole, or G's turn is not the same for all."""
        whole = len(self._several[0].images) // self._several[0].batch_size
        ahead = min(min(place.most, whole - place.batch, BLOCK - place.step % BLOCK) for place in places)
        if not self._metrics.is_cuda:
            ahead = min(ahead, AT_ONCE)
        alike = (len(set(turns)) == 1 for turns in zip(*(place.turns for place in places), strict=False))
        return max(0, min(ahead, sum(takewhile(bool, alike))))

    @property
    def state(self) -> list[Tensor]:
        """All that a step changes, of all runs."""
        return self._steps.state

    def sync(self, row: int | None = None) -> None:
        """Bring the optimisers of all up to date, or of one run."""
        self._steps.sync(row)

    def close(self) -> None:
        """Free the graphs."""
        for graph in (self._graphs or {}).values():
            graph.reset()
        self._graphs = None

    def _next(self, place: Place, count: int) -> tuple[Tensor, Tensor]:
        """The images, int64 (count, B), and the latents (count, 2, B, latent_dim) of a run's next steps."""
        inputs = self._several[place.row]
        rows = inputs.rows(place.batch)
        batches = self._orders[place.row][place.batch * inputs.batch_size :][: count * rows].view(count, rows)
        block = inputs.randomness.latents_block(place.step // BLOCK, inputs.batch_size, inputs.latent_dim)
        return batches, block[place.step % BLOCK :][:count, :, :rows]

    def _take(self, turns: Turns) -> None:
        """What is captured."""
        count = len(turns)
        self._metrics[:count].copy_(self._steps(self._batches[:count], self._latents[:count], None, turns, 1.0))

    def _graph(self, turns: Turns) -> torch.cuda.CUDAGraph | None:
        """Of such steps, captured where it is not there yet; None where that cannot be, and the steps are taken without from now on."""
        assert self._graphs is not None
        if turns not in self._graphs:
            try:
                if len(self._graphs) >= MOST_GRAPHS:
                    self._graphs.pop(next(iter(self._graphs))).reset()
                self._graphs[turns] = self._captured(turns)
            except RuntimeError as error:
                self.notes.append(f"steps of many runs could not be captured in a CUDA graph ({first_line(error)}): they go on without")
                self.close()
                return None
        return self._graphs[turns]

    def _captured(self, turns: Turns) -> torch.cuda.CUDAGraph:
        """Raises RuntimeError. What a first step loads and allocates, one beside the graph does, which is undone."""
        assert self._stream is not None
        graph, stream, current = torch.cuda.CUDAGraph(), self._stream, torch.cuda.current_stream()
        before = Snapshot([(tensor, tensor.clone()) for tensor in self._steps.state])
        self._steps.prepare(BLOCK, self._batches.shape[2])  # of which fewer steps take a part
        stream.wait_stream(current)
        with torch.cuda.stream(stream):
            for turn in dict.fromkeys(turns):
                self._take((turn,))
        current.wait_stream(stream)
        before.put_back()
        try:
            with torch.cuda.graph(graph, pool=self._pool, stream=stream):
                self._take(turns)
        finally:
            torch.cuda.set_stream(current)
        return graph
