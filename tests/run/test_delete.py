"""Deleting a run, and all that must never be deleted."""

from pathlib import Path

import pytest

from gan_tui.errors import UserError
from gan_tui.run.delete import check_deletable, delete, weigh
from gan_tui.run.directory import RunDirectory
from tests.dashboard.helpers import HeldRun, append, make_run, recorded


def test_a_run_is_deleted_and_nothing_else(tmp_path: Path) -> None:
    run, other = make_run(tmp_path), make_run(tmp_path, "other")
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("keep me")
    (run.path / "link").symlink_to(precious)
    (run.samples / "link").symlink_to(precious / "file")
    append(run, *recorded(3))
    (run.path / "drawing-20261127-170000-picture.png").write_bytes(b"drawn by hand")
    weight = weigh(run)
    assert weight.drawings == 1
    assert weight.files >= 3
    assert weight.size > 300
    delete(run, tmp_path / "runs")
    assert not run.path.exists()
    assert other.config_file.exists()
    assert (precious / "file").read_text() == "keep me"


def test_a_live_run_stays(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    with HeldRun(run), pytest.raises(UserError, match="is being trained: stop it first"):
        delete(run, tmp_path / "runs")
    assert run.config_file.exists()


def test_a_link_to_a_run_stays(tmp_path: Path) -> None:
    elsewhere = make_run(tmp_path / "elsewhere")
    (tmp_path / "runs").mkdir()
    link = tmp_path / "runs" / "linked"
    link.symlink_to(elsewhere.path)
    with pytest.raises(UserError, match="is a link"):
        delete(RunDirectory(link), tmp_path / "runs")
    assert elsewhere.config_file.exists()
    assert link.is_symlink()


@pytest.mark.parametrize("where", ["elsewhere/runs/first", "runs/../elsewhere/runs/first", "runs", "."])
def test_what_is_no_run_of_this_folder_stays(where: str, tmp_path: Path) -> None:
    make_run(tmp_path)
    make_run(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="is not a run in"):
        check_deletable(RunDirectory(tmp_path / where), tmp_path / "runs")


def test_what_cannot_be_deleted_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path)

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path / "samples"))

    monkeypatch.setattr("gan_tui.run.delete.shutil.rmtree", refuse)
    with pytest.raises(UserError, match=r"cannot delete .*/samples: permission denied"):
        delete(run, tmp_path / "runs")
