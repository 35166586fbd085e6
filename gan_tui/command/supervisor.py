"""The process beside a command: holds the run's lock, hands its output on, reads it, writes the log, takes commands and signals."""

import math
import os
import re
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import Any

from gan_tui.command.child import Child, OutputFile
from gan_tui.command.ending import why
from gan_tui.command.environment import kept
from gan_tui.command.found_files import newest_table
from gan_tui.command.lasting_log import LastingLog
from gan_tui.command.orders import Orders
from gan_tui.command.pictures import Pictures
from gan_tui.command.recorder import Recorder
from gan_tui.command.unread import Unread
from gan_tui.config import CommandConfig
from gan_tui.counted import counted
from gan_tui.errors import FAILED, MISTAKEN, UserError, first_line, reason_of
from gan_tui.foreign import patterns
from gan_tui.foreign.line import Line
from gan_tui.foreign.lines import Lines
from gan_tui.foreign.reader import Reader
from gan_tui.output import say
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Error, Finished, Note, Phase
from gan_tui.run.lock import RunLock
from gan_tui.run.mailbox import receive
from gan_tui.spec.states import Outcome
from gan_tui.spec.tasks import PRINTED, SHOWS

WAIT_SECONDS = 0.1
"""How long an answer to a command may take."""
LEFT_SECONDS = 2.0
"""After which what the command has started, and left behind, is said to go on."""
BAR_SECONDS = 1.0
"""Between two looks at a bar that is being drawn all the time, once its drawings are not kept one by one."""
SHARE = 0.5
"""Of the time that reading may take; of what comes faster, some is left out."""
DEBT_SECONDS = 1.0
NEWEST = 2000
"""Bytes at the end of what is left out, which are read all the same."""
_OWN_RUN = re.compile(rf"gan-tui: (`gan-tui attach [^`]+`) {SHOWS}$")
FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGXCPU)
"""What a batch system sends reaches the command."""


def supervise(run: RunDirectory, more: Sequence[str] = (), *, foreground: bool = False) -> int:
    """Run the command of `run`, with `more` arguments, to its end. Its exit status comes back, or 128 and the signal that killed it.

    `foreground`: what it prints goes to standard output too, as it is.
    """
    try:
        settings = run.settings_of(CommandConfig)
        with RunLock(run.lock), LastingLog(run.events) as log:
            receive(run.control)
            status = Supervisor(run, settings, log, more, foreground=foreground).go()
        if log.lost_end:
            say(f"the end of the run cannot be logged ({log.lost_end}: {run.events}); the command ended with exit status {status}")
        elif log.missing:
            say(f"{run.events}, {log.missing}")
        return status
    except UserError as error:
        say(str(error))
        return MISTAKEN
    except OSError as error:
        say(f"{reason_of(error)} ({error.filename or run.path})")
        return FAILED


