"""The images that a run shows at the moment: `preview.npy` and what lies beside it."""

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from gan_tui.run.directory import RunDirectory
from gan_tui.run.images import Images, read_npy
from gan_tui.run.preview import PreviewFacts, read_facts

Stamp = tuple[int, int]
KEPT = 4
"""Newest samples of so many moments are kept. The trainer looks for neighbours of the samples that it wrote just before, which takes
seconds on a slow machine, and writes newer samples at once afterwards."""


class Pair(NamedTuple):
    """Samples of one step and the training image nearest to each."""

    step: int
    samples: Images | None
    """None where the samples of that step were not seen."""
    neighbours: Images
    scores: Sequence[float]
    distances: Sequence[float]


class Previews:
    """What was read last of each file. A file that cannot be read, or is gone, leaves what was read before."""

    def __init__(self, run: RunDirectory) -> None:
        self._run = run
        self._stamps: dict[Path, Stamp] = {}
        self.images: Images | None = None
        self.raw: Images | None = None
        self.real: Images | None = None
        self.pair: Pair | None = None
        self._neighbours: Images | None = None
        self._recent: OrderedDict[int, tuple[Images, Sequence[float]]] = OrderedDict()
        self.facts = PreviewFacts()
        self.version = 0
        """Counts the changes of any of them."""

    def look(self) -> bool:
        """Read what is new. True where anything is.

        The trainer writes the facts last, so they are looked at first: they are never newer than the images beside them.
        """
        changed = spoken = self._is_new(self._run.preview_facts)
        if spoken:
            self.facts = read_facts(self._run.preview_facts)
        for name, path in (
            ("images", self._run.preview),
            ("raw", self._run.preview_raw),
            ("real", self._run.real_preview),
            ("_neighbours", self._run.neighbours),
        ):
            if self._is_new(path) and (images := read_npy(path)) is not None:
                setattr(self, name, images)
                changed = True
        if spoken:
            self._match()
        self.version += changed
        return changed

    def _match(self) -> None:
        """Samples to the step that the facts name, and neighbours to the samples of theirs."""
        facts = self.facts
        if self.images is not None:
            self._recent[facts.step] = (self.images, facts.scores)
        if facts.neighbours_step >= 0 and self._neighbours is not None and (self.pair is None or self.pair.step != facts.neighbours_step):
            samples, scores = self._recent.get(facts.neighbours_step, (None, ()))
            self.pair = Pair(facts.neighbours_step, samples, self._neighbours, scores, facts.distances)
        while len(self._recent) > KEPT:
            self._recent.popitem(last=False)

    def _is_new(self, path: Path) -> bool:
        try:
            status = path.stat()
        except OSError:
            return False
        stamp = (status.st_mtime_ns, status.st_ino)
        if self._stamps.get(path) == stamp:
            return False
        self._stamps[path] = stamp
        return True
