"""What the fake trainer reports: curves, scores, evaluations and verdicts like those of `classic`, from the run's age alone."""

import io
import math
import random
from typing import Any

from PIL import Image

from gan_tui.run import events


def scalars_at(step: int, total: int, noise: random.Random) -> dict[str, float]:
    """D wins first, then G catches up."""
    age = min(1.0, step / max(1, total) * 4)
    early = math.exp(-12 * age)
    return {
        "d_loss": 0.8 - 0.65 * early + noise.gauss(0, 0.05),
        "g_loss": 2.0 + 4.0 * early + noise.gauss(0, 0.15),
        "D(x)": 0.72 + 0.24 * early + noise.gauss(0, 0.01),
        "D(G(z))": 0.25 - 0.2 * early + noise.gauss(0, 0.01),
        "d_grad": 0.4 + 1.5 * early + abs(noise.gauss(0, 0.05)),
        "g_grad": 0.9 + 0.8 * early + abs(noise.gauss(0, 0.1)),
    }


def quality_at(share: float, noise: random.Random) -> dict[str, events.Scalar]:
    """An evaluation when `share` of the run is done."""
    far = math.exp(-8 * share)
    return {
        "samples": 2000.0,
        "fd": 29.0 + 240.0 * far + abs(noise.gauss(0, 1.5)),
        "fd_floor": 1.7,
        "kid": 0.02 + 0.6 * far,
        "density": 0.82 - 0.6 * far,
        "coverage": 0.71 - 0.65 * far,
        "modes": 10.0 if far < 0.5 else 8.0,
        "classes": 9.7 - 6.2 * far,
        "class_kl": 0.03 + 1.1 * far,
        "confident": 0.81 - 0.5 * far,
        "diversity": 0.77 - 0.5 * far,
        "diversity_min": 0.52 - 0.45 * far,
        "copies": 0.012,
        "d_overfitting": 0.53 - 0.02 * far,
        "held_out_auc": 0.91 + 0.05 * far,
    }


def shares_at(share: float) -> tuple[float, ...]:
    """Of ten classes: the fours and nines come last."""
    far = math.exp(-8 * share)
    wanted = [1 - far if digit in (4, 9) else 0.8 + 0.05 * digit for digit in range(10)]
    return tuple(value / sum(wanted) for value in wanted)


REAL_SHARES = (0.099, 0.112, 0.099, 0.102, 0.097, 0.09, 0.099, 0.104, 0.098, 0.099)
OUTLOOK = "no plateau: FD is at its lowest"


def evaluation(scalars: dict[str, events.Scalar], share: float, **facts: Any) -> events.Evaluation:
    """All that an evaluation says when `share` of the run is done."""
    facts |= {"shares": shares_at(share), "real_shares": REAL_SHARES, "outlook": OUTLOOK}
    return events.Evaluation(scalars=scalars, network="mnist-cnn-v1", **facts)


def verdict_at(share: float, step: int) -> events.Verdict:
    """Collapsed at first, then narrow, then balanced."""
    if share < 0.02:
        return events.Verdict(
            rule="collapse",
            level="bad",
            text="possible collapse: 3.5 of 10 digits, spread 0.28 of real",
            advice="usual in the first 20 epochs of `classic`; if it lasts, a lower D rate (optimizer.d_lr) helps",
            step=step,
        )
    if share < 0.06:
        return events.Verdict(
            rule="d-wins",
            level="warning",
            text="D is winning: D(x)=.93 D(G(z))=.05 for 2,400 steps",
            advice="lower optimizer.d_lr, or train G twice a step",
            step=step,
        )
    return events.Verdict(rule="balanced", level="good", text="balanced: D(x)=.72 D(G(z))=.25 over the last 600 steps", step=step)


def scores_at(share: float, count: int) -> tuple[float, ...]:
    """D's belief in each image: the same images are always the better ones."""
    steady = random.Random(7)
    return tuple(min(0.98, max(0.01, (0.05 + share) * steady.random())) for _ in range(count))


def grid_png(pixels: bytes, count: int, side: int, columns: int = 10, gap: int = 2) -> bytes:
    """A grid as torchvision writes it: `gap` black pixels around each image."""
    rows = -(-count // columns)
    grid = Image.new("RGB", (columns * (side + gap) + gap, rows * (side + gap) + gap))
    for index in range(count):
        image = Image.frombytes("L", (side, side), pixels[index * side * side : (index + 1) * side * side])
        grid.paste(image.convert("RGB"), (gap + index % columns * (side + gap), gap + index // columns * (side + gap)))
    buffer = io.BytesIO()
    grid.save(buffer, "png")
    return buffer.getvalue()
