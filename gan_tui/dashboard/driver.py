"""What a terminal sends, whatever it is, and what it is sent, however it stands: Textual's driver, which nothing of it ends or holds up.

Textual 8 decodes strictly and in a thread that ends with the first byte that is no UTF-8 (Latin-1's e acute), and the app with it; a
paste whose end got lost makes it deaf for ever; a report of the window's size is believed whatever it says. Where a terminal takes
nothing more it waits, in the loop that should hear signals.
"""

import codecs
import contextlib
import os
import selectors
import sys
import time
from collections.abc import Callable
from typing import Any

from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Paste, Resize
from textual.message import Message

from gan_tui.dashboard.line import ANSWERS, REQUEST, Line
from gan_tui.dashboard.pacing import PacedApp
from gan_tui.dashboard.writer import TerminalWriter

READ = 4096
"""Bytes taken at once."""
LONGEST_PASTE = 10_000
"""Signs of a paste that are kept: more than any note or search needs."""
PASTE_SECONDS = 2.0
"""Of silence within a paste, after which its end is not waited for any more."""
WIDEST, HIGHEST = 2000, 1000
"""Cells; who reports a larger window is not believed."""
SELECT_SECONDS = 0.1


LEAVE_SECONDS = 0.4
"""How long the answers to requests, and then a terminal that takes nothing, are waited for in the end, beside the line's own time."""
MOST_LEAVE_SECONDS = 4.0
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
        self._leaves = False
        self._requests = 0
        self._answers = 0
        """Of the requests; counted where they are read."""

    # Output

    @property
    def waiting(self) -> int:
        """Bytes that the system has not taken yet."""
        return self._writer.waiting if self._writer is not None else 0

    def start_application_mode(self) -> None:
        """Begin to write, beside Textual's own thread, which is given nothing."""
        self._writer = TerminalWriter(sys.__stderr__.fileno() if sys.__stderr__ is not None else self.fileno)
        self._writer.start()
        self._leaves = False
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def write(self, data: str) -> None:
        """Have it written, sooner or later."""
        if self._writer is not None:
            self.line.sent(self._writer.write(data))

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
        """Restore the terminal. Answers are waited for: one that comes later would be typed into the shell."""
        self._leaves = True
        patience = 0.0 if self.line.mute or self.in_a_hurry else LEAVE_SECONDS if self.line.round_trip is None else MOST_LEAVE_SECONDS
        deadline = time.monotonic() + patience
        while self._answers < self._requests and time.monotonic() < deadline:
            time.sleep(0.01)
        super().stop_application_mode()

    def close(self) -> None:
        """Write what is left, if the terminal takes it."""
        super().close()
        if self._writer is not None:
            self._writer.stop(LEAVE_SECONDS / 2 if self.in_a_hurry else LEAVE_SECONDS + min(MOST_LEAVE_SECONDS, self.waiting / SLOWEST))
            self._writer = None

    # Input

    def run_input_thread(self) -> None:
        """Read until the app ends, or the terminal does."""
        selector = selectors.DefaultSelector()
        selector.register(self.fileno, selectors.EVENT_READ)
        source = Source(self._debug, self._hear_answer)
        try:
            while not self.exit_event.is_set():
                data = None
                if selector.select(SELECT_SECONDS):
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

    def _hear_answer(self) -> None:
        self._answers += 1
        self._in_the_loop(self._take_answer)

    def _in_the_loop(self, call: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # it has ended
            self._loop.call_soon_threadsafe(call)

    def _take_answer(self) -> None:
        self.line.answered()
        if isinstance(self._app, PacedApp):
            self._app.call_next(self._app.pay)  # there Textual knows whose widgets are drawn; here, called from a thread, it does not


class Source:
    """Bytes to Textual's messages."""

    def __init__(self, debug: bool = False, on_answer: Callable[[], None] = lambda: None) -> None:
        """`on_answer`: called for each answer to a status request, which is no message."""
        self._debug = debug
        self._on_answer = on_answer
        self._held = b""
        """The beginning of what may become an answer."""
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._parser = XTermParser(debug)
        self._tail = ""
        self._paste_open = False
        self._paste_length = 0
        self._fed_at = time.monotonic()

    def feed(self, data: bytes | None) -> list[Message]:
        """What these bytes mean; None: time has passed without any. Raises nothing, whatever they are."""
        now = time.monotonic()
        found: list[Message] = []
        data = self._without_answers(data)
        try:
            if data:
                if self._paste_open and (now - self._fed_at > PASTE_SECONDS or self._paste_length > 100 * LONGEST_PASTE):
                    self._begin_anew()  # what was pasted so far is lost, and keys are keys again
                self._fed_at = now
                text = self._decode(data)
                self._watch_pastes(text)
                if text:
                    found.extend(self._parser.feed(text))
            found.extend(self._parser.tick())
        except Exception:  # a parser of what anybody may send has more ways to fail than can be named
            self._begin_anew()
        return [_cut(message) for message in found if _is_sane(message)]

    def _without_answers(self, data: bytes | None) -> bytes:
        """What is left of the bytes; what may be half an answer waits for the next ones, or for a pause."""
        pause = data is None
        data, self._held = self._held + (data or b""), b""
        for answer in ANSWERS:
            for _ in range(data.count(answer)):
                self._on_answer()
            data = data.replace(answer, b"")
        half = next((length for length in (3, 2, 1) if any(answer.startswith(data[-length:]) for answer in ANSWERS)), 0)
        if half and data and not pause:
            data, self._held = data[:-half], data[-half:]
        return data

    def _begin_anew(self) -> None:
        self._parser = XTermParser(self._debug)
        self._tail, self._paste_open, self._paste_length = "", False, 0

    def _watch_pastes(self, text: str) -> None:
        """Is a paste open behind this text? Its marks may be torn between two pieces."""
        seen = self._tail + text
        begun, ended = seen.rfind(BRACKETED_PASTE_START), seen.rfind(BRACKETED_PASTE_END)
        if begun >= 0 or ended >= 0:
            self._paste_open, self._paste_length = begun > ended, 0
        self._paste_length += len(text)
        self._tail = seen[-len(BRACKETED_PASTE_START) + 1 :]


def _is_sane(message: Message) -> bool:
    if isinstance(message, Resize):
        return 0 < message.size.width <= WIDEST and 0 < message.size.height <= HIGHEST
    return True


def _cut(message: Message) -> Message:
    if isinstance(message, Paste) and len(message.text) > LONGEST_PASTE:
        return Paste(message.text[:LONGEST_PASTE])
    return message
