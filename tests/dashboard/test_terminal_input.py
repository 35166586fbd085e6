"""What a terminal sends, as bytes: text that is none, sequences that are cut off, answers in pieces, pastes without an end."""

import random
import time

import pytest
from textual.events import Key, Paste, Resize
from textual.message import Message
from textual.messages import TerminalSupportsSynchronizedOutput

from gan_tui.dashboard.terminal_input import ANSWER_SECONDS, LONGEST_ANSWER, LONGEST_PASTE, PASTE_SECONDS, WIDEST, Source
from tests.patience import CEILING

PIECES = (
    b"\xe9", b"\x00", b"\x1b", b"\x1b[", b"\x1bO", b"\x1b[<0;1;1M", b"\x1b[<0;99999999999999999999;1M", b"\x1b[M\xff\xff\xff", b"\x1b[1;1R",
    b"\x1b[48;0;0;0;0t", b"\x1b[48;99999;99999;1;1t", b"\x1b[48;24;80;0;0t", b"\x1b[200~", b"\x1b[201~", b"\xff\xfe", b"q",
    b"\x1b[?2026;2$y",
    b"\x1b]0;x\x07", b"\x1b_Gi=1;OK\x1b\\", b"\xf0\x9f", b"\x9b1;2", b"a" * 5000,
)  # fmt: skip


def keys(messages: list[Message]) -> list[str]:
    return [message.key for message in messages if isinstance(message, Key)]


def test_a_byte_that_is_no_utf8_is_one_strange_sign() -> None:
    source = Source()
    assert source.feed(b"\xe9") == [], "it might have been the beginning of a longer sign"
    assert keys(source.feed(b"q")) == ["replacement_character", "q"]
    assert keys(source.feed("é".encode())) == ["é"]


@pytest.mark.slow
def test_no_garbage_raises_and_keys_work_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    chance, clock = random.Random(0), [100.0]
    monkeypatch.setattr("gan_tui.dashboard.terminal_input.time.monotonic", lambda: clock[0])
    for _ in range(300):
        source = Source()
        for _ in range(chance.randrange(1, 12)):
            for message in source.feed(chance.choice(PIECES) if chance.random() < 0.8 else chance.randbytes(chance.randrange(1, 40))):
                if isinstance(message, Resize):
                    assert 0 < message.size.width <= WIDEST
        clock[0] += PASTE_SECONDS + 1
        source.feed(b"x" * 40)
        clock[0] += PASTE_SECONDS + 1
        source.feed(b"x")
        assert "q" in keys(source.feed(b"q" * 40)), "what was cut off becomes whatever it becomes"


def test_a_paste_without_an_end_does_not_make_it_deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr("gan_tui.dashboard.terminal_input.time.monotonic", lambda: clock[0])
    source = Source()
    source.feed(b"\x1b[20")
    source.feed(b"0~half a paste")
    assert source.feed(b"q") == [], "it belongs to the paste"
    clock[0] += PASTE_SECONDS + 0.1
    assert keys(source.feed(b"q")) == ["q"]
    (paste,) = source.feed(b"\x1b[200~a whole one\x1b[201~") + source.feed(b"")
    assert isinstance(paste, Paste)
    assert paste.text == "a whole one"


def test_a_huge_paste_is_cut() -> None:
    source = Source()
    found = [message for piece in (b"\x1b[200~", *[b"x" * 4096] * 200, b"\x1b[201~", b"q") for message in source.feed(piece)]
    pastes = [message for message in found if isinstance(message, Paste)]
    assert [len(paste.text) for paste in pastes] == [LONGEST_PASTE]
    assert keys(found) == ["q"]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    clock = [100.0]
    monkeypatch.setattr("gan_tui.dashboard.terminal_input.time.monotonic", lambda: clock[0])
    return clock


