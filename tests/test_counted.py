"""Counts and times in words."""

import pytest

from gan_tui.counted import counted, seconds_of, time_words


@pytest.mark.parametrize(
    ("count", "noun", "many", "words"),
    [
        (0, "run", None, "0 runs"),
        (1, "run", None, "1 run"),
        (1200, "run", None, "1,200 runs"),
        (1, "class", "classes", "1 class"),
        (2, "class", "classes", "2 classes"),
    ],
)
def test_one_is_no_plural(count: int, noun: str, many: str | None, words: str) -> None:
    assert counted(count, noun, many) == words


@pytest.mark.parametrize("seconds", [0, 8, 187, 3600, 18_720, 86_400, 1_051_200, 10_368_000])
def test_a_time_that_was_said_is_understood(seconds: int) -> None:
    assert seconds_of(time_words(seconds)) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("2m30s", 150), ("1h30m", 5400), ("1 h 30 min", 5400), ("42 min", 2520), ("1.5h", 5400), ("2 days", 172_800)],
)
def test_as_are_times_of_other_forms(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", " ", "5", "m", "30m 1h", "1h1h", "1h 30", "-5m", "5m ", " 5m", "5 months", "1e3s", "nan s", "5m\n"])
def test_what_is_no_time_means_none(text: str) -> None:
    assert seconds_of(text) is None
