"""How the threads of a CPU step should wait for each other: spinning (OpenMP's default) or asleep.

Both threads meet after every matrix product. Where another process takes a core for a moment, the thread that waits spins
through its own time slice while the one it waits for does not run. Each reading is a process of its own, with the
engine `manual-grad`, alone or beside a process that keeps one core busy.
"""

import os
import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable
from functools import partial

from benchmarks import common
from benchmarks.common import Series, ratio

POLICIES = {"spinning": {}, "asleep": {"OMP_WAIT_POLICY": "PASSIVE"}}
STEP = """
import sys, torch
from benchmarks.engines import engine, segment
device, steps = torch.device("cpu"), int(sys.argv[1])
loop = engine("manual-grad", device)
segment(loop, device, 20)
print(segment(loop, device, steps))
"""

NEIGHBOUR = """
import os
parent = os.getppid()
while os.getppid() == parent: pass
"""
"""Ends with this process, however that one ends."""


def measure(plan: Namespace) -> list[Series]:
    contenders: dict[str, Callable[[], float]] = {}
    for company, read in (("alone", milliseconds), ("beside a busy process", milliseconds_in_company)):
        for policy, environment in POLICIES.items():
            contenders[f"{policy}, {company}"] = partial(read, environment, plan.steps)
    readings = common.alternate(contenders, plan)
    rows = [Series(name, "ms/step", values) for name, values in readings.items()]
    pairs = [(f"spinning, {company}", f"asleep, {company}") for company in ("alone", "beside a busy process")]
    return rows + [ratio(f"{slow} / asleep", readings[slow], readings[fast]) for slow, fast in pairs]


def milliseconds(environment: dict[str, str], steps: int) -> float:
    """A step in a process with this environment."""
    inherited = {name: value for name, value in os.environ.items() if name not in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")}
    done = subprocess.run(
        [sys.executable, "-c", STEP, str(steps)], env=inherited | environment, check=True, stdout=subprocess.PIPE, text=True
    )
    return float(done.stdout)


def milliseconds_in_company(environment: dict[str, str], steps: int) -> float:
    """The same while one core is wanted by somebody else."""
    neighbour = subprocess.Popen([sys.executable, "-c", NEIGHBOUR])
    try:
        return milliseconds(environment, steps)
    finally:
        neighbour.kill()
        neighbour.wait()


if __name__ == "__main__":
    common.main("openmp", __doc__, measure, rounds=(5, 1), steps=(300, 60))
