"""What a sweep is to try, from the words in which it was asked for."""

import shlex
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gan_tui import config
from gan_tui.cli.own_code import allow_named
from gan_tui.cli.run_options import TRAIN_OPTIONS, as_typed
from gan_tui.cli.typed import typed
from gan_tui.config import RunConfig
from gan_tui.errors import UserError
from gan_tui.run.whole_paths import with_whole_paths
from gan_tui.sweep.plan import BOTH_RATES, split, values_of, whole
from gan_tui.sweep.report import is_sweep
from gan_tui.sweep.runner import Sweep
from gan_tui.sweep.slots import USUAL, AtOnce

if TYPE_CHECKING:
    from gan_tui.sweep.search import Search

RANGE = "1e-5..1e-2"
"""Of learning rates, where nothing else is said."""
POINTS = 7
"""A grid's values, likewise."""
LENGTH = {"epochs": TRAIN_OPTIONS["epochs"]}


@dataclass(frozen=True)
class Plan:
    """What is to be tried, as it was typed."""

    lr: str | None
    over: tuple[str, ...]
    points: int | None
    seeds: int
    trials: int | None
    minimise: str | None
    maximise: str | None
    reduction: int | None
    epochs: str
    preset: str | None
    assignments: tuple[str, ...]
    name: str | None

    def sweep(self, runs_dir: Path, at_once: AtOnce = USUAL) -> "Sweep | Search":
        """A search where trials are counted, else a grid. Raises UserError."""
        if self.lr and self.over and self.trials is None:
            raise UserError("--lr and --over are two sweeps: choose one, or search both with --trials N")
        return self._grid(runs_dir, at_once) if self.trials is None else self._search(runs_dir, self.trials, at_once)

    def _grid(self, runs_dir: Path, at_once: AtOnce) -> Sweep:
        given = {"--minimise": self.minimise, "--maximise": self.maximise, "--reduction": self.reduction}
        if only := next((option for option, value in given.items() if value is not None), None):
            raise UserError(f"{only} is for a search: say --trials N as well")
        if len(self.over) > 1:
            raise UserError("several --over are a search, --trials N; settings that move together are one: --over loss.r1,loss.r2=A..B")
        flag, typed_here = ("--over", self.over[0]) if self.over else ("--lr", self.lr)
        with typed(flag, typed_here):
            keys, text = split(self.over[0]) if self.over else (config.RATES, self.lr or RANGE)
            values = values_of(text, self.points or POINTS, whole=whole(keys))
        base = self._base(runs_dir, keys)
        return Sweep(self._folder(runs_dir), base, keys, values, self.seeds, at_once=at_once)

    def _search(self, runs_dir: Path, trials: int, at_once: AtOnce) -> "Search":
        from gan_tui.sweep.search import Search
        from gan_tui.sweep.search_plan import SearchPlan, check_metric
        from gan_tui.sweep.space import dimension_of

        if self.minimise and self.maximise:
            raise UserError("--minimise and --maximise are two searches: choose one")
        if self.points is not None:
            raise UserError("--points is for a grid: a search chooses its values by itself, and --trials says how many")
        if self.seeds > 1:
            raise UserError("--seeds is for a grid: a search tries other settings instead; measure the best ones again with several seeds")
        metric = check_metric(self.minimise or self.maximise or "fd", maximise=bool(self.maximise))
        rates = f"{BOTH_RATES}=log:{(self.lr or RANGE).removeprefix('log:')}" if self.lr or not self.over else None
        asked = [("--lr", self.lr, rates)] if rates else []
        dimensions = []
        for flag, words, over in (*asked, *(("--over", over, over) for over in self.over)):
            with typed(flag, words):
                dimensions.append(dimension_of(over))
        base = self._base(runs_dir, [key for dimension in dimensions for key in dimension.keys])
        goes_on = {"reduction": self.reduction} if self.reduction else {}
        plan = SearchPlan(tuple(dimensions), trials, metric, bool(self.maximise), **goes_on, at_once=at_once)
        return Search.create(self._folder(runs_dir), plan, base)

    def _base(self, runs_dir: Path, keys: "list[str] | tuple[str, ...]") -> RunConfig:
        """The settings that all trials share. Raises UserError."""
        said = {text.partition("=")[0].strip(): text for text in self.assignments}
        if twice := next((key for key in keys if key in said), None):
            raise UserError(f"{twice} is what the sweep tries values of: leave out --set {twice}")
        if length := next((said[key] for key in ("train.epochs", "train.budget") if key in said), None):
            raise UserError(f"the length of a trial is --epochs, {self.epochs} here: say it there, and leave out --set {length}")
        with typed("--preset", self.preset):
            start = config.load_preset(self.preset or config.DEFAULT_PRESET)
        with as_typed(LENGTH, {"epochs": self.epochs}, self.assignments):
            tables = [config.parse_assignment(assignment) for assignment in (f"train.epochs={self.epochs}", *self.assignments)]
            base = config.resolve(start, tables)
        allow_named(base, list(said))
        if not base.evaluation.budget:
            raise UserError("a sweep compares evaluations, and evaluation.budget = 0 turns them off")
        return with_whole_paths(base, runs_dir)  # --join and --resume may be said in another folder

    def _folder(self, runs_dir: Path) -> Path:
        """Raises UserError where it is there."""
        folder = runs_dir / (self.name if self.name else f"sweep-{time.strftime('%Y%m%d-%H%M%S')}")
        if folder.exists():
            again = f", or go on with it: `gan-tui sweep --resume {shlex.quote(str(folder))}`" if is_sweep(folder) else ""
            raise UserError(f"{folder} exists already{'' if again else ', and is no sweep'}: choose another --name{again}")
        return folder
