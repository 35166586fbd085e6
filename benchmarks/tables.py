"""The tables of results that are already there: `python -m benchmarks.tables [RESULT.json ...]`, by default all in full."""

import json
import sys
from pathlib import Path

from benchmarks.common import RESULTS, markdown

if __name__ == "__main__":
    paths = [Path(name) for name in sys.argv[1:]] or sorted(path for path in RESULTS.glob("*.json") if not path.stem.endswith("-short"))
    print("\n".join(markdown(json.loads(path.read_text("utf-8"))) for path in paths))
