"""The images that a run shows at the moment: `preview.npy` and what lies beside it."""

from pathlib import Path

from gan_tui.run.directory import RunDirectory
from gan_tui.run.images import Images, read_npy
from gan_tui.run.preview import PreviewFacts, read_facts

Stamp = tuple[int, int]


class Previews:
    """What was read last of each file. A file that cannot be read, or is gone, leaves what was read before."""

    def __init__(self, run: RunDirectory) -> None:
        self._run = run
        self._stamps: dict[Path, Stamp] = {}
        self.images: Images | None = None
        self.raw: Images | None = None
        self.real: Images | None = None
        self.neighbours: Images | None = None
        self.facts = PreviewFacts()
        self.version = 0
        """Counts the changes of any of them."""

    def look(self) -> bool:
        """Read what is new. True where anything is.

        The trainer writes the facts last, so they are looked at first: they are never newer than the images beside them.
        """
        changed = self._is_new(self._run.preview_facts)
        if changed:
            self.facts = read_facts(self._run.preview_facts)
        for name, path in (
            ("images", self._run.preview),
            ("raw", self._run.preview_raw),
            ("real", self._run.real_preview),
            ("neighbours", self._run.neighbours),
        ):
            if self._is_new(path) and (images := read_npy(path)) is not None:
                setattr(self, name, images)
                changed = True
        self.version += changed
        return changed

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
