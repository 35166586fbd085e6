"""How near the training step is to the matrix products that it cannot do without.

Three yardsticks in the same run as the engines: one large square product (what the machine can do), the step's own 22 products
with nothing between them (what their shapes allow; on a CPU by the better of torch's two libraries, and in bfloat16 too), and the
floating-point operations of a step. On a GPU the products are replayed from a CUDA graph, as the engine `graph` does, so that no
launch is measured; float32 without TF32.
"""

import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor

from benchmarks import common
from benchmarks.common import Series
from benchmarks.engines import BATCH, HALF, available_device, engine, engine_names, multiplied, segment, synchronize
from gan_tui.training import products as library

G = ((64, 256), (256, 256), (256, 784))
D = ((784, 256), (256, 256), (256, 1))
"""(inputs, outputs) of each layer."""
ALONE, IN_BFLOAT16 = "products", "bfloat16 products"
Factors = tuple[Tensor, Tensor, Tensor]
"""Left, right, and room for what comes of them."""


def measure(plan: Namespace) -> list[Series]:
    device = available_device()
    factors = [(left, right, left @ right) for left, right in products(device)]
    step_gflop = sum(2 * left.shape[0] * left.shape[1] * right.shape[1] for left, right, _ in factors) / 1e9
    side = plan.side if device.type == "cpu" else 4 * plan.side
    square = torch.randn(side, side, device=device)
    room = torch.empty_like(square)

    engines = {name: engine(name, device) for name in engine_names(device, compiled=False)}
    steps = plan.steps * (20 if device.type == "cuda" else 1)
    for loop in engines.values():
        segment(loop, device, plan.warmup)
    square_ms = milliseconds(lambda: torch.mm(square, square, out=room), device)
    contenders = {"square": partial(square_ms, plan.squares)}
    contenders |= {name: partial(milliseconds(work, device), steps) for name, work in alone(factors, device).items()}
    readings = common.alternate(contenders | {name: partial(multiplied, loop, device, steps) for name, loop in engines.items()}, plan)
    float32 = [min(found) for found in zip(*(values for name, values in readings.items() if name.startswith(ALONE)), strict=True)]

    peak = [2 * side**3 / 1e6 / ms for ms in readings["square"]]
    rows = [
        Series("floating-point operations of a step's products", "GFLOP", [step_gflop]),
        Series(f"peak: square product, side {side}", "GFLOP/s", peak),
        Series("a step at that peak", "ms", [step_gflop / rate * 1000 for rate in peak]),
        Series("a step's own products alone", "ms", float32),
        *rates("own products alone", float32, step_gflop, peak),
        Series("a step's own products alone, bfloat16", "ms", readings[IN_BFLOAT16]),
    ]
    for name in engines:
        own = readings[IN_BFLOAT16] if name.endswith(HALF) else float32
        rows.append(Series(f"{name}: step", "ms", readings[name]))
        rows += rates(name, readings[name], step_gflop, peak)
        rows.append(Series(f"{name}: share of own products alone", "%", [100 * a / b for a, b in zip(own, readings[name], strict=True)]))
    return rows


def alone(factors: list[Factors], device: torch.device) -> dict[str, Callable[[], object]]:
    """The products of a step with nothing between them: in float32, on a CPU by each library that is exact, and in bfloat16."""

    def multiply(these: list[Factors], *, onednn: bool = False) -> None:
        with library.as_it_was():
            library.use(onednn)
            for left, right, out in these:
                torch.mm(left, right, out=out)

    narrow = [(left.bfloat16(), right.bfloat16(), out.bfloat16()) for left, right, out in factors]
    found: dict[str, Callable[[], object]] = {ALONE: partial(multiply, factors), IN_BFLOAT16: partial(multiply, narrow)}
    if device.type == "cpu" and library.trial().off <= library.EXACT:
        found[f"{ALONE}, oneDNN"] = partial(multiply, factors, onednn=True)
    return found


def rates(name: str, milliseconds: list[float], gflop: float, peak: list[float]) -> list[Series]:
    """What was achieved, and its share of the peak of the same round."""
    achieved = [gflop / ms * 1000 for ms in milliseconds]
    shares = [100 * rate / best for rate, best in zip(achieved, peak, strict=True)]
    return [Series(f"{name}: achieved", "GFLOP/s", achieved), Series(f"{name}: share of the peak", "%", shares)]


def products(device: torch.device) -> Iterator[tuple[Tensor, Tensor]]:
    """The factors of all products of one step, in its order; D's update sees real and generated images at once, and G makes those of both.

    The layouts are those of the engine `manual-grad`: weights lie (inputs, outputs).
    """
    yield from forward(G, 2 * BATCH, device)
    yield from forward(D, 2 * BATCH, device)
    yield from weight_gradients(D, 2 * BATCH, device)
    yield from input_gradients(D[1:], 2 * BATCH, device)
    yield from forward(D, BATCH, device)
    yield from input_gradients(D, BATCH, device)
    yield from weight_gradients(G, BATCH, device)
    yield from input_gradients(G[1:], BATCH, device)


Layers = tuple[tuple[int, int], ...]


def forward(layers: Layers, batch: int, device: torch.device) -> Iterator[tuple[Tensor, Tensor]]:
    for inputs, outputs in layers:
        yield torch.randn(batch, inputs, device=device), torch.randn(inputs, outputs, device=device)


def weight_gradients(layers: Layers, batch: int, device: torch.device) -> Iterator[tuple[Tensor, Tensor]]:
    for inputs, outputs in layers:
        yield torch.randn(batch, inputs, device=device).t(), torch.randn(batch, outputs, device=device)


def input_gradients(layers: Layers, batch: int, device: torch.device) -> Iterator[tuple[Tensor, Tensor]]:
    for inputs, outputs in layers:
        yield torch.randn(batch, outputs, device=device), torch.randn(inputs, outputs, device=device).t()


def milliseconds(work: Callable[[], object], device: torch.device) -> Callable[[int], float]:
    """A function that says how long `work` takes, the mean over so many times."""
    work()
    run: Callable[[], object] = work
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            work()
        run = graph.replay

    def read(times: int) -> float:
        run()
        synchronize(device)
        began = time.perf_counter()
        for _ in range(times):
            run()
        synchronize(device)
        return (time.perf_counter() - began) / times * 1000

    return read


if __name__ == "__main__":
    common.main("peak", __doc__, measure, rounds=(15, 3), steps=(60, 20), squares=(3, 2), side=(2048, 1024), warmup=(60, 20))
