"""What is being played with: the lesson, where the knobs stand, what is shown, and what has been trained. No Textual."""

import math
from dataclasses import replace

from gan_tui.run.events import Metrics
from gan_tui.run.playing import MOST_DRAWN, Point, Trained, Wanted, packed
from gan_tui.run.state import RunState
from gan_tui.spec.play import KNOBS, LESSONS, Knob, Lesson, PointSet

NEAR = 0.035
"""How far a new point must lie from the one before in the same stroke."""


EXAMPLE = 90
"""Points of the drawn set that there is for those without a mouse."""


class Play:
    """The screen's side."""

    def __init__(self, lesson: int = 0) -> None:
        self.attempt = 0
        self.drawn: list[Point] = []
        """Kept through the lessons."""
        self.chosen = 1
        """The knob that left and right turn."""
        self.playing = True
        self.begin(lesson)

    def begin(self, lesson: int) -> None:
        """A lesson, from its beginning."""
        self.number = lesson % len(LESSONS)
        self.lesson: Lesson = LESSONS[self.number]
        self.data: PointSet = self.lesson.data
        self.knobs, self.seed, self.speed = self.lesson.knobs, self.lesson.seed, self.lesson.speed
        self.arrows, self.grid = self.lesson.arrows, self.lesson.grid
        self.answered = False
        """Is the answer shown?"""
        self.put_away = False
        """Is nothing shown of its text?"""
        self.restart()

    def turn_page(self, *, may_put_away: bool) -> None:
        """From the question to its answer, from there to the field alone where room is short, and back."""
        self.answered, self.put_away = not (self.answered or self.put_away), self.answered and may_put_away

    def restart(self) -> None:
        """Networks with fresh weights."""
        self.attempt += 1
        self.trained: Trained | None = None
        self.state = RunState()
        """Its numbers and their histories."""

    def wanted(self, columns: int, rows: int, *, steps: int = 0, halves: str = "") -> Wanted:
        """What to ask for."""
        return Wanted(
            attempt=self.attempt,
            seed=self.seed,
            data=self.data,
            drawn=packed(self.drawn) if self.data == "drawn" else b"",
            knobs=self.knobs,
            steps=steps,
            halves=halves,
            columns=columns,
            rows=rows,
            arrows=self.arrows,
            grid=self.grid,
        )

    def take(self, trained: Trained) -> bool:
        """News; False where they are of an attempt that is over."""
        if trained.attempt != self.attempt:
            return False
        before, self.trained = self.trained, trained
        if before is None or (trained.d_updates, trained.g_updates) != (before.d_updates, before.g_updates):
            gone = set(self.state.scalars) - set(trained.scalars)
            for name in gone:  # a loss without probabilities
                del self.state.scalars[name]
            self.state.apply(Metrics(step=trained.d_updates, scalars=trained.scalars, elapsed=0.0, rate=0.0))
        return True

    @property
    def empty(self) -> bool:
        """Is there nothing to learn, for nothing is drawn?"""
        return self.data == "drawn" and not self.drawn

    @property
    def trains(self) -> bool:
        """Does it go on by itself? Not while there is nothing to learn."""
        return self.playing and not self.empty

    # Knobs

    def value(self, knob: Knob) -> str | float:
        """Where it stands."""
        found: str | float = getattr(self if knob.name in ("data", "speed") else self.knobs, knob.name)
        return found

    def changed(self, knob: Knob) -> bool:
        """Does it stand elsewhere than the lesson has it?"""
        of_lesson: object = getattr(self.lesson if knob.name in ("data", "speed") else self.lesson.knobs, knob.name)
        return self.value(knob) != of_lesson

    def choose(self, index: int) -> None:
        """One knob of KNOBS; behind the last comes the first."""
        self.chosen = index % len(KNOBS)

    def turn(self, by: int, name: str = "") -> None:
        """Turn a knob, or the one that is chosen, to a neighbouring value. Words go round; numbers end."""
        knob = next((knob for knob in KNOBS if knob.name == name), KNOBS[self.chosen])
        at = knob.values.index(self.value(knob)) + by
        at = at % len(knob.values) if isinstance(knob.values[0], str) else min(len(knob.values) - 1, max(0, at))
        self.put(knob, at)

    def put(self, knob: Knob, at: int) -> None:
        """To a place among its values."""
        value = knob.values[at]
        if value == self.value(knob):
            return
        if knob.name == "data":
            self.data = value  # type: ignore[assignment]
            self.restart()
        elif knob.name == "speed":
            self.speed = float(value)
        else:
            self.knobs = replace(self.knobs, **{knob.name: value})  # type: ignore[arg-type]

    # The set that is drawn

    def stroke(self, at: Point, *, erases: bool, begins: bool, radius: float) -> bool:
        """Draw, or erase, around a place. The first point makes this set the one that is learned. False: nothing has changed."""
        if erases:
            kept = [point for point in self.drawn if math.dist(point, at) > 3 * radius]
            changed, self.drawn = len(kept) != len(self.drawn), kept
            return changed and self.data == "drawn"
        if self.data != "drawn":
            self.drawn, self.data = [], "drawn"
            self.restart()
        if len(self.drawn) >= MOST_DRAWN or (self.drawn and not begins and math.dist(self.drawn[-1], at) < NEAR):
            return False
        start = at if begins or not self.drawn else self.drawn[-1]
        pieces = max(1, round(math.dist(start, at) / (2 * NEAR)))
        self.drawn += [
            (start[0] + (at[0] - start[0]) * piece / pieces, start[1] + (at[1] - start[1]) * piece / pieces)
            for piece in range(1, pieces + 1)
        ][: MOST_DRAWN - len(self.drawn)]
        return True

    def clear(self) -> None:
        """No points are drawn."""
        self.drawn = []

    def draw_example(self) -> None:
        """A heart."""
        self.data = "drawn"
        turns = [math.tau * index / EXAMPLE for index in range(EXAMPLE)]
        self.drawn = [
            (0.042 * 16 * math.sin(t) ** 3, 0.05 + 0.042 * (13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)))
            for t in turns
        ]
        self.restart()
