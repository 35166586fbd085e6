"""The small charts that are always on the screen: ticks, ideals, marks."""

import pytest

from gan_tui.render.chart import BOOKMARK, CHANGED, GUIDE, IDEAL, ROLLED_BACK, Run, Scale, chart
from gan_tui.render.glyphs import ASCII, UNICODE
from tests.render.test_curves import history


def text(lines: list[list[Run]]) -> list[str]:
    return ["".join(part for part, _ in line) for line in lines]


def test_its_ticks_are_round() -> None:
    lines = text(chart([history(*(0.13 + step / 100 for step in range(250)))], 40, 9, UNICODE))
    labels = [line[:6].strip() for line in lines]
    assert [label for label in labels if label] == ["2", "1", "0"]
    assert labels[0] == "", "the top is no tick: no more room is given than is needed"


def test_an_ideal_is_a_line_in_the_colour_of_its_curve() -> None:
    lines = chart([history(*[0.8] * 50), history(*[2.0] * 50)], 40, 12, UNICODE, ideals={0: 1.386, 1: 0.693})
    drawn = {who for line in lines for part, who in line if UNICODE.light in part}
    assert drawn == {IDEAL, IDEAL + 1}
    assert IDEAL not in {who for line in chart([history()], 40, 12, UNICODE, ideals={0: 1.386}) for _, who in line}, (
        "an empty chart is empty"
    )


def test_the_ideal_is_inside_of_the_chart() -> None:
    (row,) = [
        y for y, line in enumerate(chart([history(0.1, 0.2)], 40, 12, UNICODE, ideals={0: 1.386})) if any(who == IDEAL for _, who in line)
    ]
    assert 0 <= row <= 2


@pytest.mark.parametrize("count", [30, 5000])
def test_marks_stand_at_their_step(count: int) -> None:
    values = [1.0] * (count // 2) + [2.0] * (count // 2)
    marks = ((count // 2, ROLLED_BACK), (count - 1, BOOKMARK), (count * 2, CHANGED))
    lines = chart([history(*values)], 60, 8, ASCII, marks=marks)
    first = text(lines)[0]
    assert first.count(ASCII.back) == first.count(ASCII.bookmark) == 1
    assert ASCII.changed not in first, "it lies ahead"
    place = first.index(ASCII.back)
    steps = [line[7:] for line in text(lines)]
    assert all("'" not in line[: place - 8] and "." not in line[: place - 8] for line in steps[:2]), "the second half begins there"
    assert any(line[place - 7 + 2] in "'.:" for line in steps[:2])


def test_a_guide_and_a_scale_that_were_asked_for() -> None:
    lines = chart([history(0.7, 0.7)], 40, 9, UNICODE, Scale(0.0, 1.0), 0.5)
    assert [line[:5].strip() for line in text(lines)] == ["1.00", "", "", "", "0.50", "", "", "", "0.00"]
    assert any(who == GUIDE for _, who in lines[4])


def test_one_early_spike_does_not_flatten_the_rest() -> None:
    calm = [0.7 + 0.1 * (step % 7) for step in range(99)]
    labels = [line[:6].strip() for line in text(chart([history(40.0, *calm)], 60, 9, UNICODE))]
    assert max(float(label) for label in labels if label) <= 2, "the spike is at the edge"
    labels = [line[:6].strip() for line in text(chart([history(*calm, *[40.0] * 20)], 60, 9, UNICODE))]
    assert max(float(label) for label in labels if label) >= 40, "what lasts is no spike"
