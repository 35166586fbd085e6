"""One rule for RUN: it may be left out, and is the newest then, of every command that takes nothing from a run."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from gan_tui import config
from gan_tui.cli import cli
from gan_tui.errors import UserError
from gan_tui.run import directory, finding, label
from gan_tui.run.lock import RunLock

OPTIONAL = {
    "animate": "-o {0}/film.gif", "attach": "", "cast": "-o {0}/film.cast", "draw": "", "evaluate": "", "export": "-o {0}/numbers.csv",
    "plot": "", "replay": "", "report": "-o {0}/report.html", "resume": "--headless", "sample": "-o {0}/grid.png", "serve": "",
    "watch": "--once --size 40x12",
}  # fmt: skip
NAMED = {"archive", "control", "project", "rename", "render", "repair", "sharpen", "tag"}
"""They change what a run is called or where it is listed, send it orders, or have another word behind RUN."""


def test_every_command_is_of_one_kind() -> None:
    of = {name: next((one for one in command.params if one.name == "run"), None) for name, command in cli.commands.items()}
    arguments = {name: one for name, one in of.items() if isinstance(one, click.Argument)}
    assert {name for name, one in arguments.items() if not one.required} == set(OPTIONAL)
    assert {name for name, one in arguments.items() if one.required} == NAMED


def said(words: str, folder: Path) -> Result:
    return CliRunner().invoke(cli, [*words.split(), "--runs-dir", str(folder)])


@pytest.mark.parametrize("name", sorted(OPTIONAL.keys() - {"attach"}))
def test_it_is_the_newest_and_a_line_says_so(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gan_tui.cli.resume.train_run", lambda *_args, **_more: 0)
    monkeypatch.setattr("gan_tui.cli.serve.module_command", lambda *_: 1 / 0)  # it would wait for a browser
    runs, command = tmp_path / "runs", f"{name} {OPTIONAL[name].format(tmp_path)}"
    assert "there are no runs in" in str(said(command, runs).exception)
    for made in ("older", "newer"):
        directory.create(runs, config.resolve(), made)
    words = said(command, runs)
    of_those = " that can go on" if name == "resume" else ""
    assert f"gan-tui: no RUN was named: this is the newest{of_those}, newer\n" in words.stderr
    assert "no RUN" not in words.stdout


@pytest.mark.parametrize("name", sorted(OPTIONAL.keys() | NAMED))
def test_an_empty_word_is_no_run(name: str, tmp_path: Path) -> None:
    """Of a variable that is not set."""
    run = directory.create(tmp_path, config.resolve(), "mine")
    before = sorted(path.name for path in run.path.iterdir())
    words = CliRunner().invoke(cli, [name, "", "+x", "+y", "--runs-dir", str(tmp_path)][: 3 if name == "archive" else None]).output
    assert "'': RUN is empty: is a variable not set?" in words, words
    assert sorted(path.name for path in run.path.iterdir()) == before
    with pytest.raises(UserError, match="is empty"):
        finding.find(tmp_path, "")


def test_the_run_to_resume_is_one_that_can_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gan_tui.cli.resume.train_run", lambda *_args, **_more: 0)
    runs = {name: directory.create(tmp_path, config.resolve(), name) for name in ("old", "away", "live")}
    label.write(runs["away"].path, label.Label(archived=True))
    with RunLock(runs["live"].lock):
        assert "this is the newest that can go on, old\n" in said("resume --headless", tmp_path).stderr
        label.write(runs["old"].path, label.Label(archived=True))
        assert "can go on without being named" in str(said("resume --headless", tmp_path).exception)


def test_commands_in_messages_mean_the_same_folder(tmp_path: Path) -> None:
    directory.create(tmp_path, config.resolve(), "mine")
    for words in ("attach", "report nobody"):
        assert f" --runs-dir {tmp_path}` " in str(said(words, tmp_path).exception)


def test_attach_wants_one_that_is_trained(tmp_path: Path) -> None:
    run = directory.create(tmp_path, config.resolve(), "live")
    assert "is being trained" in str(said("attach", tmp_path).exception)
    with RunLock(run.lock):
        words = said("attach", tmp_path)
    assert "this is the newest that is being trained, live\n" in words.stderr
    assert "needs a terminal" in str(words.exception)
