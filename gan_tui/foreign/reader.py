"""The reader of a training script's output: a line in, what it says out.

It would rather miss a number than invent one. A name that nothing speaks for is watched: once its number has been another one, it is read.
"""

import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gan_tui.foreign import names, records
from gan_tui.foreign.block import Block
from gan_tui.foreign.clean import BOXES, cleaned, message, unwrapped
from gan_tui.foreign.dump import Dump
from gan_tui.foreign.line import LONGEST_TEXT, Line
from gan_tui.foreign.pairs import Pair, pairs
from gan_tui.foreign.patterns import Pattern
from gan_tui.foreign.progress import Progress, is_of_other_work, parts_of_row, read_bar, read_progress
from gan_tui.foreign.spread import Spread
from gan_tui.foreign.trouble import Trouble
from gan_tui.spec.metrics import PROBABILITIES

MOST_WATCHED = 200
MOST_NAMES = 500
"""Names of a run; a script that prints ever new ones is not followed further."""
WIDEST_GAP = 8
"""Blanks that are looked at where more stand together: the time that an expression takes grows with a power of them."""
_GAP = re.compile(rf"\s{{{WIDEST_GAP + 1},}}")
_ASIDE = re.compile(
    r"(?i)^\s*step \d+(?:/\d+)?\s*:\s*[a-z]"
    r"|^(?!\s*\[?epoch\b).*(?:\bload|\bresum|\brestor|checkpoint|\bsav(?:ed|ing)\b|\bbest\b|early stop|\bwrit|\bwrote\b)"
)
"""A line without numbers that names a step for other reasons than that the training is there."""
_EARLIER = re.compile(
    r"(?i)^\W*(?:loading|loaded|resum(?:ed|ing)|restor(?:ed|ing))\b"
    r"|^.{0,60}?\b(?:weights|checkpoint|ckpt|model)\b.{0,60}?\b(?:loaded|restored|resumed)\b|^\W*(?:the )?best\b[^=]{0,40}\bepoch\b"
)
"""A line about what was measured when a checkpoint was written."""
_CELL = re.compile(r"(?<![A-Za-z_\d-])(?<!@\.)(?<!@\.\d:\.)\d")
"""A digit that is not part of a name, as it is in `mAP@.5:.95`."""
_WEIGHTS = re.compile(
    r"(?i)[^:\d]*\b(?:weights?|lambdas?|coef\w*|config\w*|settings|options|args|hyper[\w-]*|"
    r"timings?|timers|profil\w+|latenc\w+)\s*:"
)
"""A list of what is set."""
_SENTENCE = re.compile(
    r"(?i)^\s*((?:accuracy|error|loss|precision|recall)(?: [a-z]+){1,6} (?:\d+ )[a-z ]{0,30}?)\s*[:=]\s*(\d{1,3}(?:\.\d+)?)\s*%?\s*$"
)


@dataclass(slots=True)
class Reading:
    """What a line says."""

    line: int
    numbers: list[tuple[str, float]] = field(default_factory=list)
    progress: Progress = field(default_factory=Progress)
    late: bool = False
    """It was understood only when a later line had another number under the same name."""
    untitled: bool = False
    """It is a bar that does not say of what."""
    from_0: bool = False
    """Its epoch is known to count from 0."""

    def __bool__(self) -> bool:
        return bool(self.numbers or self.progress)


