"""The whole dashboard in a real pseudo-terminal, with a trainer that is a process of its own."""

import os
import signal
import sys
import time

import pytest

from gan_tui.run import events, mailbox
from gan_tui.run.directory import RunDirectory
from gan_tui.run.log import read_all
from tests.dashboard.conftest import PtyStart
from tests.dashboard.helpers import append, recorded
from tests.patience import CEILING

START = (sys.executable, "-m", "tests.dashboard.open_fake")


def stop_trainer(run: RunDirectory) -> events.Finished:
    """Stop it as a person would, and wait until it is gone."""
    mailbox.send(run.control, "stop")
    deadline = time.monotonic() + CEILING
    while run.alive:
        assert time.monotonic() < deadline, "the trainer does not stop"
        time.sleep(0.02)
    last = read_all(run.events)[-1]
    assert isinstance(last, events.Finished)
    return last


def test_train_pause_detach_and_attach(run: RunDirectory, terminal: PtyStart) -> None:
    screen = terminal([*START, str(run.path), "train", "--rate", "1350"])
    screen.wait_for("● training")
    screen.wait_for("samples · epoch")
    screen.send(" ")
    screen.wait_for("● paused")
    screen.wait_until_silent(1.0)  # a paused screen writes nothing
    screen.send("q")
    screen.wait_for("leave?")
    screen.send("\r")
    screen.wait_for("gan-tui attach first")
    assert screen.wait_exit() == 0
    assert run.alive, "detaching leaves the trainer at work"

    again = terminal([*START, str(run.path), "attach"])
    again.wait_for("● paused")
    again.send(" ")
    again.wait_for("● training")
    again.send("qs")
    again.wait_for("gan-tui resume first")
    assert again.wait_exit() == 0
    assert not run.alive
    assert any(isinstance(event, events.Finished) and event.outcome == "stopped" for event in read_all(run.events))


@pytest.mark.slow
def test_a_training_screen_sends_changes_not_screens(run: RunDirectory, terminal: PtyStart) -> None:
    """About 3.5 kB a second on a calm machine; a screen drawn anew at every tick would be 15 and more."""
    screen = terminal([*START, str(run.path), "train", "--rate", "1000"])
    screen.wait_for("samples · epoch")
    screen.pump(1.0)
    before, began = screen.received, time.monotonic()
    while time.monotonic() < began + 2 or screen.received < before + 1000:
        assert time.monotonic() < began + CEILING, "the screen does not show that it goes on"
        screen.pump(0.5)
    rate = (screen.received - before) / (time.monotonic() - began)
    stop_trainer(run)
    assert rate < 10_000, f"{rate:.0f} bytes a second"


def test_a_cut_line_ends_the_screen_only(run: RunDirectory, terminal: PtyStart) -> None:
    screen = terminal([*START, str(run.path), "train"])
    screen.wait_for("● training")
    screen.hang_up()
    screen.wait_exit()
    time.sleep(0.3)
    assert run.alive
    assert stop_trainer(run).outcome == "stopped"


def test_signals_end_the_screen_cleanly(run: RunDirectory, terminal: PtyStart) -> None:
    screen = terminal([*START, str(run.path), "train"])
    screen.wait_for("● training")
    for name in (signal.SIGHUP, signal.SIGTERM):
        os.kill(screen.pid, name)
        screen.wait_for("gan-tui attach first")
        assert screen.wait_exit() == 0
        assert run.alive
        screen = terminal([*START, str(run.path), "attach"])
        screen.wait_for("● training")
    stop_trainer(run)


def test_a_trainer_that_dies_at_once_says_why(run: RunDirectory, terminal: PtyStart) -> None:
    screen = terminal([*START, str(run.path), "train", "--crash", "CUDA is not here today"])
    screen.wait_for("✗ failed")
    screen.wait_for("CUDA is not here today")
    screen.send("q")
    assert screen.wait_exit() == 0
    assert "exit code 1" in screen.text


@pytest.mark.slow
def test_ascii_terminal_gets_ascii_only(run: RunDirectory, terminal: PtyStart) -> None:
    screen = terminal([*START, str(run.path), "train", "--rate", "1350"], {"LC_ALL": "C"})
    screen.wait_for("* training")
    screen.wait_for("samples - epoch")
    for keys, words in (("?", "what do I see?"), ("\x1b[F", "loss.name=saturating"), ("\x1b", "d_loss"), ("q", "leave?"), ("c", "d_loss")):
        screen.send(keys)
        screen.wait_for(words)
        screen.pump(0.4)
        assert screen.text.isascii()
    screen.send("qs")
    assert screen.wait_exit() == 0
    assert screen.text.isascii()


def test_ascii_is_said_once(run: RunDirectory, terminal: PtyStart) -> None:
    append(run, *recorded(3))
    for option, plain in (("--ascii", True), ("--no-mouse", True), ("--unicode", False), ("--no-mouse", False)):
        screen = terminal([sys.executable, "-m", "gan_tui", "watch", option, run.name])
        screen.wait_for("x interrupted" if plain else "✗ interrupted")
        assert screen.text.isascii() == plain
        screen.send("q")
        assert screen.wait_exit() == 0
