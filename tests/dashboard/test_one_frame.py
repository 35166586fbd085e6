"""One frame of a screen, printed; and the line for a prompt."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gan_tui import memory
from gan_tui.cli import cli
from gan_tui.cli.watch import VIEWS
from gan_tui.dashboard.commands import VIEW_MEANINGS
from gan_tui.run import events
from gan_tui.run.directory import RunDirectory
from tests.dashboard.helpers import HeldRun, append, judged, recorded

ALWAYS = ("overview", "log")
OTHERS = [name for name in VIEWS if name not in ALWAYS]
_CODES = re.compile(r"\x1b\[[\d;]*m")


def said(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments, standalone_mode=False, prog_name="gan-tui")


def test_the_views_of_the_command_line_are_those_of_the_screen() -> None:
    assert list(VIEWS) == list(VIEW_MEANINGS)


@pytest.mark.parametrize(("size", "view", "words"), [("80x24", "overview", "d_loss"), ("120x40", "quality", "FD"), ("60x20", "log", "")])
def test_a_frame_has_the_size_that_was_asked_for(run: RunDirectory, size: str, view: str, words: str) -> None:
    append(run, *judged())
    columns, lines = map(int, size.split("x"))
    plain = said("watch", str(run.path), "--once", "--size", size, "--view", view).output
    assert "\x1b" not in plain
    assert words in plain
    assert "mnist" in plain.splitlines()[0]
    assert len(plain.splitlines()) == lines
    assert max(map(len, plain.splitlines())) <= columns
    coloured = said("watch", str(run.path), "--once", "--size", size, "--view", view, "--colours", "true").output
    assert "\x1b[" in coloured
    bare = [_CODES.sub("", line).rstrip() for line in coloured.splitlines()]
    assert bare[0] == plain.splitlines()[0]
    assert len(bare) == lines


@pytest.mark.parametrize(("size", "view"), [*zip(["40x10", "60x20", "80x24", "200x60"], OTHERS, strict=True)])
def test_a_printed_frame_has_no_line_of_keys(run: RunDirectory, size: str, view: str) -> None:
    """Nobody can press them; its line is used for something else. Each view at one size, two of them at each."""
    append(run, *judged())
    frames = {name: said("watch", str(run.path), "--once", "--size", size, "--view", name).output for name in (view, *ALWAYS)}
    for frame in frames.values():
        assert "? help" not in frame.splitlines()[-1]
        assert "q quit" not in frame.splitlines()[-1]
    assert " hidden" in frames["log"] or size == "40x10"
    assert "`f`" not in frames["log"]
    assert "hidden: f" not in frames["log"]
    assert frames["overview"].splitlines()[-1].strip()


def test_a_view_has_its_key_for_a_name_and_ascii_is_for_this_frame_only(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAN_TUI_ASCII", "")
    append(run, *judged())
    frame = said("watch", str(run.path), "--ascii", "--once", "--size", "80x24", "--view", "6").output
    assert frame.isascii()
    assert "main events" in frame
    assert memory.recall("characters") is None
    assert "--view 7: overview, " in str(said("watch", str(run.path), "--once", "--view", "7").exception)


@pytest.mark.parametrize("size", ["80", "80x", "0x24", "80x24x3", "99999x24", "a\x1bxb"])
def test_a_size_that_is_none_is_refused(run: RunDirectory, size: str) -> None:
    append(run, *judged())
    found = said("watch", str(run.path), "--once", "--size", size).exception
    assert "columns and lines" in str(found)
    assert "\x1b" not in str(found)


def test_what_belongs_to_one_frame_is_refused_without_it(run: RunDirectory) -> None:
    assert "--once" in str(said("watch", str(run.path), "--size", "80x24").exception)


def test_the_status_is_one_line_about_what_is_being_trained(run: RunDirectory, tmp_path: Path) -> None:
    verdict = events.Verdict(rule="d-won", level="bad", text="D has won", advice="", step=600)
    append(run, *recorded(3), events.Evaluation(scalars={"fd": 3.21}, network="n", seconds=1.0, step=600), verdict)
    folder = str(run.path.parent)
    assert said("status", "--runs-dir", folder).output == "", "nobody trains"
    with HeldRun(run):
        (line,) = said("status", "--runs-dir", folder).output.splitlines()
    assert run.name[:10] in line
    assert "FD 3.21" in line
    assert "[bad]" in line
    assert said("status", "--runs-dir", str(tmp_path / "none")).output == ""


def test_scripts_are_told_of_fd_and_verdict(run: RunDirectory) -> None:
    measured = [events.Evaluation(scalars={"fd": fd}, network="n", seconds=1.0, step=600) for fd in (2.5, "nan", 4.5)]
    append(run, *recorded(3), *measured, events.Verdict(rule="plateau", level="info", text="plateau, a word", advice="", step=600))
    folder = str(run.path.parent)
    (entry,) = json.loads(said("runs", "--json", "--runs-dir", folder).output)
    (row,) = csv.DictReader(io.StringIO(said("runs", "--csv", "--runs-dir", folder).output))
    assert (entry["fd"], entry["best_fd"], entry["verdict"], entry["level"]) == (4.5, 2.5, "plateau, a word", "info")
    assert (float(row["fd"]), float(row["best_fd"]), row["verdict"]) == (4.5, 2.5, "plateau, a word")
    assert entry.keys() == row.keys()
    assert str(said("runs", "--csv", "--json", "--runs-dir", folder).exception).startswith("--json and --csv are two forms")
    why = events.Error(text="d_loss is not finite", step=700)
    append(run, why, events.Finished(outcome="failed", epoch=1, elapsed=1.0, step=700))
    (entry,) = json.loads(said("runs", "--json", "--runs-dir", folder).output)
    assert (entry["verdict"], entry["level"]) == ("d_loss is not finite", "bad")
