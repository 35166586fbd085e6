"""`preview.json`: what belongs to the newest samples besides their pixels."""

from pathlib import Path

import msgspec

from gan_tui.run.files import read_at_most, write_atomic

LARGEST = 1 << 20
"""Bytes: some thousand scores; a file beyond this is not one of ours."""


class PreviewFacts(msgspec.Struct, frozen=True):
    """Of which moment the previews are, and what D thinks of each image."""

    step: int = 0
    epoch: int = 0
    ema: bool = False
    """`preview.npy` shows the averaged weights, and `preview-raw.npy` those of the moment."""
    scores: tuple[float, ...] = ()
    """D's belief in each image of `preview.npy`, 0 to 1; empty where D's output is no probability."""
    raw_scores: tuple[float, ...] = ()
    """The same for `preview-raw.npy`."""
    neighbours_step: int = -1
    """The step whose samples `neighbours.npy` belongs to; -1: there are none."""
    distances: tuple[float, ...] = ()
    """Of each of those samples to its neighbour: root of the mean squared difference of two pixels, 0 to 1."""


def write_facts(path: Path, facts: PreviewFacts) -> None:
    """Raises OSError."""
    write_atomic(path, msgspec.json.encode(facts), durable=False)


def read_facts(path: Path) -> PreviewFacts:
    """What stands there; where nothing readable stands, nothing is known."""
    try:
        return msgspec.json.decode(read_at_most(path, LARGEST), type=PreviewFacts)
    except (OSError, ValueError, RecursionError):
        return PreviewFacts()
