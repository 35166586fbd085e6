"""What all benchmarks share: alternating readings, the machine they were taken on, and one form for table and JSON."""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import torch

import gan_tui
from gan_tui.cpuinfo import cpuinfo

RESULTS = Path(__file__).parent / "results"
QUIET = 5.0
"""Per cent of the processors' time that others may use on a machine that counts as ours alone."""


@dataclass(frozen=True, slots=True)
class Series:
    """One row of a result: all readings of one quantity."""

    name: str
    unit: str
    readings: list[float]

    def to_json(self) -> dict[str, Any]:
        """With the summary that the table shows."""
        summary = {"median": median(self.readings), "min": min(self.readings), "max": max(self.readings)}
        return {"name": self.name, "unit": self.unit, **summary, "readings": self.readings}


def ratio(name: str, over: list[float], under: list[float]) -> Series:
    """One ratio a round: what slows the machine for a while slows both readings of that round, and cancels."""
    return Series(name, "x", [a / b for a, b in zip(over, under, strict=True)])


def alternate(contenders: Mapping[str, Callable[[], float]], plan: argparse.Namespace) -> dict[str, list[float]]:
    """`plan.rounds` readings of each contender, in turn: A B C, A B C, ..., each round begun on a quiet machine if `--wait` allows."""
    readings: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(plan.rounds):
        wait_until_quiet(plan)
        for name, read in contenders.items():
            readings[name].append(read())
            print(f"  round {number + 1}/{plan.rounds}  {name}: {_figures(readings[name][-1])}", file=sys.stderr)
    return readings


def main(name: str, description: str | None, measure: Callable[[argparse.Namespace], list[Series]], **plan: tuple[Any, Any]) -> None:
    """The command line of a benchmark: measure, print the table, write the JSON.

    `plan` names its settings with their values in full and in short; each becomes an option.
    """
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}", description=(description or "").split("\n")[0])
    parser.add_argument("--short", action="store_true", help="small settings, to see that it works and roughly what comes out")
    parser.add_argument("--wait", type=float, default=0, metavar="MINUTES", help="wait, in all up to so long, until the machine is quiet")
    parser.add_argument("--label", default="", metavar="WORD", help="part of the result's name, where one benchmark has several")
    for key, (full, short) in plan.items():
        kind: dict[str, Any] = {"action": "store_true"} if isinstance(full, bool) else {"type": type(full), "metavar": "N"}
        parser.add_argument(f"--{key}", default=None, help=f"[default: {full}, with --short {short}]", **kind)
    options = parser.parse_args()
    for key, (full, short) in plan.items():
        if getattr(options, key) is None:
            setattr(options, key, short if options.short else full)

    options.deadline = time.monotonic() + 60 * options.wait
    load, busy_before = os.getloadavg()[0], wait_until_quiet(options)
    began = time.perf_counter()
    series = measure(options)
    where = machine()
    title = f"{name}-{options.label}" if options.label else name
    document = {
        "benchmark": title,
        "about": parser.description,
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "seconds": round(time.perf_counter() - began, 1),
        "load_average_before": load,
        "busy_before": busy_before,
        "busy_after": busy_share(),
        "settings": {key: getattr(options, key) for key in plan},
        "machine": where,
        "series": [row.to_json() for row in series],
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{title}-{where['name']}{'-short' if options.short else ''}.json"
    path.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    print(markdown(document))


def machine() -> dict[str, Any]:
    """What the figures depend on. `name` is short and fit for a file's name."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "name": re.sub(r"[^a-z0-9]+", "-", gpu.lower()).strip("-") if gpu else f"{cores}xcpu",
        "gpu": gpu,
        "cpu": _cpu_model(),
        "cores": cores,
        "torch_threads": torch.get_num_threads(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "textual": version("textual"),
        "gan-tui": gan_tui.__version__,
        "commit": _commit(),
    }


def markdown(document: Mapping[str, Any]) -> str:
    """A result as a person reads it."""
    where, before, after = document["machine"], document["busy_before"], document["busy_after"]
    settings = ", ".join(f"{key} {value}" for key, value in document["settings"].items())
    lines = [
        f"### {document['benchmark']}",
        "",
        f"{document['about']}",
        "",
        f"{where['gpu'] or 'no GPU'}; {where['cores']} cores of {where['cpu']}; Python {where['python']}, torch {where['torch']}, "
        f"Textual {where['textual']}, commit {where['commit']}; {document['date']}; {settings}; load average "
        f"{document['load_average_before']:.2f}, processors in use by others before and after: {before:.0f} and {after:.0f} %"
        + ("" if max(before, after) < QUIET else " (**not quiet**)"),
        "",
        "| | unit | median | min | max | readings |",
        "|---|---|--:|--:|--:|--:|",
    ]
    for row in document["series"]:
        low, middle, high = (_figures(row[key]) for key in ("min", "median", "max"))
        lines.append(f"| {row['name']} | {row['unit']} | {middle} | {low} | {high} | {len(row['readings'])} |")
    return "\n".join(lines) + "\n"


def _figures(value: float) -> str:
    """Three figures, and never an exponent."""
    return f"{value:,.0f}" if abs(value) >= 99.95 else f"{value:.1f}" if abs(value) >= 9.995 else f"{value:.3g}"


def busy_share(seconds: float = 1.0) -> float:
    """Per cent of the processors' time that is used now. Its load average would still remember the benchmark before this one."""
    before = _processor_times()
    time.sleep(seconds)
    used, whole = (after - earlier for after, earlier in zip(_processor_times(), before, strict=True))
    return 100 * used / whole if whole else 100 * os.getloadavg()[0] / (os.cpu_count() or 1)


def wait_until_quiet(plan: argparse.Namespace) -> float:
    """The busy share when it is below QUIET or the patience of `--wait` ends; other work than ours makes every figure doubtful."""
    while (busy := busy_share()) >= QUIET and time.monotonic() < plan.deadline:
        pass
    if busy >= QUIET:
        print(f"warning: {busy:.0f} % of the processors are in use by something else", file=sys.stderr)
    return busy


def _processor_times() -> tuple[int, int]:
    """(used, whole) so far, in ticks; zeros where there is no /proc."""
    try:
        ticks = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    except OSError:
        return 0, 0
    idle, waiting_for_disk = ticks[3:5]
    return sum(ticks) - idle - waiting_for_disk, sum(ticks)


def _commit() -> str | None:
    """Of the clone that is measured; None where git does not know."""
    try:
        command = ["git", "describe", "--always", "--dirty"]
        return subprocess.run(command, cwd=RESULTS.parent, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def _cpu_model() -> str:
    return cpuinfo("model name") or platform.processor() or platform.machine()
