"""A real terminal that sends whatever it likes, and a screen that breaks."""

import os
import shlex
import shutil
import signal
import sys
import time

import psutil
import pytest

from gan_tui.dashboard.driver import ALL_SECONDS
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Bookmark
from gan_tui.run.log import read_all
from tests.conftest import wait_for
from tests.dashboard.conftest import PtyStart
from tests.dashboard.helpers import append, recorded
from tests.dashboard.test_terminal import START, stop_trainer


@pytest.mark.slow
def test_a_terminal_may_send_anything(run: RunDirectory, terminal: PtyStart) -> None:
    """One Latin-1 byte ended the screen with a traceback and the status 0."""
    screen = terminal([*START, str(run.path), "train"])
    screen.wait_for("● training")
    screen.send_bytes(b"\xe9x\xe9\xff\x00\x00")
    screen.send_bytes(b"\x1b[48;0;0;0;0t\x1b[48;99999;99999;1;1t\x1b[<0;5;5M\x1b[<999;99999999;5M\x1b[M\xff\xff\xff")
    screen.send_bytes(b"\x1b[200~" + b"\xe9\x00 pasted " * 20_000 + b"\x1b[201~")
    screen.send("?")
    screen.wait_for("what do I see?")
    screen.send("\x1b")

    def help_is_gone() -> bool:
        screen.pump()
        return "what do I see?" not in screen.text

    wait_for(help_is_gone, what="the end of the help")
    screen.send("q")
    screen.wait_for("leave?")
    screen.send("d")
    screen.wait_for("gan-tui attach first")
    assert screen.wait_exit() == 0
    assert "Traceback" not in screen.text
    assert stop_trainer(run).outcome == "stopped"


def test_what_is_pasted_presses_no_keys(run: RunDirectory, terminal: PtyStart) -> None:
    """Text that would leave, stop the training, show another view; in a line that is asked for, it is text."""
    screen = terminal([*START, str(run.path), "train"])
    screen.wait_for("● training")
    assert b"\x1b[?2004h" in screen.raw, "the terminal is told to mark pastes"
    screen.send("\x1b[200~q\rs2 ?\x1b[27u6\x1b\x1bqs\x03\x03\x1b[201~")
    screen.send("b")
    screen.wait_for("bookmark step ")
    screen.send("\x1b[200~qs of 6\nno\x1b[201~!")
    screen.wait_for("qs of 6!")
    screen.send("\r")
    wait_for(lambda: [event.text for event in read_all(run.events) if isinstance(event, Bookmark)] == ["qs of 6!"], what="the bookmark")
    screen.send("?")
    screen.wait_for("what do I see?")
    assert run.alive
    assert stop_trainer(run).outcome == "stopped"


@pytest.mark.slow
def test_a_key_after_a_long_silence_is_heard_and_an_escape_is_one(run: RunDirectory, terminal: PtyStart) -> None:
    """Who waits for input looks no more whether there is an end: both must wake it."""
    append(run, *recorded(3))
    screen = terminal([*START, str(run.path), "watch"])
    screen.wait_for("1-6 views")
    time.sleep(3 * ALL_SECONDS)
    screen.send("?")
    screen.wait_for("what do I see?")
    time.sleep(3 * ALL_SECONDS)
    screen.send("\x1b")

    def help_is_gone() -> bool:
        screen.pump()
        return "what do I see?" not in screen.text

    wait_for(help_is_gone, what="the end of the help")
    time.sleep(3 * ALL_SECONDS)
    screen.send("q")
    assert screen.wait_exit() == 0


