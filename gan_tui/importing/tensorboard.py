"""A folder of TensorBoard's event files, read with its own library as they grow: scalars, and the newest image."""

import errno
import io
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gan_tui.errors import UserError
from gan_tui.importing.rows import Row

FILES = "*tfevents*"
IMAGES = 4
"""Of each tag, that the library keeps."""


class TensorBoard:
    """One run: the event files that lie in one folder."""

    began_anew = False

    def __init__(self, folder: Path) -> None:
        """Raises UserError where the library is not installed."""
        try:
            from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
        except ImportError:
            raise UserError(f"{folder} is TensorBoard's, and reading it wants its library: pip install 'gan-tui[tensorboard]'") from None
        # Purging would take away what was read already, of steps that a restart makes again, and `_read` counts on that.
        sizes = {"scalars": 0, "tensors": 0, "images": IMAGES}
        self._events: Any = EventAccumulator(str(folder), size_guidance=sizes, purge_orphaned_data=False)
        self._folder = folder
        self._read: dict[str, int] = defaultdict(int)
        self._image = (-1, 0.0)

    def read(self) -> Iterator[Row]:
        """What is new of all scalars, step by step. Raises OSError."""
        from tensorboard.backend.event_processing.directory_watcher import DirectoryDeletedError

        try:
            self._events.Reload()
        except DirectoryDeletedError:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self._folder)) from None
        tags = self._events.Tags()
        rows: dict[int, dict[str, float]] = defaultdict(dict)
        times: dict[int, float] = {}
        for tag in tags.get("scalars", ()):
            self._take(tag, [(one.step, one.wall_time, one.value) for one in self._new(tag, self._events.Scalars(tag))], rows, times)
        for tag in tags.get("tensors", ()):
            if self._events.SummaryMetadata(tag).plugin_data.plugin_name == "scalars":
                found = [(one.step, one.wall_time, _number(one.tensor_proto)) for one in self._new(tag, self._events.Tensors(tag))]
                self._take(tag, found, rows, times)
        for step in sorted(rows):
            yield Row(max(0, step), None, rows[step], times[step])

    def _new(self, tag: str, events: list[Any]) -> list[Any]:
        found = events[self._read[tag] :]
        self._read[tag] = len(events)
        return found

    @staticmethod
    def _take(tag: str, found: list[tuple[int, float, float]], rows: dict[int, dict[str, float]], times: dict[int, float]) -> None:
        for step, moment, value in found:
            rows[step][tag] = value
            times[step] = max(moment, times.get(step, 0.0))

    def picture(self) -> tuple[int, io.BytesIO] | None:
        """The newest image, encoded, with its step; None where it is no news."""
        tags = self._events.Tags().get("images", ())
        found = [(one.step, one.wall_time, one.encoded_image_string) for tag in tags for one in self._events.Images(tag)[-1:]]
        if not found:
            return None
        step, moment, data = max(found, key=lambda one: one[:2])
        if (step, moment) <= self._image:
            return None
        self._image = step, moment
        return max(0, step), io.BytesIO(data)


def _number(tensor: Any) -> float:
    from tensorboard.util.tensor_util import make_ndarray

    return float(make_ndarray(tensor).item())


def runs_below(folder: Path) -> list[Path]:
    """Folders of event files, `folder` itself or below it."""
    return sorted({path.parent for path in folder.rglob(FILES) if path.is_file()})
