"""An engine is held to its eager twin on the very device, before it is trusted with a run.

Both take the same steps from the same state, and what comes out is compared. On a GPU they agree up to the rounding of sums, whose order
may differ; an engine that trains on a stale batch, a frozen rate or another network's state is off by as much as the weights have moved.
"""

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from gan_tui.config import RunConfig
from gan_tui.errors import first_line
from gan_tui.training.devices import synchronize
from gan_tui.training.engines import Engine, Steps, TrainingInputs, kernels
from gan_tui.training.engines.eager import EagerEngine, EagerSteps
from gan_tui.training.engines.graph import GraphEngine, Snapshot, turns_from
from gan_tui.training.engines.manual_grad import ManualGradSteps
from gan_tui.training.engines.own_kernels import own_kernels
from gan_tui.training.randomness import BLOCK
from gan_tui.training.step import METRICS, Gan

TOLERANCE = {"float32": 0.05, "tf32": 0.25, "bfloat16": 0.25}
"""How far weights may be from the twin's, as a share of how far those have moved. An engine that is wrong is off by about 1."""
BLOCKS_PAY = 0.002
"""Seconds a step below which one launch for BLOCK steps gains anything. Above it, pause and stop would wait for the block in vain."""
EARLY = 3
"""Steps, or as many as it takes until G is trained, after which weights are compared. Later on an error has grown as well, but so has
rounding: with a relativistic loss and penalties, weights that differ by 1e-7 are 0.3 of their way apart after twenty steps."""
GRAPHS_PAY = 0.1
"""Seconds a step above which launches cost so little of it that no graph is worth the steps that prove it."""
MOST_NOISE = 0.75
"""Share by which blocks may be off at most, however far single steps are from themselves: an engine that is wrong is off by about 1."""


class Trace(NamedTuple):
    """What some steps have come to."""

    metrics: Tensor
    """METRICS of each step, float32 (steps, 9), on the CPU."""
    moved: dict[str, Tensor]
    """By how much the parameters of each network, and the statistics of all, have changed: one flat float32 vector each."""
    seconds: float
    """A step."""


class Proof(NamedTuple):
    """How an engine compares with its twin."""

    ok: bool
    words: str
    """The difference, or what went wrong."""
    seconds: float = 0.0
    """That a step takes."""
    twin_seconds: float = 0.0
    off: float = 0.0
    """How far weights are from the twin's, as a share of how far those have moved."""


