"""`preview.msgpack`: the newest samples and all that belongs to them, in one file.

One file, because a reader of several gets the images of one step with the scores of another whenever it looks between two writes.
Runs of earlier versions have four (`preview.npy`, `preview-raw.npy`, `neighbours.npy`, `preview.json`): those are read, never written.
"""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from gan_tui.files import read_at_most, write_atomic
from gan_tui.run.events import Step
from gan_tui.run.images import LARGEST, Images, read_npy

NAME = "preview.msgpack"
LARGEST_FACTS = 1 << 20
"""Bytes of an old `preview.json`: some thousand scores; a file beyond this is not one of ours."""

Numbers = Annotated[tuple[float, ...], Meta(max_length=100_000)]


class Pair(msgspec.Struct, frozen=True):
    """Samples of one step and the training image nearest to each."""

    step: Step
    samples: Images | None
    """None where the samples of that step were not kept: in runs of earlier versions."""
    neighbours: Images
    scores: Numbers = ()
    distances: Numbers = ()
    """Of each sample to its neighbour: root of the mean squared difference of two pixels, 0 to 1."""


class Preview(msgspec.Struct, frozen=True):
    """What a run's fixed latents give at one moment, and what D thinks of each image."""

    step: Step = 0
    epoch: Annotated[int, Meta(ge=0, le=10**15)] = 0
    """Epochs done."""
    ema: bool = False
    """`images` are of the averaged weights, and `raw` of those of the moment."""
    images: Images | None = None
    scores: Numbers = ()
    """D(x) of each of `images`, 0 to 1; empty where D's output is no probability."""
    raw: Images | None = None
    raw_scores: Numbers = ()
    pair: Pair | None = None
    """The nearest training images that were looked for last; mostly of an earlier step."""
    names: Annotated[tuple[Annotated[str, Meta(max_length=200)], ...], Meta(max_length=1000)] = ()
    """What each of `images` is, where they are different things; empty: samples."""


_decoder = msgspec.msgpack.Decoder(Preview)


def write(folder: Path, preview: Preview) -> None:
    """Replace the preview of the run in `folder`. Raises OSError."""
    write_atomic(folder / NAME, msgspec.msgpack.encode(preview), durable=False)


def read(folder: Path) -> Preview | None:
    """The newest preview of the run in `folder`, an earlier version's too; None where nothing readable stands."""
    try:
        return _decoder.decode(read_at_most(folder / NAME, LARGEST))
    except FileNotFoundError:
        return _read_old(folder)
    except (OSError, ValueError, RecursionError, MemoryError):
        return None


def stamp(folder: Path) -> tuple[tuple[int, int], ...]:
    """What changes whenever a preview is written; empty where there is none."""
    found = _stamps(folder, NAME)
    return found or _stamps(folder, "preview.json", "preview.npy", "preview-raw.npy", "neighbours.npy")


def _stamps(folder: Path, *names: str) -> tuple[tuple[int, int], ...]:
    found = []
    for name in names:
        try:
            status = (folder / name).stat()
        except OSError:
            continue
        found.append((status.st_mtime_ns, status.st_ino))
    return tuple(found)


class _OldFacts(msgspec.Struct, frozen=True):
    """`preview.json` of earlier versions."""

    step: Step = 0
    epoch: Annotated[int, Meta(ge=0, le=10**15)] = 0
    ema: bool = False
    scores: Numbers = ()
    raw_scores: Numbers = ()
    neighbours_step: int = -1
    distances: Numbers = ()


def _read_old(folder: Path) -> Preview | None:
    images = read_npy(folder / "preview.npy")
    if images is None:
        return None
    try:
        facts = msgspec.json.decode(read_at_most(folder / "preview.json", LARGEST_FACTS), type=_OldFacts)
    except (OSError, ValueError, RecursionError):
        facts = _OldFacts()
    neighbours = read_npy(folder / "neighbours.npy") if facts.neighbours_step >= 0 else None
    pair = None
    if neighbours is not None:
        samples, scores = (images, facts.scores) if facts.neighbours_step == facts.step else (None, ())
        pair = Pair(facts.neighbours_step, samples, neighbours, scores, facts.distances)
    raw = read_npy(folder / "preview-raw.npy") if facts.ema else None
    return Preview(facts.step, facts.epoch, facts.ema, images, facts.scores, raw, facts.raw_scores, pair)
