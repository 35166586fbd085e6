"""What would be read from a saved log: for a person with line numbers, for a program as one object."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO

from gan_tui.counted import counted
from gan_tui.foreign.lines import Lines
from gan_tui.foreign.reader import Reader, Reading
from gan_tui.run.events import to_scalar

BLOCK = 1 << 16


@dataclass(slots=True)
class Report:
    """All that was read."""

    reader: Reader
    readings: list[Reading] = field(default_factory=list)

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
        if self.reader.trouble.error:
            yield f"         error: {self.reader.trouble.error}"
        names = {name for reading in self.readings for name, _ in reading.numbers}
        count = sum(len(reading.numbers) for reading in self.readings)
        yield f"{counted(len(names), 'name')}, {counted(count, 'number')}, {counted(self.ignored, 'line')} without any"

    def _labelled(self, name: str) -> str:
        ours = self.reader.canonical(name)
        return name if ours in (None, name) else f"{name} ({ours})"


def read_log(file: BinaryIO, reader: Reader) -> Report:
    """Everything that a saved log says. Raises OSError."""
    report, lines = Report(reader), Lines()
    while block := file.read(BLOCK):
        report.readings += reader.read(lines.feed(block))
    report.readings += [*reader.read(lines.close()), *reader.close()]
    report.readings.sort(key=lambda reading: reading.line)
    return report
