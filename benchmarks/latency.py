"""Milliseconds from a key to its effect on the screen, and from `space` to the trainer's answer.

One real trainer with default settings, and a dashboard at 80x24 attached to it: both are as busy as in daily use. Presses come at
random moments. Budgets (p95): 100 ms from key to effect, 300 ms from pause to the trainer's answer in its log.
"""

import random
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from pathlib import Path

from benchmarks import common
from benchmarks.common import Series
from benchmarks.startup import first_metrics, stop
from benchmarks.terminal import PATIENCE, Terminal
from gan_tui import config
from gan_tui.run import directory
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Answer
from gan_tui.run.log import EventReader

OPEN_AND_CLOSE = (("?", "keys: overview", "\x1b"), ("q", "leave?", "c"))
"""Keys, what they bring onto the screen, and what takes it off."""
SETTLE = 3.0
"""Seconds for a dashboard to start and to read the log."""


def measure(plan: Namespace) -> list[Series]:
    shown: list[float] = []
    answered: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        run = directory.create(Path(folder), config.resolve(tables=[{"train": {"epochs": 1_000_000}}]))
        trainer = subprocess.Popen([sys.executable, "-m", "gan_tui.training", str(run.path)], stdout=subprocess.DEVNULL)
        try:
            first_metrics(run)
            with Terminal([sys.executable, "-m", "gan_tui", "attach", str(run.path)]) as terminal:
                terminal.wait_for("training")
                time.sleep(SETTLE)
                for number in range(plan.presses):
                    key, words, back = OPEN_AND_CLOSE[number % len(OPEN_AND_CLOSE)]
                    shown.append(until_shown(terminal, key, words))
                    pause(0.6)
                    terminal.send(back)
                    pause(0.4)
                    answered.append(until_answered(run, terminal))
                    pause(0.4)
                    until_answered(run, terminal)
        finally:
            stop(run)
            trainer.wait()
    rows = {"key to effect": shown, "pause to the trainer's answer": answered}
    return [row for name, values in rows.items() for row in (Series(name, "ms", values), Series(f"{name}, p95", "ms", [p95(values)]))]


def until_shown(terminal: Terminal, key: str, words: str) -> float:
    """Milliseconds until the words have arrived at the terminal."""
    before, began = terminal.received, time.perf_counter()
    terminal.send(key)
    terminal.wait_for(words, before)
    return 1000 * (time.perf_counter() - began)


def until_answered(run: RunDirectory, terminal: Terminal) -> float:
    """Milliseconds from `space` until the answer stands in the log."""
    log = EventReader(run.events, from_end=True)
    began = time.perf_counter()
    terminal.send(" ")
    while time.perf_counter() - began < PATIENCE:
        if any(isinstance(event, Answer) for event in log.read().events):
            return 1000 * (time.perf_counter() - began)
        time.sleep(0.001)
    raise RuntimeError("the trainer does not answer")


def pause(seconds: float) -> None:
    """So that presses fall anywhere between two drawings."""
    time.sleep(seconds * random.uniform(1, 2))


def p95(values: list[float]) -> float:
    """What 95 of 100 presses stay below."""
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]


if __name__ == "__main__":
    common.main("latency", __doc__, measure, presses=(60, 8))
