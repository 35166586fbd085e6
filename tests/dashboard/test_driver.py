"""Whatever a terminal sends: bytes that are no text, sequences that are cut off, pastes without an end."""

import random
import sys

import pytest
from textual.events import Key, Paste, Resize
from textual.message import Message

from gan_tui.dashboard import driver
from gan_tui.dashboard.driver import LONGEST_PASTE, PASTE_SECONDS, Source
from gan_tui.run.directory import RunDirectory
from tests.conftest import wait_for
from tests.dashboard.conftest import PtyStart
from tests.dashboard.helpers import append, recorded
from tests.dashboard.test_terminal import START, stop_trainer

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
    assert keys(source.feed("é".encode())) == ["é"] or source.feed(b"q")


@pytest.mark.slow
def test_no_garbage_raises_and_keys_work_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    chance, clock = random.Random(0), [100.0]
    monkeypatch.setattr("gan_tui.dashboard.driver.time.monotonic", lambda: clock[0])
    for _ in range(300):
        source = Source()
        for _ in range(chance.randrange(1, 12)):
            for message in source.feed(chance.choice(PIECES) if chance.random() < 0.8 else chance.randbytes(chance.randrange(1, 40))):
                if isinstance(message, Resize):
                    assert 0 < message.size.width <= driver.WIDEST
        clock[0] += PASTE_SECONDS + 1
        source.feed(b"x" * 40)  # what was cut off becomes whatever it becomes
        assert "q" in keys(source.feed(b"q"))


def test_a_paste_without_an_end_does_not_make_it_deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr("gan_tui.dashboard.driver.time.monotonic", lambda: clock[0])
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


def test_a_terminal_may_send_anything(run: RunDirectory, terminal: PtyStart) -> None:
    """One Latin-1 byte ended the screen with a traceback and the status 0."""
    screen = terminal([*START, str(run.path), "train"])
    screen.wait_for("● training")
    screen.send_bytes(b"\xe9x\xe9\xff\x00\x00")
    screen.send_bytes(b"\x1b[48;0;0;0;0t\x1b[48;99999;99999;1;1t\x1b[<0;5;5M\x1b[<999;99999999;5M\x1b[M\xff\xff\xff")
    screen.send_bytes(b"\x1b[200~" + b"\xe9\x00 pasted " * 20_000 + b"\x1b[201~")
    screen.send("?")
    screen.wait_for("keys: everywhere")
    screen.send("\x1b")

    def help_is_gone() -> bool:
        screen.pump()
        return "keys: everywhere" not in screen.text

    wait_for(help_is_gone, what="the end of the help")
    screen.send("q")
    screen.wait_for("leave?")
    screen.send("d")
    screen.wait_for("gan-tui attach first")
    assert screen.wait_exit() == 0
    assert "Traceback" not in screen.text
    assert stop_trainer(run).outcome == "stopped"


BREAK = """
import sys
from pathlib import Path
from gan_tui.dashboard import open_run
from gan_tui.run.directory import RunDirectory
open_run.Dashboard._tick = lambda self: {}["the end"]
trainer = [sys.executable, "-m", "tests.dashboard.fake_trainer", sys.argv[1]]
open_run.open_dashboard(RunDirectory(Path(sys.argv[1])), open_run.Mode[sys.argv[2]], trainer_command=trainer)
"""


def test_a_screen_that_breaks_says_so_and_training_goes_on(run: RunDirectory, terminal: PtyStart) -> None:
    screen = terminal([sys.executable, "-c", BREAK, str(run.path), "TRAIN"])
    screen.wait_for("gan-tui: the screen broke: KeyError: 'the end'")
    assert screen.wait_exit() == 1
    said = screen.raw.decode()
    assert "; the training goes on, and `gan-tui attach first` shows it again" in said
    assert "Traceback" not in said
    assert "KeyError: 'the end'" in (run.path / "screen-error.log").read_text()
    assert run.alive
    assert stop_trainer(run).outcome == "stopped"


def test_a_screen_that_breaks_without_a_trainer_says_how_to_see_it_again(run: RunDirectory, terminal: PtyStart) -> None:
    append(run, *recorded(3))
    screen = terminal([sys.executable, "-c", BREAK, str(run.path), "WATCH"])
    screen.wait_for("gan-tui: the screen broke")
    assert screen.wait_exit() == 1
    assert "; `gan-tui watch first` " in screen.raw.decode()
