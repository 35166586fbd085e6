"""What is drawn of a search: exact rooms, whatever was tried and whatever came of it; and the keys of its live view."""

import dataclasses
import math
import os
import pty
import signal
import sys
import termios
from pathlib import Path

import pytest
from rich.console import Console

from gan_tui import config
from gan_tui.cli import search_screen
from gan_tui.cli.live_keys import SAID_SECONDS, PassingWords, keys_of_terminal
from gan_tui.dashboard.themes import find_theme
from gan_tui.render.figure import Span
from gan_tui.render.glyphs import ASCII, UNICODE, Glyphs
from gan_tui.run.state import RunState
from gan_tui.sweep import coordinates, search_chart
from gan_tui.sweep.search_plan import SearchPlan
from gan_tui.sweep.search_report import Row, SearchReport
from gan_tui.sweep.space import Value, dimension_of

ROOMS = [(0, 0), (12, 4), (30, 6), (60, 14), (80, 14), (200, 50)]
DIMENSIONS = tuple(map(dimension_of, ("lr=log:1e-4..1e-2", "loss.r1=0..10", "train.d_steps=1..5", "loss.name=hinge,wasserstein")))
VALUES: list[tuple[Value, ...]] = [
    (1e-3, 2.0, 1, "hinge"),
    (1e-4, 0.0, 5, "wasserstein"),
    (1e-2, 10.0, 3, "hinge"),
    (3e-3, 5.0, 2, "wasserstein"),
    (2e-4, 7.0, 4, "hinge"),
]


def report_of(
    *rows: Row, importance: dict[str, float] | None = None, maximise: bool = False, at_work: tuple[int, ...] = ()
) -> SearchReport:
    plan = SearchPlan(DIMENSIONS, max(1, len(rows)), maximise=maximise)
    return SearchReport(Path("/runs/one"), plan, config.resolve(), rows, importance or {}, dict.fromkeys(at_work, RunState()))


SOME = report_of(
    Row(0, "done", 40.0, 100, VALUES[0]),
    Row(1, "pruned", 200.0, 11, VALUES[1]),
    Row(2, "diverged", None, 100, VALUES[2]),
    Row(3, "done", 12.5, 100, VALUES[3]),
    Row(4, "running", None, 11, VALUES[4]),
    Row(5, "waiting", None, 0, (None,) * 4),
    importance={"lr": 0.7, "loss.r1": 0.2, "train.d_steps": 0.1, "loss.name": 0.0},
    at_work=(4,),
)


def text(lines: list[list[Span]]) -> list[str]:
    return ["".join(part for part, _ in line) for line in lines]


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
@pytest.mark.parametrize(("width", "height"), ROOMS)
@pytest.mark.parametrize("values", [(1.0, 1.0), (0.0, 1e300), (1e-300, 5.0), (-3.0, 4.0)])
def test_pictures_fill_their_room(values: tuple[float, float], width: int, height: int, glyphs: Glyphs) -> None:
    rows = [Row(number, "done", value, 100, VALUES[number]) for number, value in enumerate(values)]
    for report in (SOME, report_of(), report_of(*rows), report_of(*rows, maximise=True)):
        for lines in (text(coordinates.draw(report, width, height, glyphs)), text(search_chart.draw(report, width, height, glyphs))):
            assert len(lines) in (0, height)
            assert all(len(line) <= width for line in lines)
            assert glyphs.unicode or all(line.isascii() for line in lines)


def test_parallel_coordinates_as_people_see_them() -> None:
    assert [line.rstrip() for line in text(coordinates.draw(SOME, 61, 9, ASCII))] == COORDINATES.splitlines()[1:]


COORDINATES = """
lr            r1           d_steps         name            FD
|0.01          |10           .|5 ..........##|wasserstei12.5|
|              |          ... |         ###  | ...          |
|##########    |        ..    |      ###     |    ..        |
|...       ####|####  ..      |   ###        |      ..  ....|
|   ........   |    ######### |###           |      ....    |
|           ...|......       #|              |  ....    ... |
|0.0001 .......|0     ........|1 ............|hinge      200|
# best  * best quarter  . others
"""


def test_axes_that_matter_least_are_left_out_first() -> None:
    lines = text(coordinates.draw(SOME, 40, 9, UNICODE))
    assert lines[0].split() == ["lr", "r1", "FD"]
    assert "+ 2 not shown" in lines[-1]


