"""File systems without flock: a lease says who trains a run, to its own machine and to others."""

import errno
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import msgspec
import pytest

from gan_tui.errors import UserError
from gan_tui.run import events, lease, lock
from gan_tui.run.lease import Holder, Lease
from gan_tui.run.lock import RunLock
from tests import zygote
from tests.conftest import SMALL, Cli, events_of, last_step, wait_for
from tests.patience import CEILING

NO_FLOCK = """
import errno, fcntl
def flock(*_):
    raise OSError(errno.{error}, "no locks here")
fcntl.flock = flock
"""


class Unlockable(Cli):
    """The command line on a file system without flock."""

    def __init__(self, runs_dir: Path, error: str) -> None:
        super().__init__(runs_dir)
        self._error = error

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {zygote.FIRST: NO_FLOCK.format(error=self._error)}


@pytest.mark.slow
@pytest.mark.parametrize("error", ["ENOSYS", "ENOLCK"])
def test_a_run_lives_without_flock(tmp_path: Path, error: str) -> None:
    cli = Unlockable(tmp_path / "runs", error)
    process = cli.start("--headless", "--epochs", "1000000", "--batch-size", "75", "--checkpoint-every", "5", "--name", "leased", *SMALL)
    try:
        run = cli.run("leased")
        wait_for(lambda: run.newest_step > 5, what="training")
        held = json.loads((run.path / "lock.lease").read_text())
        assert held["pid"] == process.pid
        listed = json.loads(cli("runs", "--json").stdout)
        assert [(entry["name"], entry["alive"]) for entry in listed] == [("leased", True)]
        second = cli("resume", "leased", "--headless")
        assert second.returncode == 2
        assert "`gan-tui attach leased`" in second.stderr
        doctor = cli("doctor")
        assert doctor.returncode == 0, doctor.stderr
        assert re.search(rf"flock .*{cli.runs_dir}.* lease ", doctor.stdout)
        assert "training now: leased" in doctor.stdout
        assert cli("control", "leased", "save").returncode == 0
        process.kill()
        process.wait()
        assert not run.alive, "its own machine sees at once that the process is gone"
        assert json.loads(cli("runs", "--json").stdout)[0]["state"] == "interrupted"
        process = cli.start("resume", "leased", "--headless")
        before = last_step(run)
        wait_for(lambda: last_step(run) > before + 3, what="training on")
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=CEILING)
        assert process.returncode == 0, errors
        assert not (run.path / "lock.lease").exists()
        assert [event.resumed for event in events_of(run, events.Started) if isinstance(event, events.Started)] == [False, True]
    finally:
        cli.close()


@pytest.mark.slow
def test_doctor_says_that_flock_works(cli: Cli) -> None:
    cli.runs_dir.mkdir()
    assert f"flock works in {cli.runs_dir}" in cli("doctor").stdout


@pytest.fixture
def no_flock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither locks nor patience."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    monkeypatch.setattr(lease, "HEARTBEAT", 0.1)
    monkeypatch.setattr(lease, "EXPIRES", 3.0)
    monkeypatch.setattr(lease, "SETTLE", 0.2)


def elsewhere(path: Path, age: float = 0) -> Lease:
    """A lease that another machine holds, touched `age` seconds ago."""
    holder = msgspec.structs.replace(Holder.here(), host="gpu07", place="gpu07 another start", pid=4711)
    made = lock.lease_of(path)
    made.path.write_bytes(msgspec.json.encode(holder))
    os.utime(made.path, (time.time() - age, time.time() - age))
    return made


@pytest.mark.usefixtures("no_flock")
def test_one_process_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not lock.is_held(path)
    with RunLock(path):
        assert lock.is_held(path)
        with pytest.raises(UserError, match=f"process {os.getpid()} on "):
            RunLock(path)
    assert not lock.is_held(path)
    with RunLock(path):
        assert lock.is_held(path)


