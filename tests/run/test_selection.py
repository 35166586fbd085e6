"""Runs chosen by words, sorted, tagged, archived and renamed."""

import json
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from gan_tui import config
from gan_tui.cli import cli
from gan_tui.errors import UserError
from gan_tui.run import directory, events, finding, label, selection
from gan_tui.run.directory import RunDirectory
from gan_tui.run.rename import rename
from gan_tui.run.selection import Listed
from gan_tui.run.settings_table import differing, settings_of
from gan_tui.run.summary import Summary
from tests.dashboard.helpers import BIRTH, HeldRun, append, judged, make_run, metrics

NOW = BIRTH + 10 * 86_400


def listed(name: str, fd: float | None, step: int, days: float, tags: tuple[str, ...] = (), settings: Mapping[str, object] = {}) -> Listed:
    summary = Summary(name, f"/runs/{name}", "completed", False, 3, 5, step, BIRTH, NOW - 86_400 * days, 600.0, None, None)
    return Listed(summary._replace(best_fd=fd, tags=tags, verdict="mode collapse: 3 of 10", level="bad"), settings)


RUNS = [
    listed("wide", 2.5, 900, 1, ("good", "paper"), {"preset": "classic", "optimizer.g_lr": 0.0003, "loss.class_pairs": True}),
    listed("Narrow-2", 12.0, 100, 5, (), {"preset": "dcgan", "optimizer.g_lr": 0.001, "loss.class_pairs": False}),
    listed("of-a-script", None, 5000, 30),
]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("", "wide Narrow-2 of-a-script"),
        ("narrow", "Narrow-2"),
        ("!narrow", "wide of-a-script"),
        ("fd<3", "wide"),
        ("fd>=2.5 fd<=12", "wide Narrow-2"),
        ("!fd<3", "Narrow-2 of-a-script"),
        ("step!=900", "Narrow-2 of-a-script"),
        ("tag:good", "wide"),
        ("tag:goo", ""),
        ("!tag:good", "Narrow-2 of-a-script"),
        ("tag!=paper name:2", "Narrow-2"),
        ("since:2d", "wide"),
        ("before:3d", "Narrow-2 of-a-script"),
        (f"since:{datetime.fromtimestamp(NOW - 6 * 86_400):%Y-%m-%d}", "wide Narrow-2"),
        ("preset=classic g_lr>1e-4", "wide"),
        ("optimizer.g_lr=0.001", "Narrow-2"),
        ("preset!=classic", "Narrow-2"),
        ("loss.class_pairs=true", "wide"),
        ("elapsed>5m elapsed<1h", "wide Narrow-2 of-a-script"),
        ("verdict:collapse level=bad state=completed", "wide Narrow-2 of-a-script"),
        ("elapsed>2h", ""),
        ("elapsed>5m30s elapsed<1h5m since:1d23h", "wide"),
    ],
)
def test_all_words_must_hold(words: str, names: str) -> None:
    chosen = selection.parse(words, lambda: NOW)
    assert [one.summary.name for one in RUNS if chosen.lets_through(one)] == names.split()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("wide fd<low", "'fd<low': < compares numbers, and 'low' is none: write one, as in fd<3"),
        ("zz<3", "'zz<3': there is no 'zz' to be asked for: name, state"),
        ("fd<", "is no condition"),
        ("colour=red", "there is no 'colour'"),
        ("since:soon", "is no time"),
        ("tag<3", "a tag is there or not"),
        ("elapsed>long", "is no length of time"),
        ("fd:nan", "is no number"),
        ("name=1e999999 step<1e400", "'1e400' is none"),
    ],
)
def test_what_is_not_understood_is_said(words: str, why: str) -> None:
    with pytest.raises(UserError, match=why):
        selection.parse(words)


def test_runs_are_sorted_and_what_has_no_value_comes_last() -> None:
    def order(by: str) -> list[str]:
        return [one.summary.name[0] for one in selection.in_order(RUNS, by)]

    assert order("date") == ["w", "N", "o"]
    assert order("fd") == ["w", "N", "o"]
    assert order("-fd") == ["N", "w", "o"]
    assert order("step") == ["o", "w", "N"]
    assert order("name") == ["N", "o", "w"]
    assert order("g_lr") == ["w", "N", "o"]
    assert order("preset") == ["w", "N", "o"]
    for name in ("tag", "colour", "since"):
        with pytest.raises(UserError):
            selection.in_order(RUNS, name)


