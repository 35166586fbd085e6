"""CPU threads on a machine that others use: the number that the trainer finds by trial against each fixed one.

Each reading is a process of its own that trains `classic` with the engine `manual-grad` for some seconds, of which the first are not
counted, beside 0, 2 or 4 processes that each keep a core busy.
"""

import os
import subprocess
import sys
from argparse import Namespace
from functools import partial

from benchmarks import common
from benchmarks.common import Series, ratio

TRAIN = """
import sys, time, torch
from gan_tui import config
from gan_tui.data import mnist
from gan_tui.data.dataset import Dataset
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.session import Session

threads, seconds = int(sys.argv[1]), float(sys.argv[2])
if threads:
    torch.set_num_threads(threads)
device = torch.device("cpu")
images = mnist.load(train=True)[0]
settings = config.resolve(tables=[{"train": {"threads": threads}}])
session = Session(settings, device, Dataset("mnist", images, images[:100], None, classes=0), None, Ranks())

def train(seconds):
    began, steps = time.perf_counter(), session.progress.step
    while time.perf_counter() < began + seconds:
        session.advance()
    return (session.progress.step - steps) / (time.perf_counter() - began)

train(5)
print(train(seconds))
"""
NEIGHBOUR = """
import os
parent = os.getppid()
while os.getppid() == parent: pass
"""
"""Ends with this process, however that one ends."""


def measure(plan: Namespace) -> list[Series]:
    rows: list[Series] = []
    fixed = [1 << power for power in range((os.cpu_count() or 1).bit_length()) if 1 << power <= (os.cpu_count() or 1)]
    names = {threads: f"{threads} thread{'s' * (threads > 1)}" for threads in fixed} | {0: "found by trial"}
    for others in (0, 2, 4):
        contenders = {f"{name}, {others} others": partial(steps, threads, others, plan.seconds) for threads, name in names.items()}
        readings = common.alternate(contenders, plan)
        rows += [Series(name, "steps/s", values) for name, values in readings.items()]
        best = [max(values) for values in zip(*(readings[f"{names[threads]}, {others} others"] for threads in fixed), strict=True)]
        rows.append(ratio(f"found by trial / best fixed, {others} others", readings[f"found by trial, {others} others"], best))
    return rows


def steps(threads: int, others: int, seconds: float) -> float:
    """Steps a second with so many threads; 0 stands for trial."""
    neighbours = [subprocess.Popen([sys.executable, "-c", NEIGHBOUR]) for _ in range(others)]
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    try:
        command = [sys.executable, "-c", TRAIN, str(threads), str(seconds)]
        return float(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout)
    finally:
        for neighbour in neighbours:
            neighbour.kill()
            neighbour.wait()


if __name__ == "__main__":
    common.main("shared_machine", __doc__, measure, rounds=(3, 1), seconds=(20.0, 3.0))
