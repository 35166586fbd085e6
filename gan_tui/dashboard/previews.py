"""The newest images of a run, read again where they have changed."""

from gan_tui.run import preview
from gan_tui.run.directory import RunDirectory
from gan_tui.run.images import Images, read_npy
from gan_tui.run.preview import Preview


class Previews:
    """What was read last. A file that cannot be read, or is gone, leaves what was read before."""

    def __init__(self, run: RunDirectory) -> None:
        self._run = run
        self._stamp: tuple[object, ...] = ()
        self._real_stamp: tuple[int, int] | None = None
        self.newest = Preview()
        self.real: Images | None = None
        self.version = 0
        """Counts the changes of either."""

    def look(self) -> bool:
        """Read what is new. True where anything is."""
        changed = self._look_at_newest() | self._look_at_real()
        self.version += changed
        return changed

    def _look_at_newest(self) -> bool:
        stamp = preview.stamp(self._run.path)
        if not stamp or stamp == self._stamp:
            return False
        self._stamp = stamp
        found = preview.read(self._run.path)
        if found is None:
            return False
        self.newest = found
        return True

    def _look_at_real(self) -> bool:
        try:
            status = self._run.real_preview.stat()
        except OSError:
            return False
        stamp = (status.st_mtime_ns, status.st_ino)
        if stamp == self._real_stamp:
            return False
        self._real_stamp = stamp
        found = read_npy(self._run.real_preview)
        if found is None:
            return False
        self.real = found
        return True
