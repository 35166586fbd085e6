"""Everything that only a GPU can show, in at most eight minutes: the first thing to run where there is one.

Each part is a process of its own, with a limit; its figures are written as they come, so that nothing is lost where a later part
hangs or the time is over. `--dry-run` goes through the parts that no other benchmark has, on a CPU with the fake card of the tests.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.common import RESULTS

ROOT = Path(__file__).parent.parent
WHOLE = 480.0
"""Seconds for all parts together."""
TAIL = 6000
"""Characters of what a part has printed that are kept."""


class Part(NamedTuple):
    """One process."""

    name: str
    about: str
    command: tuple[str, ...]
    limit: float
    """Seconds after which it is ended."""
    dry: tuple[str, ...] | None = None
    """What stands for it in a dry run; None leaves it out."""


def own(name: str) -> tuple[str, ...]:
    """A part that benchmarks/gpu_parts.py has."""
    return (sys.executable, "-m", "benchmarks.gpu_parts", name)


def module(*words: str) -> tuple[str, ...]:
    return (sys.executable, "-m", *words)


PARTS = (
    Part("smi-before", "the driver's own view", ("nvidia-smi",), 10),
    Part("doctor", "every engine of every device beside its plain twin", module("gan_tui", "doctor", "--check"), 100),
    Part(
        "presets",
        "100 steps of every preset and engine beside the plain ones, and the memory they take",
        own("presets"),
        150,
        own("presets"),
    ),
    Part("lifetime", "kill, resume, pause, stop, out of memory on purpose", own("lifetime"), 90, own("lifetime")),
    Part("classic", "200 epochs of classic by the default command", own("classic"), 110, own("classic")),
    Part("engines", "ms a step against the tutorial's loop", module("benchmarks.engines", "--rounds", "5", "--compiled"), 90),
    Part(
        "many",
        "ms a step of 1 to 32 small GANs together",
        module("benchmarks.many", "--rounds", "3", "--counts", "2 32", "--precisions", "float32"),
        60,
    ),
    Part(
        "sweeps",
        "seconds of a sweep of 20 rates in one process, and of two trials alone",
        module("benchmarks.sweeps", "--rounds", "1"),
        100,
    ),
    Part("kernels", "what a step of every preset consists of", own("kernels"), 60),
    Part("compiled", "100 steps of the presets that torch.compile can train", own("compiled"), 80),
    Part("dashboard", "training with a dashboard on a pseudo-terminal, and keys", own("dashboard"), 60, own("dashboard")),
    Part("overheads", "previews, evaluations, checkpoints", module("benchmarks.overheads", "--rounds", "1", "--seconds", "31"), 60),
    Part("smi-after", "the driver's own view", ("nvidia-smi",), 10),
)
"""In the order in which they would be missed most."""


def main() -> int:
    """Run the parts; the exit status is 1 where one of them failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--dry-run", action="store_true", help="on a CPU, with the fake card of the tests and small networks")
    parser.add_argument("--only", metavar="NAME", action="append", choices=[part.name for part in PARTS], help="this part; may be repeated")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where the figures go [default: benchmarks/results/gpu-CARD.json]")
    options = parser.parse_args()
    card = "fake" if options.dry_run else _card()
    if card is None:
        print("gan-tui benchmarks: torch finds no CUDA device here; `--dry-run` goes through the parts without one", file=sys.stderr)
        return 2
    path = options.out or RESULTS / f"gpu-{card}.json"
    document: dict[str, Any] = {
        "benchmark": "gpu",
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "dry_run": options.dry_run,
        "parts": {},
    }
    began, failed = time.monotonic(), []
    for part in PARTS:
        command = part.dry if options.dry_run else part.command
        slack = 5 if options.dry_run else 1  # a CPU that has other work to do proves nothing about a limit
        left = slack * WHOLE - (time.monotonic() - began)
        if command is None or (options.only and part.name not in options.only):
            continue
        result = run(command, min(slack * part.limit, left), options.dry_run) if left > 5 else {"status": "the time was over"}
        document["parts"][part.name] = {"about": part.about, **result}
        document["seconds"] = round(time.monotonic() - began, 1)
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
        failed += [part.name] * (result["status"] != 0)
        print(table(part, document["parts"][part.name]), flush=True)
    print(f"{path}: {document['seconds']} s" + (f"; failed: {', '.join(failed)}" if failed else ""))
    return 1 if failed else 0


def run(command: tuple[str, ...], limit: float, dry: bool) -> dict[str, Any]:
    """What the part has printed, its figures, and how it ended: 0, another status, or words."""
    if shutil.which(command[0]) is None:
        return {"status": f"{command[0]} is not there"}
    began = time.monotonic()
    process = subprocess.Popen(
        command, cwd=ROOT, env=_environment(dry), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True,
    )  # fmt: skip
    status: int | str
    try:
        output, _ = process.communicate(timeout=limit)
        status = process.returncode
    except subprocess.TimeoutExpired:
        _end_all_of(process)
        status, (output, _) = f"ended after {limit:.0f} s", process.communicate()
    _end_all_of(process)  # a trainer that a part leaves behind would falsify the figures of the next one
    lines = output.decode(errors="replace").splitlines()
    figures = [json.loads(line) for line in lines if line.startswith('{"figure"')]
    words = "\n".join(line for line in lines if not line.startswith('{"figure"'))[-TAIL:]
    return {"status": status, "seconds": round(time.monotonic() - began, 1), "figures": figures, "output": words.splitlines()}


def _end_all_of(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def table(part: Part, result: dict[str, Any]) -> str:
    """A part as a person reads it."""
    lines = [f"\n### {part.name}: {part.about} ({result.get('seconds', 0)} s, status {result['status']})"]
    lines += [f"{figure['figure']}: {figure['value']} {figure['unit']}" for figure in result.get("figures", [])]
    return "\n".join(lines + result.get("output", []))


def _environment(dry: bool) -> dict[str, str]:
    if not dry:
        return dict(os.environ)
    path = os.pathsep.join([str(ROOT / "tests" / "fake_cuda" / "site"), str(ROOT), os.environ.get("PYTHONPATH", "")])
    return os.environ | {"PYTHONPATH": path, "GAN_TUI_FAKE_CARD": "{}", "GAN_TUI_DRY_RUN": "1", "OMP_NUM_THREADS": "1"}


def _card() -> str | None:
    """Its name, fit for a file's name."""
    import torch

    if not torch.cuda.is_available():
        return None
    return re.sub(r"[^a-z0-9]+", "-", torch.cuda.get_device_name(0).lower()).strip("-")


if __name__ == "__main__":
    sys.exit(main())
