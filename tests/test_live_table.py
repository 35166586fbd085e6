"""The table that a sweep shows while it runs: nothing of it is left behind when the terminal changes its size."""

import io
import shlex
import shutil
import sys
from contextlib import closing
from pathlib import Path

import pyte
import pytest
from rich.console import Console
from rich.text import Text

from gan_tui.cli.live_table import live_table
from tests.dashboard.pty_screen import PtyScreen


def table(width: int) -> Text:
    return Text("\n".join(["heading ".ljust(width, "-"), *(f"row {number} ".ljust(width, ".") for number in range(4))]))


def drawn(display: list[str]) -> list[str]:
    return [line.rstrip() for line in display if line.strip()]


def test_a_terminal_that_becomes_narrower_keeps_no_old_lines() -> None:
    page = io.StringIO()
    console = Console(file=page, force_terminal=True, width=40, height=12, legacy_windows=False)
    with live_table(console) as live:
        live.show(table(39))
        live.show(table(39))
        wide = pyte.Screen(40, 12)
        pyte.Stream(wide).feed("$ sweep\r\n" + page.getvalue().replace("\n", "\r\n"))
        assert drawn(wide.display) == ["$ sweep", *table(39).plain.splitlines()]
        broken = [line[start : start + 20] for line in drawn(wide.display) for start in range(0, len(line), 20)]
        narrow = pyte.HistoryScreen(20, 12, history=100)
        stream = pyte.Stream(narrow)
        stream.feed("\r\n".join(broken))  # as terminals do that break the lines anew
        for _ in range(2):
            page.seek(0)
            page.truncate()
            console.size = (20, 12)
            live.show(table(19))
            stream.feed(page.getvalue().replace("\n", "\r\n"))
            assert drawn(narrow.display) == table(19).plain.splitlines()
    kept = ["".join(line[column].data for column in range(20)).rstrip() for line in narrow.history.top]
    assert "$ sweep" in kept, "what stood above it can be scrolled to"


def test_what_the_shell_has_written_is_not_drawn_over_however_late_it_takes_the_terminal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answers: list[bool] = []
    monkeypatch.setattr("gan_tui.cli.live_table.in_foreground", lambda _: answers.pop(0) if answers else True)
    with (
        (tmp_path / "terminal").open("w+", newline="") as page,
        live_table(Console(file=page, force_terminal=True, width=40, height=12, legacy_windows=False)) as live,
    ):
        live.show(table(39))
        page.write("\n[1]+  Stopped\n")
        before = page.tell()
        answers += [True, False]  # when it looks, and when it draws
        live.show(table(39))
        assert page.tell() == before
        live.show(table(39))
        page.seek(0)
        screen = pyte.HistoryScreen(40, 12, history=100)
        pyte.Stream(screen).feed(page.read().replace("\n", "\r\n"))
        assert drawn(screen.display) == table(39).plain.splitlines(), "whole, and once"
    kept = ["".join(line[column].data for column in range(40)).rstrip() for line in screen.history.top]
    assert "[1]+  Stopped" in kept


COUNTS = """
import time
from rich.text import Text
from gan_tui.cli.live_keys import keys_of_terminal
from gan_tui.cli.live_table import live_table
count = 0
with keys_of_terminal() as keys, live_table() as live:
    while "b" not in keys.pressed():
        count += 1
        live.show(Text(chr(10).join(["heading", *(f"row {row}" for row in range(9)), f"look {count}"])))
        time.sleep(0.02)
print("the", "end")
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="wants bash")
@pytest.mark.parametrize("command", ["{counts}", "sh -c '{counts}; exit 0'"], ids=["alone", "in a script"])
def test_ctrl_z_leaves_the_terminal_to_the_shell_and_fg_brings_the_table_back(command: str, tmp_path: Path) -> None:
    (tmp_path / "counts.py").write_text(COUNTS)
    with closing(PtyScreen(["bash", "--norc", "--noprofile", "-i"], {"PS1": "$ "})) as shell:

        def rows() -> list[str]:
            return [line for line in shell.text.splitlines() if line.startswith("row ")]

        shell.send(f"cd {shlex.quote(str(tmp_path))}; clear\r")
        shell.wait_until_gone("clear")
        shell.send(command.format(counts=f"{sys.executable} counts.py") + "\r")
        for back in ("fg", "bg; sleep 0.3; echo in the back''ground; fg"):
            shell.wait_for("look ")
            shell.send("\x1a")
            shell.wait_for("Stopped")
            assert command != "{counts}" or rows() == [], "nothing of it is left"
            shell.send("echo the shell''s turn\r")
            shell.wait_for("the shells turn")
            shell.send(f"clear; {back}\r")
            shell.wait_until_gone("the shells turn")
            shell.wait_for("look ")
            assert rows() == [f"row {row}" for row in range(9)], "whole, and once"
        shell.send("b")
        shell.wait_for("the end")
        assert rows() == []
