"""What the samples view shows: which weights, or which earlier epoch. No Textual."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from gan_tui.dashboard.messages import Snapshot
from gan_tui.errors import UserError
from gan_tui.run.directory import RunDirectory
from gan_tui.run.entries import Mark
from gan_tui.run.events import Samples
from gan_tui.run.images import Images

Source = Literal["ema", "raw", "real"]
SOURCES: tuple[Source, ...] = ("ema", "raw", "real")
WHY_NOT: dict[Source, str] = {
    "ema": "ema: this run keeps no average of its weights",
    "raw": "raw: the preview has none",
    "real": "real: there is no real.npy",
}


class Live(NamedTuple):
    """The images of one source, and D's scores of them where known."""

    source: Source
    images: Images | None
    scores: Sequence[float]


def live(snapshot: Snapshot, source: Source) -> Live:
    """What there is of a source; of the newest samples where it has nothing (any more)."""
    preview = snapshot.preview
    newest = Live("ema" if preview.ema else "raw", preview.images, preview.scores)
    match source:
        case "raw" if preview.ema and preview.raw is not None:
            return Live("raw", preview.raw, preview.raw_scores)
        case "real" if snapshot.real is not None:
            return Live("real", snapshot.real, ())
    return newest


def moment_of(snapshot: Snapshot) -> list[str]:
    """`epoch 37`, `step 22,020`: of the images that are shown, which the header may have left behind. Nothing where it is not known."""
    step = snapshot.preview.step
    if snapshot.preview.images is None:
        return []
    epoch, word = snapshot.state.epoch_at(step), snapshot.task.epoch
    return [f"{word} {epoch:,}"] * bool(epoch) + [f"step {step:,}"] * (bool(step) or snapshot.task.ours)


def sample_name(run: RunDirectory, number: int) -> str:
    """What a sample is called: of a class that has a name, by that as well. The trainer finds it after the screen has begun."""
    try:
        name = run.config().class_name_at(number)
    except UserError:
        name = ""
    return f"{name}, sample" if name else "sample"


def next_source(snapshot: Snapshot, source: Source) -> tuple[Source, list[str]]:
    """The source after this one, and why those in between were left out."""
    skipped: list[str] = []
    place = SOURCES.index(live(snapshot, source).source)
    for step in range(1, len(SOURCES) + 1):
        candidate = SOURCES[(place + step) % len(SOURCES)]
        if live(snapshot, candidate).source == candidate:
            return candidate, skipped
        skipped.append(WHY_NOT[candidate])
    return SOURCES[place], skipped


def neighbour(epochs: Sequence[int], epoch: int | None, place: int | None, *, later: bool) -> int | None:
    """The place of the bookmark before or after what is shown, among bookmarks in the order in which they were made; None where none is.

    `epochs`: of each bookmark. `epoch`: the one that is shown, None for the newest samples, which come after all of them; `place`: the
    bookmark that led there. Of several at one epoch each is a stop of its own.
    """
    here = (float("inf") if epoch is None else epoch, -1 if place is None else place)
    stops = sorted((at, number) for number, at in enumerate(epochs))
    if later:
        return next((number for at, number in stops if (at, number) > here), None)
    return next((number for at, number in reversed(stops) if (at, number) < here), None)


def epoch_of(mark: Mark, grids: Mapping[int, Samples]) -> int | None:
    """The epoch whose grid shows what a mark is about: the first one after it, else the last one; None where there are no grids."""
    later = [epoch for epoch, grid in grids.items() if grid.step >= mark.step]
    return min(later) if later else max(grids, default=None)
