"""The trainer behind `gan-tui play`: half steps are halves of the step, points and modes, and every lesson shows what it says."""

from collections.abc import Iterator
from dataclasses import replace
from statistics import mean, median

import pytest
import torch

from gan_tui.losses import LOSSES
from gan_tui.run.companion import line_of
from gan_tui.run.events import from_scalar
from gan_tui.run.playing import DIALOGUE, GRID_POINTS, Begun, Picture, Trained, Wanted, packed, unpacked
from gan_tui.spec.play import ARROW, LESSONS, POINT_SETS, Knobs, Lesson, PointSet
from gan_tui.training.play import points
from gan_tui.training.play.__main__ import replies
from gan_tui.training.play.playground import Playground

FOREVER = 1e9
DRAWN = packed([(x / 20, 0.5) for x in range(-15, 16)])


def wanted(lesson: Lesson | None = None, **changes: object) -> Wanted:
    known: dict[str, object] = {"attempt": 1, "seed": 0, "data": "ring", "knobs": Knobs(), "columns": 6, "rows": 3}
    if lesson is not None:
        known |= {"seed": lesson.seed, "data": lesson.data, "knobs": lesson.knobs, "drawn": DRAWN}
    return Wanted(**(known | changes))  # type: ignore[arg-type]


def after(*asked: Wanted) -> Trained:
    playground = Playground(asked[0])
    for request in asked:
        steps = playground.train(request, FOREVER)
    return playground.show(asked[-1], steps)


def picture(*asked: Wanted) -> Picture:
    found = after(*asked).picture
    assert found is not None
    return found


def test_two_half_steps_are_a_whole_one() -> None:
    whole, halves = after(wanted(steps=3)), after(wanted(halves="dg"), wanted(halves="dgdg"))
    assert whole.picture == halves.picture
    assert (halves.d_updates, halves.g_updates, halves.steps) == (3, 3, 0)
    assert (whole.d_updates, whole.g_updates, whole.steps) == (3, 3, 3)


def test_each_half_moves_its_own_network() -> None:
    begin, d, g = picture(wanted()), picture(wanted(halves="d" * 9)), picture(wanted(halves="g" * 9))
    assert d.generated == begin.generated
    assert d.surface != begin.surface
    assert g.generated != begin.generated
    assert g.surface == begin.surface
    assert d.real == g.real == begin.real


def test_it_makes_no_difference_in_how_many_answers_the_steps_are_made() -> None:
    asked = wanted(knobs=Knobs(d_steps=2))
    assert picture(replace_steps(asked, 6)) == picture(*[replace_steps(asked, 2)] * 3)


def replace_steps(asked: Wanted, steps: int) -> Wanted:
    return wanted(knobs=asked.knobs, steps=steps)


def test_an_answer_does_not_wait_for_all_steps() -> None:
    playground = Playground(wanted())
    assert playground.train(wanted(steps=10_000), seconds=0.0) == 0
    assert playground.train(wanted(steps=3), FOREVER) == 3


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_can_be_looked_at(loss: str) -> None:
    found = after(wanted(knobs=Knobs(loss=loss, gamma=0.1), steps=2, arrows=True, grid=True))
    assert found.picture is not None
    assert len(found.picture.surface) == 18
    assert len(unpacked(found.picture.grid)) % GRID_POINTS == 0
    ends = unpacked(found.picture.arrows)
    assert ends
    assert all(abs(x) <= 1 and abs(y) <= 1 for x, y in ends)
    assert max(((a - c) ** 2 + (b - d) ** 2) ** 0.5 for (a, b), (c, d) in zip(ends[::2], ends[1::2], strict=True)) <= ARROW * 1.01
    assert ("D(x)" in found.scalars) == LOSSES[loss].objective.probabilities
    assert {"d_loss", "g_loss", "g_grad"} <= found.scalars.keys()


def test_arrows_point_where_d_says_real() -> None:
    """Moved along its arrow, a point is more real to D, on the average."""
    playground = Playground(wanted())
    playground.train(wanted(steps=40), FOREVER)
    trained = playground.show(wanted(arrows=True), 0)
    assert trained.picture is not None
    ends = torch.tensor(unpacked(trained.picture.arrows))
    before, behind = playground._gan.discriminator(ends).view(-1, 2).unbind(1)
    assert (behind - before).mean() > 0


