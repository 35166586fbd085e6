"""`--tensorboard`: what is logged of a run, in TensorBoard's event files too. Trouble with them is a line, and no end of the training."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from gan_tui.errors import first_line
from gan_tui.exporting.numbers import lacking
from gan_tui.files import read_at_most
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import AnyEvent, Evaluation, Metrics, RolledBack, Samples, Started, from_scalar
from gan_tui.training.control import Control

LARGEST = 32 << 20
"""Bytes of a grid that is shown there."""


class Mirror:
    """Hears the events of a run, and writes `tensorboard/` in its folder: numbers under our names, and the grids of samples."""

    def __init__(self, run: RunDirectory, note: Callable[[str], None]) -> None:
        """`note`: who is told of trouble, once."""
        self._run, self._note = run, note
        self._files = None
        try:
            from gan_tui.exporting.event_files import EventFiles

            self._files = EventFiles(run.path / "tensorboard")
        except Exception as error:  # a library that is gone, or of another version; a disk that refuses
            self._give_up(error)

    def __call__(self, event: AnyEvent) -> None:
        if self._files is None:
            return
        try:
            match event:
                case Metrics() | Evaluation():
                    self._files.write(event.step, event.t, {name: from_scalar(value) for name, value in event.scalars.items()})
                case Started() | RolledBack():
                    self._files.begin(event.step, event.t)
                case Samples():
                    tag = "real" if event.real else "samples"
                    self._files.picture(event.step, event.t, tag, read_at_most(self._run.path / event.path, LARGEST))
        except Exception as error:
            self._give_up(error)

    def close(self) -> None:
        """Leave nothing in memory."""
        if self._files is not None:
            try:
                self._files.close()
            except Exception as error:
                self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        files, self._files = self._files, None
        why = f"they cannot be written: {type(error).__name__}: {first_line(error)}"
        if isinstance(error, ImportError):
            why = str(lacking("--tensorboard", "TensorBoard's library", "tensorboard"))
        self._note(f"TensorBoard's event files: {why}; training goes on without them")
        if files is not None:
            with suppress(Exception):
                files.close()


@contextmanager
def mirrored(control: Control) -> Iterator[None]:
    """What is logged inside is written there as well, where the settings say so."""
    if not control.settings.log.tensorboard:
        yield
        return
    mirror = Mirror(control.run, control.note)
    control.writer.heard.append(mirror)
    try:
        yield
    finally:
        mirror.close()
