"""The trainer behind `gan-tui play`: half steps are halves of the step, points, modes, and that every lesson shows what it says."""

from collections.abc import Iterator
from statistics import mean, median

from gan_tui.run.events import from_scalar
from gan_tui.run.playing import Trained, Wanted, packed, unpacked
from gan_tui.spec.play import Knobs, Lesson
from gan_tui.training.play.playground import Playground

FOREVER = 1e9
DRAWN = packed([(x / 20, 0.5) for x in range(-15, 16)])


def wanted(lesson: Lesson | None = None, **changes: object) -> Wanted:
    known: dict[str, object] = {"attempt": 1, "seed": 0, "data": "ring", "knobs": Knobs()}
    if lesson is not None:
        known |= {"seed": lesson.seed, "data": lesson.data, "knobs": lesson.knobs, "drawn": DRAWN}
    return Wanted(**(known | changes))  # type: ignore[arg-type]


def course(lesson: Lesson) -> Iterator[tuple[int, Trained, float]]:
    """Step by step: how far, what is shown, and where the middle of the generated points lies along x."""
    playground = Playground(wanted(lesson))
    apart = 10
    for step in range(0, lesson.outcome.after, apart):
        playground.train(wanted(lesson, steps=apart), FOREVER)
        trained = playground.show(wanted(lesson, columns=2, rows=2), apart)
        assert trained.picture is not None
        yield step + apart, trained, mean(x for x, _ in unpacked(trained.picture.generated))


def seen(lesson: Lesson) -> float:
    """What the lesson is about, measured: see `Outcome.what`."""
    steps = list(course(lesson))
    match lesson.outcome.what:
        case "modes" | "share":
            return median(trained.covered for _, trained, _ in steps[-len(steps) // 5 :])
        case "g_grad":
            return mean(from_scalar(trained.scalars["g_grad"]) for _, trained, _ in steps[len(steps) // 2 :])
        case "swing":
            second_half = [x for _, _, x in steps[len(steps) // 2 :]]
            return max(second_half) - min(second_half)
