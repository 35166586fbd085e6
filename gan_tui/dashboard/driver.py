"""The terminal's driver: Textual's, which nothing that the terminal sends ends, and no terminal that takes nothing holds up.

Textual 8 reads in a thread that ends with the first byte that is no UTF-8, and the app with it; where a terminal takes nothing more it
waits, in the loop that should hear signals. What comes in: `terminal_input.py`. What goes out: `writer.py`, at the pace of `line.py`.
"""

import contextlib
import os
import selectors
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from textual.app import App
from textual.constants import ESCAPE_DELAY
from textual.drivers.linux_driver import LinuxDriver

from gan_tui import job_control
from gan_tui.dashboard.line import ANSWERS, MUTE_SECONDS, REQUEST, Line
from gan_tui.dashboard.terminal_app import TerminalApp
from gan_tui.dashboard.terminal_input import Source
from gan_tui.dashboard.writer import TerminalWriter
from gan_tui.render.fewer_colours import in_colours
from gan_tui.render.terminal import is_last, questions
from gan_tui.render.terse import terse

READ = 4096
"""Bytes taken at once."""
SELECT_SECONDS = 0.1
"""Between two looks whether what has come was all: an escape that nothing follows is the key."""
ALL_SECONDS = 0.5
"""Of silence after which it was. From then on a key or the end is waited for: each look would hold up a trainer that has all cores."""
LEAVE_SECONDS = 0.4
"""How long a terminal that takes nothing is waited for in the end, beside the line's own time."""
MOST_LEAVE_SECONDS = 4.0
BEHIND_SECONDS = 0.3
"""Between two looks whether what was sent to the background has come back."""
WIPE = "\x1b[m\x1b[2J\x1b[H"
"""Where there is no alternate screen to leave, as in mosh, what comes afterwards would stand among the remains of this one."""
SLOWEST = 4000
"""Bytes a second of the slowest line that is waited for."""


