"""CPU threads on a machine that others use: the number that the trainer finds by trial against each fixed one.

Each round is a process beside 0, 2 or 4 others that each keep a core busy. It trains `classic` with the engine `manual-grad` anew with each
number, and with the one found by trial, for so many seconds from the first step: what trials cost at the beginning is counted.
"""

import json
import os
import subprocess
import sys
from argparse import Namespace

from benchmarks import common
from benchmarks.common import Series, ratio

TRAIN = """
import json, sys, time, torch
from gan_tui import config
from gan_tui.data import mnist
from gan_tui.data.dataset import Dataset
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.session import Session

contenders, seconds = json.loads(sys.argv[1]), float(sys.argv[2])
device, most = torch.device("cpu"), torch.get_num_threads()
images = mnist.load(train=True)[0]
data = Dataset("mnist", images, images[:100], None, classes=0)

def train(threads, seconds):
    torch.set_num_threads(threads or most)
    session = Session(config.resolve(tables=[{"train": {"threads": threads}}]), device, data, None, Ranks())
    began = time.perf_counter()
    while time.perf_counter() < began + seconds:
        session.advance()
    return session.progress.step / (time.perf_counter() - began)

for threads in contenders:
    train(threads, 0.3)
print(json.dumps([train(threads, seconds) for threads in contenders]))
"""
"""The first call of all prepares torch's libraries, and is not counted."""
NEIGHBOUR = """
import os
parent = os.getppid()
while os.getppid() == parent: pass
"""
"""Ends with this process, however that one ends."""


BY_TRIAL = 0


def measure(plan: Namespace) -> list[Series]:
    rows: list[Series] = []
    cores = os.cpu_count() or 1
    fixed = [1 << power for power in range(cores.bit_length()) if 1 << power <= cores]
    for others in (0, 2, 4):
        readings: dict[int, list[float]] = {threads: [] for threads in (*fixed, BY_TRIAL)}
        for number in range(plan.rounds):
            common.wait_until_quiet(plan)
            turns = [*readings][number % len(readings) :] + [*readings][: number % len(readings)]
            for threads, rate in zip(turns, steps(turns, others, plan.seconds), strict=True):
                readings[threads].append(rate)
        rows += [Series(f"{name(threads)}, {others} others", "steps/s", values) for threads, values in readings.items()]
        best = [max(values) for values in zip(*(readings[threads] for threads in fixed), strict=True)]
        rows.append(ratio(f"found by trial / best fixed, {others} others", readings[BY_TRIAL], best))
    return rows


def name(threads: int) -> str:
    return f"{threads} thread{'s' * (threads > 1)}" if threads else "found by trial"


def steps(contenders: list[int], others: int, seconds: float) -> list[float]:
    """Steps a second with each of these numbers of threads, one after the other."""
    neighbours = [subprocess.Popen([sys.executable, "-c", NEIGHBOUR]) for _ in range(others)]
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    try:
        command = [sys.executable, "-c", TRAIN, json.dumps(contenders), str(seconds)]
        rates: list[float] = json.loads(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout)
        return rates
    finally:
        for neighbour in neighbours:
            neighbour.kill()
            neighbour.wait()


if __name__ == "__main__":
    common.main("shared_machine", __doc__, measure, rounds=(3, 1), seconds=(6.0, 2.0))
