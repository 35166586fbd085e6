"""What a generator is good for: repair, sharpening and projection of held-out MNIST digits, against what needs no generator.

For each task the PSNR where the digit was hidden, in decibels, and the share that the shipped classifier reads as the right digit: of the
search with its usual settings (candidates blended), of its best candidate alone, of the nearest training image, of the mean of the eight
nearest, of the mean of all, and of interpolation. Each reading is of other digits. `--run` is a run of `mlp-r3`; without, one is trained.
"""

import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from benchmarks import common
from benchmarks.common import Series
from gan_tui.config import Purpose
from gan_tui.data import registry
from gan_tui.data.dataset import Dataset
from gan_tui.inversion.search import Generator, Plan, Search
from gan_tui.inversion.views import Masked, Shape, Small, View, Whole
from gan_tui.run.directory import RunDirectory
from gan_tui.training import sampling
from gan_tui.training.inversion import report, sources
from gan_tui.training.inversion.problem import Problem, references_of

SHAPE: Shape = (1, 28, 28)
NEIGHBOURS = 8
POOL = 4096
"""A quarter of the usual, to save time: it changes nothing that can be told from chance."""
HOLES = {
    "hole of 12 x 12": (8, 8, 12, 12),
    "hole of 6 x 6": (11, 11, 6, 6),
    "lower half": (0, 14, 28, 14),
    "left half": (0, 0, 14, 28),
}
FACTORS = (2, 4, 7)


def cases() -> dict[str, tuple[Purpose, View]]:
    found: dict[str, tuple[Purpose, View]] = {}
    for name, (left, top, width, height) in HOLES.items():
        hole = torch.zeros(SHAPE[1:], dtype=torch.bool)
        hole[top : top + height, left : left + width] = True
        found[f"repair, {name}"] = "repair", Masked(hole, SHAPE)
    for factor in FACTORS:
        found[f"sharpen, {28 // factor} x {28 // factor}"] = "sharpen", Small(factor, SHAPE)
    return found | {"project": ("project", Whole(SHAPE))}


def mean_of_nearest(view: View, seen: Tensor, images: Tensor) -> Tensor:
    distances = torch.cat([torch.cdist(seen, view.see(chunk.float() / 255)) for chunk in images.split(4096)], 1)
    nearest = distances.topk(NEIGHBOURS, largest=False).indices
    return view.put(seen, (images[nearest].float() / 255).mean(1))


def problem_of(purpose: Purpose, view: View, data: Dataset, count: int, seed: int) -> Problem:
    targets, order = sources.held_out(data, count, seed)
    truth = targets.pictures.flatten(1).float() / 255
    seen = view.see(truth)
    references = references_of(view, seen, data.flat)
    labels = None if data.test_labels is None else data.test_labels[order]
    return Problem(purpose, view, seen, truth, truth, references, targets.names, labels)


def drawn(generator: Generator, problem: Problem, plan: Plan) -> Mapping[str, Tensor]:
    """With candidates blended, and the best alone."""
    found = {}
    search = Search(generator, problem.view, problem.seen, plan)
    while search.step < search.total_steps:
        search.advance()
    found["G"] = problem.put(search.finished().drawn, range(problem.count))
    search.change(blend=0.0)
    alone = search.current()
    assert alone is not None
    found["G, the best candidate alone"] = problem.put(alone.drawn, range(problem.count))
    return found


def measure(plan: Namespace) -> list[Series]:
    with tempfile.TemporaryDirectory() as folder:
        run = RunDirectory(Path(plan.run) if plan.run else _trained(Path(folder), plan.epochs))
        settings, network = sampling.load_generator(run)
    generator = Generator(network.eval().requires_grad_(False), settings.model.latent_dim)
    data = registry.load(settings.data)
    found: dict[tuple[str, str], list[float]] = {}
    for seed in range(plan.rounds):
        for name, (purpose, view) in cases().items():
            problem = problem_of(purpose, view, data, plan.pictures, seed)
            ours = drawn(generator, problem, Plan(steps=plan.steps, starts=plan.starts, pool=POOL, group=plan.pictures))
            others = {f"mean of the {NEIGHBOURS} nearest": mean_of_nearest(view, problem.seen, data.flat)}
            rows = {row.name: row for row in report.table(problem, ours["G"], settings.data.dataset, SHAPE)}
            for other, pictures in {**ours, **others}.items():
                rows[other] = report.table(problem, pictures, settings.data.dataset, SHAPE)[0]._replace(name=other)
            for row in rows.values():
                if row.psnr is not None:
                    found.setdefault((f"{name}: {row.name}", "dB"), []).append(row.psnr)
                if row.right is not None:
                    found.setdefault((f"{name}: {row.name}, read right", "%"), []).append(100 * row.right)
            print(f"  {seed + 1}/{plan.rounds} {name}: G {rows['G'].psnr:.2f} dB", file=sys.stderr, flush=True)
    return [Series(name, unit, readings) for (name, unit), readings in found.items()]


def _trained(folder: Path, epochs: int) -> Path:
    command = ["-m", "gan_tui", "train", "--preset", "mlp-r3", "--headless", "--runs-dir", str(folder), "--name", "g"]
    subprocess.run([sys.executable, *command, "--epochs", str(epochs), "--seed", "1"], check=True, stdout=subprocess.DEVNULL)
    return folder / "g"


if __name__ == "__main__":
    common.main(
        "repair", __doc__, measure, run=("", ""), epochs=(100, 1), rounds=(3, 1), pictures=(200, 20), steps=(100, 20), starts=(32, 4)
    )