def test_points_that_are_drawn_are_learned_when_there_are_some() -> None:
    empty = after(wanted(data="drawn", steps=5, halves="d"))
    assert (empty.d_updates, empty.steps, empty.covered) == (0, 0, 0.0)
    some = after(wanted(data="drawn"), wanted(data="drawn", steps=5, drawn=DRAWN))
    assert some.steps == 5
    assert some.picture is not None
    assert some.picture.real == DRAWN
    again = after(wanted(data="drawn", drawn=DRAWN, steps=2), wanted(data="drawn"))
    assert again.picture is not None
    assert not again.picture.real


@pytest.mark.parametrize("data", [name for name in POINT_SETS if name != "drawn"])
def test_real_points_cover_their_set(data: PointSet) -> None:
    some, others = (points.sample(data, 1000, torch.Generator().manual_seed(seed)) for seed in (0, 1))
    assert some.abs().max() <= 1
    modes = len(points.centres(data))
    if modes:
        assert points.modes_covered(some, data) == modes
        assert points.modes_covered(points.centres(data)[:1].expand(1000, 2), data) == 1
        assert points.modes_covered(torch.zeros(1000, 2) + 0.1, data) == 0
    else:
        assert points.share_covered(some, others) > 0.98
        assert points.share_covered(torch.zeros(10, 2) + 2, others) == 0


def test_what_is_said_through_the_pipe() -> None:
    asked = [wanted(steps=1), wanted(attempt=2, columns=0)]
    through = (DIALOGUE.read_wanted(line_of(one)) for one in asked)
    said = [DIALOGUE.read_reply(line_of(one)) for one in replies(through)]
    assert isinstance(said[0], Begun)
    first, second = said[1:]
    assert isinstance(first, Trained)
    assert isinstance(second, Trained)
    assert (first.attempt, first.g_updates, first.modes) == (1, 1, 8)
    assert (second.attempt, second.g_updates, second.picture) == (2, 0, None)
    assert unpacked(packed([(0.5, -1.0), (7.0, 0.0)]))[0] == (0.5, -1.0)
    assert unpacked(b"abc") == []


def course(lesson: Lesson) -> Iterator[tuple[Trained, float]]:
    """Every ten steps: what is shown, and where the middle of the generated points lies along x."""
    playground, apart = Playground(wanted(lesson)), 10
    for _ in range(0, lesson.outcome.after, apart):
        playground.train(wanted(lesson, steps=apart), FOREVER)
        trained = playground.show(wanted(lesson), apart)
        assert trained.picture is not None
        yield trained, mean(x for x, _ in unpacked(trained.picture.generated))


def seen(lesson: Lesson) -> float:
    """What the lesson is about, measured: see `Outcome.what`."""
    steps = list(course(lesson))
    second_half = steps[len(steps) // 2 :]
    match lesson.outcome.what:
        case "modes" | "share":
            return median(trained.covered for trained, _ in steps[-len(steps) // 5 :])
        case "g_grad":
            return mean(from_scalar(trained.scalars["g_grad"]) for trained, _ in second_half)
        case "swing":
            return max(x for _, x in second_half) - min(x for _, x in second_half)


@pytest.mark.slow
@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_every_lesson_shows_what_it_says(lesson: Lesson) -> None:
    found, outcome = seen(lesson), lesson.outcome
    assert outcome.least is None or found >= outcome.least
    assert outcome.most is None or found <= outcome.most


def test_an_undamped_swing_grows_to_the_edge() -> None:
    lesson = next(lesson for lesson in LESSONS if lesson.name == "oscillation")
    at_edge = [
        mean(max(abs(x), abs(y)) > 0.98 for x, y in unpacked(trained.picture.generated)) for trained, _ in course(lesson) if trained.picture
    ]
    early, late = at_edge[:5], at_edge[-5:]
    assert mean(early) < 0.1
    assert mean(late) > 0.5


def test_a_strong_d_leaves_the_saturating_loss_no_gradient() -> None:
    """The lesson in short, as a ratio that no processor turns round."""
    vanishing = next(lesson for lesson in LESSONS if lesson.name == "vanishing")
    short = replace(vanishing, outcome=replace(vanishing.outcome, after=20))
    restored = replace(short, knobs=replace(short.knobs, loss="non-saturating"))
    assert seen(restored) > 10 * seen(short)
