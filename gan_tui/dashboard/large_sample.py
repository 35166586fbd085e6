"""What stands beside and under a sample that is shown large."""

from collections.abc import Sequence

from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.widgets.digits import score_ink, score_text
from gan_tui.dashboard.widgets.portrait import Side
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.ink import Ink
from gan_tui.run.images import Images
from gan_tui.run.preview import Pair


def alone(images: Images | None, number: int, scores: Sequence[float], name: str, glyphs: Glyphs) -> tuple[Side, ...]:
    """An image of which no neighbour can be known."""
    return (_sample(images, number, scores, name, "", glyphs),)


def waiting(snapshot: Snapshot, number: int, words: str, glyphs: Glyphs) -> tuple[Side, ...]:
    """A sample, and words in place of its neighbour."""
    sample = _sample(snapshot.preview.images, number, snapshot.preview.scores, "sample", "", glyphs)
    return sample, Side(None, 0, [("nearest training image", Ink.TEXT), (words, Ink.MUTED)])


def beside_neighbour(snapshot: Snapshot, pair: Pair, number: int, glyphs: Glyphs) -> tuple[Side, ...]:
    """A sample of the step for which neighbours were looked up, if it was seen; else as it is now, which is then said."""
    when = f"step {pair.step:,}"
    distance = f"distance {pair.distances[number]:.3f}" if number < len(pair.distances) else "distance not known"
    if pair.samples is not None and number < pair.samples.count:
        sample = _sample(pair.samples, number, pair.scores, "sample", when, glyphs)
    else:
        sample = _sample(snapshot.preview.images, number, snapshot.preview.scores, "sample", "now", glyphs)
        distance = f"as of {when} {glyphs.middot} {distance}"
    return sample, Side(pair.neighbours, number, [("nearest training image", Ink.TEXT), (distance, Ink.MUTED)])


def _sample(images: Images | None, number: int, scores: Sequence[float], name: str, when: str, glyphs: Glyphs) -> Side:
    """Which one it is and of when; what D says of it."""
    title = f"{name} {number + 1}" + (f" {glyphs.middot} {when}" if when else "")
    if number >= len(scores):
        return Side(images, number, [(title, Ink.TEXT), ("", Ink.MUTED)])
    score = scores[number]
    return Side(images, number, [(title, Ink.TEXT), (f"D takes it for real: {score_text(score, glyphs)}", score_ink(score))])