@pytest.mark.usefixtures("no_flock")
def test_another_machine_holds_it_while_it_touches_its_lease(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.touch()
    theirs = elsewhere(path)
    over = threading.Event()

    def beat() -> None:
        while not over.wait(0.05):
            os.utime(theirs.path)

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        assert lock.is_held(path)
        with pytest.raises(UserError, match="is being trained by process 4711 on gpu07; `gan-tui attach"):
            RunLock(path)
    finally:
        over.set()
        thread.join()


@pytest.mark.usefixtures("no_flock")
@pytest.mark.parametrize("age", [0, 1000])
@pytest.mark.slow
def test_a_lease_that_nobody_touches_is_taken_over(tmp_path: Path, age: float) -> None:
    """At once where it is old; after its time where its machine has only just died."""
    path = tmp_path / "lock"
    path.touch()
    elsewhere(path, age)
    assert lock.is_held(path) == (age == 0)
    with RunLock(path):
        assert lock.lease_of(path).holder() is not None
        assert lock.lease_of(path).holder().pid == os.getpid()  # type: ignore[union-attr]


@pytest.mark.usefixtures("no_flock")
@pytest.mark.parametrize("content", [b"", b"{", b"\xff" * 100, b"{}" * 5000], ids=["empty", "torn", "no text", "long"])
def test_a_damaged_lease_is_over_when_it_is_old(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "lock"
    path.touch()
    lock.lease_of(path).path.write_bytes(content)
    assert lock.is_held(path), "somebody may be writing it"
    os.utime(lock.lease_of(path).path, (0, 0))
    assert not lock.is_held(path)
    with RunLock(path):
        assert lock.is_held(path)


@pytest.mark.usefixtures("no_flock")
def test_of_many_that_want_a_dead_lease_one_gets_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.touch()
    elsewhere(path, 1000)
    got: list[RunLock] = []
    refused: list[str] = []

    def want() -> None:
        try:
            got.append(RunLock(path))
        except UserError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=want) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(got), len(refused)) == (1, 4)
    got[0].release()


@pytest.mark.usefixtures("no_flock")
def test_who_loses_a_lease_hears_of_it(tmp_path: Path) -> None:
    """After a long sleep of the machine, for instance: two must not write into one run."""
    path = tmp_path / "lock"
    heard: list[str] = []
    held = RunLock(path, heard.append)
    elsewhere(path)
    wait_for(lambda: heard, what="the news")
    assert "process 4711 on gpu07" in heard[0]
    held.release()
    assert lock.lease_of(path).path.exists(), "it is another's"


def test_a_lease_counts_where_flock_works_too(tmp_path: Path) -> None:
    """One mount of a file system may have locks, and another one none."""
    path = tmp_path / "lock"
    path.touch()
    elsewhere(path)
    assert lock.is_held(path)
    with pytest.raises(UserError, match="gpu07"):
        RunLock(path)
    shutil.rmtree(tmp_path)
    tmp_path.mkdir()
    with RunLock(path):
        assert lock.is_held(path)


def test_a_process_number_that_is_used_again_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.touch()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        mine = msgspec.structs.replace(Holder.here(), pid=other.pid, born="1")
        lock.lease_of(path).path.write_bytes(msgspec.json.encode(mine))
        assert not lock.is_held(path)
        other.kill()


def test_a_process_that_only_its_parent_still_knows_of_holds_nothing(tmp_path: Path) -> None:
    """A worker that was killed stays a zombie until its parent asks for it, and some parents never do."""
    with subprocess.Popen(["sleep", "600"]) as process:
        mine = Holder.here()
        holder = Holder(mine.host, mine.place, process.pid, lease._born(process.pid), "x")
        (tmp_path / "lock.lease").write_bytes(msgspec.json.encode(holder))
        assert Lease(tmp_path / "lock.lease").is_held()
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert not Lease(tmp_path / "lock.lease").is_held()
