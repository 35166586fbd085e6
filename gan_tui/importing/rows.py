"""What a file of another program says of a step, whatever kind of file it is."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from gan_tui.run.events import LAST_STEP

STEPS = ("global_step", "step", "_step", "iteration", "iter", "it", "trainer/global_step", "train/global_step", "Progress/tick")
"""Names of a step, the surest first."""
EPOCHS = ("epoch", "Epoch", "train/epoch")
TIMES = ("timestamp", "_timestamp", "wall_time", "Walltime", "time")
"""Names of a moment, in Unix seconds."""
UNIX = (1e9, 1e11)
"""What can be such a moment."""
MOST = 2000
"""Numbers of a row."""


class Row(NamedTuple):
    """One step."""

    step: int | None
    """None: it is counted."""
    epoch: float | None
    """A part of one where a row is written within it."""
    numbers: Mapping[str, float]
    time: float | None
    """Unix time, where it is said."""


def row_of(values: Iterable[tuple[str, Any]]) -> Row | None:
    """Of names and what stands there, a number or words; None where no number does."""
    known = {name: number for name, value in values if (number := _number(value)) is not None}
    if not known:
        return None
    step = next((name for name in STEPS if name in known), None)
    epoch = next((name for name in EPOCHS if name in known), None)
    moment = next((name for name in TIMES if UNIX[0] < known.get(name, 0.0) < UNIX[1]), None)
    numbers = {name: value for name, value in list(known.items())[:MOST] if name not in (step, epoch, moment)}
    whole, done = _counted(known.get(step or "")), _counted(known.get(epoch or ""))
    return Row(None if whole is None else int(whole), done, numbers, known[moment] if moment else None)


def _counted(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) and 0 <= value <= LAST_STEP else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        try:
            return float(value)
        except OverflowError:  # a whole number beyond all floats
            return math.inf if value > 0 else -math.inf
    try:
        return float(value.strip()) if isinstance(value, str) and value.strip() else None
    except ValueError:
        return None


def flat(table: Mapping[str, Any], before: str = "", depth: int = 4) -> Iterable[tuple[str, Any]]:
    """`{"a": {"b": 1}}` as `a/b`; of what StyleGAN writes, `{"num": ..., "mean": ..., "std": ...}`, its mean."""
    for name, value in table.items():
        where = f"{before}{name}"
        if isinstance(value, Mapping):
            if "mean" in value and "num" in value:
                yield where, value["mean"]
            elif depth:
                yield from flat(value, f"{where}/", depth - 1)
        else:
            yield where, value
