"""A log as of a moment: what was known then, and where the moments are."""

from pathlib import Path

import pytest

from gan_tui.run import events
from gan_tui.run.events import AnyEvent
from gan_tui.run.log import EventWriter
from gan_tui.run.recording import STANDING, Recording
from gan_tui.run.state import RunState
from tests.dashboard.helpers import BIRTH, judged, metrics


def recording(folder: Path, *written: AnyEvent) -> Recording:
    with EventWriter(folder / "events.jsonl", calls=False) as log:
        for event in written:
            log.write(event)
    return Recording(folder / "events.jsonl")


def at(t: float, step: int) -> events.Metrics:
    return events.Metrics(t=BIRTH + t, step=step, scalars={"d_loss": 1.0}, elapsed=t, rate=1.0)


def test_at_every_moment_the_state_is_that_of_the_events_until_then(tmp_path: Path) -> None:
    written = judged()
    film = recording(tmp_path, *written)
    assert film.length == pytest.approx(written[-1].t - written[0].t)
    assert film.count == len(written)
    for share in (0.0, 0.3, 1.0, 0.5, 0.49, 2.0):  # on, and back
        assert film.go_to(share * film.length)
        then = RunState.of(event for event in written if event.t - written[0].t <= share * film.length + 1e-6)
        assert film.state.version == then.version
        assert film.state.step == then.step
        assert film.state.scalars == then.scalars
        assert film.now == pytest.approx(written[0].t + min(1.0, share) * film.length)
    assert film.over


def test_a_long_way_is_gone_in_pieces(tmp_path: Path) -> None:
    film = recording(tmp_path, *(at(second, second) for second in range(10)))
    pieces = 1
    while not film.go_to(9, most=3):
        pieces += 1
    assert pieces == 4
    assert film.state.step == 9


def test_a_pause_a_night_before_a_resume_and_loading_take_a_moment(tmp_path: Path) -> None:
    film = recording(
        tmp_path,
        events.Phase(t=BIRTH, name="loading"),
        events.Phase(t=BIRTH + 40, name="training"),
        at(42, 1),
        events.Phase(t=BIRTH + 43, name="paused"),
        events.Note(t=BIRTH + 500, text="bookmarked"),
        events.Phase(t=BIRTH + 1000, name="training"),
        at(1003, 2),  # and killed
        events.Phase(t=BIRTH + 90_000, name="starting"),
        events.Started(t=BIRTH + 90_020, device="cpu", device_name="cpu", epochs=1, steps_per_epoch=10, resumed=True),
        at(90_024, 3),
        at(80_000, 4),  # the machine's clock was set
        at(80_001, 5),
    )
    assert film.length == pytest.approx(STANDING + 2 + 1 + 2 * STANDING + 3 + STANDING + STANDING + 4 + 0 + 1)
    film.go_to(film.length - 1.5)
    assert film.state.step == 2
    assert film.now == pytest.approx(BIRTH + 90_023.5)
    film.go_to(film.length - 0.5)
    assert film.state.step == 4
    assert film.now == pytest.approx(BIRTH + 80_000.5)


def test_a_killed_run_that_was_resumed_goes_on_at_once(tmp_path: Path) -> None:
    """The resume has cut the log at its checkpoint, with the word that a trainer was starting."""
    film = recording(
        tmp_path,
        events.Phase(t=BIRTH, name="training"),
        at(1, 1),
        at(2, 2),
        events.Phase(t=BIRTH + 302, name="loading"),
        events.Started(t=BIRTH + 303, device="cpu", device_name="cpu", epochs=1, steps_per_epoch=10, resumed=True),
        at(304, 3),
    )
    assert film.length == pytest.approx(2 + STANDING + 1 + 1)
    film.go_to(2.5)
    assert film.resumed is None
    assert film.since(BIRTH + 2) == pytest.approx(0.5)
    film.go_to(film.length)
    assert film.resumed == (BIRTH + 302, 300, True)
    assert film.since(BIRTH + 2) == pytest.approx(STANDING + 2)
    film.go_to(0)
    assert film.resumed is None


def test_what_comes_after_it_was_opened_is_not_in_it(tmp_path: Path) -> None:
    film = recording(tmp_path, at(0, 1), at(5, 2))
    with EventWriter(tmp_path / "events.jsonl", calls=False) as log:
        log.write(at(9, 3))
    film.go_to(100)
    assert (film.length, film.state.step) == (5, 2)


def test_a_log_that_is_cut_meanwhile_is_read_anew(tmp_path: Path) -> None:
    film = recording(tmp_path, *(at(second, second) for second in range(2000)))
    film.go_to(1500)
    with EventWriter(tmp_path / "events.jsonl", calls=False) as log:
        log.cut_to_step(300)
    fresh = Recording(tmp_path / "events.jsonl")
    for each in (film, fresh):
        each.go_to(1999)
    assert film.state.step == fresh.state.step == 300
    assert film.state.version == fresh.state.version, "no event counts twice"
    assert list(film.state.entries) == list(fresh.state.entries)


def test_a_damaged_log_is_as_much_as_can_be_read(tmp_path: Path) -> None:
    good = events.encode(metrics(100))
    (tmp_path / "events.jsonl").write_bytes(
        b'{"kind":5}\n\xff\xfe\n' + b"x" * 600_000 + b"\n" + good + b'{"kind":"metrics","t":1e400}\n' + good[:20]
    )
    film = Recording(tmp_path / "events.jsonl")
    film.go_to(film.length)
    assert film.state.step == 100
    assert Recording(tmp_path / "none").count == 0