@pytest.mark.parametrize("way", [signal.SIGTSTP, signal.SIGSTOP], ids=["told", "not told"])
def test_a_screen_that_was_stopped_goes_on_and_ends(way: signal.Signals, run: RunDirectory, terminal: PtyStart) -> None:
    """As by ctrl+z and `fg`: no key was heard any more, and the process stayed for ever."""
    append(run, *recorded(3))
    screen = terminal([*START, str(run.path), "watch"])
    screen.wait_for("1-6 views")
    process = psutil.Process(screen.pid)
    before = process.num_threads(), process.num_fds()

    def stands_still() -> bool:
        screen.pump()
        return bool(process.status() == psutil.STATUS_STOPPED)

    for begun in (2, 3):
        os.kill(screen.pid, way)
        wait_for(stands_still, what="the stop")
        os.kill(screen.pid, signal.SIGCONT)

        def is_back(begun: int = begun) -> bool:
            screen.pump()
            return screen.raw.count(b"\x1b[?1049h") == begun

        wait_for(is_back, what="the screen")  # what is typed before is the shell's
        screen.send("?")
        screen.wait_for("what do I see?")
        screen.send("\x1b")
        screen.wait_until_gone("what do I see?")
    assert (process.num_threads(), process.num_fds()) == before
    screen.send("q")
    assert screen.wait_exit() == 0


@pytest.mark.skipif(shutil.which("bash") is None, reason="wants bash")
@pytest.mark.parametrize("command", ["{screen}", "sh -c '{screen}; exit 0'"], ids=["alone", "in a script"])
@pytest.mark.slow
def test_ctrl_z_gives_the_terminal_to_the_shell_and_fg_brings_the_screen_back(command: str, run: RunDirectory, terminal: PtyStart) -> None:
    append(run, *recorded(3))
    shell = terminal(["bash", "--norc", "--noprofile", "-i"])
    shell.send(command.format(screen=shlex.join([*START, str(run.path), "watch"])) + "\r")
    shell.wait_for("1-6 views")
    for back in ("fg", "bg; sleep 1; echo in the back''ground; fg"):
        shell.send("\x1a")
        shell.wait_for("Stopped")
        shell.send("echo the shell''s turn\r")
        shell.wait_for("the shells turn")
        shell.send(f"clear; {back}\r")
        shell.wait_for("1-6 views")
        shell.send("?")
        shell.wait_for("what do I see?")
        shell.send("\x1b")
        shell.wait_until_gone("what do I see?")
    shell.send("q")
    shell.wait_until_gone("1-6 views")
    shell.send("exit\r")
    assert shell.wait_exit() == 0


def test_where_no_shell_waits_ctrl_z_says_so_and_the_screen_goes_on(run: RunDirectory, terminal: PtyStart) -> None:
    append(run, *recorded(3))
    screen = terminal([*START, str(run.path), "watch"])
    screen.wait_for("1-6 views")
    screen.send("\x1a")
    screen.wait_for("no shell waits behind this screen")
    screen.send("?")
    screen.wait_for("what do I see?")
    screen.send("\x1b")
    screen.wait_until_gone("what do I see?")
    screen.send("q")
    assert screen.wait_exit() == 0


BREAK = """
import sys
from pathlib import Path
from gan_tui.dashboard import app, open_run
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Bookmark
from gan_tui.run.log import read_all
app.Dashboard._tick = lambda self: {}["the end"]
trainer = [sys.executable, "-m", "tests.dashboard.fake_trainer", sys.argv[1]]
open_run.open_dashboard(RunDirectory(Path(sys.argv[1])), open_run.Mode[sys.argv[2]], trainer_command=trainer)
"""


@pytest.mark.slow
def test_a_screen_that_breaks_says_so_and_training_goes_on(run: RunDirectory, terminal: PtyStart) -> None:
    screen = terminal([sys.executable, "-c", BREAK, str(run.path), "TRAIN"])
    screen.wait_for("gan-tui: the screen broke: KeyError: 'the end'")
    assert screen.wait_exit() == 1
    said = screen.raw.decode()
    assert "`gan-tui attach first`" in said
    assert "Traceback" not in said
    assert "KeyError: 'the end'" in (run.path / "screen-error.log").read_text()
    assert run.alive
    assert stop_trainer(run).outcome == "stopped"


@pytest.mark.slow
def test_a_screen_that_breaks_without_a_trainer_says_how_to_see_it_again(run: RunDirectory, terminal: PtyStart) -> None:
    append(run, *recorded(3))
    screen = terminal([sys.executable, "-c", BREAK, str(run.path), "WATCH"])
    screen.wait_for("gan-tui: the screen broke")
    assert screen.wait_exit() == 1
    assert "; `gan-tui watch first` " in screen.raw.decode()
