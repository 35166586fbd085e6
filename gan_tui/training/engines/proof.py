"""An engine is held to its plain twin on the very device, before it is trusted with a run.

Both take the same steps from the same state, and what comes out is compared. On a GPU they agree up to the rounding of sums, whose order
may differ; an engine that trains on a stale batch, a frozen rate or another network's state is off by as much as the weights have moved.
"""

import time
from typing import NamedTuple

import torch
from torch import Tensor

from gan_tui.config import RunConfig
from gan_tui.training.engines import Engine, Work
from gan_tui.training.engines.graph import GraphEngine, Snapshot, turns_from
from gan_tui.training.engines.plain import PlainEngine
from gan_tui.training.randomness import BLOCK
from gan_tui.training.step import METRICS, Gan

TOLERANCE = {"float32": 0.05, "bfloat16": 0.25}
"""How far weights may be from the twin's, as a share of how far those have moved. An engine that is wrong is off by about 1."""
BLOCKS_PAY = 0.002
"""Seconds a step below which one launch for BLOCK steps gains anything. Above it, pause and stop would wait for the block in vain."""


class Trace(NamedTuple):
    """What some steps have come to."""

    metrics: Tensor
    """METRICS of each step, float32 (steps, 8), on the CPU."""
    moved: list[Tensor]
    """By how much each network's parameters and buffers have changed, one flat float32 vector a network."""
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


def trace(engine: Engine, work: Work, d_steps: int = 1, steps: int = BLOCK) -> Trace:
    """Take the first `steps` of the run with `engine`, from the state in which `work.gan` is, which they change."""
    device = work.images.device
    engine.settle()
    before = [vector.clone() for vector in _networks(work.gan)]
    engine.begin_epoch(work.randomness.order(0, len(work.images)))
    batches = max(1, len(work.images) // work.batch_size)
    rows: list[Tensor] = []
    _wait_for(device)
    began = time.perf_counter()
    while len(rows) < steps:
        step = len(rows)
        rows += engine.advance(step, step % batches, min(steps - step, batches - step % batches), d_steps).clone()
    _wait_for(device)
    seconds = (time.perf_counter() - began) / steps
    engine.settle()
    moved = [after - vector for after, vector in zip(_networks(work.gan), before, strict=True)]
    return Trace(torch.stack(rows).cpu(), moved, seconds)


def compare(found: Trace, twin: Trace, tolerance: float) -> Proof:
    """Hold one trace to another of the same steps."""
    if not twin.metrics.isfinite().all():
        return Proof(False, "nothing to compare with: the plain steps give numbers that are not finite", found.seconds, twin.seconds)
    names = ("generator", "discriminator", "average of the generator")
    shares = [_share(ours, theirs.to(ours.device)) for ours, theirs in zip(found.moved, twin.moved, strict=True)]
    worst = max(range(len(shares)), key=lambda index: shares[index])
    losses = [(found.metrics[:, METRICS.index(name)] - twin.metrics[:, METRICS.index(name)]).abs().max() for name in ("d_loss", "g_loss")]
    words = f"{names[worst]}: off by {shares[worst]:.2g} of what it moved; losses by {max(losses):.2g}"
    spread = twin.metrics[:, :2].abs().max()
    ok = shares[worst] <= tolerance and bool(max(losses) <= tolerance * max(1.0, float(spread)))
    return Proof(ok, words, found.seconds, twin.seconds)


def prove(engine: GraphEngine, work: Work, d_steps: int, tolerance: float) -> Proof:
    """Hold the graphs of a run to the plain steps; the networks and optimisers are as before. Decides whether blocks are worth it.

    All ranks come to the same result. Raises RuntimeError where the device fails in a plain step: that is no fault of the graphs.
    """
    if len(work.images) < work.batch_size:
        return Proof(True, "no batch is whole, so nothing is captured")
    before = Snapshot.of(work.gan)
    rates = [group["lr"].clone() for group in _groups(work.gan)]
    try:
        return _prove(engine, work, d_steps, tolerance, before)
    finally:
        before.put_back()
        for group, rate in zip(_groups(work.gan), rates, strict=True):
            group["lr"].copy_(rate)


def _prove(engine: GraphEngine, work: Work, d_steps: int, tolerance: float, before: Snapshot) -> Proof:
    ranks = work.ranks
    for turns in sorted({turns_from(step, 1, d_steps) for step in range(d_steps)}):
        if not engine.capture(turns):
            return Proof(False, engine.notes.pop())
    for group in _groups(work.gan):
        group["lr"].mul_(0.5)  # not the rates of the capture: one that was frozen into a graph shows
    twin = trace(PlainEngine(work), work, d_steps)
    before.put_back()
    engine.blocks = False
    single = compare(trace(engine, work, d_steps), twin, tolerance)
    before.put_back()
    if not ranks.agree(single.ok):
        return single._replace(ok=False)
    engine.blocks = ranks.agree(single.seconds < BLOCKS_PAY)
    if not engine.blocks:
        return single
    block = compare(trace(engine, work, d_steps), twin, tolerance)
    return block._replace(ok=ranks.agree(block.ok))


def proven_graph_engine(work: Work, settings: RunConfig) -> Engine:
    """The graph engine, if it gives the numbers of the plain steps on this device; else the plain one, with a note that says why."""
    engine = GraphEngine(work)
    try:
        proof = prove(engine, work, settings.train.d_steps, TOLERANCE[settings.train.precision])
    except RuntimeError as error:
        if work.ranks.count > 1:  # the other ranks are in the midst of an exchange
            raise
        proof = Proof(False, str(error).splitlines()[0][:160])
    if proof.ok:
        return engine
    engine.close()
    plain = PlainEngine(work)
    plain.notes.append(f"engine 'graph' is not used, and 'plain' is: {proof.words}")
    return plain


def _networks(gan: Gan) -> list[Tensor]:
    """Each network as one flat float32 vector: G, D, and the average where there is one."""
    modules = [gan.generator, gan.discriminator, *([gan.average] if gan.average is not None else [])]
    with torch.no_grad():
        return [torch.cat([tensor.detach().flatten().float() for tensor in module.state_dict().values()]) for module in modules]


def _share(ours: Tensor, theirs: Tensor) -> float:
    """The distance of two movements, as a share of the second; infinite where only one of them is nothing."""
    off, length = float((ours - theirs).norm()), float(theirs.norm())
    if not off:
        return 0.0
    return off / length if length and off == off else float("inf")


def _groups(gan: Gan) -> list[dict[str, Tensor]]:
    return [group for optimizer in (gan.g_optimizer, gan.d_optimizer) for group in optimizer.param_groups]


def _wait_for(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