class Reader:
    """Reads lines in their order. `renamed`: our names by printed ones; `patterns` are asked before everything else."""

    def __init__(self, renamed: Mapping[str, str] | None = None, patterns: Sequence[Pattern] = ()) -> None:
        self.renamed = dict(renamed or {})
        self.patterns = patterns
        self.fitting: set[Pattern] = set()
        """Those of them that a line was read by."""
        self.progress = Progress()
        """Where the training is."""
        self.trouble = Trouble()
        self.lines = 0
        """Lines with anything in them."""
        self.last_line = ""
        """The newest of them."""
        self._no_probability: set[str] = set()
        self.names: dict[str, None] = {}
        """Of the numbers that were read, as they were printed, in their order."""
        self._watched: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._confirmed: set[str] = set()
        self._dump = Dump()
        self._table: records.Table | None = None
        self._other_table: records.Table | None = None
        """The one before, whose rows may go on: training and validation in turns."""
        self._block = Block()
        self._spread = Spread()

    def read(self, lines: Iterable[Line]) -> Iterator[Reading]:
        """What the lines say; a line that says nothing has no reading."""
        for line in lines:
            if line.text.strip():
                self.lines += 1
                self.last_line = line.text.strip()
                for whole in [line] if self._dump.lasts else self._spread.take(line):
                    yield from self._take(whole)
            else:
                self._dump.blank()

    def _take(self, line: Line) -> Iterator[Reading]:
        if self._dump.lasts or not self._block.take(line):
            yield from self._end_block()
            for part in parts_of_row(line.text):
                yield from self._line(replace(line, text=part))

    def canonical(self, name: str) -> str | None:
        """Our name of a printed one; None where there is none."""
        if name in self.renamed:
            return self.renamed[name]
        ours = names.canonical(name)
        if ours in self.renamed.values() or name in self._no_probability:
            return None
        return ours

    @property
    def doubtful(self) -> Mapping[str, int]:
        """Names with a number that were not read, because nothing says that they are measurements, and the line of each."""
        return {name: line for name, (line, _) in self._watched.items()}

    def close(self) -> Iterator[Reading]:
        """What is still held at the end of the output."""
        for line in self._spread.end():
            yield from self._take(line)
        yield from self._end_block()

    def _line(self, line: Line) -> Iterator[Reading]:
        reading = Reading(line.number)
        fitting = next((one for one in self.patterns if one.apply(line.text, reading.numbers, reading.progress)), None)
        if fitting:
            self.fitting.add(fitting)
            yield from self._done(reading)
            return
        text = message(_GAP.sub(lambda gap: gap[0][:WIDEST_GAP], line.text[:LONGEST_TEXT]))
        if self.trouble.take(line.text[:LONGEST_TEXT]) or _EARLIER.match(text) or self._dump.take(text):
            return
        found = records.read_record(line.text)
        if line.spread and found and not found[1] and any(names.is_setting(name) for name, _ in found[0]):
            return
        text = unwrapped(text)
        found = found or self._row(text)
        if found:
            reading.numbers, reading.progress = found
            if reading.numbers and not reading.progress and "{" in text:
                reading.progress, _ = read_progress(cleaned(text.partition("{")[0]))
        else:
            yield from self._text(text, reading)
        yield from self._done(reading)

    def _done(self, reading: Reading) -> Iterator[Reading]:
        reading.numbers = [(name, value) for name, value in reading.numbers if self._admit(name, value)]
        reading.progress.forget_impossible()
        self.progress.update(reading.progress)
        if reading.numbers:
            self.trouble.go_on()
        if reading:
            yield reading

    def _admit(self, name: str, value: float) -> bool:
        if names.canonical(name) in PROBABILITIES and not 0 <= value <= 1 and value == value:
            self._no_probability.add(name)  # a critic's score
        if not name.isprintable():
            return False
        if name not in self.names and len(self.names) >= MOST_NAMES:
            return False
        self.names[name] = None
        return True

    def _row(self, text: str) -> tuple[records.Numbers, Progress] | None:
        """A row of the table at hand; a header begins another, and has no numbers."""
        text = text.translate(BOXES)
        names_only = re.sub(r":?\s*\d+%\|.*", "", text)
        if not _CELL.search(names_only):
            if self._table and not self._table.rows and records.is_rule(text):
                return [], Progress()
            if found := records.header(names_only):
                self._other_table = self._table if self._table and self._table.rows else self._other_table
                self._table = found
                return [], Progress()
        elif self._table:
            bar = read_bar(text)
            carried = re.sub(r":?\s*$", "", text[: text.find("%|")].rsplit(":", 1)[0]) if bar and "%|" in text else text
            if row := self._table.row(carried) or (self._other_table and self._other_table.row(carried)):
                return row
            if not self._table.rows:
                self._table = None
        return None

    def _text(self, text: str, reading: Reading) -> Iterator[Reading]:
        if bar := read_bar(text):
            reading.progress, reading.untitled, reading.from_0 = bar.progress, not bar.title.strip(), bar.from_0
            rest = cleaned(bar.carried)
            carried, rest = read_progress(rest, bare=False)
            reading.progress.complete(carried)
        else:
            reading.progress, rest = read_progress(cleaned(text))
        stage, rest = (names.stage(bar.title), rest) if bar else names.stage_of_line(rest)
        stage = stage or names.stage_of_line(text)[0]
        found = [replace(pair, name=names.staged(pair.name, stage)) for pair in pairs(rest)]
        if reading.progress == Progress(step=reading.progress.step) and not bar and not any(names.is_measured(pair.name) for pair in found):
            reading.progress = Progress()  # `batch 64, lr 0.0002`: a size
        placed = bool(reading.progress) or bool(bar)
        found = [] if _WEIGHTS.match(rest) and not placed else found
        yield from self._choose(found, reading, placed=placed, company=_has_measured(found))
        if sentence := _SENTENCE.match(text):
            reading.numbers = [(sentence[1].strip(), float(sentence[2]))]
        if reading.numbers or not reading.progress:
            return
        if not bar:
            reading.progress, _ = read_progress(cleaned(text), bare=False)
        if is_of_other_work(text) if bar else _ASIDE.search(text):
            reading.progress = Progress()

    def _choose(self, found: Sequence[Pair], reading: Reading, *, placed: bool, company: bool) -> Iterator[Reading]:
        """Add those that are measurements; `placed`: beside them stands where the training is, `company`: a measurement does."""
        for pair in found:
            known = pair.name in self.renamed or self._is_number(pair, placed=placed, company=company)
            if known or (company and pair.explicit and pair.fraction and not names.is_setting(pair.name)):
                reading.numbers.append((pair.name, pair.value))
            elif pair.explicit and (pair.fraction or names.is_measured(pair.name)):
                yield from self._watch(pair, reading)

    def _end_block(self) -> Iterator[Reading]:
        """What the rows of a block say that has ended."""
        rows = list(self._block.end())
        placed, company = any(progress for _, progress, _ in rows), _has_measured([pair for _, _, found in rows for pair in found])
        for line, progress, found in rows:
            reading = Reading(line, progress=progress)
            yield from self._choose(found, reading, placed=placed, company=company)
            yield from self._done(reading)

    def _is_number(self, pair: Pair, *, placed: bool, company: bool) -> bool:
        if pair.name in self._confirmed:
            return True
        measured = names.is_measured(pair.name)
        if pair.explicit:
            return placed or (measured and (pair.fraction or company or names.is_often_whole(pair.name)))
        words = pair.name.split()
        if measured and len(words) <= 4 and (placed or (pair.fraction and len(pair.name) > 1)):
            return names.is_measured(words[-1]) or names.canonical(pair.name) is not None or len(words) == 1
        return placed and pair.fraction and len(words) <= 2

    def _watch(self, pair: Pair, reading: Reading) -> Iterator[Reading]:
        """A name that nothing speaks for: read from its first line on, as soon as it has another number."""
        line, value = self._watched.get(pair.name, (reading.line, pair.value))
        if value == pair.value or value != value:
            self._watched.setdefault(pair.name, (line, value))
            if len(self._watched) > MOST_WATCHED:
                self._watched.popitem(last=False)
            return
        del self._watched[pair.name]
        self._confirmed.add(pair.name)
        if self._admit(pair.name, value):
            yield Reading(line, [(pair.name, value)], late=True)
        reading.numbers.append((pair.name, pair.value))


def _has_measured(found: Iterable[Pair]) -> bool:
    return any(pair.explicit and pair.fraction and names.is_measured(pair.name) for pair in found)
