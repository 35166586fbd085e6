"""`gan-tui plot` as a process."""

import math
import os
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from rich.color import Color, ColorSystem

from gan_tui.cli import group
from gan_tui.run import events
from gan_tui.run.directory import RunDirectory
from tests.conftest import Cli
from tests.dashboard.helpers import append, make_run, metrics, recorded, started


@pytest.fixture
def first(cli: Cli) -> RunDirectory:
    run = make_run(cli.runs_dir.parent, "first")
    append(run, *recorded())
    return run


def test_a_pipe_gets_plain_text(cli: Cli, first: RunDirectory) -> None:
    done = cli("plot", first.name)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 20
    assert all(len(line) <= 80 for line in lines)
    assert lines[0].startswith("losses  * d_loss   0.940  o g_loss   2.275")
    assert "\x1b" not in done.stdout
    assert "20k" in lines[-3]
    assert lines[-2].split() == ["epoch", "0", "5", "10", "15", "20", "25", "30", "35"]
    assert "ideal" in lines[-1]


def test_runs_are_compared_in_one_chart_each(cli: Cli, first: RunDirectory) -> None:
    second = make_run(cli.runs_dir.parent, "second")
    append(second, started(), *(metrics(step, d_loss=1.2) for step in range(100, 20_000, 100)))
    done = cli("plot", first.name, second.name, "--metric", "losses", "--height", "12", "--width", "70")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("d_loss  # first   0.940  + second   1.200")
    assert lines[12].startswith("g_loss  # first   2.275  + second   2.000")
    assert len(lines) == 24
    assert any("#" in line for line in lines[1:10])
    assert any("++" in line for line in lines[1:10])
    once = cli("plot", first.name, second.name, "--metric", "losses,d_loss", "--height", "12", "--width", "70")
    assert once.stdout == done.stdout
    coloured = cli("plot", first.name, second.name, "--metric", "d_loss", "--color")
    assert "■ first" in "".join(part.partition("m")[2] for part in coloured.stdout.split("\x1b["))
    assert "38;2;86;180;233m" in coloured.stdout
    assert "38;2;230;159;0m" in coloured.stdout