def test_bars_say_what_matters() -> None:
    title, *lines = text(search_chart.draw_importance(SOME, 60, UNICODE))
    assert title.startswith("importance: how much of the differences in FD")
    assert [line.split()[0] for line in lines] == list(SOME.importance)
    assert [line.split()[-1] for line in lines] == ["70%", "20%", "10%", "0%"]


def test_a_table_says_how_many_trials_it_has_no_room_for() -> None:
    console = Console(width=80, height=24, file=open(os.devnull, "w"))
    canvas = search_screen._Canvas(80, UNICODE, find_theme(None).colours)
    lines = ["".join(piece.text for piece in line).split() for line in console.render_lines(search_screen._table(SOME, canvas, 4))]
    assert len(lines) == 4
    assert lines[-1] == ["…", str(len(SOME.rows) - SOME.count("waiting") - 2), "more"]


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (200, 60), (20, 5)])
@pytest.mark.parametrize("first", range(4))
def test_the_live_view_fits_the_terminal(size: tuple[int, int], first: int) -> None:
    console = Console(width=size[0], height=size[1], force_terminal=True, file=open(os.devnull, "w"), color_system=None)
    drawn = search_screen._live(SOME, console, find_theme(None).colours, first)
    lines = console.render_lines(drawn, pad=False)
    seen = "\n".join("".join(segment.text for segment in line) for line in lines)
    if size[1] >= 20:
        assert len(lines) < size[1], seen
        assert "v: next view" in seen
        assert "ctrl+c: stop" in seen
    if size == (120, 40):
        assert "last FD" in seen
        assert all(words in seen for words in ("<- best", "ended early", "diverged", "starting", "best quarter", "best so far", "70%"))


def test_keys_are_read_one_by_one_and_the_terminal_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    master, slave = pty.openpty()
    with open(slave) as terminal, open(master, "wb", buffering=0):
        monkeypatch.setattr(sys, "stdin", terminal)
        before = termios.tcgetattr(slave)
        with keys_of_terminal() as keys:
            assert keys.pressed() == ""
            os.write(master, b"vb")
            assert keys.pressed() == "vb"
            assert termios.tcgetattr(slave) != before
        assert termios.tcgetattr(slave) == before


def test_in_the_background_the_terminal_is_left_alone() -> None:
    shell, master = pty.fork()
    if not shell:  # a shell of its own session, with a job in a group that is not in front
        job = os.fork()
        if not job:
            os.setpgid(0, 0)
            with open(0, closefd=False) as terminal:
                sys.stdin = terminal
                with keys_of_terminal() as keys:
                    os._exit(0 if keys.pressed() == "" else 1)
        ended, status = os.waitpid(job, os.WUNTRACED)
        stopped = os.WIFSTOPPED(status)
        if stopped:
            os.kill(ended, signal.SIGKILL)
        os._exit(2 if stopped else os.waitstatus_to_exitcode(status))
    status = os.waitpid(shell, 0)[1]
    os.close(master)
    assert os.waitstatus_to_exitcode(status) == 0, "2: it was stopped by SIGTTOU"


def test_without_a_terminal_there_are_no_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with open(tmp_path / "empty") as file:
        monkeypatch.setattr(sys, "stdin", file)
        with keys_of_terminal() as keys:
            assert keys.pressed() == ""


def test_a_trial_that_reads_nothing_finite_is_no_best_one() -> None:
    report = report_of(Row(0, "done", None, 100, VALUES[0]), Row(1, "pruned", 3.0, 11, VALUES[1]))
    assert report.best is None
    assert report.recommendation.startswith("no trial has come to its end with a finite FD")
    assert not math.isnan(len(report.recommendation))


def test_the_answer_to_a_key_makes_room_for_the_keys_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("gan_tui.cli.live_keys.time.monotonic", lambda: now)
    said = PassingWords()
    assert said.words == ""
    said.say("wrote best.toml")
    now += SAID_SECONDS - 1
    assert said.words == "wrote best.toml"
    now += 2
    assert said.words == ""


def test_who_has_lost_its_worker_is_called_interrupted_above_the_table_too() -> None:
    report = dataclasses.replace(SOME, states={})
    begun = [row for row in report.rows if row.state == "running"]
    assert begun
    assert "running" not in report.tally
    idle = [row for row in begun if not row.trouble]
    assert f"{len(idle)} interrupted" in report.tally
    assert [search_screen._remark(report, row) for row in idle] == ["interrupted"] * len(idle)
