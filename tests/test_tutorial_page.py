"""docs/tutorial.md: every experiment says what it finds, and the help has the same questions."""

import doctest
import re
from pathlib import Path

from gan_tui.dashboard.questions import QUESTIONS

PAGE = Path(__file__).parents[1] / "docs" / "tutorial.md"


def test_every_experiment_finds_what_stands_below_it() -> None:
    found = doctest.testfile(str(PAGE), module_relative=False)
    assert found.failed == 0
    assert found.attempted > 20


def test_the_help_answers_the_questions_of_the_page() -> None:
    headings = re.findall(r"^## (.*)$", PAGE.read_text(), re.MULTILINE)
    assert [question for question, _ in QUESTIONS] == headings[: len(QUESTIONS)]


def test_what_it_names_is_there() -> None:
    text = PAGE.read_text()
    root = PAGE.parents[1]
    paths, links = re.findall(r"`((?:gan_tui|benchmarks)/[\w/]+\.\w+)`", text), re.findall(r"\]\((\w+\.md)[#)]", text)
    assert paths
    assert links
    for path in paths:
        assert (root / path).is_file(), path
    for link in links:
        assert (PAGE.parent / link).is_file(), link