class Supervisor:
    """One command, from its start to its end."""

    def __init__(self, run: RunDirectory, settings: CommandConfig, writer: LastingLog, more: Sequence[str], *, foreground: bool) -> None:
        self._command = (*settings.command, *more)
        self._run, self._settings, self._writer = run, settings, writer
        self._foreground = foreground
        self._lines = Lines()
        renamed, regexes = patterns.renamed(settings.maps), patterns.compiled(settings.patterns)
        self._reader = Reader(renamed, regexes)
        self._bars = Reader(renamed, regexes)
        """Of a bar that is still being drawn; it must not confuse the reader of whole lines."""
        self._unread = Unread(self._reader, self._bars)
        self._began = time.time()
        self._debt = 0.0
        """Seconds of reading beyond its share."""
        self._looked = self._bar_at = time.monotonic()
        self._at_fault = False
        self._left_out = 0
        """Lines that were not read, and the last bytes of them."""
        self._newest = b""

    def go(self) -> int:
        """Raises UserError and OSError where the command cannot be started."""
        trainer_log = OutputFile(self._run.trainer_log)
        child = self._start()
        recorder = Recorder(self._writer, self._reader, socket.gethostname(), child.pid)
        orders = Orders(self._run, recorder.write, child, may_pause=self._settings.pause)
        before = _listen(child, orders)
        pattern = self._settings.pictures
        pictures = Pictures(self._run, self._settings.folder, pattern or None) if pattern != "" else None
        ended, told_left = math.inf, False
        try:
            while True:
                data = child.read(WAIT_SECONDS)
                if data:
                    trainer_log.write(data)
                    self._hand_on(data)
                self._keep(partial(self._record, data or b"", recorder, orders))
                if pictures is not None:
                    self._keep(partial(pictures.take, recorder.write, recorder.step, recorder.epoch_behind, recorder.epochs))
                if child.exit_code is not None:
                    if data is None:
                        break
                    ended = min(ended, time.monotonic())
                    if not told_left and time.monotonic() - ended > LEFT_SECONDS:
                        told_left = True
                        self._say_what_is_left(child, recorder.step)
                elif data is None:
                    time.sleep(WAIT_SECONDS)  # it has closed its output, and goes on
        finally:
            for number, handler in before:
                signal.signal(number, handler)
            trainer_log.close()
            child.close()
        code = child.exit_code or 0
        if pictures is not None:
            self._keep(partial(self._last_pictures, pictures, recorder, orders))
        self._writer.make_room()
        if trainer_log.refused:
            text = f"trainer.log lacks lines, for the disk took nothing ({trainer_log.refused})"
            self._writer.write(Note(step=recorder.step, text=text))
        self._keep(partial(self._end, code, recorder, orders))
        for text in self._unread.asked_for() if self._foreground else ():
            say(text)
        return code if code >= 0 else 128 - code

    def _start(self) -> Child:
        """The command, begun. Raises UserError where it cannot be; the log says so then."""
        command = self._command
        self._writer.write(Phase(name="starting"))
        try:
            stdin = _what_is_piped_in() if self._foreground else subprocess.DEVNULL
            variables = os.environ | kept(self._run)
            return Child(command, self._settings.folder, terminal=self._settings.pty, environment=variables, stdin=stdin)
        except OSError as error:
            text = f"cannot start {command[0]}: {reason_of(error)}"
            self._writer.write(Error(text=text))
            self._writer.write(Finished(outcome="failed", epoch=0, elapsed=0.0))
            raise UserError(text) from None

    def _hand_on(self, data: bytes) -> None:
        """To standard output, as it is; a reader that is gone does not end the training."""
        if not self._foreground:
            return
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(1, view) :]
        except OSError as error:
            self._foreground = False
            text = f"standard output takes nothing any more ({reason_of(error)}); the training goes on"
            self._writer.write(Note(step=self._writer.state.step, text=text))

    def _say_what_is_left(self, child: Child, step: int) -> None:
        """The command has ended, and others can still print: it is waited for them, as at a pipe in a shell."""
        count = len(child.left())
        others = f"{counted(count, 'process', 'processes')} that it started" if count else "others"
        text = f"the command has ended (exit status {child.exit_code}); the run waits for {others}, which can still print: stop ends that"
        self._writer.write(Note(step=step, text=text))
        if self._foreground:
            say(text)

    def _keep(self, write: Callable[[], None]) -> None:
        """The run's folder may stand on a full disk, or be gone: that is no reason to let go of the training. Nor is a fault of ours."""
        try:
            write()
        except OSError:
            pass
        except Exception as error:
            if not self._at_fault:
                self._at_fault = True
                said = f"{type(error).__name__}: {first_line(error)}"
                text = f"a fault of gan-tui's own ({said}): numbers may be missing; {PRINTED}"
                self._keep(partial(self._writer.write, Note(step=self._writer.state.step, text=text)))

    def _record(self, data: bytes, recorder: Recorder, orders: Orders) -> None:
        """Read what came, and do what is asked for. Raises OSError."""
        began = time.monotonic()
        self._debt = max(0.0, self._debt - SHARE * (began - self._looked))
        self._looked = began
        if self._debt > DEBT_SECONDS:
            self._lines.skip(data)
            self._left_out += data.count(b"\n")
            self._newest = (self._newest + data)[-NEWEST:]
        else:
            self._catch_up(recorder, orders)
            if self._left_out and not data:
                text = f"{counted(self._left_out, 'line')} came too fast to be read; trainer.log in the run's folder has all"
                self._left_out = 0
                recorder.note(text)
            now = orders.elapsed
            self._lines.each_drawing = recorder.keeps_each
            for line in self._lines.feed(data):
                if own := _OWN_RUN.match(line.text):
                    recorder.note(f"the script has a run of its own as well: {own[1]} shows what it logs")
                self._take(line, recorder, now)
            if (not data or began - self._bar_at >= BAR_SECONDS) and (bars := self._lines.drawing()):
                self._bar_at = began
                recorder.take(self._bars.read(bars), now)
            if not data:
                recorder.flush(now)
            recorder.note(*self._unread.so_far(now))
            self._debt += time.monotonic() - began
        orders.look(recorder.step)

    def _take(self, line: Line, recorder: Recorder, now: float) -> None:
        """A line, of which nothing is taken twice. Raises OSError."""
        readings = (self._bars if line.drawn_over else self._reader).read([line])
        recorder.take((one for one in readings if not (line.told and one.line == line.number)), now)

    def _catch_up(self, recorder: Recorder, orders: Orders) -> None:
        """Read the last lines of what was left out: where the training is now. Raises OSError."""
        if self._newest:
            whole, self._newest = self._newest.partition(b"\n")[2], b""
            recorder.take(self._reader.read(Lines().feed(whole)), orders.elapsed)

    def _read_the_rest(self, recorder: Recorder, orders: Orders) -> None:
        """Raises OSError."""
        self._catch_up(recorder, orders)
        for line in self._lines.close():
            self._take(line, recorder, orders.elapsed)
        recorder.take(self._reader.close(), orders.elapsed)

    def _last_pictures(self, pictures: Pictures, recorder: Recorder, orders: Orders) -> None:
        self._read_the_rest(recorder, orders)
        pictures.close()
        pictures.take(recorder.write, recorder.step, recorder.epoch_behind, recorder.epochs)
        if self._foreground and pictures.in_vain:
            say(pictures.in_vain)

    def _end(self, code: int, recorder: Recorder, orders: Orders) -> None:
        """Raises OSError."""
        self._keep(partial(self._read_the_rest, recorder, orders))
        outcome: Outcome = "completed" if code == 0 else "failed"
        recorder.end(orders.elapsed, completed=code == 0 and not orders.stopping)
        if orders.stopping:
            outcome = "stopped"
        elif code:
            self._writer.write(Error(step=recorder.step, text=why(code, self._reader.trouble.error, self._reader.last_line)))
        recorder.note(*self._unread.asked_for(), *self._unread.doubtful())
        self._keep(partial(self._name_a_table, recorder.step))
        elapsed = recorder.base + orders.elapsed
        self._writer.write(Finished(step=recorder.step, outcome=outcome, epoch=self._writer.state.epochs_done, elapsed=elapsed))

    def _name_a_table(self, step: int) -> None:
        """Where a command that printed no number may have written some. Raises OSError."""
        if not self._writer.state.scalars and (table := newest_table(self._settings.folder, self._began, self._run.path)):
            text = f"no number was read of what it printed: `gan-tui watch {shlex.quote(str(table))}` shows those that it wrote there"
            self._writer.write(Note(step=step, text=text))


def _what_is_piped_in() -> int:
    """Standard input, unless it is a terminal: keys typed there are for whoever has started this in the background."""
    with suppress(OSError):
        os.fstat(0)
        return subprocess.DEVNULL if os.isatty(0) else 0
    return subprocess.DEVNULL


def _listen(child: Child, orders: Orders) -> list[tuple[signal.Signals, Any]]:
    """Hand signals on to the command, and outlive the terminal. What was there before comes back."""

    def forward(number: int, _frame: FrameType | None) -> None:
        received = signal.Signals(number)
        if received not in (signal.SIGUSR1, signal.SIGUSR2):
            orders.stopping = True
        child.send(received)
        child.send(signal.SIGCONT)

    found: list[tuple[signal.Signals, Any]] = [(number, signal.signal(number, forward)) for number in FORWARDED]
    return [*found, (signal.SIGHUP, signal.signal(signal.SIGHUP, signal.SIG_IGN))]
