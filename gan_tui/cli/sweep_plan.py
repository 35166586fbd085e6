"""What a sweep is to try, from the words in which it was asked for."""

import time
from dataclasses import dataclass
from pathlib import Path

from gan_tui import config
from gan_tui.cli.own_code import allow_named
from gan_tui.errors import UserError
from gan_tui.run import directory
from gan_tui.sweep.plan import split, values_of, whole
from gan_tui.sweep.runner import Sweep


@dataclass(frozen=True)
class Plan:
    """What is to be tried, as it was typed."""

    lr: str | None
    over: str | None
    points: int
    seeds: int
    epochs: str
    preset: str | None
    assignments: tuple[str, ...]
    name: str | None

    def sweep(self, runs_dir: Path) -> Sweep:
        """Raises UserError."""
        if self.lr and self.over:
            raise UserError("--lr and --over are two sweeps: choose one")
        keys, text = split(self.over) if self.over else (config.RATES, self.lr or "1e-5..1e-2")
        tables = [config.parse_assignment(assignment) for assignment in (f"train.epochs={self.epochs}", *self.assignments)]
        if twice := next((key for key in keys if any(text.partition("=")[0].strip() == key for text in self.assignments)), None):
            raise UserError(f"{twice} is what the sweep tries values of: leave out --set {twice}")
        if length := next((text for text in self.assignments if text.partition("=")[0].strip() in ("train.epochs", "train.budget")), None):
            raise UserError(f"--epochs {self.epochs} is the length of a trial: say it there, and leave out --set {length}")
        base = config.resolve(self.preset or config.DEFAULT_PRESET, tables)
        allow_named(base, [text.partition("=")[0].strip() for text in self.assignments])
        if not base.evaluation.budget:
            raise UserError("a sweep compares evaluations, and evaluation.budget = 0 turns them off")
        folder = runs_dir / (directory.check_name(self.name) if self.name else f"sweep-{time.strftime('%Y%m%d-%H%M%S')}")
        if folder.exists():
            raise UserError(f"{folder} exists already: choose another --name, or go on with it: --resume {folder.name}")
        return Sweep(folder, base, keys, values_of(text, self.points, whole=whole(keys)), self.seeds)
