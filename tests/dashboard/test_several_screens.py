"""Several screens on one run, and one behind which nobody is any more."""

import errno
import fcntl
import os
import signal
import sys
from pathlib import Path

import pytest

from gan_tui.dashboard import line as lines
from gan_tui.dashboard.line import Line
from gan_tui.run.directory import RunDirectory
from gan_tui.run.lock import lease_of
from gan_tui.run.presence import SCREEN, Presence, is_anybody, may_be_seen
from tests.conftest import wait_for
from tests.dashboard.conftest import PtyStart
from tests.dashboard.slow_terminal import REQUEST, SlowTerminal
from tests.dashboard.test_line import Clock, frame, known
from tests.dashboard.test_terminal import START, stop_trainer
from tests.patience import CEILING

IMPATIENT = (
    "import runpy; from gan_tui.dashboard import line, pacing; line.KEEPALIVE_SECONDS = 0.3; line.GONE_SECONDS = 1.5; "
    "pacing.ALIVE_SECONDS = 0.1; runpy.run_module('tests.dashboard.open_fake', run_name='__main__')"
)
"""Seconds instead of minutes."""


def test_screens_see_each_other_and_no_file_that_nobody_holds(tmp_path: Path) -> None:
    (tmp_path / SCREEN.replace("*", "left-by-a-kill")).touch()
    one, two = Presence(tmp_path), Presence(tmp_path)
    assert one.others() == 0
    one.enter()
    assert one.others() == 0
    two.enter()
    assert (one.others(), two.others()) == (1, 1)
    two.leave()
    assert one.others() == 0
    one.leave()
    assert list(tmp_path.iterdir()) == []


def test_one_that_looks_while_another_enters_does_not_lose_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = Presence(tmp_path), Presence(tmp_path)
    one.enter()
    lock = fcntl.flock

    def late(descriptor: int, how: int) -> None:
        monkeypatch.setattr(fcntl, "flock", lock)
        assert one.others() == 0
        lock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", late)
    two.enter()
    assert (one.others(), two.others()) == (1, 1)


def test_two_that_look_at_once_are_not_taken_for_one_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / SCREEN.replace("*", "left-by-a-kill")).touch()
    lock, seen = fcntl.flock, []

    def meanwhile(descriptor: int, how: int) -> None:
        lock(descriptor, how)
        monkeypatch.setattr(fcntl, "flock", lock)
        seen.append(is_anybody(tmp_path, SCREEN))

    monkeypatch.setattr(fcntl, "flock", meanwhile)
    assert not is_anybody(tmp_path, SCREEN)
    assert seen == [False]


def test_who_trains_knows_whether_a_screen_looks(tmp_path: Path) -> None:
    """Previews are for screens. Where it cannot be told, for the lock of the run is a lease, one may."""
    screen = Presence(tmp_path)
    assert not may_be_seen(tmp_path)
    screen.enter()
    assert may_be_seen(tmp_path)
    screen.leave()
    assert not may_be_seen(tmp_path)
    lease_of(tmp_path / "lock").path.touch()
    assert may_be_seen(tmp_path)


def test_where_there_are_no_locks_a_file_that_was_left_is_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> None:
        raise OSError(errno.ENOLCK, "no locks available")

    (tmp_path / SCREEN.replace("*", "copied")).touch()
    monkeypatch.setattr(fcntl, "flock", refuse)
    assert not is_anybody(tmp_path, SCREEN)


def test_files_that_cannot_be_removed_hide_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = Presence(tmp_path), Presence(tmp_path)
    one.enter()
    two.enter()
    for number in range(9):
        (tmp_path / SCREEN.replace("*", f"{number}-left-by-a-kill")).touch()

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "read-only")

    monkeypatch.setattr(Path, "unlink", refuse)
    assert (one.others(), two.others()) == (1, 1)
    assert is_anybody(tmp_path, SCREEN)


def test_where_nothing_can_be_written_nobody_is_counted(tmp_path: Path) -> None:
    lonely = Presence(tmp_path / "gone")
    lonely.enter()
    assert lonely.others() == 0
    lonely.leave()


@pytest.mark.slow
def test_attach_from_another_line_while_the_first_is_frozen(run: RunDirectory, terminal: PtyStart) -> None:
    first = terminal([*START, str(run.path), "train", "--rate", "1000"])
    first.wait_for("● training")
    assert "screens" not in first.text
    # From here on nobody reads what the first one writes.
    second = terminal([*START, str(run.path), "attach"])
    second.wait_for("2 screens")
    second.send(" ")
    second.wait_for("● paused")
    second.send("?")
    second.wait_for("what do I see?")
    second.send("\x1b")
    os.kill(first.pid, signal.SIGKILL)
    second.wait_until_gone("2 screens")
    assert len(list(run.path.glob(SCREEN))) == 1, "what the kill left is gone"
    second.send("qd")
    assert second.wait_exit() == 0
    assert list(run.path.glob(SCREEN)) == []
    stop_trainer(run)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_line_that_is_silent_for_long_is_asked_and_at_last_given_up(clock: Clock) -> None:
    line = known(clock)
    clock.now += lines.KEEPALIVE_SECONDS - 1
    assert not line.keeps_alive()
    clock.now += 2
    assert line.keeps_alive()
    assert not line.keeps_alive(), "once"
    line.answered()
    clock.now += lines.GONE_SECONDS * 10
    assert not line.gone, "nothing was asked"
    assert line.keeps_alive()
    clock.now += lines.GONE_SECONDS - 1
    assert not line.gone
    clock.now += 2
    assert line.gone
    line.heard()
    assert not line.gone, "a key"


def test_frames_without_an_answer_count_from_the_first(clock: Clock) -> None:
    line = known(clock)
    for _ in range(int(lines.GONE_SECONDS / lines.LOST_SECONDS) + 2):
        if line.ready(0):
            frame(line)
        line.asks_again()
        clock.now += lines.LOST_SECONDS + 0.1
    assert line.gone


def test_a_terminal_that_never_answered_is_never_given_up(clock: Clock) -> None:
    line = Line(clock)
    frame(line)
    clock.now += lines.GONE_SECONDS * 2
    assert not line.keeps_alive()
    assert not line.gone


@pytest.mark.slow
def test_a_half_open_line_ends_its_screen_and_no_training(run: RunDirectory) -> None:
    """Its client is gone without a word: everything is taken, and nothing comes back."""
    command = [sys.executable, "-c", IMPATIENT, str(run.path), "train", "--rate", "1000"]
    with SlowTerminal(command, rate=1e6, round_trip=0.01) as screen:
        screen.wait_for("training")
        wait_for(lambda: screen.requests >= 3, what="frames that are answered")
        screen._says.pop(REQUEST)
        assert screen.process.wait(CEILING) == 0
        assert run.alive, "training goes on"
        screen.wait_for("so the screen was closed")
    stop_trainer(run)


@pytest.mark.slow
def test_a_paused_screen_whose_terminal_answers_stays(run: RunDirectory) -> None:
    command = [sys.executable, "-c", IMPATIENT, str(run.path), "train", "--rate", "1000"]
    with SlowTerminal(command, rate=1e6, round_trip=0.01) as screen:
        screen.wait_for("training")
        screen.send(" ")
        screen.wait_for("paused")
        asked = screen.requests
        wait_for(lambda: screen.requests >= asked + 6, what="questions whether it is there")
        assert screen.process.poll() is None
        screen.send("qd")
        assert screen.process.wait(CEILING) == 0
    stop_trainer(run)
