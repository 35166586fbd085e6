"""TensorBoard's event files, written with its own library, whose absence is an ImportError."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

WAITING = 1000
"""Events that wait for the disk before the caller waits for it."""


def _picture(tag: str, png: bytes) -> Any:
    width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
    return Summary.Value(tag=tag, image=Summary.Image(encoded_image_string=png, width=width, height=height))


class EventFiles:
    """A folder of them; a thread of the library writes."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError."""
        self._writer: Any = EventFileWriter(str(folder), max_queue_size=WAITING, flush_secs=5)

    def write(self, step: int, time: float, numbers: Mapping[str, float]) -> None:
        """Scalars of a step at a Unix time. Raises OSError."""
        values = [Summary.Value(tag=name, simple_value=value) for name, value in numbers.items()]
        self._writer.add_event(Event(step=step, wall_time=time, summary=Summary(value=values)))

    def begin(self, step: int, time: float) -> None:
        """From here on steps come (again) behind `step`: what was written of them before counts no more. Raises OSError."""
        self._writer.add_event(Event(step=step + 1, wall_time=time, session_log=SessionLog(status=SessionLog.START)))

    def picture(self, step: int, time: float, tag: str, png: bytes) -> None:
        """A PNG under a name. Raises OSError."""
        self._writer.add_event(Event(step=step, wall_time=time, summary=Summary(value=[_picture(tag, png)])))

    def close(self) -> None:
        """Leave nothing in memory. Raises OSError."""
        self._writer.close()
