"""Steps of many runs together are held to the eager steps of one, on the very device, before they are trusted (see proof.py)."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from gan_tui.config import RunConfig
from gan_tui.errors import first_line
from gan_tui.training.engines import TrainingInputs, kernels, trains_g
from gan_tui.training.engines.eager import EagerEngine
from gan_tui.training.engines.graph import Snapshot, state_tensors
from gan_tui.training.engines.many_engine import ManyEngine, Place
from gan_tui.training.engines.many_mlps import MakeMlps, ManyMlps
from gan_tui.training.engines.own_kernels import own_kernels
from gan_tui.training.engines.proof import EARLY, TOLERANCE, Proof, compare, trace
from gan_tui.training.out_of_memory import is_out_of_memory
from gan_tui.training.randomness import BLOCK


class OneOfMany:
    """One of the runs as an engine of its own, while all the others take the same steps of theirs."""

    name = "together"

    def __init__(self, engine: ManyEngine, several: Sequence[TrainingInputs], row: int) -> None:
        self.notes = engine.notes
        self._engine, self._several, self._row = engine, several, row
        self.sync, self.close = engine.sync, engine.close

    def begin_epoch(self, order: Tensor) -> None:
        for row, inputs in enumerate(self._several):
            self._engine.begin_epoch(row, order if row == self._row else inputs.randomness.order(0, len(inputs.images)))

    def advance(self, step: int, index: int, most: int, d_steps: int = 1) -> Tensor:
        """See `Engine`."""
        turns = tuple(trains_g(step + ahead, d_steps) for ahead in range(BLOCK))
        places = [Place(row, step, index, most, turns) for row in range(len(self._several))]
        return self._engine.advance(places)[:, self._row]


def hold(engine: ManyEngine, several: Sequence[TrainingInputs], row: int, d_steps: int, tolerance: float) -> Proof:
    """Compare the first steps of one run among all with its eager ones; all networks and optimisers are as before."""
    inputs, steps = several[row], max(EARLY, d_steps)
    before = Snapshot([(tensor, tensor.clone()) for tensor in (*engine.state, *state_tensors(inputs.gan))])
    try:
        twin = trace(EagerEngine(inputs), inputs, d_steps, steps)
        before.put_back()
        return compare(trace(OneOfMany(engine, several, row), inputs, d_steps, steps), twin, tolerance)
    finally:
        before.put_back()
        engine.sync()


def refuted(engine: ManyEngine, several: Sequence[TrainingInputs], settings: RunConfig) -> str:
    """What is wrong with the steps together, by the first run and the last one; empty where nothing is. `settings`: of any of them."""
    if len(several[0].images) < several[0].batch_size:
        return ""
    for row in dict.fromkeys((0, len(several) - 1)):
        proof = hold(engine, several, row, settings.train.d_steps, TOLERANCE[settings.train.precision])
        if not proof.ok:
            return f"steps together are not what they are alone ({proof.words})"
    return ""


def proven_many_engine(several: Sequence[TrainingInputs], settings: RunConfig, dtype: torch.dtype) -> tuple[ManyEngine | None, str]:
    """What takes the steps of all, the fastest that is right on this device; or why nothing can.

    `settings`: of any of them. `dtype`: what products are computed in. Raises what the device does where it has no memory for so many.
    """
    device, notes = several[0].images.device, list[str]()
    for what, mlps in _makers(settings.train.precision, dtype, device, notes):
        engine = None
        try:
            engine = ManyEngine(several, dtype, mlps)
            fault = refuted(engine, several, settings)
        except Exception as error:  # of a compiler and a driver, which fail in any way they like
            if mlps is ManyMlps or is_out_of_memory(error, device):
                raise
            fault = first_line(error, 120)
        if engine is not None and not fault:
            engine.notes += notes
            return engine, ""
        if engine is not None:
            engine.close()
        notes.append(fault if mlps is ManyMlps else f"{what} are not used for steps together: {fault}")
    return None, notes[-1]


def _makers(precision: str, dtype: torch.dtype, device: torch.device, notes: list[str]) -> Iterator[tuple[str, MakeMlps]]:
    """What may compute the steps of many, the fastest first, and what it is called. What is wrong with one is added to `notes`."""
    own, fault = own_kernels(precision, device)
    if fault:
        notes.append(f"the kernels of gan-tui are not used: {fault}")
    if own is not None:
        yield "the kernels of gan-tui", own.many
    if fault := kernels.fault(dtype, device):
        notes.append(fault)
    else:
        yield "torch's batched products", ManyMlps