def measured(tmp_path: Path, name: str, network: str, fd: float) -> None:
    append(make_run(tmp_path, name), metrics(100), events.Evaluation(t=BIRTH, scalars={"fd": fd}, network=network, seconds=1.0, step=100))


def test_distances_in_the_features_of_two_networks_are_in_no_one_order(tmp_path: Path) -> None:
    """0.5 in the one may be worse than 40 in the other."""
    for name, network, fd in (
        ("a", "random-conv-v1", 0.5),
        ("b", "mnist-cnn-v1", 2.0),
        ("c", "", 1.0),
        ("d", "mnist-cnn-v1", 40.0),
        ("e", "random-conv-v1", 0.1),
    ):
        measured(tmp_path, name, network, fd)
    runs = tmp_path / "runs"
    assert names(runs, "--sort", "fd") == ["b", "d", "e", "a", "c"]
    assert names(runs, "--sort", "-last_fd") == ["d", "b", "a", "e", "c"], "the networks stand as before"
    assert names(runs, "network=mnist-cnn-v1", "--sort", "fd") == ["b", "d"]
    assert [one["network"] for one in json.loads(said(runs, "runs", "--json", "--sort", "fd"))][1:3] == ["mnist-cnn-v1", "random-conv-v1"]
    lines = said(runs, "runs", "--sort", "fd").splitlines()
    assert [line.split()[line.split().index("FD") + 2] for line in lines[:4]] == ["mnist-cnn-v1"] * 2 + ["random-conv-v1"] * 2
    stand = "the runs of each stand together: mnist-cnn-v1, random-conv-v1, of a network not said"
    assert lines[-1].endswith(stand)
    assert stand not in said(runs, "runs"), "by date there is nothing to be said"
    assert "network" not in said(runs, "runs", "network=mnist-cnn-v1", "--sort", "fd"), "of one network neither"


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    first = make_run(tmp_path, "first")
    append(first, *judged())
    second = directory.create(tmp_path / "runs", config.resolve(tables=[{"train": {"epochs": 7}}]), "second")
    append(second, metrics(100))
    return tmp_path / "runs"


def said(runs: Path, *words: str) -> str:
    found = CliRunner().invoke(cli, [*words, "--runs-dir", str(runs)], standalone_mode=False)
    why = found.exception
    return found.output if why is None else str(getattr(why, "message", why))


def names(runs: Path, *words: str) -> list[str]:
    return [str(entry["name"]) for entry in json.loads(said(runs, "runs", *words, "--json"))]


def test_nothing_turned_round_is_no_condition() -> None:
    with pytest.raises(UserError, match="'!' is no condition"):
        selection.parse("!")


def test_a_run_is_tagged_archived_and_found_again(runs: Path) -> None:
    assert said(runs, "tag", "first", "+good", "paper") == "first: good paper\n"
    assert said(runs, "tag", "first", "-r", "paper") == "first: good\n"
    assert "first has no tag 'god' (good?): its tags are good" in said(runs, "tag", "first", "-r", "god")
    assert said(runs, "tag", "second") == "second: no tags\n"
    assert names(runs, "tag:good") == ["first"]
    assert json.loads(said(runs, "runs", "first", "--json"))[0]["tags"] == ["good"]
    assert ",good,False" in said(runs, "runs", "first", "--csv")
    assert said(runs, "runs").splitlines()[[*names(runs)].index("first")].endswith("good")
    newest = finding.find(runs, "latest").name
    assert "archived" in said(runs, "archive", newest)
    assert newest not in names(runs)
    assert newest in names(runs, "--all")
    assert finding.find(runs, "latest").name != newest
    assert finding.find(runs, newest).name == newest
    assert f"none of 2 runs in {runs} is such a one, but 1 archived: --all" in said(runs, "runs", newest)
    assert said(runs, "runs", "tag:nothing").rstrip().endswith("is such a one"), "an archived run that the filter leaves out does not count"
    said(runs, "archive", "first", "second")
    assert said(runs, "runs").startswith(f"all 2 runs in {runs} are archived: --all lists them\n")
    said(runs, "archive", "first", "second", "--undo")
    assert said(runs, "archive", "first", "--undo") == "first: was not archived\n"
    back = f"`gan-tui archive --undo {RunDirectory(runs / 'first').cli_name}`"
    assert said(runs, "archive", "first") == f"first: archived; {back} brings it back\n"
    said(runs, "archive", "first", "--undo")
    assert newest in names(runs)
    assert "none of 2 runs" in said(runs, "runs", "nobody")


