"""Real points of two dimensions, in [-1, 1]: where they come from, and how many of their modes are covered."""

import math

import torch
from torch import Tensor

from gan_tui.spec.play import PointSet

RING_RADIUS, RING_DEVIATION = 0.7, 0.03
GRID_REACH, GRID_DEVIATION = 0.8, 0.025
CURVE_DEVIATION = 0.025
DRAWN_DEVIATION = 0.02
NEAR = 0.1
"""Of sets without modes: a real point is covered where a generated one is nearer than this."""
HIGH_QUALITY = 3.0
"""Standard deviations from a mode's centre within which a sample counts for it. Srivastava et al. 2017, arXiv:1705.07761, section 4.1."""
FAIR_PART = 0.25
"""Of the samples that a mode would get if all got as many: with fewer it is not covered. Strays between two modes are not a mode."""


def centres(data: PointSet) -> Tensor:
    """Of the modes, (M, 2); none of what has none."""
    match data:
        case "ring":
            angles = torch.arange(8) * (math.tau / 8)
            return RING_RADIUS * torch.stack([angles.cos(), angles.sin()], 1)
        case "grid":
            ticks = torch.linspace(-GRID_REACH, GRID_REACH, 5)
            return torch.cartesian_prod(ticks, ticks)
        case _:
            return torch.empty(0, 2)


def deviation(data: PointSet) -> float:
    """Standard deviation of the points around what they lie on."""
    return {"ring": RING_DEVIATION, "grid": GRID_DEVIATION, "drawn": DRAWN_DEVIATION}.get(data, CURVE_DEVIATION)


def sample(data: PointSet, count: int, generator: torch.Generator, drawn: Tensor | None = None) -> Tensor:
    """`count` real points, (count, 2), float32. `drawn`: those that a person has drawn, (N, 2), at least one, of which `drawn` is made."""
    uniform = torch.rand(count, generator=generator)
    noise = torch.randn(count, 2, generator=generator) * deviation(data)
    match data:
        case "ring" | "grid":
            places = _picked(centres(data), uniform)
        case "spiral":
            turn = 3 * math.pi * (0.08 + 0.92 * uniform.sqrt())
            places = torch.stack([turn.cos(), turn.sin()], 1) * (0.85 * turn / (3 * math.pi)).unsqueeze(1)
        case "moons":
            second = uniform >= 0.5
            angle = math.pi * (2 * uniform - second.float())
            upper = torch.stack([angle.cos() - 0.5, angle.sin() - 0.25], 1)
            places = 0.55 * torch.where(second.unsqueeze(1), -upper, upper)
        case "drawn":
            assert drawn is not None
            places = _picked(drawn, uniform)
    return (places + noise).clamp(-1, 1)


def _picked(places: Tensor, uniform: Tensor) -> Tensor:
    return places[(uniform * len(places)).long().clamp_max(len(places) - 1)]


def modes_covered(samples: Tensor, data: PointSet) -> int:
    """Of how many modes there are samples: at least FAIR_PART of a fair share, within HIGH_QUALITY standard deviations."""
    distance, nearest = torch.cdist(samples, centres(data)).min(1)
    counts = torch.bincount(nearest[distance <= HIGH_QUALITY * deviation(data)], minlength=len(centres(data)))
    return int((counts >= FAIR_PART * len(samples) / len(counts)).sum())


def share_covered(samples: Tensor, real: Tensor) -> float:
    """Of sets without modes: the share of real points with a sample nearer than NEAR; 0 to 1."""
    return 0.0 if not len(real) else float((torch.cdist(real, samples).min(1).values < NEAR).float().mean())
