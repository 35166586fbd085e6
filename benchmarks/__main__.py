"""All benchmarks with short settings, one after the other: `python -m benchmarks`. Options go to each of them."""

import subprocess
import sys

NAMES = (
    "engines",
    "peak",
    "many",
    "startup",
    "terminal_bytes",
    "latency",
    "play",
    "overheads",
    "dashboard_cost",
    "openmp",
    "shared_machine",
    "long_log",
    "tracking",
)

if __name__ == "__main__":
    # A process each: none inherits the threads, the memory or the failure of another.
    options = sys.argv[1:] or ["--short"]
    sys.exit(max(subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *options]).returncode for name in NAMES))
