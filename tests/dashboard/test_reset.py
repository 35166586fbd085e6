"""`gan-tui reset` in the terminal of a dashboard that was killed."""

import os
import re
import signal
import sys

from gan_tui.run.directory import RunDirectory
from tests.conftest import Cli
from tests.dashboard.conftest import PtyStart
from tests.dashboard.test_terminal import START, stop_trainer

RESET = f"{sys.executable} -m gan_tui reset"
MODE = re.compile(rb"\x1b\[\?(\d+)([hl])")
ON_AT_REST = {b"25", b"7"}
"""The cursor, and lines that are wrapped."""


def modes(sent: bytes) -> dict[bytes, bytes]:
    """The last word on each private mode."""
    return dict(MODE.findall(sent))


def test_what_a_killed_dashboard_leaves_behind_is_put_right(run: RunDirectory, terminal: PtyStart) -> None:
    command = " ".join([*START, str(run.path), "train"])
    shell = terminal(["bash", "--norc", "--noprofile", "--noediting", "-c", f"echo $$; {command}; {RESET}; stty -a; exec cat"])
    shell.wait_for("● training")
    left = modes(bytes(shell.raw))
    assert left[b"1049"] == left[b"1000"] == left[b"1003"] == left[b"2004"] == b"h"
    (child,) = [int(word) for word in open(f"/proc/{shell.pid}/task/{shell.pid}/children").read().split()]
    os.kill(child, signal.SIGKILL)
    shell.wait_for("the terminal is reset")
    shell.wait_for("icanon")
    put_right = modes(bytes(shell.raw))
    assert {mode for mode, word in put_right.items() if word == b"h"} <= ON_AT_REST
    assert put_right[b"25"] == b"h"
    assert b"\x1b[<u" in shell.raw, "the keyboard of kitty"
    assert " -icanon" not in shell.text
    assert " -echo " not in shell.text
    stop_trainer(run)


def test_it_needs_a_terminal_and_no_torch(cli: Cli) -> None:
    done = cli("reset")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no terminal here" in done.stderr
