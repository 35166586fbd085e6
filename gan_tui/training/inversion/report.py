"""What a search that is done has found: how near, nearer than what needs no G, and what G cannot draw."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from gan_tui.inversion import references
from gan_tui.inversion.views import Shape
from gan_tui.metrics.feature_networks import CLASSIFIED, network_for
from gan_tui.spec.metrics import named
from gan_tui.training.inversion.problem import BICUBIC, MEAN, NEAREST, Problem, ranks

WHERE = {"repair": "inside the hole", "sharpen": "of the whole picture", "project": "of the whole picture"}
NAMES = {name: named(f"psnr_{name}").title for name in (NEAREST, MEAN, BICUBIC)}
DOUBT = "against what lies in your picture inside the hole, which may be what is to be repaired"
"""Before numbers whose truth is a person's own picture."""
BARS, LONGEST_BAR = 8, 40
"""Rows of a histogram, and signs of its longest one."""
WORST = 8


class Row(NamedTuple):
    """One way to fill in what is hidden, of all pictures."""

    name: str
    psnr: float | None
    """In decibels; None of the original itself."""
    beaten: float | None
    """Share of the pictures in which G is nearer to the original; None of G and the original."""
    right: float | None
    """Share that the classifier reads as the class of the original; None where there is no class, or no classifier."""


def table(problem: Problem, drawn: Tensor, dataset: str, shape: Shape) -> list[Row]:
    """G, the references and the original; `drawn`: all pictures, (N, pixels), what is seen included. Empty where the truth is not known."""
    own = problem.errors(drawn)
    if own is None or problem.truth is None:
        return []
    right = _Reader(problem, dataset, shape)
    rows = [Row("G", references.psnr(own), None, right(drawn))]
    for name, pictures in problem.references.items():
        other = problem.errors(pictures)
        assert other is not None
        rows.append(Row(NAMES[name], references.psnr(other), (own < other).float().mean().item(), right(pictures)))
    read = right(problem.truth)
    return rows if read is None else [*rows, Row("the original", None, None, read)]


class _Reader:
    """The share of pictures whose class a shipped classifier reads rightly; None without classes or a classifier for them."""

    def __init__(self, problem: Problem, dataset: str, shape: Shape) -> None:
        self._labels, self._shape = problem.labels, shape
        reads = problem.labels is not None and dataset in CLASSIFIED
        network = network_for(dataset, shape) if reads else None
        self._network = network if network is not None and network.classes else None

    def __call__(self, pictures: Tensor) -> float | None:
        if self._network is None or self._labels is None:
            return None
        logits = self._network(pictures.cpu().view(-1, *self._shape) * 2 - 1).logits
        return float((logits.argmax(1) == self._labels).float().mean())


def table_lines(rows: Sequence[Row], problem: Problem) -> list[str]:
    """For people."""
    if not rows:
        return []
    reads = rows[0].right is not None
    count = f"{problem.count} picture{'s' * (problem.count != 1)}"
    lines = [f"{DOUBT}:"] if problem.doubtful else []
    lines += [f"{f'{WHERE[problem.purpose]}, {count}':<34} {'PSNR':>8} {'G nearer':>9}" + (f" {'read right':>11}" if reads else "")]
    for row in rows:
        psnr = "-" if row.psnr is None else f"{row.psnr:.2f} dB"
        beaten = "-" if row.beaten is None else f"{row.beaten:.0%}" if problem.count > 1 else "yes" if row.beaten else "no"
        right = "" if row.right is None else f" {row.right:>11.1%}"
        lines.append(f"{row.name:<34} {psnr:>8} {beaten:>9}{right}")
    return lines


def distribution_lines(roots: Tensor, names: Sequence[str]) -> list[str]:
    """How the errors of many pictures are spread, root mean squares (N,), and which are the worst."""
    tenth, half, most = torch.quantile(roots, torch.tensor([0.1, 0.5, 0.9], device=roots.device)).tolist()
    worst = [f"{names[place]} ({roots[place]:.3f})" for place in ranks(roots)[:WORST]]
    low, high = roots.min().item(), roots.max().item()
    counts = torch.histc(roots, BARS, low, high).int().tolist() if high > low else [len(roots)]
    width = (high - low) / len(counts)
    bars = [
        f"{low + number * width:.3f} to {low + (number + 1) * width:.3f} {count:>6} {'#' * round(LONGEST_BAR * count / max(counts))}"
        for number, count in enumerate(counts)
    ]
    spread = f"a tenth below {tenth:.3f}, half below {half:.3f}, nine tenths below {most:.3f}"
    return [f"root mean squared error of {len(roots)} pictures: {spread}", *bars, f"the worst: {', '.join(worst)}"]


def conclusion(rows: Sequence[Row], problem: Problem) -> tuple[bool, str]:
    """Whether G is nearer than all that needs no G, and that in a line."""
    own, others = rows[0], [row for row in rows[1:] if row.psnr is not None]
    assert own.psnr is not None
    told = ", ".join(f"{row.name} {row.psnr:.1f}" for row in others)
    ahead = all(row.psnr is not None and own.psnr > row.psnr for row in others)
    where = DOUBT if problem.doubtful else WHERE[problem.purpose]
    if own.psnr >= references.EXACT:
        return True, f"{where}: G is exact ({own.psnr:.1f} dB are the most that eight bits can tell){f'; {told}' if told else ''}"
    return ahead, f"{where}: PSNR of G {own.psnr:.1f} dB{f', {told}' if told else ''}"


def as_json(rows: Sequence[Row], problem: Problem, roots: Mapping[str, Tensor]) -> dict[str, object]:
    """For scripts: the table, and the errors of every picture by name."""
    return {
        "purpose": problem.purpose,
        "table": [row._asdict() for row in rows],
        "pictures": [
            {"name": name, **{key: round(values[place].item(), 5) for key, values in roots.items()}}
            for place, name in enumerate(problem.names)
        ],
    }