def test_columns_for_the_settings_that_differ(runs: Path) -> None:
    lines = said(runs, "runs", "--settings", "--sort", "name").splitlines()
    assert lines[0].split()[-2:] == ["train.epochs", "tags"]
    assert lines[1].split()[-1] == "200"
    assert lines[2].split()[-1] == "7"
    assert said(runs, "runs", "--settings", "--csv").splitlines()[0].endswith(",train.epochs")
    assert json.loads(said(runs, "runs", "second", "--settings", "--json"))[0]["settings"] == {}
    tables = [settings_of(RunDirectory(runs / name)) for name in ("first", "second")]
    assert differing([*tables, {}]) == ["train.epochs"]


def test_a_run_is_called_as_its_folder_is(runs: Path) -> None:
    first = RunDirectory(runs / "first")
    step = finding.find(runs, "first").newest_step
    assert said(runs, "rename", "first", "wide") == "first is now wide\n"
    assert not (runs / "first").exists()
    renamed = finding.find(runs, "wide")
    assert (renamed.newest_step, renamed.alive) == (step, False)
    assert "wide" in names(runs)
    with HeldRun(renamed):
        assert "is being trained" in said(runs, "rename", "wide", "other")
        assert "is being trained" in said(runs, "archive", "wide")
        assert said(runs, "tag", "wide", "now") == "wide: now\n"
    for name, why in (
        ("second", "is there already"),
        ("latest", "cannot name a run, for it means the newest one"),
        ("../x", "cannot name a run"),
        ("-x", "No such option"),
    ):
        assert why in said(runs, "rename", "wide", name)
    assert (runs / "wide").is_dir()
    elsewhere = runs.parent / "elsewhere" / "mine"
    shutil.copytree(runs / "wide", elsewhere)
    with pytest.raises(UserError, match="is not a run in"):
        rename(RunDirectory(elsewhere), "x", runs)
    assert not first.path.exists()


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"tags": ["\x1b[2J"]}', b'{"tags": "x"}', b"\xff", b'{"tags": [' + b'"a",' * 40_000 + b'"a"]}']
)
def test_a_label_that_cannot_be_read_says_nothing(runs: Path, content: bytes) -> None:
    (runs / "first" / label.NAME).write_bytes(content)
    assert label.read(runs / "first") == label.Label()
    assert sorted(names(runs)) == ["first", "second"]
    for words in (("tag", "first", "x"), ("archive", "first"), ("archive", "first", "--undo")):
        assert str(runs / "first" / label.NAME) in said(runs, *words)
    assert (runs / "first" / label.NAME).read_bytes() == content


def test_a_run_that_was_put_away_and_trains_again_is_in_every_list(runs: Path) -> None:
    newest = finding.find(runs, "latest")
    said(runs, "archive", newest.name)
    with HeldRun(newest):
        assert newest.name in names(runs)
        assert finding.find(runs, "latest").name == newest.name
    assert newest.name not in names(runs)


@pytest.mark.parametrize("word", ["", "-x", "two words", "é", "x" * 41, "a/b", "\x1b[m"])
def test_a_word_that_is_no_tag(word: str) -> None:
    with pytest.raises(UserError, match="cannot be a tag"):
        label.changed(label.Label(), [word], [])


def test_a_run_of_a_script_has_no_settings(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "mine"
    folder.mkdir(parents=True)
    (folder / "events.jsonl").write_bytes(events.encode(metrics(3)))
    assert settings_of(RunDirectory(folder)) == {}
    assert names(tmp_path / "runs", "preset=classic") == []
    assert names(tmp_path / "runs", "--sort", "preset") == ["mine"]


def test_a_list_with_names_of_wide_characters_keeps_its_columns_straight(tmp_path: Path) -> None:
    for name in ("寿司の学習", "a-longer-name"):
        run = make_run(tmp_path, "new")
        append(run, *judged())
        run.path.rename(run.path.with_name(name))
    lines = CliRunner().invoke(cli, ("runs", "--plain", "--runs-dir", str(tmp_path / "runs")), standalone_mode=False).stdout.splitlines()
    assert len({cell_len(line[: line.index("interrupted")]) for line in lines}) == 1