class TolerantDriver(LinuxDriver):
    """Input that cannot be understood is no input; output that the terminal cannot take waits without holding anybody up."""

    def __init__(self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self.line = Line()
        self.in_a_hurry = False
        """Is the end near, whatever the terminal says?"""
        self._writer: TerminalWriter | None = None
        self._end = self._ends = -1
        """A pipe while there is a writer: what is written into the second end wakes who waits for input."""
        self._leaves = False
        self._requests = 0
        self._answers = 0
        """Of the requests; counted where they are read."""
        self._asked = self._said = False
        """Was the terminal asked what it is, and has it answered the last of these questions?"""

    # Output

    @property
    def waiting(self) -> int:
        """Bytes that the system has not taken yet."""
        return self._writer.waiting if self._writer is not None else 0

    def start_application_mode(self) -> None:
        """Begin to write, beside Textual's own thread, which is given nothing."""
        if self._writer is not None:  # SIGCONT after SIGSTOP, which no process hears: there are threads already
            self.suspend_application_mode()
        self._end, self._ends = os.pipe()
        self._writer = TerminalWriter(sys.__stderr__.fileno() if sys.__stderr__ is not None else self.fileno)
        self._writer.start()
        self._leaves = False
        if isinstance(self._app, TerminalApp):
            self._app.forget_shown()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self.input_tty and isinstance(self._app, TerminalApp):  # the request behind the first frame is answered later than this
            self._writer.write(questions(os.environ, self._app.terminal))
            self._asked = True

    def write(self, data: str) -> None:
        """Have it written, sooner or later, in the colours that the terminal has and in few bytes."""
        if self._writer is not None:
            app = self._app
            coloured = in_colours(data, app.terminal.colours) if isinstance(app, TerminalApp) else data
            self.line.sent(self._writer.write(terse(coloured)))

    def end_frame(self) -> None:
        """What was written is a frame; the terminal shall say when it has drawn it."""
        if self.input_tty and self.line.frame_ends():
            self.ask()

    def ask(self) -> None:
        """Send a status request; whoever calls this has told the line."""
        if self._writer is not None and not self._leaves:
            self._requests += 1
            self._writer.write(REQUEST)

    def stop_application_mode(self) -> None:
        """Restore the terminal. Answers are waited for: one that comes later would be typed into the shell.

        What a person types until then is for the screen that is still there; nothing is read once it is told to go.
        """
        self._leaves = True
        deadline = time.monotonic() + (0.0 if self.in_a_hurry else MUTE_SECONDS if self.line.round_trip is None else MOST_LEAVE_SECONDS)
        while self._answer_comes and not self.line.mute and time.monotonic() < deadline:
            time.sleep(0.01)
        self.write(WIPE)
        super().stop_application_mode()

    @property
    def _answer_comes(self) -> bool:
        """Is one under way? Behind one to a status request there is none to a question, which went out before."""
        return self._answers < self._requests or (not self._answers and self._asked and not self._said)

    def close(self) -> None:
        """Write what is left, if the terminal takes it."""
        super().close()
        if self._writer is not None:
            self._writer.stop(LEAVE_SECONDS / 2 if self.in_a_hurry else LEAVE_SECONDS + min(MOST_LEAVE_SECONDS, self.waiting / SLOWEST))
            self._writer = None
            os.close(self._end)
            os.close(self._ends)

    # ctrl+z and fg

    @property
    def shell_waits(self) -> bool:
        """Can it be stopped, and be woken again?"""
        return self.input_tty and job_control.shell_waits(self.fileno)

    def stop(self) -> None:
        """Give the terminal back, and stop all that the shell has started together.

        In that order, and not by SIGTSTP as Textual does it: a script around this program would stop at once, and the shell take the
        terminal before it is as it was.
        """
        self.suspend_application_mode()
        self._must_signal_resume = True
        os.killpg(os.getpgrp(), signal.SIGSTOP)

    def _sigcont_application(self, *_: object) -> None:
        """After `bg` the terminal is the shell's, and is waited for."""
        if job_control.in_foreground(self.fileno):
            super()._sigcont_application()
        else:
            self._in_the_loop(self._look_later)

    def _look_later(self) -> None:
        self._loop.call_later(BEHIND_SECONDS, self._sigcont_application)

    # Input

    def disable_input(self) -> None:
        """Textual's, which waits for the thread that waits for input."""
        if self._writer is None:
            return
        os.write(self._ends, b"-")
        super().disable_input()
        os.read(self._end, 1)

    def run_input_thread(self) -> None:
        """Read until the app ends, or the terminal does."""
        selector = selectors.DefaultSelector()
        selector.register(self.fileno, selectors.EVENT_READ)
        selector.register(self._end, selectors.EVENT_READ)
        source, heard = Source(self._debug, self._hear), time.monotonic()
        try:
            while not self.exit_event.is_set():
                data = None
                silent = time.monotonic() - heard > max(ALL_SECONDS, 2 * ESCAPE_DELAY)
                ready = {key.fd for key, _ in selector.select(None if silent else SELECT_SECONDS)}
                if self._end in ready:
                    time.sleep(0.001)  # the event comes right behind
                    continue
                if ready:
                    heard = time.monotonic()
                    try:
                        data = os.read(self.fileno, READ)
                    except OSError:  # the terminal is gone; the signal that says so is not for this thread
                        return
                    if not data:
                        return
                found = source.feed(data)
                if found:
                    self._in_the_loop(self.line.heard)
                for message in found:
                    self.process_message(message)
        finally:
            selector.close()

    def _hear(self, answer: str) -> None:
        if answer in ANSWERS:
            self._answers += 1
            self._in_the_loop(self._take_answer)
        else:
            self._said = self._said or is_last(answer)
            self._in_the_loop(partial(self._take_word, answer))

    def _in_the_loop(self, call: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # it has ended
            self._loop.call_soon_threadsafe(call)

    def _take_answer(self) -> None:
        """A frame is drawn."""
        self.line.answered()
        if isinstance(self._app, TerminalApp):
            self._app.call_next(self._app.pay)  # there Textual knows whose widgets are drawn; here, called from a thread, it does not

    def _take_word(self, answer: str) -> None:
        """The terminal says what it is."""
        if isinstance(self._app, TerminalApp):
            self._app.call_next(self._app.hear, answer)
