"""`gan-tui runs --plain` in terminals of all widths."""

import sys

import pytest

from gan_tui.config import resolve
from gan_tui.run import directory, label
from gan_tui.run.label import Label
from tests.conftest import Cli
from tests.dashboard.helpers import append, judged, make_run
from tests.dashboard.pty_screen import PtyScreen

NAME = "20261127-151520-mnist-classic"


@pytest.fixture
def runs(cli: Cli) -> Cli:
    for name, tags in ((NAME, ()), ("tagged", ("good", "for-paper"))):
        run = make_run(cli.runs_dir.parent, name)
        append(run, *judged())
        label.write(run.path, Label(tags=tags))
    return cli


def listed(cli: Cli, columns: int, *more: str) -> list[str]:
    """What stands in a terminal of so many columns."""
    screen = PtyScreen([sys.executable, "-m", "gan_tui", "runs", "--plain", *more], cli.environment, columns)
    try:
        assert screen.wait_exit() == 0
        screen.pump()
        return [line for line in screen.text.splitlines() if line]
    finally:
        screen.close()


@pytest.mark.parametrize(("columns", "missing"), [(160, ""), (110, "seen"), (80, "step, seen, tags"), (60, "done, step, seen, tags")])
def test_columns_are_whole_or_left_out_with_a_word(runs: Cli, columns: int, missing: str) -> None:
    lines = listed(runs, columns)
    said = f"gan-tui: no room in {columns} columns for {missing}: --csv has all"
    assert " ".join(lines[2:]) == (said if missing else "")
    for line in lines[:2]:
        assert "interrupted  " in line
        assert "FD 32.94" in line
        assert ("36/200 epochs done" in line) == ("done" not in missing)
        assert ("seen 20" in line) == ("seen" not in missing)
    assert any(NAME in line for line in lines[:2])


def test_a_setting_that_is_asked_for_has_room_before_what_is_not(cli: Cli) -> None:
    for rate in (1e-4, 3e-4):
        append(directory.create(cli.runs_dir, resolve(tables=[{"optimizer": {"d_lr": rate}}]), f"rate-{rate}"), *judged())
    titles, _, _, *said = listed(cli, 60, "--settings")
    assert titles.split() == ["run", "state", "best", "optimizer.d_lr"]
    assert "for done, step, seen: " in " ".join(said)


def test_a_narrow_terminal_has_names_cut_and_says_so(runs: Cli) -> None:
    lines = listed(runs, 40)
    assert lines[0].endswith("FD 32.94")
    assert "the ends of names" in " ".join(lines[2:])


def test_a_file_has_all_columns(runs: Cli) -> None:
    assert all("step 22020" in line for line in runs("runs", "--plain").stdout.splitlines())
