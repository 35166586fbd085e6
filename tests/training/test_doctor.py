"""What `doctor` finds where something is wrong: a line, and the lines behind it all the same."""

import os
from pathlib import Path

import pytest

from gan_tui import memory
from gan_tui.run.presence import WORKER, Presence
from gan_tui.sweep.report import FILE
from gan_tui.training import doctor


@pytest.fixture(autouse=True)
def no_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "examine_devices", lambda: iter(()))


def test_without_a_home_each_line_says_what_to_set_and_no_folder_called_tilde_is_made(
    no_home: None,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    found = dict(doctor.examine())
    assert "set XDG_CACHE_HOME" in found["MNIST"]
    assert "GAN_TUI_RUNS" in found["runs"]
    memory.remember("theme", "midnight")
    assert not list(tmp_path.iterdir())


def test_where_nothing_can_be_written_the_lines_say_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file" / "cache"))
    monkeypatch.setenv("GAN_TUI_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(os, "access", lambda *_: False)  # tests may run as root, who may write everywhere
    found = dict(doctor.examine())
    assert "cannot unpack MNIST" in found["MNIST"]
    assert "no run can be made there: choose another folder, as with GAN_TUI_RUNS=FOLDER" in found["runs"]


def test_a_sweep_is_training_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GAN_TUI_RUNS", str(tmp_path))
    (tmp_path / "rates").mkdir()
    (tmp_path / "rates" / FILE).touch()
    with Presence(tmp_path / "rates", WORKER):
        assert dict(doctor.examine())["runs"].endswith("training now: sweep rates")
    assert dict(doctor.examine())["runs"].endswith("training now: none")