ANSWERS = (
    "\x1b[0n",
    "\x1b[3n",
    "\x1b[?62;4;22c",
    "\x1b[>1;4000;41c",
    "\x1bP>|kitty(0.41.1)\x1b\\",
    "\x1bP1$r0;38:2:1:2:3m\x1b\\",
    "\x1bP0$r\x1b\\",
)


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_is_never_a_key(answer: str, clock: list[float]) -> None:
    """However it is torn on its way, how long it takes, and what stands around it."""
    data = answer.encode()
    for at in range(2, len(data) + 1):
        for pause in (0.0, ANSWER_SECONDS - 0.1, ANSWER_SECONDS + 1):
            heard: list[str] = []
            source = Source(on_answer=heard.append)
            found = source.feed(b"a" + data[:at])
            clock[0] += pause
            found += source.feed(None) + source.feed(data[at:] + b"b") + source.feed(None)
            assert heard == [answer]
            assert keys(found) == ["a", "b"]


@pytest.mark.parametrize("answer", ANSWERS)
def test_one_that_comes_byte_by_byte(answer: str) -> None:
    heard: list[str] = []
    source = Source(on_answer=heard.append)
    found = [message for byte in answer.encode() for message in source.feed(bytes([byte]))] + source.feed(b"q")
    assert heard == [answer]
    assert keys(found) == ["q"]


@pytest.mark.parametrize("answer", ANSWERS)
def test_one_whose_escape_was_taken_for_the_key(answer: str) -> None:
    """An escape alone is a key; what comes behind it is none."""
    heard: list[str] = []
    source, found = Source(on_answer=heard.append), []
    found += source.feed(b"\x1b")
    deadline = time.monotonic() + CEILING
    while not found and time.monotonic() < deadline:
        found += source.feed(None)
    found += source.feed(answer[1:].encode()) + source.feed(b"q")
    assert heard == [answer]
    assert keys(found) == ["escape", "q"]


@pytest.mark.parametrize("pieces", [(b"\x1b]", None, b"1", b"q"), (b"\x1b]1", None, b"q"), (b"\x1b]1q",), (b"\x1b]", b"1", b"q")])
def test_alt_and_a_bracket_swallow_no_keys(pieces: tuple[bytes | None, ...]) -> None:
    """As an answer about colours begins, of which no terminal is asked."""
    source = Source()
    found = [message for piece in pieces for message in source.feed(piece)]
    deadline = time.monotonic() + CEILING
    while len(found) < 3 and time.monotonic() < deadline:
        found += source.feed(None)
    assert keys(found) == ["right_square_bracket", "1", "q"]


def test_an_answer_that_nobody_asked_for_is_none_either_where_its_rest_comes_late() -> None:
    source = Source()
    found = [message for piece in (b"\x1b]", None, b"11;rgb:00/11/qs\x07", b"x") for message in source.feed(piece)]
    deadline = time.monotonic() + CEILING
    while len(found) < 2 and time.monotonic() < deadline:
        found += source.feed(None)
    assert keys(found) == ["right_square_bracket", "x"]


@pytest.mark.parametrize(
    "data",
    [
        b"\x1bP>|qs\x1b[0n", b"\x1bP1$rqs\x1b[?62c", b"\x1b[?62;4\x1b[0n", b"\x1b[?62;4\r", b"\x1b]11;rgb:qs\x07", b"\x1b]11;rgb:qs\x1b\\",
        b"\x1b_Gi=1;qs\x1b\\", b"\x1bP1+r544e=71\x1b\\", b"\x1bP>|" + b"q" * 9 * LONGEST_ANSWER + b"\x1b\\", b"\x1bP>|\xff\xfe\x00q\x1b\\",
        b"\x1b[?1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16c", b"\x1b[?1u", b"\x1b[>q",
    ],
)  # fmt: skip
def test_garbage_is_no_key(data: bytes) -> None:
    for size in (len(data), 7, 1):
        source = Source()
        found = [message for at in range(0, len(data), size) for message in source.feed(data[at : at + size])]
        assert set(keys(found + source.feed(b"x"))) <= {"x", "enter"}


