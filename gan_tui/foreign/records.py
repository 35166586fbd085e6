"""Lines that are data: JSON objects, Python dicts as Hugging Face's Trainer prints them, and rows below a header."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gan_tui.foreign import names
from gan_tui.foreign.clean import unwrapped
from gan_tui.foreign.pairs import NUMBER, number
from gan_tui.foreign.progress import Progress

Numbers = list[tuple[str, float]]
LONGEST_NAME = 100
DEEPEST = 4
"""Levels of a JSON object."""
_ITEM = re.compile(
    r"""(['"])(?P<name>[^'"{}]{1,80})\1\s*:\s*(?P<value>\{|\[?[-+]?(?i:nan|inf(?:inity)?|[\d.][\d.e+-]*)\]?(?=\s*[,}])|[^,{}]*)"""
)
KEYS: Mapping[str, str] = {
    "epoch": "epoch", "epochs": "epochs", "max_epochs": "epochs", "num_epochs": "epochs", "total_epochs": "epochs",
    "step": "step", "global_step": "global_step", "iter": "step", "iteration": "step", "it": "step", "batch": "batch", "batch_idx": "batch",
    "steps_per_epoch": "steps_per_epoch", "_step": "global_step", "num_updates": "global_step", "trainer/global_step": "global_step",
    "tick": "epoch", "itr": "step", "train_step": "step", "steps": "step",
}  # fmt: skip
"""Names of columns and keys that say where a training is."""
_COLUMNS = {**KEYS, "e": "epoch", "#": "step", "# epoch": "epoch", "#epoch": "epoch", "# step": "step", "#iter": "step"}
_COLUMN = re.compile(r"[A-Za-z_#][\w ./()#%@+-]{0,40}(?:@[\d.:-]{1,10})?")
_OVERALL = frozenset({"all", "total", "avg", "average", "mean", "overall"})
"""What stands in the first cell of a row that is about all classes."""
_SETTINGS_DUMP = frozenset(
    {"batch_size", "seed", "optimizer", "num_workers", "beta1", "betas", "weight_decay", "lr", "dataset", "batchsize"}
)


def read_record(text: str) -> tuple[Numbers, Progress] | None:
    """The numbers of a line that is, or ends in, a JSON object or a Python dict; None for a line without one.

    A table of settings has no numbers.
    """
    whole = text[text.find("{") : text.rfind("}") + 1] if "{" in text else ""
    if not re.search(r"['\"]\s{0,9}:", whole):
        return None
    try:
        content = json.loads(whole)
        items = list(_leaves(content)) if isinstance(content, dict) else []
    except (ValueError, OverflowError, RecursionError):
        items = [(item["name"], _value(item["value"])) for item in _ITEM.finditer(unwrapped(whole)) if item["value"] != "{"]
    progress = Progress()
    numbers: Numbers = []
    for name, value in items:
        leaf = name.rpartition("/")[2].lower()
        key = KEYS.get(name.lower(), KEYS.get(leaf) if "/" not in name else None)
        if value is None or len(name) > LONGEST_NAME:
            continue
        if key:
            place(progress, key, value)
        elif not names.is_never(name):
            numbers.append((name, value))
    if progress.epoch is None and progress.step is not None and progress.global_step is None:
        progress.global_step, progress.step = progress.step, None
    known = {name.lower() for name, _ in items}
    told = progress.epoch is not None or progress.step is not None or progress.global_step is not None
    if (not any(names.is_measured(name) for name, _ in numbers) and (not told or known & _SETTINGS_DUMP)) or len(
        known & _SETTINGS_DUMP
    ) > 1:
        return [], Progress()
    return numbers, progress


def _leaves(content: Mapping[str, Any], path: str = "", depth: int = 0) -> Iterator[tuple[str, float | None]]:
    """Names and numbers of an object; of one inside it by its own name, unless that stands twice. What has a mean is its mean."""
    for name, value in content.items():
        whole = f"{path}/{name}" if path and (depth > 1 or not names.lends_its_name(path)) else name
        if isinstance(value, dict) and depth < DEEPEST:
            mean = value.get("mean")
            if isinstance(mean, (int, float)) and ("std" in value or "num" in value):
                yield name, float(mean)
            else:
                yield from _leaves(value, name, depth + 1)
        elif isinstance(value, bool):
            yield whole, None
        elif isinstance(value, (int, float)):
            yield whole, float(value)
        elif isinstance(value, str):
            yield whole, _value(value) if NUMBER.fullmatch(value) else None
        elif isinstance(value, list) and len(value) == 1 and isinstance(value[0], (int, float)) and not isinstance(value[0], bool):
            yield whole, float(value[0])
        else:
            yield whole, None


def _value(text: str) -> float | None:
    text = text.strip(" []'\"")
    return number(text) if NUMBER.fullmatch(text) else None


def place(progress: Progress, key: str, value: float) -> None:
    """Say in `progress` what a column or a key of this name says."""
    if not math.isfinite(value) or value < 0:
        return
    if key == "epoch":
        progress.epoch = int(value) if value.is_integer() else value
    elif key == "epochs":
        progress.epochs = int(value)
    elif key == "global_step":
        progress.global_step = int(value)
    elif key == "steps_per_epoch":
        progress.steps_per_epoch = int(value)
    else:
        progress.step = int(value)


@dataclass(slots=True)
class Table:
    """A header that has been seen, whose rows may follow."""

    columns: Sequence[str]
    comma: str
    """What separates cells; empty: spaces."""
    rows: int = 0

    def row(self, text: str) -> tuple[Numbers, Progress] | None:
        """The numbers of a row; None where the line is none."""
        cells = _cells(text, self.comma)
        if len(cells) != len(self.columns):
            return None
        progress, numbers = Progress(), Numbers()
        for name, cell in zip(self.columns, cells, strict=False):
            ratio = re.fullmatch(r"(\d+)/(\d+)", cell)
            value = number(cell.rstrip("%")) if NUMBER.fullmatch(cell.rstrip("%")) else None
            key = _COLUMNS.get(name.lower().strip(" ."))
            if ratio and key in ("epoch", "step"):
                place(progress, key, float(ratio[1]))
                place(progress, "epochs" if key == "epoch" else "steps_per_epoch", float(ratio[2]))
            elif value is None:
                if not numbers and not key and cell.lower() in _OVERALL:
                    continue
                if (key or not names.is_never(name)) and cell not in ("", "-", "None", "N/A", "--"):
                    return None
            elif key:
                place(progress, key, value)
            elif not names.is_never(name):
                numbers.append((name, value))
        if progress.epoch is None and progress.step is not None:
            progress.global_step, progress.step = progress.step, None
        self.rows += 1
        return numbers, progress


def header(text: str) -> Table | None:
    """The table that a line is the header of: names alone, one of them a measurement or where the training is."""
    for comma in (",", "\t", ";", "|", ""):
        if comma and comma not in text:
            continue
        columns = [_whole(cell.strip("'\"*")) for cell in _cells(text, comma)]
        if len(columns) < 2 or not all(_COLUMN.fullmatch(column) for column in columns):
            continue
        known = [column for column in columns if names.is_measured(column)]
        placed = any(column.lower().strip(" #.") in KEYS for column in columns)
        if known and (comma or placed or len(known) > 1):
            return Table(columns, comma)
        if placed and len(columns) > 3 and (comma or re.search(r"\S\s{3,}\S", text)) and columns[0].lower().strip(" #.") in KEYS:
            return Table(columns, comma)
    return None


def _whole(column: str) -> str:
    """`Box(P  R  mAP50)` is three columns below a name that they share."""
    if column.count("(") == column.count(")"):
        return column
    return column.rpartition("(")[2].rstrip(")")


def is_rule(text: str) -> bool:
    """Is it a line between a header and its rows?"""
    return not text.strip(" -=+|:\u2500\u2501\u253c\u2502\t")


def _cells(text: str, comma: str) -> list[str]:
    if not comma:
        columns = re.split(r"\s{2,}|\t", text.strip())
        return columns if len(columns) > 2 and not any(NUMBER.search(cell) for cell in columns) else text.split()
    return [cell.strip() for cell in text.strip().strip(comma if comma == "|" else "").split(comma)]
