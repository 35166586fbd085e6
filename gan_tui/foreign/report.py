"""What would be read from a saved log: for a person with line numbers, for a program as one object."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from os import SEEK_END
from typing import Any, BinaryIO

from gan_tui.counted import counted
from gan_tui.foreign.lines import Lines
from gan_tui.foreign.reader import Reader, Reading
from gan_tui.foreign.unmet import unmet
from gan_tui.run.events import to_scalar

BLOCK = 1 << 16
END = 1 << 20
"""Bytes at either end of a long log that are read for a person: ten thousand lines or more, which take some three seconds at each end."""


@dataclass(slots=True)
class Report:
    """All that was read."""

    reader: Reader
    readings: list[Reading] = field(default_factory=list)
    left_out: int = 0
    """Lines between both ends of a long log, of which a part at least was not looked at."""

    def as_json(self) -> dict[str, Any]:
        """`metrics`, `progress` (the last values) and `ignored` (lines from which nothing was read)."""
        values: dict[str, list[Any]] = {}
        for reading in self.readings:
            for name, value in reading.numbers:
                values.setdefault(name, []).append(to_scalar(value))
        metrics = [{"name": name, "canonical": self.reader.canonical(name), "values": found} for name, found in values.items()]
        return {"metrics": metrics, "progress": asdict(self.reader.progress), "ignored": self.ignored}

    @property
    def ignored(self) -> int:
        """Lines from which nothing was read."""
        return self.reader.lines - len({reading.line for reading in self.readings})

    def lines(self) -> Iterator[str]:
        """For a person: a line for each line that says something, then what was not read and why."""
        for reading in self.readings:
            where = {name: value for name, value in asdict(reading.progress).items() if value is not None}
            numbers = [f"{self._labelled(name)} = {value:g}" for name, value in reading.numbers]
            yield f"{reading.line:>7}  " + "  ".join([*(f"[{name} {value}]" for name, value in where.items()), *numbers])
        for name, line in self.reader.doubtful.items():
            yield f"{line:>7}  not read: '{name}' never had another number; `--map NAME='{name}'` reads it"
        yield from (f"         {line}" for line in unmet([self.reader]))
        if self.reader.trouble.error:
            yield f"         error: {self.reader.trouble.error}"
        names = {name for reading in self.readings for name, _ in reading.numbers}
        count = sum(len(reading.numbers) for reading in self.readings)
        yield f"{counted(len(names), 'name')}, {counted(count, 'number')}, {counted(self.ignored, 'line')} without any"
        if self.left_out:
            ends = f"its first and last {END >> 20} MB were looked at"
            were = "was" if self.left_out == 1 else "were"
            yield f"a long log: {ends}, {counted(self.left_out, 'line')} between them {were} not; --json reads all"

    def _labelled(self, name: str) -> str:
        ours = self.reader.canonical(name)
        return name if ours in (None, name) else f"{name} ({ours})"


def read_log(file: BinaryIO, reader: Reader, *, ends_only: bool = False) -> Report:
    """Everything that a saved log says; `ends_only`: of a long one, both its ends. Raises OSError."""
    report, lines, passed = Report(reader), Lines(), 0
    size = file.seek(0, SEEK_END) if ends_only else 0
    file.seek(0)
    while block := file.read(BLOCK):
        if END <= passed < size - END - len(block):
            lines.skip(block)
        else:
            report.readings += reader.read(lines.feed(block))
        passed += len(block)
    report.left_out = lines.skipped
    report.readings += [*reader.read(lines.close()), *reader.close()]
    report.readings.sort(key=lambda reading: reading.line)
    return report
