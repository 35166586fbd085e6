"""What `gan-tui play` and the process that trains for it say to each other."""

from array import array
from typing import Annotated

import msgspec
from msgspec import Meta

from gan_tui.run.companion import Dialogue, Refused
from gan_tui.run.events import Scalar
from gan_tui.spec.play import Knobs, PointSet

UNIT = 32_000
"""What 1 is, in points that are sent: int16 has room for a little more."""
MOST_SIDE = 512
MOST_DRAWN = 2000
"""Points that can be drawn."""

Point = tuple[float, float]
Side = Annotated[int, Meta(ge=0, le=MOST_SIDE)]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """So much training, and a picture of what came of it."""

    attempt: int
    """Another one than before: networks with fresh weights."""
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    data: PointSet
    drawn: Annotated[bytes, Meta(max_length=4 * MOST_DRAWN)] = b""
    """Points (`packed`) of the set `drawn`."""
    knobs: Knobs
    steps: Annotated[int, Meta(ge=0, le=10_000)] = 0
    """Whole steps, unless they take longer than anybody would wait for a key's answer."""
    halves: Annotated[str, Meta(pattern="^[dg]*$", max_length=64)] = ""
    """Half steps instead, in this order: `d` updates D, `g` updates G."""
    columns: Side = 0
    rows: Side = 0
    """Of D's surface; 0: no picture."""
    arrows: bool = False
    grid: bool = False


class Begun(msgspec.Struct, tag="begun", frozen=True):
    """It is there."""


class Picture(msgspec.Struct, frozen=True):
    """Everything in the field. Points are `packed`."""

    real: bytes
    generated: bytes
    surface: bytes
    """D's opinion of the middle of each cell, uint8 (rows * columns), row by row: 0 is generated, 255 real, 128 undecided."""
    arrows: bytes = b""
    """Pairs of points: some generated ones, and where minus the gradient of G's loss points from there (see `ARROW`)."""
    grid: bytes = b""
    """The images of straight lines in the latent plane, GRID_POINTS each."""


class Trained(msgspec.Struct, tag="trained", frozen=True):
    """What came of it."""

    attempt: int
    steps: int
    """Whole steps that were made."""
    d_updates: int
    g_updates: int
    """Since the beginning of the attempt."""
    scalars: dict[str, Scalar]
    """Of the metrics of a step (`gan_tui/spec/metrics.py`) the means over those that were made, G's over those in which G had one."""
    covered: float
    """Modes covered, or, where the set has none, the share of its points that are, 0 to 1."""
    modes: int
    """0: the set has none."""
    picture: Picture | None = None


GRID_POINTS = 25
"""Points of each line of the latent grid."""
Reply = Begun | Trained | Refused
DIALOGUE: Dialogue[Wanted, Reply] = Dialogue("gan_tui.training.play", Wanted, Reply)


def packed(points: list[Point]) -> bytes:
    """Points in [-1, 1] as int16 pairs."""
    return array("h", [round(UNIT * min(1.0, max(-1.0, value))) for point in points for value in point]).tobytes()


def unpacked(points: bytes) -> list[Point]:
    """The other way. Half a point at the end is none."""
    values = array("h", points[: len(points) // 4 * 4])
    return [(x / UNIT, y / UNIT) for x, y in zip(values[::2], values[1::2], strict=True)]
