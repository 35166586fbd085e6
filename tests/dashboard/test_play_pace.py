"""`gan-tui play` within what the line can take, at any clock."""

import pytest

from gan_tui.dashboard.play_layout import layout
from gan_tui.dashboard.play_pace import PlayPace
from gan_tui.run.playing import MOST_SIDE
from gan_tui.spec.play import KNOBS


class Clock:
    now = 50.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(("size", "least"), [(3000, 100), (1000, 250), (300, 280)])
def test_pictures_a_second_follow_their_size(size: int, least: int) -> None:
    """In ten seconds: never more than 40 kB a second, thirty pictures a second where they are small."""
    clock, sent, pictures = Clock(), 0, 0
    pace = PlayPace(30, clock)
    for _ in range(600):
        clock.now += 1 / 60
        pace.tick(100, sent)
        if pace.may_draw:
            sent += size
            pictures += 1
            pace.drawn(0.001)
    assert sent <= 400_000
    assert least <= pictures <= 305


def test_steps_are_due_by_the_clock_and_none_are_caught_up_with_for_long() -> None:
    clock, made = Clock(), 0
    pace = PlayPace(30, clock)
    for _ in range(100):
        clock.now += 0.02
        pace.tick(100, 0)
        made += pace.steps
        pace.made(pace.steps)
    assert made == pytest.approx(200, abs=2)
    assert pace.rate == pytest.approx(100, rel=0.1)
    clock.now += 60
    pace.tick(100, 0)
    assert pace.steps <= 25
    pace.stop()
    assert pace.steps == 0
    assert pace.rate is None


def test_a_screen_that_is_slow_rests() -> None:
    clock = Clock()
    pace = PlayPace(30, clock)
    assert pace.may_draw
    pace.drawn(0.2)
    clock.now += 0.3
    assert not pace.may_draw
    clock.now += 0.2
    assert pace.may_draw


@pytest.mark.parametrize("width", [*range(20, 220, 13), 600, 2000])
def test_everything_has_its_room_at_any_size(width: int) -> None:
    for height in (*range(8, 80, 7), 300, 1000):
        check_room(width, height)


def check_room(width: int, height: int) -> None:
    place = layout(width, height, 3)
    assert place.columns == 2 * place.rows <= MOST_SIDE
    assert place.columns + place.frame <= max(width, 10)
    alone = min(height - 6 - place.frame, (width - place.frame) // 2, MOST_SIDE // 2)
    assert place.rows >= 2 * alone // 5, "the field is what one looks at"
    if place.side and not place.stacked:
        assert place.columns + place.frame + 32 <= width
    if not place.knob_line and not place.stacked:
        assert height - 5 >= 8 + len(KNOBS) + 2
