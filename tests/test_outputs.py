"""Files that commands are asked to write: nothing is overwritten, and what cannot be written is said before the work."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from gan_tui.cli import cli
from gan_tui.run.directory import RunDirectory
from tests.dashboard.helpers import append, judged, make_run

NAMES = {
    "report": "x.html",
    "plot": "x.png",
    "cast": "x.gif",
    "animate": "x.gif",
    "sample": "x.png",
    "export": "x.csv",
}


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    made = make_run(tmp_path, "mine")
    append(made, *judged())
    return made


def refusal(*words: str) -> str:
    return str(CliRunner().invoke(cli, words, standalone_mode=False).exception)


@pytest.mark.parametrize("command", NAMES)
def test_what_is_there_stays(command: str, run: RunDirectory, tmp_path: Path) -> None:
    target = tmp_path / NAMES[command]
    target.write_text("mine")
    assert "is there already, and nothing is overwritten: choose another name" in refusal(command, str(run.path), "-o", str(target))
    assert target.read_text() == "mine"


@pytest.mark.parametrize("command", NAMES)
def test_a_folder_that_is_not_there_is_named(command: str, run: RunDirectory, tmp_path: Path) -> None:
    target = tmp_path / "nowhere" / NAMES[command]
    assert f"cannot write {target}: there is no folder {target.parent}" in refusal(command, str(run.path), "-o", str(target))
