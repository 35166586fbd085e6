"""Files that nobody of good will wrote, in a run that somebody sent."""

import os
from pathlib import Path

import pytest

from gan_tui import config
from gan_tui.errors import UserError
from gan_tui.run import directory, events, mailbox, preview
from gan_tui.run.directory import RunDirectory
from gan_tui.run.files import read_at_most
from gan_tui.run.images import read_npy
from gan_tui.run.log import EventWriter, read_all


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
    with pytest.raises(UserError, match="no file of settings"):
        config.read_file(Path("/dev/zero"))
