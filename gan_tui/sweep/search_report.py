"""What a search has found so far: rows, the best of them, and words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

from gan_tui.config import RunConfig
from gan_tui.counted import counted
from gan_tui.printable import printable
from gan_tui.run.state import RunState
from gan_tui.sweep.search_plan import GOALS, SearchPlan
from gan_tui.sweep.space import Value

State = Literal["waiting", "running", "done", "pruned", "diverged", "refused"]
"""Of a trial. `pruned`: ended at a rung. `refused`: its settings do not go together."""
ENDED: tuple[State, ...] = ("done", "pruned", "diverged", "refused")


class Row(NamedTuple):
    """One trial, as the journal knows it."""

    number: int
    state: State
    value: float | None
    """Of the metric: at its end, or at the rung where it was ended; None where there is none, or it is not finite."""
    reached: int
    """Percent of the trial at which that was read; 0 where there is none."""
    values: tuple[Value | None, ...]
    """In the order of the dimensions; None: not chosen yet."""
    trouble: str = ""
    """Why it could not run, or was refused."""
    rungs: frozenset[int] = frozenset()
    """At which it has been compared."""


@dataclass(frozen=True)
class SearchReport:
    """All that is shown of a search."""

    folder: Path
    plan: SearchPlan
    base: RunConfig
    rows: Sequence[Row]
    importance: Mapping[str, float]
    """By the name of the dimension, with a sum of 1; empty while it is not known."""
    states: Mapping[int, RunState] = field(default_factory=dict, compare=False)
    """How far each trial is that is being trained, by its number; one that has lost its worker is not among them."""

    @property
    def title(self) -> str:
        return self.plan.title(self.base)

    @property
    def label(self) -> str:
        """What the metric is called."""
        return GOALS[self.plan.metric].label

    @property
    def length(self) -> str:
        """How long a trial is, in words."""
        return counted(self.base.train.epochs, "epoch")

    @property
    def no_order(self) -> str:
        """Why its trials are not ranked; empty where they are."""
        return self.plan.no_order

    @property
    def ended(self) -> int:
        """Trials with a result."""
        return self.count(*ENDED)

    @property
    def left(self) -> int:
        """Trials without a result."""
        return len(self.rows) - self.ended

    def count(self, *states: State) -> int:
        """Trials that are in one of these states."""
        return sum(row.state in states for row in self.rows)

    @property
    def tally(self) -> str:
        """How many are where, in words."""
        words = [f"{self.ended} of {counted(len(self.rows), 'trial')} ended"]
        words += [f"{count} {'early' if state == 'pruned' else state}" for state in ENDED[1:] if (count := self.count(state))]
        begun = [row for row in self.rows if row.state == "running"]
        running = sum(row.number in self.states for row in begun)
        vain = sum(bool(row.trouble) for row in begun if row.number not in self.states)
        left = {"running": running, "could not run": vain, "interrupted": len(begun) - running - vain}
        return ", ".join([*words, *(f"{count} {state}" for state, count in left.items() if count)])

    def ranked(self) -> list[Row]:
        """Those with a result, the best first: whole trials, then those that came farthest, and last what diverged."""

        def standing(row: Row) -> tuple[bool, int, float]:
            value = 0.0 if row.value is None else -row.value if self.plan.maximise else row.value
            return row.value is None, -row.reached, value

        return sorted((row for row in self.rows if row.state in ENDED), key=standing)

    @property
    def best(self) -> Row | None:
        """Of the whole trials; None where none has a result."""
        return next((row for row in self.ranked()[:1] if row.state == "done" and row.value is not None), None)

    def words(self, row: Row) -> str:
        """What a trial tries: `lr=0.0003, loss.r1=1.2`."""
        pairs = zip(self.plan.dimensions, row.values, strict=True)
        return ", ".join(f"{dimension.name}={printable(dimension.text(value))}" for dimension, value in pairs if value is not None)

    def outcome(self, row: Row) -> str:
        """What came of it, in words."""
        if row.state == "done":
            return f"{self.label} {row.value:.4g}" if row.value is not None else f"no finite {self.label}"
        if row.state == "pruned":
            return f"ended at {row.reached} % with {self.label} {'not finite' if row.value is None else f'{row.value:.4g}'}"
        return f"{row.state}: {printable(row.trouble)}" if row.trouble else row.state

    @property
    def recommendation(self) -> str:
        """What the trials say, with their evidence, in a few sentences."""
        best = self.best
        if best is None:
            if not self.ended:
                return "no trial has ended"
            if self.ended == self.count("diverged", "refused"):
                return "every trial that has ended diverged or was refused: try other ranges"
            return f"no trial has come to its end with a finite {self.label}"
        whole = [row for row in self.ranked() if row.state == "done" and row.value is not None]
        text = f"take trial {best.number}, {self.words(best)}: {self.label} {best.value:.4g}"
        if len(whole) > 1:
            text += f"; next is {whole[1].value:.4g} with {self.words(whole[1])}"
        text += "; one seed each is not much evidence: confirm it with a longer run"
        for dimension, value in zip(self.plan.dimensions, best.values, strict=True):
            if value is not None and (edge := dimension.edge(value)):
                text += f"; {dimension.name} is near the {edge} end of its range, so look further that way"
        return text

    def to_json(self) -> dict[str, Any]:
        """For scripts."""
        trials = [
            {
                "trial": row.number,
                "state": row.state,
                self.plan.metric: row.value,
                "percent": row.reached,
                "settings": {one.name: value for one, value in zip(self.plan.dimensions, row.values, strict=True)},
                "trouble": row.trouble,
            }
            for row in self.rows
        ]
        best = self.best
        return {
            "metric": self.plan.metric,
            "maximise": self.plan.maximise,
            "epochs": self.base.train.epochs,
            "samples": self.base.evaluation.samples,
            "best": best.number if best else None,
            "importance": dict(self.importance),
            "trials": trials,
            "recommendation": self.recommendation,
        }
