"""From what another program has written to a run that the screen can show, as long as it grows."""

import io
import math
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from gan_tui.command.cells import cut
from gan_tui.command.pictures import Pictures
from gan_tui.errors import UserError, reason_of
from gan_tui.foreign.names import canonical
from gan_tui.health.diagnosis import Health
from gan_tui.health.judged_log import JudgedLog
from gan_tui.importing.position import Position
from gan_tui.importing.rows import Row
from gan_tui.importing.sources import Reader, Source
from gan_tui.importing.tensorboard import TensorBoard
from gan_tui.printable import printable, shortened
from gan_tui.run import preview
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Epoch, Error, Finished, Metrics, Note, Phase, Started, to_scalar
from gan_tui.run.lock import RunLock
from gan_tui.run.log import EventWriter
from gan_tui.spec.states import Outcome

LOOK_SECONDS = 0.5
QUIET_SECONDS = 120.0
"""A file that was not written for so long is complete, until it is."""
LONGEST_NAME = 200
NO_TIMES = "no times in what was read: its speed is known from now on only"


class _Seen(NamedTuple):
    """A change of the source that was seen."""

    changed: float
    """Unix time, as its file system says."""
    at: float
    """By a clock that nobody sets."""


class Following:
    """Writes the run of one source. `look` is called again and again."""

    def __init__(self, source: Source, run: RunDirectory) -> None:
        """Raises UserError for what cannot be read, and OSError."""
        self._source, self._run = source, run
        self._reader: Reader = source.reader()
        self._lock = RunLock(run.lock)
        self._pictures = Pictures(run, source.path.parent, source.pictures, since=0.0) if source.pictures else None
        self._begin()

    def _begin(self) -> None:
        writer = EventWriter(self._run.events, calls=False)  # what was written long ago is no news, and who writes it may call
        self._log = JudgedLog(writer, Health(evaluates=False, ours=False))
        self._position = Position()
        self._first: float | None = None
        self._elapsed = 0.0
        self._before: float | None = None
        """When the row before was written, where that is known."""
        self._timed = True
        """Is it known of all rows?"""
        self._pace = 0.0
        """Steps a second between the last two looks that had news: many rows may come at once."""
        self._looked = self._written = time.time()
        """When it was looked at, and when it was written last as of then."""
        self._seen = _Seen(math.nan, time.monotonic())
        self._news_at: float | None = None
        self._live = False
        """What is read now is being written now; when what was there before was written is not known, unless it says so."""
        self._complete = self._started = False

    def look(self) -> bool:
        """Read on; False where nothing was new. Raises OSError; what cannot be read is written into the run, as its error."""
        step, self._looked = self._position.step, time.time()
        try:
            changed = self._changed()
            if changed != self._seen.changed:
                self._seen = _Seen(changed, time.monotonic())
            self._written = min(self._looked, changed)
            still = max(self._looked - self._written, time.monotonic() - self._seen.at)  # a clock may have been set back since
            found = self._read()
            quiet = not found and not self._complete and still > QUIET_SECONDS
        except UserError as error:
            if not self._complete:
                self._log.writer.write(Error(text=str(error)))
                self._end("failed")
            return False
        if found and self._live:
            self._pace = (self._position.step - step) / (self._looked - self._news_at) if self._news_at else 0.0
            self._news_at = self._looked
        self._live = True
        if self._pictures is not None:
            self._pictures.take(self._log.writer.write, self._position.step, self._position.epochs_done, 0)
        if isinstance(self._reader, TensorBoard) and (news := self._reader.picture()) is not None:
            self._show(*news)
        if quiet:
            self._end("completed")
        self._log.writer.flush()
        return found

    def _changed(self) -> float:
        path = self._source.path
        try:
            files = [file for file in path.iterdir() if file.is_file()] if path.is_dir() else [path]
            return max((file.stat().st_mtime for file in files), default=0.0)
        except OSError as error:
            raise self._unreadable(error) from None

    def _rows(self) -> Iterator[Row]:
        try:
            yield from self._reader.read()
        except (OSError, ValueError) as error:
            raise self._unreadable(error) from None

    def _unreadable(self, error: OSError | ValueError) -> UserError:
        """Of the source, so that it is not taken for trouble with the run."""
        return UserError(f"{self._source.path} cannot be read: {reason_of(error)}")

    def _read(self) -> bool:
        found = False
        for row in self._rows():
            if self._reader.began_anew:
                self._reader.began_anew = False
                if self._started:
                    self._log.writer.close()
                    self._run.events.unlink(missing_ok=True)
                    self._begin()
            found = True
            self._start(row.time)
            before = self._position.step
            step, back = self._position.take(row)
            if back is not None:
                self._go_back(step, back)
            rate = self._take_time(row.time, max(0, step - before))
            now = self._before or (self._looked if self._live else self._written)
            self._log_epochs(now)
            names = {name: canonical(name) or shortened(printable(name), LONGEST_NAME) for name in row.numbers}
            ours = list(names.values())
            scalars = {(names[name] if ours.count(names[name]) == 1 else name): to_scalar(value) for name, value in row.numbers.items()}
            event = Metrics(t=now, step=step, scalars=scalars, elapsed=self._elapsed, rate=rate)
            event.remaining = -1.0
            self._log.metrics(event)
        return found

    def _log_epochs(self, now: float) -> None:
        """Those that have ended, and at first that it has any."""
        state, done = self._log.writer.state, self._position.epochs_done
        if self._position.epoch is not None and (done > state.epochs_logged or not state.counts_epochs):
            self._log.writer.write(Epoch(t=now, step=state.step, epoch=done))

    def _go_back(self, step: int, before: int) -> None:
        """The file says once more what was logged: that is replaced, as by a script that is started again (command/recorder.py)."""
        writer = self._log.writer
        writer.cut_to_step(max(0, step - 1))
        text = (
            f"its steps go back from {before:,} to {step:,}, as after a resume: what is written from there on replaces what was read before"
        )
        writer.write(Note(t=self._looked, step=writer.state.step, text=text))
        self._log.go_on(Health(evaluates=False, ours=False))
        self._elapsed, self._before = writer.state.elapsed, None  # between two programs nothing is trained

    def _take_time(self, said: float | None, steps: int) -> float:
        """The speed at which a row's steps were taken. Without the times of all rows, nobody knows how long it has trained."""
        before, self._before = self._before, said if said is not None else self._looked if self._live else None
        if self._before is None and self._timed:
            self._timed = False
            self._log.writer.write(Note(t=self._first or self._looked, step=self._log.writer.state.step, text=NO_TIMES))
        passed = 0.0 if before is None or self._before is None else max(0.0, self._before - before)
        self._elapsed += passed * self._timed
        if said is None and self._pace:
            return self._pace
        return steps / passed if passed else 0.0

    def _start(self, moment: float | None) -> None:
        if self._started and not self._complete:
            return
        if self._first is None:
            self._first = moment if moment is not None else self._looked if self._live else self._written
        host = socket.gethostname()
        self._log.writer.write(
            Started(
                t=self._first, step=self._position.step, device="", device_name=host, epochs=0, steps_per_epoch=0, resumed=self._started
            )
        )
        self._log.writer.write(Phase(t=self._first, step=self._position.step, name="training"))
        self._started, self._complete = True, False

    def _show(self, step: int, file: io.BytesIO) -> None:
        from PIL import Image

        with suppress(Exception), Image.open(file, formats=("PNG", "JPEG")) as picture:  # whatever a broken one raises
            images = cut(picture, exact=picture.format == "PNG")
            preview.write(self._run.path, preview.Preview(step=step, epoch=self._position.epochs_done, images=images))

    def _end(self, outcome: Outcome) -> None:
        self._complete = True
        if outcome == "completed":
            self._position.complete()
            self._log_epochs(self._written)
        self._log.writer.write(
            Finished(
                t=self._looked if outcome == "failed" else self._written,
                step=self._position.step,
                outcome=outcome,
                epoch=self._position.epochs_done,
                elapsed=self._elapsed,
            )
        )
        self._log.writer.flush()

    def close(self) -> None:
        """Let go of the run."""
        with suppress(OSError):
            self._log.writer.close()
        self._lock.release()


def follow(pairs: list[tuple[Source, RunDirectory]], parent: Path) -> None:
    """Until `parent`, the folder of these runs, is gone. Raises OSError and UserError."""
    following = [Following(source, run) for source, run in pairs]
    while parent.is_dir():
        news = [_news(one) for one in following]
        if not any(news):
            time.sleep(LOOK_SECONDS)


def _news(one: Following) -> bool:
    try:
        return one.look()
    except FileNotFoundError:  # the folder of the runs has gone, which `follow` sees
        return False
