"""What a long command is doing: a line on a terminal that goes again, and nothing anywhere else."""

import io

import pytest

from gan_tui.cli.stage_line import stage_line


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_each_word_takes_the_place_of_the_one_before_and_the_last_one_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    monkeypatch.setenv("COLUMNS", "12")
    with stage_line() as tell:
        tell("reading the data")
        tell("asking D")
    assert terminal.getvalue().split("\r") == ["", "reading the", "asking D   ", " " * 11, ""]


def test_a_file_has_none_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", file := io.StringIO())
    with stage_line() as tell:
        tell("asking D")
    assert not file.getvalue()
