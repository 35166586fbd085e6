"""Draw `style-strokes.jpg`, the painting of the documents and of benchmarks/style.py: brush strokes along a swirling flow.

    python docs/make_strokes.py FILE.jpg

The same seed gives the same strokes. Nobody else's work is in it.
"""

import math
import random
import sys

from PIL import Image, ImageDraw

SIZE, STROKES, SEED = 512, 9000, 1
NIGHT, FIELD = (40, 80, 160), (40, 70, 60)
RINGS = ((0.35, (250, 215, 80)), (0.6, (235, 190, 110)), (0.9, (150, 190, 215)))
"""From the middle of a swirl outwards: up to which share of its width, and in which colour."""
Swirl = tuple[float, float, int, float]
"""Where it is, which way it turns, and how wide it is."""


def flow(x: float, y: float, swirls: list[Swirl]) -> tuple[float, float]:
    """Where a stroke goes on from here: a direction of length 1."""
    across, down = 1.0, 0.15 * math.sin(x / 60)
    for left, top, turn, width in swirls:
        dx, dy = x - left, y - top
        strength = 3 * math.exp(-(dx * dx + dy * dy) / (2 * width * width))
        across -= turn * dy / width * strength
        down += turn * dx / width * strength
    length = math.hypot(across, down) or 1.0
    return across / length, down / length


def colour(x: float, y: float, swirls: list[Swirl]) -> tuple[int, int, int]:
    """What is painted there."""
    near = min(math.hypot(x - left, y - top) / width for left, top, _, width in swirls)
    return next((ring for reach, ring in RINGS if near < reach), FIELD if y > 0.8 * SIZE else NIGHT)


def main() -> None:
    """Draw it."""
    chance = random.Random(SEED)
    swirls = [(chance.uniform(0, SIZE), chance.uniform(0, 0.7 * SIZE), chance.choice((-1, 1)), chance.uniform(40, 120)) for _ in range(7)]
    image = Image.new("RGB", (SIZE, SIZE), (24, 40, 90))
    draw = ImageDraw.Draw(image)
    for _ in range(STROKES):
        x, y = chance.uniform(-10, SIZE + 10), chance.uniform(-10, SIZE + 10)
        ink = tuple(max(0, min(255, value + chance.randint(-38, 38))) for value in colour(x, y, swirls))
        points = [(x, y)]
        for _ in range(chance.randint(4, 10)):
            across, down = flow(*points[-1], swirls)
            points.append((points[-1][0] + 3 * across, points[-1][1] + 3 * down))
        draw.line(points, fill=ink, width=chance.randint(2, 5))
    image.save(sys.argv[1], quality=85)


if __name__ == "__main__":
    main()
