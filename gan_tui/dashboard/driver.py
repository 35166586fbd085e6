"""What a terminal sends, whatever it is: Textual's driver, whose input may be garbage.

Textual 8 decodes strictly and in a thread that ends with the first byte that is no UTF-8 (Latin-1's e acute), and the app with it; a
paste whose end got lost makes it deaf for ever; a report of the window's size is believed whatever it says.
"""

import codecs
import os
import selectors
import time

from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Paste, Resize
from textual.message import Message

READ = 4096
"""Bytes taken at once."""
LONGEST_PASTE = 10_000
"""Signs of a paste that are kept: more than any note or search needs."""
PASTE_SECONDS = 2.0
"""Of silence within a paste, after which its end is not waited for any more."""
WIDEST, HIGHEST = 2000, 1000
"""Cells; who reports a larger window is not believed."""
SELECT_SECONDS = 0.1


class TolerantDriver(LinuxDriver):
    """Input that cannot be understood is no input; nothing of it ends the screen."""

    def run_input_thread(self) -> None:
        """Read until the app ends, or the terminal does."""
        selector = selectors.DefaultSelector()
        selector.register(self.fileno, selectors.EVENT_READ)
        source = Source(self._debug)
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
                for message in source.feed(data):
                    self.process_message(message)
        finally:
            selector.close()


class Source:
    """Bytes to Textual's messages."""

    def __init__(self, debug: bool = False) -> None:
        self._debug = debug
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
