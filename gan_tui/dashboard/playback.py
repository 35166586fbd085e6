"""A recorded run as the screen knows one: what was known of it at a moment, with the samples that had been saved by then."""

from gan_tui.dashboard.grids import Grids
from gan_tui.dashboard.messages import Snapshot
from gan_tui.run import preview
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Samples
from gan_tui.run.images import Images, read_npy
from gan_tui.run.preview import Preview
from gan_tui.run.recording import Recording

SLICE = 2000
"""Events taken in at once, about 20 ms of work: a key must not wait for a jump over hours."""


class Playback:
    """Images are those of the grids, of which there is one an epoch; at the end they are the newest that the run has left."""

    def __init__(self, run: RunDirectory) -> None:
        self._run, self._task = run, run.task
        self.recording = Recording(run.events)
        self._grids = Grids(run)
        self._left = preview.read(run.path) or Preview()
        self._real = read_npy(run.real_preview)
        self._grows = run.alive
        self._shown: Samples | None = None
        self._preview = Preview()
        self._version = 0

    def go_to(self, seconds: float, most: int | None = SLICE) -> bool:
        """Show the run as of then. False where that is not done yet, and this is to be called once more."""
        arrived = self.recording.go_to(seconds, most)
        if arrived:
            self._look_at_samples()
        return arrived

    def snapshot(self, words: str = "") -> Snapshot:
        """All that was known then. `words`: what the header says of the recording."""
        state, over = self.recording.state, self.recording.over
        alive = state.outcome is None and (not over or self._grows)
        return Snapshot(
            state, state.name(alive), alive, self._preview, self._real, self._version, None, self._task, recorded=words or "recorded"
        )

    def _look_at_samples(self) -> None:
        """The grid that was saved last; one that is gone or damaged leaves the one before."""
        state, left = self.recording.state, self._left
        if self.recording.over and left.images is not None and left.step <= state.step:
            self._take(None, left)
            return
        saved = state.samples if state.samples is not None and not state.samples.real else next(reversed(state.grids.values()), None)
        if saved is None:
            self._take(None, Preview())
        elif saved is not self._shown:
            found = self._grids.read(saved, left.images)
            if isinstance(found, Images):
                names = left.names if left.images is not None and left.images.count == found.count else ()
                self._take(saved, Preview(saved.step, saved.epoch, left.ema, found, tuple(saved.scores), names=names))

    def _take(self, saved: Samples | None, images: Preview) -> None:
        if images is not self._preview and not (images.images is None and self._preview.images is None):
            self._version += 1
            self._preview = images
        self._shown = saved