def test_d_and_g_are_told_apart_in_sixteen_colours(cli: Cli, first: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    """`ssh` from PuTTY or xterm. The nearest of 16 colours is for most pale ones of a theme the same grey."""
    monkeypatch.delenv("COLORTERM", raising=False)
    seen = {}
    for term in ("xterm", "xterm-256color"):
        monkeypatch.setenv("TERM", term)
        done = cli("plot", first.name, "--metric", "losses", "--theme", "midnight", "--color")
        inks = {tuple(map(int, found.split(";"))) for found in re.findall(r"38;2;(\d+;\d+;\d+)m", done.stdout)}
        seen[term] = {Color.from_rgb(*ink).downgrade(ColorSystem.STANDARD).number for ink in inks}
    assert seen["xterm"] == {11, 14}
    assert seen["xterm-256color"] != seen["xterm"], "a theme's own, where there are more"


def test_distances_of_two_feature_networks_are_not_in_one_chart_and_unequal_epochs_have_no_axis(cli: Cli, first: RunDirectory) -> None:
    runs = [make_run(cli.runs_dir.parent, name) for name in ("small", "large", "shapes")]
    for run, network, per_epoch in zip(runs, ("mnist-cnn-v1", "mnist-cnn-v1", "random-conv-v1"), (50, 400, 50), strict=True):
        append(run, msgspec.structs.replace(started(), steps_per_epoch=per_epoch))
        for step in (500, 1000):
            append(run, metrics(step), events.Evaluation(step=step, scalars={"fd": 5.0}, network=network, seconds=1.0))
    lines = cli("plot", "small", "large", "shapes").stdout.splitlines()
    assert [line for line in lines if line.startswith("FD")] == [
        "FD (mnist-cnn-v1)  # small    5.00  + large    5.00",
        "FD (random-conv-v1)  @ shapes    5.00",
    ]
    assert sum("epoch" in line for line in lines) == 1, "where a run is alone, or all have epochs of one length"
    assert cli("plot", "small", "large").stdout.splitlines()[0].startswith("FD  # small")
    cli("plot", "small", "shapes", "-o", str(first.path / "x.svg"))
    assert "FD (random-conv-v1)" in (first.path / "x.svg").read_text()


def test_a_diverged_run_has_gaps_with_a_mark(cli: Cli, first: RunDirectory) -> None:
    append(first, *(metrics(22_020 + 40 * number, d_loss=math.nan, g_loss=math.inf) for number in range(1, 100)))
    for option in ((), ("--log",), ("--last", "2000"), ("--smooth", "10")):
        done = cli("plot", first.name, *option)
        assert done.returncode == 0, done.stderr
        assert "✗99" in done.stdout
        if option != ("--last", "2000"):
            assert "✗ not finite" in done.stdout
    assert cli("plot", first.name, "--last", "2000").stdout.splitlines()[1].startswith("nothing that could be shown")


def test_smoothing_neither_averages_few_evaluations_nor_what_a_label_says(cli: Cli, first: RunDirectory) -> None:
    for step, fd in enumerate((60.0, 40.0, 20.0, 16.0, 14.42), start=1):
        at = 22_020 + 40 * step
        measured = events.Evaluation(step=at, scalars={"fd": fd}, network="mnist-cnn-v1", seconds=1.0)
        append(first, metrics(at, d_loss=0.3 * step), measured)
    rough, smooth = (cli("plot", first.name, "--metric", "fd", "--smooth", str(count)).stdout for count in (1, 100))
    assert "FD   14.42" in smooth
    assert smooth == rough
    assert "FD   14.42" in cli("plot", first.name).stdout.splitlines()[0], "what a run is judged by is drawn where nobody says what"
    assert "d_loss   1.500" in cli("plot", first.name, "--metric", "losses", "--smooth", "100").stdout
    cli("plot", first.name, "--metric", "d_loss", "--smooth", "100", "-o", str(first.path / "x.svg"))
    assert "d_loss 1.5<" in (first.path / "x.svg").read_text()


def test_a_chart_that_its_largest_values_have_flattened_says_what_helps(cli: Cli, first: RunDirectory) -> None:
    assert "--log" not in cli("plot", first.name).stdout
    append(first, metrics(22_040, d_loss=4e7, g_loss=3e5), metrics(22_080, d_loss=math.nan))
    assert cli("plot", first.name).stdout.splitlines()[-1].endswith("flattened by its largest values: try --log")
    assert "flattened" not in cli("plot", first.name, "--log").stdout
    assert "flattened" not in cli("plot", first.name, "--metric", "scores").stdout, "an axis from 0 to 1 whatever comes"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("plot --runs-dir nowhere", "there are no runs in nowhere"),
        ("plot nope", "no run 'nope'"),
        ("plot empty", "nothing to draw: empty has no numbers yet"),
        (
            "plot first --metric fid",
            "no metric 'fid' in first: choose one of losses, scores, throughput, d_loss, g_loss, D(x), ",
        ),
        ("plot first --width 5", "--width"),
        ("plot first --smooth 0", "--smooth"),
        ("plot first --last 0", "--last"),
        ("plot first --theme nope", "--theme nope: "),
        ("plot first -o chart.jpg", "the name of chart.jpg must end with .txt or .svg or .pdf or .png"),
        ("plot first -o /dev/null/x.svg", "/dev/null/x.svg"),
    ],
)
def test_every_mistake_is_one_line(cli: Cli, first: RunDirectory, arguments: str, words: str) -> None:
    make_run(first.path.parents[1], "empty")
    done = cli(*arguments.split())
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


def test_every_chart_in_the_smallest_room(cli: Cli, first: RunDirectory) -> None:
    append(first, events.Evaluation(step=22_020, scalars={"fd": 40.0, "fd_floor": 1.7}, network="x", seconds=1.0))
    charts = ("losses", "scores", "throughput", "quality")
    done = cli("plot", first.name, "--width", "20", "--height", "6", "--log", *(word for chart in charts for word in ("--metric", chart)))
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 6 * len(charts)
    assert all(len(line) <= 20 for line in done.stdout.splitlines())


