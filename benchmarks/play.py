"""`gan-tui play` at 80x24: bytes and pictures a second, a key to its effect, bytes while paused.

On a terminal that answers as fast as one on the same machine does. Budget: 40 kB/s, nothing while paused, 95 of 100 keys within 80 ms.
"""

import sys
import time
from argparse import Namespace

from benchmarks import common
from benchmarks.common import Series
from gan_tui.render.glyphs import ASCII_VARIABLE
from gan_tui.spec.play import LESSONS
from tests.dashboard.slow_terminal import SlowTerminal

LESSONS_WITH_MOST_TO_DRAW = ("begin", "collapse", "grid")
SETTLE = 3.0
KEYS = 40
KEY_SECONDS = 0.12
"""Between two keys: a person who holds one down."""
DOWN, CHOSEN = "\x1b[B", "›"
"""A key, and what moves then."""


def measure(plan: Namespace) -> list[Series]:
    names = ("sent while training", "sent while paused", "pictures", "a key to its effect")
    units = ("bytes/s", "bytes/s", "1/s", "ms")
    found: dict[tuple[str, str, str], list[float]] = {}
    for _ in range(plan.rounds):
        common.wait_until_quiet(plan)
        for lesson in LESSONS_WITH_MOST_TO_DRAW:
            for name, unit, readings in zip(names, units, read(lesson, plan.seconds), strict=True):
                found.setdefault((lesson, name, unit), []).extend(readings)
    return [Series(f"{lesson}: {name}", unit, readings) for (lesson, name, unit), readings in found.items()]


def read(lesson: str, seconds: float) -> tuple[list[float], list[float], list[float], list[float]]:
    """One screen: bytes a second while training and while paused, frames a second, milliseconds of each key."""
    assert lesson in [one.name for one in LESSONS]
    command = [sys.executable, "-m", "gan_tui", "play", lesson]
    with SlowTerminal(command, rate=10e6, round_trip=0.002, environment={ASCII_VARIABLE: "0"}) as terminal:
        terminal.wait_for("training")
        time.sleep(SETTLE)
        frames = terminal.requests
        training = terminal.bytes_within(seconds) / seconds
        pictures = (terminal.requests - frames) / seconds
        keys = [press(terminal) for _ in range(KEYS)]
        terminal.send(" ")
        time.sleep(SETTLE)
        return [training], [terminal.bytes_within(seconds) / seconds], [pictures], keys


def press(terminal: SlowTerminal) -> float:
    """Milliseconds until the next knob is marked."""
    before, pressed = terminal.received, time.perf_counter()
    terminal.send(DOWN)
    terminal.wait_for(CHOSEN, before)
    took = time.perf_counter() - pressed
    time.sleep(KEY_SECONDS)
    return 1000 * took


if __name__ == "__main__":
    common.main("play", __doc__, measure, rounds=(3, 1), seconds=(10.0, 4.0))
