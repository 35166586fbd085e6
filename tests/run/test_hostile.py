"""Files that nobody of good will wrote, in a run that somebody sent."""

import os
import struct
import threading
import time
from pathlib import Path

import pytest

from gan_tui import config, toml_file
from gan_tui.dashboard import themes
from gan_tui.errors import UserError
from gan_tui.files import read_at_most
from gan_tui.run import directory, events, mailbox, preview
from gan_tui.run.directory import RunDirectory
from gan_tui.run.images import MAGIC, read_npy
from gan_tui.run.log import EventWriter, read_all
from gan_tui.run.summary import look_at, summarise


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return directory.create(tmp_path, config.resolve(), "sent")


def test_a_line_of_endless_brackets_is_skipped(run: RunDirectory) -> None:
    with EventWriter(run.events) as log:
        log.write(events.Note(text="before"))
    with run.events.open("ab") as file:
        file.write(b'{"a":' * 100_000 + b"\n" + b"[" * 200_000 + b"\n")
    with EventWriter(run.events) as log:
        log.write(events.Note(text="after"))
    assert [event.text for event in read_all(run.events) if isinstance(event, events.Note)] == ["before", "after"]
    (run.control / "1.json").write_bytes(b'{"a":' * 100_000)
    assert mailbox.receive(run.control) == []


def test_a_device_named_by_endless_digits_holds_nobody_up(run: RunDirectory) -> None:
    """Its number of threads was looked for from each of them, for minutes."""
    name = "7" * 250_000
    started = events.Started(device="cpu", device_name=name, epochs=1, steps_per_epoch=1, resumed=False, batch_size=1)
    with EventWriter(run.events) as log:
        log.write(started)
        log.write(events.Threads(count=1, most=2, rate=1.0, before=1.0))
    state = look_at(run)
    assert state.threads
    assert state.started
    assert state.started.device_name == name


@pytest.mark.parametrize("kind", ["zero", "pipe", "folder", "dangling"])
def test_what_is_no_regular_file_is_not_read(run: RunDirectory, kind: str) -> None:
    """A link to /dev/zero would fill the memory, and a pipe would be waited for."""
    for name in (preview.NAME, "preview.npy", "preview.json", "preview-raw.npy", "neighbours.npy", "real.npy"):
        path = run.path / name
        match kind:
            case "zero":
                path.symlink_to("/dev/zero")
            case "pipe":
                os.mkfifo(path)
            case "folder":
                path.mkdir()
            case "dangling":
                path.symlink_to(path.with_name("nothing"))
    assert preview.read(run.path) is None
    run.preview.rmdir() if kind == "folder" else run.preview.unlink()
    assert preview.read(run.path) is None, "nor are the files of an earlier version"
    assert read_npy(run.real_preview) is None


def test_no_more_is_read_than_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    assert read_at_most(tmp_path / "file", 5) == b"12345"
    with pytest.raises(ValueError, match="more than 4 bytes"):
        read_at_most(tmp_path / "file", 4)


def test_a_file_of_settings_has_an_end() -> None:
    with pytest.raises(UserError, match="cannot read the settings file /dev/zero: it is too large"):
        config.read_file(Path("/dev/zero"))


@pytest.mark.parametrize("kind", ["zero", "pipe", "folder", "loop", "large", "brackets", "number", "junk"])
def test_a_mailbox_takes_whatever_is_thrown_into_it(run: RunDirectory, kind: str) -> None:
    """A pipe in `control/` would stop the trainer for ever."""
    put(run.control / "0.json", kind)
    identity = mailbox.send(run.control, "bookmark", "x" * 100_000)
    for index in range(2 * mailbox.AT_ONCE):
        (run.control / f"9{index}.json").write_bytes(b"{}")
    (command,) = mailbox.receive(run.control)
    assert (command.id, command.text) == (identity, "x" * (mailbox.LONGEST - 1) + "…"), "it is cut, and says so"
    while any(path.is_file() for path in run.control.iterdir()):
        assert mailbox.receive(run.control) == []
    assert [path.name for path in run.control.iterdir()] == (["0.json"] if kind == "folder" else [])


