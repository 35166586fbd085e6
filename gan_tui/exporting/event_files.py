"""TensorBoard's event files, written with its own library, whose absence is an ImportError."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter


class EventFiles:
    """A folder of them; a thread of the library writes."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError."""
        self._writer: Any = EventFileWriter(str(folder), flush_secs=5)

    def write(self, step: int, time: float, numbers: Mapping[str, float]) -> None:
        """Scalars of a step at a Unix time. Raises OSError."""
        values = [Summary.Value(tag=name, simple_value=value) for name, value in numbers.items()]
        self._writer.add_event(Event(step=step, wall_time=time, summary=Summary(value=values)))

    def close(self) -> None:
        """Leave nothing in memory. Raises OSError."""
        self._writer.close()