def test_files(cli: Cli, first: RunDirectory, tmp_path: Path) -> None:
    text = tmp_path / "chart.txt"
    assert cli("plot", first.name, "-o", str(text)).stdout == f"wrote {text}\n"
    assert text.read_text("utf-8").startswith("losses  ")
    assert "\x1b" not in text.read_text("utf-8")
    picture = tmp_path / "chart.SVG"
    assert cli("plot", first.name, "-o", str(picture)).returncode == 0
    assert "d_loss" in picture.read_text("utf-8")


@pytest.mark.parametrize("more", [(), ("-o", "chart.svg")])
def test_a_run_that_a_chart_has_not_is_named_and_what_is_drawn_in_place_of_fd(more: tuple[str, ...], cli: Cli, tmp_path: Path) -> None:
    runs = [make_run(cli.runs_dir.parent, name) for name in ("both", "half", "none")]
    for run, scalars in zip(runs, ({"d_loss": 1.0, "g_loss": 2.0}, {"d_loss": 1.0}, {"acc": 0.5}), strict=True):
        append(run, *(events.Metrics(step=step, scalars=dict(scalars), rate=20.0, elapsed=step) for step in (1, 2)))
    append(runs[0], events.Evaluation(step=2, scalars={"fd": 5.0}, network="mnist-cnn-v1", seconds=1.0))
    files = [str(tmp_path / word) if word.endswith(".svg") else word for word in more]
    done = cli("plot", "both", "half", "none", *files)
    assert done.returncode == 0, done.stderr
    said = done.stderr.splitlines()
    assert said[:2] == ["gan-tui: half has no g_loss: left out there", "gan-tui: none has no d_loss and no g_loss: left out"]
    assert ["a curve of FD needs two evaluations" in line for line in said[2:]] == [True] * bool(more)
    assert not cli("plot", "half", *(("-o", str(tmp_path / "other.svg")) if more else ())).stderr, "of one there is nothing to say"


def test_the_width_of_a_pipe_is_the_one_that_is_said(cli: Cli, first: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Cli, "environment", cli.environment | {"COLUMNS": "50"})
    assert max(map(len, cli("plot", first.name).stdout.splitlines())) == 50
    assert max(map(len, cli("plot", first.name, "--width", "60").stdout.splitlines())) == 60


def test_a_listing_has_the_characters_that_were_chosen(cli: Cli, first: RunDirectory) -> None:
    assert not cli("runs", "--plain").stdout.isascii(), first.name
    for words in (["runs", "--plain", "--ascii"], ["runs", "--plain"]):
        assert cli(*words).stdout.isascii()
    assert not cli("runs", "--plain", "--unicode").stdout.isascii()


def test_a_c_locale_gets_ascii(cli: Cli, first: RunDirectory) -> None:
    command = [sys.executable, "-m", "gan_tui", "plot", first.name, "--color"]
    done = subprocess.run(command, capture_output=True, env=cli.environment | {"LC_ALL": "C"}, check=True)
    assert done.stdout.isascii()
    assert os.linesep.encode() in done.stdout


def test_of_ones_own_script_its_first_loss_is_drawn_and_names_are_taken_in_any_case(tmp_path: Path) -> None:
    own = make_run(tmp_path, "own")
    numbers: dict[str, events.Scalar] = {"acc": 0.5, "Loss": 1.5, "val_loss": 2.0}
    append(own, *(events.Metrics(step=step, scalars=numbers, rate=20.0, elapsed=step) for step in (1, 2, 3)))

    def drawn(*arguments: str) -> str:
        found = CliRunner().invoke(group.cli, ["plot", str(own.path), "--height", "8", *arguments], standalone_mode=False)
        return found.output if found.exception is None else str(getattr(found.exception, "message", found.exception))

    assert "Loss   1.500" in drawn().splitlines()[0]
    assert drawn("--metric", "loss") == drawn("--metric", "Loss,loss") == drawn()
    both = drawn("--metric", "VAL_LOSS, acc").splitlines()
    assert "val_loss   2.000" in both[0]
    assert "acc   0.500" in both[8]
    assert drawn("--metric", "acc,nope").startswith("no metric 'nope' in own: choose one of Loss, val_loss, acc, throughput, steps/s")
