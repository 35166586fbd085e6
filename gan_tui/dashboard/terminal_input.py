"""What a terminal sends, as Textual's messages: answers and pastes are taken out before Textual's parser takes them for keys.

Textual 8 decodes strictly and gives up on the first byte that is no UTF-8 (Latin-1's e acute). Sequences that it does not know it takes for
keys, within a paste too. After a paste whose end got lost it is deaf for ever, and any report of the window's size it believes.
"""

import codecs
import re
import time
from collections.abc import Callable, Iterator

from textual._xterm_parser import XTermParser
from textual.events import Key, Paste, Resize
from textual.message import Message

LONGEST_PASTE = 10_000
"""Signs of a paste that are kept: more than any note or search needs."""
PASTE_SECONDS = 2.0
"""Of silence within a paste, after which a key is a key, and its end is not waited for any more."""
LONGEST_KEY = 16
"""Bytes of a key. What is longer, and comes after a silence within a paste, is the rest of that."""
ANSWER_SECONDS = 2.0
"""Of silence within an answer, after which what comes is a key, unless it may be the rest."""
LONGEST_ANSWER = 1024
"""Bytes of an answer. The rest of a longer one is thrown away with it."""
TELLING = 3
"""Bytes behind an escape by which the beginning of an answer is told from keys."""
WIDEST, HIGHEST = 2000, 1000
"""Cells; who reports a larger window is not believed."""

_PASTE_BEGINS, _PASTE_ENDS = b"\x1b[200~", b"\x1b[201~"
_DATA = rb"[^\x1b\x07]*"
_STRING = rb"P[0-9;]*[>!$+]%b|\][0-9]+;%b|_G%b" % (_DATA, _DATA, _DATA)
"""Answers that end with a sign of their own: how they begin, so that alt+] and a digit are not taken for one for long."""
_ANSWER = re.compile(rb"\x1b\[[03]n|\x1b\[[?>=][0-?]*[ -/]*[@-~](?<!\$y)|\x1b[PX\]^_]%b(?:\x1b\\|\x07)" % _DATA)
"""To whatever it was, but for the one about modes, which Textual knows."""
_TORN = re.compile(rb"\x1b\[[?>=][0-?]*[ -/]*(?=[^ -~])|\x1b(?:%b)(?=\x1b[^\\])" % _STRING)
"""The beginning of one that something else breaks off."""
_WHOLE = re.compile(rb"(?P<mark>\x1b\[20[01]~)|(?P<answer>%b)|(?P<torn>%b)" % (_ANSWER.pattern, _TORN.pattern))
_BEGUN = re.compile(rb"\x1b(?:\[(?:[03]|2(?:0[01]?)?|[?>=][0-?]*[ -/]*)?|(?:%b)\x1b?|P[0-9;]*|\][0-9]*|_)?\Z" % _STRING)
"""What may become one of them, at the end of what has come."""
_KEYS = re.compile(rb"\x1b(?:\][0-9]?)?")
"""What may as well be keys: escape, and alt+] with a digit or without; of what begins like that no terminal is asked."""
_ESCAPE = b"\x1b"
_ESCAPE_KEY = re.compile(r"(?<!\x1b)\x1b(?=\Z|[^\x00-\x1f\x7fO\[\]PX^_])")
"""Escape alone, or with a key behind it in one packet, as a slow line sends them. Alt and that key look the same, and are none of ours."""


class Source:
    """Bytes to messages."""

    def __init__(self, debug: bool = False, on_answer: Callable[[str], None] = lambda _: None) -> None:
        """`on_answer`: called with each answer, which is no message."""
        self._debug = debug
        self._on_answer = on_answer
        self._fed_at = self._pasted_at = time.monotonic()
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._parser = XTermParser(self._debug)
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._held = b""
        """The beginning of what may become an answer or a mark."""
        self._taken = b""
        """What came last and was taken for keys, though it may have been the beginning of an answer."""
        self._paste: bytearray | None = None
        """What has come of a paste."""

    def feed(self, data: bytes | None) -> list[Message]:
        """What these bytes mean; None: time has passed without any. Raises nothing, whatever they are."""
        found: list[Message] = []
        try:
            if data:
                found.extend(self._take(data, time.monotonic()))
            elif data is None:
                found.extend(self._pause())
            found.extend(self._parser.tick())
        except Exception:  # a parser of what anybody may send has more ways to fail than can be named
            self._begin_anew()
        return [message for message in found if _is_sane(message)]

    def _take(self, data: bytes, now: float) -> Iterator[Message]:
        if now - self._fed_at > ANSWER_SECONDS and not _WHOLE.match(self._held + data):
            self._held = b""
        self._fed_at = now
        data, self._held = self._held + self._rest_of_an_escape(data), b""
        self._end_a_lost_paste(data, now)
        at = 0
        for token in _WHOLE.finditer(data):
            yield from self._text(data[at : token.start()])
            at = token.end()
            if token["mark"]:
                yield from self._mark(token["mark"])
            elif token["answer"]:
                self._on_answer(token["answer"].decode("utf-8", "replace"))
        if begun := _BEGUN.search(data, at):
            yield from self._text(data[at : begun.start()])
            self._held = begun[0] if len(begun[0]) <= LONGEST_ANSWER else begun[0][:5] + (_ESCAPE if begun[0].endswith(_ESCAPE) else b"")
        else:
            yield from self._text(data[at:])

    def _end_a_lost_paste(self, data: bytes, now: float) -> None:
        """A paste whose end is lost is over with the first key behind a silence. Answers are neither."""
        rest = _ANSWER.sub(b"", data)
        if now - self._pasted_at > PASTE_SECONDS and 0 < len(rest) <= LONGEST_KEY and _PASTE_ENDS not in rest:
            self._paste = None
        if rest:
            self._pasted_at = now

    def _rest_of_an_escape(self, data: bytes) -> bytes:
        """The data; with what was taken for keys once more, because the rest of the answer came late."""
        taken, self._taken = self._taken, b""
        late = taken + data
        return late if taken and (_WHOLE.match(late) or (len(data) >= TELLING and _BEGUN.match(late))) else data

    def _pause(self) -> Iterator[Message]:
        """Nothing has come for a while: an escape that nothing follows is the key, and so on."""
        if _KEYS.fullmatch(self._held):
            self._taken, self._held = self._held, b""
            yield from self._text(self._taken)

    def _mark(self, mark: bytes) -> Iterator[Message]:
        if mark == _PASTE_BEGINS:
            self._paste = self._paste or bytearray()
        elif self._paste is not None:
            text = self._paste.decode("utf-8", "replace")
            self._paste = None
            yield Paste("".join(sign for sign in text if sign.isprintable() or sign in "\n\r\t")[:LONGEST_PASTE])

    def _text(self, data: bytes) -> Iterator[Message]:
        if self._paste is not None:
            self._paste += data[: max(0, 4 * LONGEST_PASTE - len(self._paste))]
        elif text := self._decode(data):
            first, *others = _ESCAPE_KEY.split(text)
            yield from self._parser.feed(first) if first else ()
            for keys in others:
                yield Key("escape", _ESCAPE.decode())
                yield from self._parser.feed(keys) if keys else ()


def _is_sane(message: Message) -> bool:
    if isinstance(message, Resize):
        return 0 < message.size.width <= WIDEST and 0 < message.size.height <= HIGHEST
    return True
