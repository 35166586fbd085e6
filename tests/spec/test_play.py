"""Lessons and knobs: whole, within what can be turned, and in the documents as they are declared."""

import pytest

from gan_tui.spec.play import KNOBS, LESSONS, Lesson, Outcome
from tests.spec import docs

LONGEST_LINE = 78


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_a_lesson_is_one_sentence_a_question_and_an_answer(lesson: Lesson) -> None:
    assert lesson.text.endswith(".")
    assert len(lesson.text) <= LONGEST_LINE, "it has one line at 80 columns"
    assert len(f"Question: {lesson.question}") <= LONGEST_LINE
    assert "?" in lesson.question
    assert lesson.answer.endswith((".", ")."))
    assert (lesson.outcome.least is None) != (lesson.outcome.most is None)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_knobs_can_be_turned_back_to_where_a_lesson_has_them(lesson: Lesson) -> None:
    stands = {**vars(lesson.knobs), "data": lesson.data, "speed": lesson.speed}
    assert stands.keys() == {knob.name for knob in KNOBS}
    for knob in KNOBS:
        assert stands[knob.name] in knob.values, knob.name


def test_names_are_told_apart() -> None:
    assert len({lesson.name for lesson in LESSONS}) == len(LESSONS)


def test_the_documents_say_what_is_declared() -> None:
    lessons = [(f"`{lesson.name}`", lesson.text, lesson.question, _shows(lesson.outcome)) for lesson in LESSONS]
    docs.check("docs/play.md", "lessons", docs.table(("lesson", "what is to be seen", "question", "tested"), lessons))
    knobs = [(knob.label, ", ".join(map(_written, knob.values)), knob.meaning) for knob in KNOBS]
    docs.check("docs/play.md", "knobs", docs.table(("knob", "values", "what it does"), knobs))


def _shows(outcome: Outcome) -> str:
    """`after 500 steps at most 2 modes are covered`."""
    bound = f"at least {outcome.least:g}" if outcome.least is not None else f"at most {outcome.most:g}"
    what = {
        "modes": "modes covered",
        "share": "of the real points covered",
        "g_grad": "is G's gradient norm",
        "swing": "is the swing of G's mean along x",
    }[outcome.what]
    return f"after {outcome.after} steps {bound} {what}"


def _written(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"
