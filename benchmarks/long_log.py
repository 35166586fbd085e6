"""A run of a million events: seconds and memory until somebody sees it, draws it, lists it or goes on with it.

Each reading is a process of its own: seconds of the work without Python's start, and how much of a processor that took (imports on the
way included; on a machine that is busy with other things this is what to read), and the largest memory that the process ever had.

`attach` is a follower of the log until there is a picture of the whole run, with the index that the trainer keeps, and without one,
where a glimpse comes first (`first picture`) and the exact curves later (`all read`). `resume` is what a trainer does with the log
before its first step: it cuts it to the newest checkpoint, takes it up, and tells the verdict what was. `fold` is every event, one
after the other, as it was done before there was an index.
"""

import json
import random
import subprocess
import sys
import tempfile
from argparse import Namespace
from pathlib import Path

from benchmarks import common
from benchmarks.common import Series, ratio
from gan_tui import config
from gan_tui.run import directory, events
from gan_tui.run.directory import RunDirectory
from gan_tui.run.index import path_of

STEPS = 10
"""Between two metrics events."""
EVERY = 300
"""Metrics events between two checkpoints: half a minute."""
NAMES = ("d_loss", "g_loss", "D(x)", "D(G(z))", "d_pair_accuracy", "d_grad", "g_grad")
BEGIN = """
import json, re, sys, time
from pathlib import Path
from gan_tui.run import index
from gan_tui.run.directory import RunDirectory
run = RunDirectory(Path(sys.argv[1]))
busy_before = time.process_time()
def done(began):
    seconds, busy = time.perf_counter() - began, time.process_time() - busy_before
    most = re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())  # getrusage counts who started us as well
    print(json.dumps([seconds, busy, int(most[1]) / 1024]))
"""
ATTACH = """
from gan_tui.dashboard.run_follower import RunFollower
began = time.perf_counter()
follower = RunFollower(run)
follower.look()
while {more}:
    follower.look()
assert follower.snapshot().state.step == {last}
done(began)
"""
PLOT = """
from gan_tui.cli.plot import _subject
from gan_tui.render import compare, glyphs
began = time.perf_counter()
subject = _subject(run)
for panel in compare.charts_of([subject], ["losses"]):
    compare.draw([subject], panel, compare.Request(), 100, 24, glyphs.UNICODE)
done(began)
"""
LIST = """
from gan_tui.dashboard.run_row import Row
from gan_tui.run.summary import summarise
began = time.perf_counter()
assert summarise(run).epochs == 250_000
Row(run).read()
done(began)
"""
RESUME = """
from gan_tui.run.cut import cut_to_step
from gan_tui.run.log import EventWriter, read_state
from gan_tui.run.recollect import recollect
from gan_tui.health.diagnosis import Health, replay
from gan_tui.health.statistics import METRICS_KEPT, STEPS_KEPT
began = time.perf_counter()
assert read_state(run.events).checkpoint is not None
cut_to_step(run.events, {checkpoint})
with EventWriter(run.events) as writer:
    replay(Health(), recollect(run.events, STEPS_KEPT, METRICS_KEPT))
    assert writer.state.real_written
done(began)
"""
FOLD = """
from gan_tui.run.log import iterate
from gan_tui.run.state import RunState
began = time.perf_counter()
RunState.of(iterate(run.events))
done(began)
"""


def measure(plan: Namespace) -> list[Series]:
    with tempfile.TemporaryDirectory() as folder:
        run = directory.create(Path(folder), config.resolve(), "long")
        write_log(run, plan.events)
        last = plan.events * STEPS
        checkpoint = (plan.events - 1) // EVERY * EVERY * STEPS
        attach = ATTACH.format(more="follower.behind", last=last)
        glimpse = ATTACH.format(more="False", last=last)
        resume = RESUME.format(checkpoint=checkpoint)
        readings: dict[str, list[list[float]]] = {}
        for number in range(plan.rounds):
            common.wait_until_quiet(plan)
            for name, work, indexed in (
                ("fold", FOLD, False),
                ("attach, no index: first picture", glimpse, False),
                ("attach, no index: all read", attach, False),
                ("attach, with its index: all read", attach, True),
                ("plot, no index", PLOT, False),
                ("plot, with its index", PLOT, True),
                ("list, no index", LIST, False),
                ("list, with its index", LIST, True),
                ("resume, no index", resume, False),
                ("resume, with its index", resume, True),
            ):
                readings.setdefault(name, []).append(taken(run, work, indexed=indexed))
                print(f"  round {number + 1}/{plan.rounds}  {name}: {readings[name][-1]}", file=sys.stderr)
    rows = [
        Series(f"{name}{what}", unit, [reading[place] for reading in values])
        for place, what, unit in ((0, "", "s"), (1, ": of a processor", "s"), (2, ": most memory", "MB"))
        for name, values in readings.items()
    ]
    times = {row.name: row.readings for row in rows}
    return [*rows, ratio("attach, with its index / fold", times["attach, with its index: all read"], times["fold"])]


def write_log(run: RunDirectory, count: int) -> None:
    """As a trainer writes it, a resume with more epochs in its middle, without waiting for the steps."""
    noise = random.Random(0)
    with run.events.open("wb") as file:

        def write(event: events.AnyEvent) -> None:
            file.write(events.encode(event))

        for number in range(1, count + 1):
            t, step = 1.79e9 + number / 10, number * STEPS
            if number in (1, count // 2):
                epochs = 60 if number == 1 else 250_000
                write(events.Started(t=t, device="cpu", device_name="cpu", epochs=epochs, steps_per_epoch=600, batch_size=100, step=step))
                write(events.Samples(t=t, path="real_images.png", epoch=0, real=True, step=step))
            scalars: dict[str, events.Scalar] = {name: noise.random() for name in NAMES}
            write(events.Metrics(t=t, scalars=scalars, elapsed=number / 10, rate=100.0 + noise.random(), step=step))
            if number % EVERY == 0:
                scores: dict[str, events.Scalar] = {"fd": noise.random(), "fd_floor": 0.1}
                write(events.Samples(t=t, path=f"samples/{step}.png", epoch=step // 600, scores=[0.5] * 100, step=step))
                write(events.Evaluation(t=t, scalars=scores, network="mnist-cnn-v1", seconds=1.0, step=step))
                write(events.Checkpoint(t=t, path=f"checkpoints/step-{step:09d}.pt", seconds=0.1, step=step))


def taken(run: RunDirectory, work: str, *, indexed: bool) -> list[float]:
    """Seconds, seconds of a processor and megabytes of one process.

    Without `indexed` it finds no index; with it, the one that the trainer would have left.
    """
    if not indexed:
        path_of(run.events).unlink(missing_ok=True)
    elif not path_of(run.events).exists():
        process(run, PLOT)
    return process(run, work)


def process(run: RunDirectory, work: str) -> list[float]:
    """Carry it out on the log as it is; what is cut from it comes back."""
    size = run.events.stat().st_size
    tail = 1 << 20
    with run.events.open("rb") as file:
        file.seek(max(0, size - tail))
        end = file.read()
    said = subprocess.run([sys.executable, "-c", BEGIN + work, str(run.path)], check=True, capture_output=True, text=True).stdout
    with run.events.open("r+b") as file:
        file.seek(max(0, size - tail))
        file.write(end)
    found: list[float] = json.loads(said)
    return found


if __name__ == "__main__":
    common.main("long_log", __doc__, measure, events=(1_000_000, 50_000), rounds=(3, 1))
