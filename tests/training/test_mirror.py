"""`--tensorboard`: the same numbers in event files, and no harm by them."""

import importlib.util
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import gan_tui
from gan_tui import Trainer
from gan_tui.cli.group import cli as commands
from gan_tui.errors import UserError
from gan_tui.run.log import read_state
from tests.training.quick import QUICK, give_few_images

MIRRORED = {**QUICK, "log.tensorboard": True}


@pytest.fixture(autouse=True)
def few_images(monkeypatch: pytest.MonkeyPatch) -> None:
    give_few_images(monkeypatch)


@pytest.mark.skipif(importlib.util.find_spec("tensorboard") is None, reason="tensorboard is not installed")
def test_tensorboard_reads_what_the_log_has(tmp_path: Path) -> None:
    from gan_tui.importing.tensorboard import TensorBoard

    trainer = Trainer("classic", MIRRORED, name="mine", runs_dir=tmp_path)
    trainer.train(steps=2)
    trainer.fit()
    board = TensorBoard(tmp_path / "mine" / "tensorboard")
    found = {row.step: row.numbers["d_loss"] for row in board.read()}
    table = gan_tui.open_run("mine", tmp_path).metrics()
    assert found == pytest.approx(dict(zip(table["step"], table["d_loss"], strict=True)))
    news = board.picture()
    assert news is not None
    assert news[0] == 6
    assert news[1].read(4) == b"\x89PNG"


def test_who_asks_for_it_without_the_library_is_told_before_a_run_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    done = CliRunner().invoke(commands, ["train", "--headless", "--tensorboard", "--runs-dir", str(tmp_path)])
    assert isinstance(done.exception, UserError)
    assert "pip install 'gan-tui[tensorboard]'" in str(done.exception)
    assert not any(tmp_path.iterdir())


def test_trouble_is_a_line_and_the_training_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gan_tui.exporting.event_files", None)
    assert Trainer("classic", MIRRORED, name="lacking", runs_dir=tmp_path).fit().state == "completed"
    monkeypatch.undo()
    give_few_images(monkeypatch)
    trainer = Trainer("classic", MIRRORED, name="refused", runs_dir=tmp_path)
    trainer.train(steps=1)
    folder = tmp_path / "refused" / "tensorboard"
    for file in folder.iterdir() if folder.is_dir() else ():
        file.unlink()
    if folder.is_dir():
        folder.rmdir()
    folder.write_text("in the way")
    assert trainer.fit().state == "completed"
    for name, words in (("lacking", r"pip install 'gan-tui[tensorboard]'; training goes on"), ("refused", "training goes on without them")):
        entries = read_state(tmp_path / name / "events.jsonl").entries
        assert any(words in entry.text for entry in entries), [entry.text for entry in entries]
