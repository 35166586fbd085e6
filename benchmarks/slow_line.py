"""A dashboard over a slow line: how old is what a person sees, and how long does a key's effect take?

8 kB/s with 300 ms there and back, and buffers without end between, as SSH over a bad line has them. The terminal answers status requests,
or never does (`mute`), as if nobody had asked. Targets with answers: a key's effect within 2 s at 80x24 and 3 s at 120x40, and nothing
older than 3 s. The fake trainer of the tests, all of whose samples change all the time.
"""

import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from benchmarks import common
from benchmarks.common import Series
from gan_tui import config
from gan_tui.run import directory, mailbox
from tests.dashboard.slow_terminal import SlowTerminal

SIZES = ((80, 24), (120, 40))
KEYS = (("?", "keys: overview", "\x1b"), ("q", "leave?", "c"), ("4", "coverage", "1"))
"""Keys, what they bring onto the screen, and what takes it off."""
SETTLE = 6.0
PAUSE = 2.0
"""Seconds between two keys."""


def measure(plan: Namespace) -> list[Series]:
    rows = []
    for columns, lines in SIZES:
        for answers in (True, False):
            name = f"{columns}x{lines}, {'answers' if answers else 'mute'}"
            keys: list[float] = []
            ages: list[float] = []
            for _ in range(plan.rounds):
                common.wait_until_quiet(plan)
                seen, old = read((columns, lines), answers, plan.seconds)
                keys += seen
                ages += old
            rows.append(Series(f"{name}: key to effect, worst", "s", [max(keys)]))
            rows.append(Series(f"{name}: key to effect", "s", keys))
            rows.append(Series(f"{name}: age of what arrives, oldest", "s", [max(ages)]))
    return rows


def read(size: tuple[int, int], answers: bool, seconds: float) -> tuple[list[float], list[float]]:
    """Seconds of each key of a walk, and the ages of all that arrived."""
    with tempfile.TemporaryDirectory() as folder:
        run = directory.create(Path(folder), config.resolve())
        try:
            command = [sys.executable, "-m", "tests.dashboard.open_fake", str(run.path), "train"]
            with SlowTerminal(command, *size, answers=answers) as terminal:
                terminal.wait_for("training")
                time.sleep(SETTLE)
                found = list(walk(terminal))
                time.sleep(seconds)
                return found, list(terminal.ages)
        finally:
            mailbox.send(run.control, "stop")
            while run.alive:
                time.sleep(0.02)


def walk(terminal: SlowTerminal) -> Iterator[float]:
    """Seconds from each key to its effect."""
    for key, words, back in KEYS:
        before, began = terminal.received, time.monotonic()
        terminal.send(key)
        terminal.wait_for(words, before)
        yield time.monotonic() - began
        terminal.send(back)
        time.sleep(PAUSE)


if __name__ == "__main__":
    common.main("slow_line", __doc__, measure, rounds=(3, 1), seconds=(10.0, 3.0))
