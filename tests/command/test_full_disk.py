"""A command whose run lies on a disk that fills up: the command does not notice, and the run says how it ended."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gan_tui.command.lasting_log import LastingLog
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Metrics, Note
from gan_tui.run.log import read_all, read_state
from gan_tui.run.reserve import PARTS, SIZE, Reserve
from tests.command.test_run import script
from tests.conftest import Cli, events_of

LOUD = """
import time
for step in range(1, 260):
    print(f"step {step} loss={1 / step:.5f} " + "x" * 3000, flush=True)
raise SystemExit({status})
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """600 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if not shutil.which("mount") or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", folder], check=False).returncode:
        pytest.skip("mounting is not permitted here")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.parametrize(("status", "outcome"), [(0, "completed"), (3, "failed")])
@pytest.mark.slow
def test_a_full_disk_costs_numbers_and_neither_the_command_nor_its_end(
    cli: Cli, tmp_path: Path, small_disk: Path, status: int, outcome: str
) -> None:
    words = sys.executable, script(tmp_path, LOUD.replace("{status}", str(status)))
    done = cli("run", "--runs-dir", str(small_disk), "--name", "full", "--", *words)
    assert done.returncode == status, done.stderr
    assert done.stdout.count("\n") == 259, "all that it printed has been passed on"
    assert "cannot be logged" not in done.stderr
    run = RunDirectory(small_disk / "full")
    assert read_state(run.events).outcome == outcome
    notes = [event.text for event in events_of(run, Note) if isinstance(event, Note)]
    assert "trainer.log lacks lines, for the disk took nothing (no space left on device)" in notes


@pytest.mark.slow
def test_where_not_even_the_end_can_be_logged_that_is_said(cli: Cli, tmp_path: Path, small_disk: Path) -> None:
    with (small_disk / "filler").open("wb") as filler:
        os.posix_fallocate(filler.fileno(), 0, (600 - 40) << 10)
    words = sys.executable, script(tmp_path, LOUD.replace("{status}", "0"))
    done = cli("run", "--runs-dir", str(small_disk), "--name", "full", "--", *words)
    assert done.returncode == 0, done.stderr
    said = "the end of the run cannot be logged (no space left on device: {}); the command ended with exit status 0"
    assert said.format(small_disk / "full" / "events.jsonl") in done.stderr
    watched = cli("watch", "--runs-dir", str(small_disk), "full", "--once", "--size", "120x40")
    assert "its disk is full" in " ".join(watched.stdout.split())


def test_room_is_kept_where_python_has_no_call_for_that(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "posix_fallocate", raising=False)  # as on macOS

    def free() -> int:
        status = os.statvfs(small_disk)
        return status.f_bavail * status.f_frsize

    before = free()
    reserve = Reserve(small_disk)
    assert before - free() >= PARTS * SIZE
    reserve.give()
    assert free() == before


def fill(disk: Path) -> Path:
    """A file that takes all of its room."""
    filler = disk / "filler"
    status = os.statvfs(disk)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, status.f_bavail * status.f_frsize)
    return filler


@pytest.mark.parametrize(("count", "missing"), [(1500, True), (5, False)])
def test_missing_is_only_what_is_not_in_the_log(small_disk: Path, count: int, missing: bool) -> None:
    path = small_disk / "events.jsonl"
    log = LastingLog(path)
    filler = fill(small_disk)
    for step in range(1, count + 1):
        log.write(Metrics(step=step, scalars={"d_loss": 0.5}, elapsed=1.0, rate=1.0))
        log.write(Note(step=step, text="x" * 100))
    filler.unlink()
    log.make_room()
    log.close()
    assert log.refused
    assert not log.lost_end
    there = [event.step for event in read_all(path) if isinstance(event, Metrics)]
    lost = sorted(set(range(1, count + 1)) - set(there))
    assert bool(lost) == bool(log.missing) == missing
    said = [event.text for event in read_all(path) if isinstance(event, Note) and "are missing" in event.text]
    assert said == ([log.missing] if missing else [])
    if missing:
        assert log.missing.startswith(f"steps {lost[0]:,} to {lost[-1]:,}: lines are missing")
