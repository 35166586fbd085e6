"""Counts in words."""

import pytest

from gan_tui.counted import counted


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
