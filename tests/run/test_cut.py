"""Cutting a log back: what is cut is kept, and damage takes nothing along."""

from pathlib import Path

import pytest

from gan_tui.run import cut, events
from gan_tui.run.cut import ASIDE, cut_to_step
from gan_tui.run.log import EventWriter, read_all


def write(path: Path, *steps: int) -> list[bytes]:
    with EventWriter(path) as log:
        for step in steps:
            log.write(events.Metrics(step=step, scalars={"d_loss": 1.0}, elapsed=1.0, rate=1.0))
    return path.read_bytes().splitlines(keepends=True)


def steps_of(path: Path) -> list[int]:
    return [event.step for event in read_all(path)]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


@pytest.mark.parametrize("block", [1 << 20, 200])
def test_what_is_cut_is_kept(log: Path, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(cut, "BLOCK", block)
    lines = write(log, *range(1, 31))
    assert cut_to_step(log, 20) == 10
    assert log.read_bytes() == b"".join(lines[:20])
    assert log.with_name(ASIDE).read_bytes() == b"".join(lines[20:])
    assert cut_to_step(log, 20) == 0
    assert cut_to_step(log, 5) == 15
    assert log.with_name(ASIDE).read_bytes() == b"".join(lines[20:] + lines[5:20])


def test_where_nothing_is_cut_the_log_stays_the_file_it_was(log: Path) -> None:
    write(log, 1, 2, 3)
    before = log.stat()
    assert cut_to_step(log, 3) == 0
    assert log.stat().st_ino == before.st_ino
    assert not log.with_name(ASIDE).exists()
    assert cut_to_step(log.with_name("missing"), 3) == 0


@pytest.mark.parametrize("block", [1 << 20, 200])
def test_a_damaged_line_takes_no_other_along(log: Path, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(cut, "BLOCK", block)
    lines = write(log, *range(1, 11))
    lines[3] = lines[3].replace(b'"step":4', b'"step":999999')
    lines[5] = b"\0" * 80 + b"\n"
    lines[8] = lines[8].replace(b'"step":9', b'"step":1')
    log.write_bytes(b"".join(lines))
    cut_to_step(log, 7)
    assert [step for step in steps_of(log) if step != 999_999] == [1, 2, 3, 5, 7, 1]
    assert lines[5] in log.read_bytes()
    assert sorted(log.read_bytes().splitlines() + log.with_name(ASIDE).read_bytes().splitlines()) == sorted(line[:-1] for line in lines)


def test_a_trainer_that_has_just_begun_keeps_nothing_back(log: Path) -> None:
    write(log, 1, 2, 3)
    with EventWriter(log) as writer:
        writer.write(events.Phase(name="starting"))
    cut_to_step(log, 2)
    assert steps_of(log) == [1, 2]


def test_a_bookmark_behind_the_checkpoint_is_not_lost(log: Path) -> None:
    write(log, 1, 2)
    with EventWriter(log) as writer:
        writer.write(events.Bookmark(step=3, text="look here"))
    cut_to_step(log, 2)
    kept = read_all(log.with_name(ASIDE))
    assert [event.text for event in kept if isinstance(event, events.Bookmark)] == ["look here"]


@pytest.mark.parametrize(
    ("tail", "kept"), [(b'{"kind":"met', b""), (b"\0" * 5000, b""), (b"somebody's own words", b"somebody's own words\n")]
)
def test_what_is_torn_goes_and_what_is_not_ours_is_kept(log: Path, tail: bytes, kept: bytes) -> None:
    whole = b"".join(write(log, 1, 2))
    log.write_bytes(whole + tail)
    EventWriter(log).close()
    assert log.read_bytes() == whole
    aside = log.with_name(ASIDE)
    assert (aside.read_bytes() if aside.exists() else b"") == kept


def test_a_long_line_without_an_end_is_kept_as_it_is(log: Path) -> None:
    whole = b"".join(write(log, 1, 2))
    junk = b"x" * 3_000_001
    log.write_bytes(whole + junk)
    EventWriter(log).close()
    assert log.read_bytes() == whole
    assert log.with_name(ASIDE).read_bytes() == junk + b"\n"
