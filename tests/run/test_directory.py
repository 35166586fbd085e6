"""Run directories: private, found by any reasonable word, locked by one trainer; the mailbox and the preview."""

import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from gan_tui.config import resolve
from gan_tui.errors import UserError
from gan_tui.files import remove_temporaries, write_atomic, write_for_person
from gan_tui.run import directory, finding, launch, lock, mailbox
from gan_tui.run.images import Images, encode_npy, read_npy
from gan_tui.run.lock import RunLock


def test_a_run_is_private_and_complete(tmp_path: Path) -> None:
    run = directory.create(tmp_path / "deep" / "runs", resolve(), "first")
    assert run.path.stat().st_mode & 0o777 == 0o700
    assert run.config() == resolve()
    assert not run.alive


def test_without_a_home_runs_have_a_path_and_one_line_says_what_to_set(no_home: None, tmp_path: Path) -> None:  # noqa: ARG001
    run = directory.create(tmp_path, resolve(), "first")
    assert run.cli_name == str(run.path)
    with pytest.raises(UserError, match=r"home of an unknown user.*GAN_TUI_RUNS"):
        directory.default_runs_dir()


@pytest.mark.parametrize(("name", "typed"), [("mine", "mine"), ("a run's", """'a run'"'"'s'"""), ("$(x)", "'$(x)'"), ("-v", None)])
def test_a_run_is_called_by_what_a_shell_takes_for_it(
    name: str, typed: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that somebody has copied may be called anything."""
    monkeypatch.setenv("GAN_TUI_RUNS", str(tmp_path))
    run = directory.RunDirectory(tmp_path / name)
    assert run.cli_name == (typed or str(run.path)), "what begins with a minus is no option"
    monkeypatch.chdir(tmp_path.parent)
    assert directory.RunDirectory(Path(tmp_path.name) / name).cli_name == run.cli_name
    monkeypatch.setenv("GAN_TUI_RUNS", "/nowhere")
    assert directory.RunDirectory(Path(tmp_path.name) / "mine").cli_name == str(tmp_path / "mine"), "from wherever it is typed"


def test_names_are_checked_and_never_reused(tmp_path: Path) -> None:
    directory.create(tmp_path, resolve(), "mine")
    with pytest.raises(UserError, match="exists already"):
        directory.create(tmp_path, resolve(), "mine")
    for name in ("../mine", "a/b", ".hidden", "-flag", "", " ", "a\nb", "latest", "x" * 101):
        with pytest.raises(UserError, match="cannot name a run"):
            directory.check_name(name)
    unnamed = [directory.create(tmp_path, resolve()).name for _ in range(3)]
    assert len(set(unnamed)) == 3
    assert all("-mnist-classic" in name for name in unnamed)


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match=f"cannot make a run in {tmp_path / 'file'}: .*GAN_TUI_RUNS=FOLDER"):
        directory.create(tmp_path / "file", resolve())


def test_find(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="there are no runs"):
        finding.find(tmp_path, "latest")
    for name in ("apple", "apricot", "app", "cherry"):
        directory.create(tmp_path, resolve(), name)
    assert finding.find(tmp_path, "latest").name == "cherry"
    assert finding.find(tmp_path, "app").name == "app", "a whole name wins over a beginning"
    assert finding.find(tmp_path, "appl").name == "apple"
    assert finding.find(tmp_path / "elsewhere", str(tmp_path / "apple")).name == "apple"
    monkeypatch.chdir(tmp_path / "apple")
    assert finding.find(tmp_path, ".").name == "apple"
    with pytest.raises(UserError, match=r"apple.*apricot|apricot.*apple"):
        finding.find(tmp_path, "ap")
    with pytest.raises(UserError, match="no run 'plum'"):
        finding.find(tmp_path, "plum")


def test_a_trial_is_found_below_the_runs_folder_and_nothing_outside_of_it(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    trial = directory.create(runs / "tiny", resolve(), "trial-0")
    outside = directory.create(tmp_path / "outside", resolve(), "there")
    (runs / "tiny" / "link").symlink_to(outside.path)
    assert finding.find(runs, "tiny/trial-0").path == trial.path.resolve()
    for word in ("../outside/there", "tiny/../../outside/there", "tiny/link", "tiny/none"):
        with pytest.raises(UserError, match=f"no run '{re.escape(word)}'"):
            finding.find(runs, word)
    directory.create(runs, resolve(), "mine")
    (runs / "tiny" / "link").unlink()
    with pytest.raises(UserError, match=r"'tiny' is no run, but a folder that holds 1 run: write tiny/trial-0"):
        finding.find(runs, "tiny")


def test_runs_come_by_their_last_news_and_those_that_train_first(tmp_path: Path) -> None:
    """A listing shows when a run was last heard of. That its settings were written again, as a knob does, is no news."""
    for name, news in (("old", 100), ("resumed", 300), ("new", 200), ("live", 50)):
        run = directory.create(tmp_path, resolve(), name)
        run.events.touch()
        os.utime(run.events, (news, news))
        os.utime(run.config_file, (1000 - news, 1000 - news))
    lock = RunLock(tmp_path / "live" / "lock")
    assert [run.name for run in directory.all_runs(tmp_path)] == ["live", "resumed", "new", "old"]
    lock.release()
    assert [run.name for run in directory.all_runs(tmp_path)] == ["resumed", "new", "old", "live"]


def test_the_lock_tells_the_living_from_the_dead(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not lock.is_held(path)
    holder = f"""
import time
from pathlib import Path
from gan_tui.run.lock import RunLock
held = RunLock(Path({str(path)!r}))
print("held", flush=True)
time.sleep(3600)
"""
    with subprocess.Popen([sys.executable, "-c", holder], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert lock.is_held(path)
        with pytest.raises(UserError, match="another process"):
            lock.RunLock(path)
        process.kill()
    assert not lock.is_held(path)
    with lock.RunLock(path):
        assert lock.is_held(path)


def test_commands_arrive_once_in_order_and_rubbish_is_removed(tmp_path: Path) -> None:
    first, second = mailbox.send(tmp_path, "pause"), mailbox.send(tmp_path, "save")
    (tmp_path / "0-hostile.json").write_bytes(b'{"name":"rm -rf","id":"x"}')
    (tmp_path / "1-torn.json").write_bytes(b'{"na')
    received = mailbox.receive(tmp_path)
    assert [(command.name, command.id) for command in received] == [("pause", first), ("save", second)]
    assert mailbox.receive(tmp_path) == []
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileNotFoundError):
        mailbox.receive(tmp_path / "missing")


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_atomic(path, b"old")

    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left") as refused:
        write_atomic(path, b"new")
    assert refused.value.filename == str(path)
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]
    (tmp_path / ".file.1.0123abcd.tmp").write_text("left by a kill")
    (tmp_path / ".mine.tmp").write_text("somebody's own")
    remove_temporaries(tmp_path)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [".mine.tmp", "file"]


def test_what_a_person_names_is_written_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("target")
    write_for_person(tmp_path / "link", b"through")
    assert (tmp_path / "link").is_symlink()
    for name in ("link", "target"):
        with pytest.raises(FileExistsError, match="nothing is overwritten"):
            write_for_person(tmp_path / name, b"over it")
    assert (tmp_path / "target").read_bytes() == b"through"
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    write_for_person(tmp_path / "pipe", b"into it")
    assert os.read(reader, 100) == b"into it"
    os.close(reader)
    assert (tmp_path / "pipe").is_fifo()


def test_damaged_previews_are_no_previews(tmp_path: Path) -> None:
    path = tmp_path / "preview.npy"
    assert read_npy(path) is None
    whole = encode_npy(Images(2, 3, 4, 1, bytes(range(24))))
    path.write_bytes(whole)
    assert read_npy(path) == Images(2, 3, 4, 1, bytes(range(24)))
    header = struct.unpack_from("<H", whole, 8)[0]
    assert (10 + header) % 64 == 0
    for damaged in (b"", whole[:5], whole[:-1], whole[:40], whole.replace(b"|u1", b"<f8"), whole.replace(b"(2, 3, 4, 1)", b"(2, -3, 4,1)")):
        path.write_bytes(damaged)
        assert read_npy(path) is None


def test_a_module_in_the_working_directory_does_not_reach_the_trainer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "random.py").write_text("raise SystemExit('hijacked')")
    monkeypatch.chdir(tmp_path)
    done = subprocess.run(launch.trainer_command(), capture_output=True, text=True, check=False)
    assert "usage: python -m gan_tui.training" in done.stderr
