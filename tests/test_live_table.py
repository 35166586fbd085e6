"""The table that a sweep shows while it runs: nothing of it is left behind when the terminal changes its size."""

import io

import pyte
from rich.console import Console
from rich.text import Text

from gan_tui.cli.live_table import live_table


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