def test_an_answer_that_never_ends_does_not_make_it_deaf(clock: list[float]) -> None:
    for begun in (b"\x1bP", b"\x1bP>|kit", b"\x1bP1$r", b"\x1b[?6", b"\x1b["):
        source = Source()
        assert source.feed(begun) == []
        clock[0] += ANSWER_SECONDS + 0.1
        found = source.feed(None) + source.feed(b"q")
        assert keys(found + source.feed(b"r"))[-1] == "r", "one key may be lost: it may have been the end"


def test_answers_about_modes_are_textuals() -> None:
    source = Source()
    (found,) = source.feed(b"\x1b[?2026;2$y")
    assert isinstance(found, TerminalSupportsSynchronizedOutput)


def test_escape_is_still_a_key() -> None:
    source, found = Source(), []
    found += source.feed(b"\x1b")
    deadline = time.monotonic() + CEILING
    while not found and time.monotonic() < deadline:
        found += source.feed(None)
    assert [message.key for message in found if isinstance(message, Key)] == ["escape"]


def test_a_paste_triggers_no_key_whatever_is_in_it() -> None:
    """In Textual's parser what stands behind an escape, and forty signs later, was keys."""
    text = b"qs\x1b\x1bqs\x1b[Aqs\x1b" + b"q" * 80 + b"\x1b]0;q\x07 \x03\x11\r\ny"
    for size in (4096, 11, 1):
        source = Source()
        data = b"a\x1b[200~" + text + b"\x1b[201~b"
        found = [message for at in range(0, len(data), size) for message in source.feed(data[at : at + size])]
        assert keys(found) == ["a", "b"]
        (paste,) = [message for message in found if isinstance(message, Paste)]
        assert paste.text.startswith("qsqs")
        assert paste.text.endswith(" \r\ny")
        assert "\x1b" not in paste.text


def test_a_paste_that_a_slow_line_interrupts_stays_one(clock: list[float]) -> None:
    """Answers to status requests come in between, and are no keys that end it."""
    source = Source()
    found = source.feed(b"\x1b[200~" + b"q" * 50)
    for piece in (b"\x1b[0n", b"s" * 50, b"q\x1b[201~", b"x"):
        clock[0] += PASTE_SECONDS + 1
        found += source.feed(piece)
    assert [message.text for message in found if isinstance(message, Paste)] == ["q" * 50 + "s" * 50 + "q"]
    assert keys(found) == ["x"]


@pytest.mark.parametrize("at", range(2, 6))
def test_a_paste_whose_marks_are_torn_by_a_line_that_stands_still(at: int, clock: list[float]) -> None:
    """Else what was pasted would be keys, and `q` one of them."""
    source, found = Source(), []
    for data in (b"\x1b[200~", b"quit\x1b[201~"):
        end = len(data) - 6 + at
        found += source.feed(data[:end]) + source.feed(None)
        clock[0] += PASTE_SECONDS + 1
        found += source.feed(data[end:])
    assert [message.text for message in found if isinstance(message, Paste)] == ["quit"]
    assert keys(found + source.feed(b"x")) == ["x"]


@pytest.mark.parametrize(
    "pieces", [(b"\x1b2",), (b"\x1b", b"2"), (b"\x1b", None, b"2"), (b"q\x1b2",), (b"\x1b\xc3\xa9",), (b"\x1bk\x1bk",)]
)
def test_escape_and_a_key_in_one_packet_are_both(pieces: tuple[bytes | None, ...]) -> None:
    source = Source()
    found = [message for piece in pieces for message in source.feed(piece)]
    typed = b"".join(piece or b"" for piece in pieces).decode()
    assert [message.character if message.key != "escape" else "\x1b" for message in found if isinstance(message, Key)] == list(typed)


def test_keys_that_begin_with_an_escape_stay_what_they_are() -> None:
    source = Source()
    found = [message for piece in (b"\x1b[A", b"\x1bOP", b"\x1b\x7f") for message in source.feed(piece)]
    assert [message.key for message in found if isinstance(message, Key)][:2] == ["up", "f1"]
    assert "escape" not in [message.key for message in found if isinstance(message, Key)]
