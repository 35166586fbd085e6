"""The one file that holds the newest samples and all that belongs to them."""

import os
import threading
from pathlib import Path

import msgspec
import pytest

from gan_tui import config
from gan_tui.dashboard.previews import Previews
from gan_tui.run import directory, preview
from gan_tui.run.directory import RunDirectory
from gan_tui.run.images import Images, encode_npy
from gan_tui.run.preview import Pair, Preview


def grey(value: int, count: int = 4) -> Images:
    return Images(count, 8, 8, 1, bytes([value]) * (count * 64))


def at(step: int) -> Preview:
    """Everything of it bears the number of its step."""
    value, scores = step % 251, (step / 1000,) * 4
    return Preview(step, 1, True, grey(value), scores, grey(value), scores, Pair(step, grey(value), grey(value), scores, scores))


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return directory.create(tmp_path, config.resolve(), "seen")


def test_what_is_written_is_read(run: RunDirectory) -> None:
    assert preview.read(run.path) is None
    assert preview.stamp(run.path) == ()
    preview.write(run.path, at(7))
    assert preview.read(run.path) == at(7)
    assert not any(run.path.glob("*.tmp"))


def test_no_reader_ever_sees_the_images_of_one_step_with_the_scores_of_another(run: RunDirectory) -> None:
    """A trainer that writes as fast as it can, and a screen that looks as often as it can."""
    done = threading.Event()

    def train() -> None:
        for step in range(400):
            preview.write(run.path, at(step))
        done.set()

    trainer = threading.Thread(target=train)
    previews = Previews(run)
    trainer.start()
    seen = []
    while not done.is_set() or previews.look():
        if previews.look():
            assert previews.newest == at(previews.newest.step)
            seen.append(previews.newest.step)
    trainer.join()
    assert seen == sorted(seen)
    assert previews.newest == at(399)


def test_a_run_of_an_earlier_version_is_shown(run: RunDirectory) -> None:
    """Four files: images, those of the weights as they are, neighbours, and what belongs to them."""
    for name, value in (("preview", 1), ("preview-raw", 2), ("neighbours", 3)):
        (run.path / f"{name}.npy").write_bytes(encode_npy(grey(value)))
    facts = (
        '{"step":90,"epoch":2,"ema":true,"scores":[0.1,0.2,0.3,0.4],"raw_scores":[0.5,0.6,0.7,0.8],"neighbours_step":%d,"distances":[0.01]}'
    )
    (run.path / "preview.json").write_text(facts % 90)
    previews = Previews(run)
    assert previews.look()
    scores = (0.1, 0.2, 0.3, 0.4)
    then = Pair(90, grey(1), grey(3), scores, (0.01,))
    assert previews.newest == Preview(90, 2, True, grey(1), scores, grey(2), (0.5, 0.6, 0.7, 0.8), then)
    assert not previews.look(), "nothing is new"
    (run.path / "preview.json").write_text(facts % 60)
    assert previews.look()
    assert previews.newest.pair == Pair(60, None, grey(3), (), (0.01,)), "those samples are gone"
    (run.path / "preview.json").unlink()
    assert preview.read(run.path) == Preview(images=grey(1))
    preview.write(run.path, at(120))
    assert previews.look()
    assert previews.newest == at(120), "a newer trainer has gone on with it"
    assert (run.path / "preview.npy").exists(), "nothing is deleted"


WHOLE = msgspec.msgpack.encode(at(7))


def images(**fields: object) -> bytes:
    return msgspec.msgpack.encode({"images": {"channels": 1, "pixels": b"", **fields}})


DAMAGED = {
    "empty": b"",
    "without its last byte": WHOLE[:-1],
    "its beginning": WHOLE[:100],
    "more behind it": WHOLE + b"\xc0",
    "text": b"not images",
    "deeply nested": b"\x91" * 100_000,
    "too few pixels": images(count=2, height=8, width=8, pixels=b"1"),
    "negative sides": images(count=-1, height=-1, width=1, pixels=b"1"),
    "huge sides": images(count=2**40, height=2**40, width=1),
    "negative step": msgspec.msgpack.encode({"step": -5}),
    "a score that is text": msgspec.msgpack.encode({"scores": ["x"]}),
    "too many scores": msgspec.msgpack.encode({"scores": [0.5] * 200_000}),
}


@pytest.mark.parametrize("damaged", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_one_is_none_and_leaves_what_was_seen_before(damaged: bytes, run: RunDirectory) -> None:
    preview.write(run.path, at(3))
    previews = Previews(run)
    assert previews.look()
    run.preview.write_bytes(damaged)
    assert preview.read(run.path) is None
    assert not previews.look()
    assert previews.newest == at(3)


def test_a_huge_one_costs_nothing(run: RunDirectory) -> None:
    run.preview.touch()
    os.truncate(run.preview, 3 << 30)
    assert preview.read(run.path) is None