def trace(engine: Engine, inputs: TrainingInputs, d_steps: int = 1, steps: int = BLOCK) -> Trace:
    """Take the first `steps` of the run with `engine`, from the state in which `inputs.gan` is, which they change."""
    engine.sync()
    before = {name: vector.clone() for name, vector in _parts(inputs.gan).items()}
    engine.begin_epoch(inputs.randomness.order(0, len(inputs.images)))
    batches = max(1, len(inputs.images) // inputs.batch_size)
    rows: list[Tensor] = []
    seconds = _stopwatch(inputs.images.device)
    while len(rows) < steps:
        step = len(rows)
        rows += engine.advance(step, step % batches, min(steps - step, batches - step % batches), d_steps).clone()
    taken = seconds() / len(rows)
    engine.sync()
    moved = {name: after - before[name] for name, after in _parts(inputs.gan).items()}
    return Trace(torch.stack(rows).cpu(), moved, taken)


def compare(found: Trace, twin: Trace, tolerance: float) -> Proof:
    """Hold one trace to another of the same steps."""
    if not twin.metrics.isfinite().all():
        return Proof(False, "nothing to compare with: the eager steps give numbers that are not finite", found.seconds, twin.seconds)
    shares = {name: _share(ours, twin.moved[name].to(ours.device)) for name, ours in found.moved.items()}
    worst = max(shares, key=lambda name: shares[name])
    losses = [(found.metrics[:, METRICS.index(name)] - twin.metrics[:, METRICS.index(name)]).abs().max() for name in ("d_loss", "g_loss")]
    words = f"{worst}: off by {shares[worst]:.2g} of what it moved; losses by {max(losses):.2g}"
    spread = twin.metrics[:, :2].abs().max()
    ok = shares[worst] <= tolerance and bool(max(losses) <= tolerance * max(1.0, float(spread)))
    return Proof(ok, words, found.seconds, twin.seconds, shares[worst])


def prove(engine: GraphEngine, inputs: TrainingInputs, d_steps: int, tolerance: float) -> Proof:
    """Hold the graphs of a run to the eager steps; the networks and optimisers are as before. Decides whether blocks are worth it.

    All ranks come to the same result. Raises RuntimeError where the device fails in an eager step: that is no fault of the graphs.
    """
    if len(inputs.images) < inputs.batch_size:
        return Proof(True, "no batch is whole, so nothing is captured")
    before = engine.snapshot()
    rates = [group["lr"].clone() for group in _groups(inputs.gan)]
    try:
        return _prove(engine, inputs, d_steps, tolerance, before)
    finally:
        before.put_back()
        for group, rate in zip(_groups(inputs.gan), rates, strict=True):
            group["lr"].copy_(rate)


def _prove(engine: GraphEngine, inputs: TrainingInputs, d_steps: int, tolerance: float, before: Snapshot) -> Proof:
    """First single steps beside eager ones, then blocks beside single steps."""
    ranks = inputs.ranks

    def taken(by: Engine, steps: int) -> Trace:
        before.put_back()
        return trace(by, inputs, d_steps, steps)

    taken(EagerEngine(inputs), 2)  # the first steps of a process load libraries and kernels, for seconds
    pilot = taken(EagerEngine(inputs), 2)
    if not ranks.agree(pilot.seconds <= GRAPHS_PAY):
        slow = f"a step takes {1000 * pilot.seconds:.0f} ms, and graphs would gain nothing"
        return Proof(False, slow, pilot.seconds, pilot.seconds)
    before.put_back()
    engine.blocks = False
    if not _capture(engine, inputs, d_steps, d_steps):
        return Proof(False, engine.notes.pop())
    for group in _groups(inputs.gan):
        group["lr"].mul_(0.5)  # not the rates of the capture: one that was frozen into a graph shows
    early, late = max(EARLY, d_steps), max(BLOCK, d_steps)
    twin = taken(EagerEngine(inputs), early)
    single = compare(taken(engine, early), twin, tolerance)
    if not ranks.agree(single.ok):
        return single._replace(ok=False)
    singles = taken(engine, late)
    engine.blocks = ranks.agree(singles.seconds < BLOCKS_PAY)
    if not engine.blocks:
        return single._replace(seconds=singles.seconds)
    before.put_back()
    if not _capture(engine, inputs, d_steps, late):
        return single._replace(seconds=singles.seconds)
    block = compare(taken(engine, late), singles, tolerance)
    if not ranks.agree(block.ok):
        # Where sums are added up in any order, as in some convolutions, twenty steps are not the same twice either.
        engine.blocks = False
        again = compare(taken(engine, late), singles, tolerance)
        engine.blocks = True
        block = compare(taken(engine, late), singles, max(tolerance, min(MOST_NOISE, 3 * again.off)))
    words = single.words if block.ok else f"blocks of steps beside single ones: {block.words}"
    return Proof(ranks.agree(block.ok), words, block.seconds, twin.seconds)


def _capture(engine: GraphEngine, inputs: TrainingInputs, d_steps: int, steps: int) -> bool:
    """Have the graphs of the first `steps` steps of a run before a clock runs."""
    engine.begin_epoch(inputs.randomness.order(0, len(inputs.images)))
    batches, first, done = len(inputs.images) // inputs.batch_size, 0, True
    while first < steps and done:
        count = engine.count(first, min(steps - first, batches - first % batches), d_steps)
        done = engine.capture(turns_from(first, count, d_steps))
        first += count
    return done


def proven_graph_engine(
    inputs: TrainingInputs, settings: RunConfig, written_out: TrainingInputs | None = None, dtype: torch.dtype = torch.float32
) -> Engine:
    """The graph engine, if it gives the numbers of the eager steps on this device; else the eager one, with a note that says why.

    `written_out`: the same inputs without autocast, where the networks are such as ManualGradSteps can train; their products take `dtype`.
    """
    notes: list[str] = []
    if written_out is not None:
        for what, steps in written_out_steps(written_out, settings.train.precision, dtype, notes):
            engine, obstacle = _proven(inputs, steps, settings)
            if engine is not None:
                engine.notes += notes
                return engine
            notes.append(f"{what} are not used in the graph: {obstacle}")
    engine, obstacle = _proven(inputs, EagerSteps(inputs), settings)
    if engine is not None:
        engine.notes += notes
        return engine
    plain = EagerEngine(inputs)
    plain.notes += [*notes, f"engine 'graph' is not used, and 'eager' is: {obstacle}"]
    return plain


def written_out_steps(inputs: TrainingInputs, precision: str, dtype: torch.dtype, notes: list[str]) -> Iterator[tuple[str, Steps]]:
    """What may go into the graphs of MLPs, the fastest first, and what it is called. All ranks get the same.

    `precision`: as `train.precision` has it, resolved. What is wrong with a kernel is added to `notes`; that there are none is no fault.
    """
    own, fault = own_kernels(precision, inputs.images.device)
    if fault:
        notes.append(f"the kernels of gan-tui are not used: {fault}")
    if inputs.ranks.agree(own is not None) and own is not None:
        yield "the kernels of gan-tui", ManualGradSteps(inputs, dtype, own.one)
    fault = kernels.fault(dtype, inputs.images.device)
    if inputs.ranks.agree(fault is None):
        yield "the steps of 'manual-grad'", ManualGradSteps(inputs, dtype)
    else:
        notes.append(f"the steps of 'manual-grad' are not used in the graph: {fault or 'another rank cannot run them'}")


def _proven(inputs: TrainingInputs, steps: Steps, settings: RunConfig) -> tuple[GraphEngine | None, str]:
    """Graphs of such steps if they hold, and what there is to say of them."""
    engine: GraphEngine | None = None
    try:
        engine = GraphEngine(inputs, steps)
        proof = prove(engine, inputs, settings.train.d_steps, TOLERANCE[settings.train.precision])
    except RuntimeError as error:
        if inputs.ranks.count > 1:  # the other ranks are in the midst of an exchange
            raise
        proof = Proof(False, first_line(error))
    if proof.ok and engine is not None:
        return engine, proof.words
    if engine is not None:
        engine.close()
    steps.sync()
    return None, proof.words


def _parts(gan: Gan) -> dict[str, Tensor]:
    """What steps change of the networks. Counters are left out: they would hide how little the weights have moved beside them."""
    modules = {"generator": gan.generator, "discriminator": gan.discriminator}
    if gan.g_ema is not None:
        modules["EMA of the generator"] = gan.g_ema
    found: dict[str, list[Tensor]] = {name: list(module.parameters()) for name, module in modules.items()}
    buffers = {f"statistics of the {name}": list(module.buffers()) for name, module in modules.items()}
    found |= {name: [tensor for tensor in tensors if tensor.is_floating_point()] for name, tensors in buffers.items()}
    return {name: torch.cat([tensor.detach().flatten().float() for tensor in tensors]) for name, tensors in found.items() if tensors}


def _share(ours: Tensor, theirs: Tensor) -> float:
    """The distance of two movements, as a share of the second; infinite where only one of them is nothing."""
    off, length = float((ours - theirs).norm()), float(theirs.norm())
    if not off:
        return 0.0
    return off / length if length and off == off else float("inf")


def _groups(gan: Gan) -> list[dict[str, Tensor]]:
    return [group for optimizer in (gan.g_optimizer, gan.d_optimizer) for group in optimizer.param_groups]


def _stopwatch(device: torch.device) -> Callable[[], float]:
    """Begins now; the seconds until all that the device was asked for is done. By the GPU's own clock, where there is one."""
    synchronize(device)
    if device.type == "cuda":
        first, last = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        first.record()

        def by_events() -> float:
            last.record()
            synchronize(device)
            return float(first.elapsed_time(last)) / 1000

        return by_events
    began = time.perf_counter()

    def by_host() -> float:
        synchronize(device)
        return time.perf_counter() - began

    return by_host