@pytest.mark.parametrize("kind", ["zero", "pipe", "folder", "loop", "large", "brackets", "number", "junk"])
def test_presets_are_files_of_a_size(kind: str) -> None:
    path = config.preset_folder() / f"{kind}.toml"
    put(path, kind)
    try:
        with pytest.raises(UserError, match=f"{kind}.toml"):
            config.load_preset(kind)
        found, (broken,) = config.list_presets()
        assert [preset.name for preset in found] == config.shipped_presets()
        assert broken.name == kind
        assert len(broken.reason) < 600
    finally:
        path.rmdir() if path.is_dir() else path.unlink()


@pytest.mark.parametrize("kind", ["zero", "pipe", "folder", "loop", "large", "brackets", "number", "junk"])
def test_settings_of_a_run_and_themes_are_files_of_a_size(run: RunDirectory, kind: str) -> None:
    run.config_file.unlink()
    put(run.config_file, kind)
    with pytest.raises(UserError, match=r"run\.toml") as caught:
        run.config()
    assert len(str(caught.value)) < 600
    folder = themes.own_folder()
    folder.mkdir(parents=True, exist_ok=True)
    put(folder / f"{kind}.toml", kind)
    put(themes.memory_file(), kind)
    try:
        with pytest.raises(UserError, match=f"{kind}.toml") as caught:
            themes.find_theme(kind)
        assert len(str(caught.value)) < 600
        found, problems = themes.load_themes()
        assert themes.DEFAULT_THEME in [theme.name for theme in found]
        assert len(problems) == 1
        themes.choose_theme(None)
    finally:
        for path in (folder / f"{kind}.toml", themes.memory_file()):
            path.rmdir() if path.is_dir() else path.unlink()


def put(path: Path, kind: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    match kind:
        case "zero":
            path.symlink_to("/dev/zero")
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "loop":
            path.symlink_to(path)
        case "large":
            path.touch()
            os.truncate(path, 2 << 30)
        case "brackets":
            path.write_bytes(b"a = " + b"[" * 50_000)
        case "number":
            path.write_bytes(b"a = " + b"9" * 50_000)
        case "junk":
            path.write_bytes(b"\xff\x00\x1b" * 1000)


def test_settings_may_come_through_a_pipe_and_are_not_waited_for_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def speak() -> None:
        with pipe.open("w") as file:
            file.write("[train]\n")
            file.flush()
            time.sleep(0.2)
            file.write("epochs = 7\n")

    writer = threading.Thread(target=speak)
    writer.start()
    assert config.read_file(pipe) == {"train": {"epochs": 7}}
    writer.join()
    monkeypatch.setattr(toml_file, "PIPE_SECONDS", 0.1)
    with pytest.raises(UserError, match="nothing has come"):
        config.read_file(pipe)


def test_a_log_that_is_a_pipe_or_a_device_stops_nobody(run: RunDirectory) -> None:
    os.mkfifo(run.events)
    assert read_all(run.events) == []
    assert summarise(run).step == 0
    assert look_at(run).last_event is None
    with pytest.raises(OSError, match=r"no regular file|No such device"):
        EventWriter(run.events)
    run.events.unlink()
    run.events.symlink_to("/dev/zero")
    assert read_all(run.events) == []
    with pytest.raises(OSError, match="no regular file"):
        EventWriter(run.events)


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '|u1', 'fortran_order': False, 'shape': " + "(" * 30_000 + ", }",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (" + "9" * 5000 + ", 1, 1, 1), }",
        "-" * 60_000 + "1",
        "{'descr': '|u1', 'fortran_order': True, 'shape': (1, 1, 1, 1), }",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (999999999, 999999999, 999999999, 9), }",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (0, 1, 1, 1), }",
    ],
)
def test_a_header_is_read_without_being_understood(header: str, tmp_path: Path) -> None:
    path = tmp_path / "preview.npy"
    path.write_bytes(MAGIC + b"\x01\x00" + struct.pack("<H", len(header)) + header.encode() + b"\0")
    assert read_npy(path) is None
