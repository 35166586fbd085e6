"""A search as Optuna's study: what has been tried, what is tried next, and which trials go on at a rung.

The only file, with `journal.py`, that imports Optuna, and it is imported where a search is. All trials stand in the journal from the
beginning, waiting, so that no two workers can make one too many; who takes one has the values for it from a sampler whose random
numbers depend on the search's seed and the trial's number alone. Samplers are never stored: nothing is unpickled.
"""

import math
import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.pruners import BasePruner, NopPruner, SuccessiveHalvingPruner
from optuna.samplers import TPESampler
from optuna.storages import JournalStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState, create_trial

from gan_tui.errors import DamagedError, UserError, reason_of
from gan_tui.files import open_append
from gan_tui.printable import shortened
from gan_tui.sweep.journal import Journal
from gan_tui.sweep.search_plan import JOURNAL, SearchPlan
from gan_tui.sweep.search_report import Row, State
from gan_tui.sweep.space import Dimension, Value

STUDY = "gan-tui"
DIVERGED, REFUSED, TROUBLE = "diverged", "refused", "trouble"
"""What is said of a trial beside its values."""
LONGEST_REASON = 2000
"""Characters of why a trial was refused, or could not run."""
LEAST = 10
"""Trials with a result before anybody says which settings matter."""
QUANTILE = 0.25
"""What sets the best so many apart from the others is what matters: the tenth that is usual is one trial of ten."""

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.filterwarnings("ignore", module=r"optuna|gan_tui\.sweep\.study")  # from Python 3.12 on they are said to come from who calls


class Study:
    """The journal of one search, open for reading and appending. Every method raises UserError where it cannot be."""

    def __init__(self, folder: Path, plan: SearchPlan, seed: int) -> None:
        """Open what `create` has made. `seed`: of the sampler."""
        self._path = folder / JOURNAL
        self._plan, self._seed = plan, seed
        try:
            self._storage = JournalStorage(Journal(self._path))
            self._study = optuna.load_study(study_name=STUDY, storage=self._storage, sampler=self._sampler(0), pruner=self._pruner())
            self.rows()
        except UserError:
            raise
        except Exception as error:  # whatever Optuna makes of lines that it has not written
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            raise DamagedError(f"{self._path} is damaged: {reason}") from None

    @classmethod
    def create(cls, folder: Path, plan: SearchPlan, seed: int) -> Self:
        """A new journal, with all trials waiting."""
        try:
            open_append(folder / JOURNAL, mode=0o600).close()
        except OSError as error:
            raise UserError(f"cannot write {folder / JOURNAL}: {reason_of(error)}") from None
        direction = StudyDirection.MAXIMIZE if plan.maximise else StudyDirection.MINIMIZE
        journal = Journal(folder / JOURNAL, durable=False)  # a thousand trials would be a thousand waits for the disk
        study = optuna.create_study(study_name=STUDY, storage=JournalStorage(journal), direction=direction)
        for _ in range(plan.trials):
            study.enqueue_trial({})
        return cls(folder, plan, seed)

    def rows(self) -> list[Row]:
        """All trials, in the order of their numbers."""
        return [_row(trial, self._plan) for trial in self._trials()]

    def _trials(self) -> list[FrozenTrial]:
        return self._study.get_trials(deepcopy=False)[: self._plan.trials]

    def take(self) -> int | None:
        """The number of a trial that was waiting and is ours now; None where none is."""
        if not any(row.state == "waiting" for row in self.rows()):
            return None
        trial = self._study.ask()
        if trial.number < self._plan.trials:
            return trial.number
        self._study.tell(trial.number, state=TrialState.FAIL)  # another worker took the last one in between
        return None

    def values(self, number: int) -> list[Value]:
        """What a trial tries: what was chosen for it before, and a choice of the sampler where it has none."""
        self._study.sampler = self._sampler(number)
        trial = optuna.Trial(self._study, self._id(number))
        return [_suggest(trial, dimension) for dimension in self._plan.dimensions]

    def report(self, number: int, rung: int, value: float | None) -> bool:
        """Write down what a trial reads at a rung (None: nothing finite); is that enough to go on?"""
        trial = optuna.Trial(self._study, self._id(number))
        try:
            trial.report(self._worst if value is None else value, rung)
            return not trial.should_prune()
        except UpdateFinishedTrialError:
            return True  # another worker has ended it: that is seen elsewhere

    def finish(self, number: int, value: float | None) -> None:
        """It has its result; None: it diverged."""
        if value is None:
            self._note(number, DIVERGED, True)
        self._study.tell(number, self._worst if value is None else value, skip_if_finished=True)

    def prune(self, number: int) -> None:
        """It was ended at a rung."""
        self._study.tell(number, state=TrialState.PRUNED, skip_if_finished=True)

    def refuse(self, number: int, reason: str) -> None:
        """Its settings do not go together: nothing was trained, and others are preferred."""
        self._note(number, REFUSED, reason)
        self.prune(number)

    def complain(self, number: int, reason: str) -> None:
        """It could not run, for no reason of its values: it is tried again, by somebody else or later. Without a reason: that is over."""
        self._note(number, TROUBLE, reason)

    def importance(self) -> dict[str, float]:
        """How much each dimension matters for being among the best, with a sum of 1, the greatest first; empty while that is not known.

        PED-ANOVA (Watanabe et al. 2023, arXiv:2304.10255), which needs no more than NumPy. Trials that were ended early count: their order
        is that of the sampler, by how far they came and then by what they read.
        """
        trials = [trial for trial in self._trials() if trial.state.is_finished() and trial.params]
        if len(trials) < LEAST or len(self._plan.dimensions) < 2:
            return {}
        ranked = optuna.create_study()
        for rank, trial in enumerate(sorted(trials, key=self._standing)):
            ranked.add_trial(create_trial(params=trial.params, distributions=trial.distributions, value=float(rank)))
        return get_param_importances(ranked, evaluator=PedAnovaImportanceEvaluator(target_quantile=QUANTILE))

    def _standing(self, trial: FrozenTrial) -> tuple[bool, int, float]:
        value = trial.value if trial.value is not None else self._worst
        return trial.state != TrialState.COMPLETE, -(trial.last_step or 0), -value if self._plan.maximise else value

    @property
    def _worst(self) -> float:
        return -math.inf if self._plan.maximise else math.inf

    def _note(self, number: int, key: str, value: bool | str) -> None:
        with suppress(UpdateFinishedTrialError):
            self._storage.set_trial_user_attr(self._id(number), key, shortened(value, LONGEST_REASON) if isinstance(value, str) else value)

    def _id(self, number: int) -> int:
        return self._storage.get_trial_id_from_study_id_trial_number(self._storage.get_study_id_from_name(STUDY), number)

    def _sampler(self, number: int) -> TPESampler:
        # Trials at work count as bad ones, so that nobody tries next to them what they are trying.
        return TPESampler(seed=(self._seed * 1_000_003 + number) % 2**32, constant_liar=True)

    def _pruner(self) -> BasePruner:
        if not self._plan.rungs:
            return NopPruner()
        return SuccessiveHalvingPruner(min_resource=self._plan.rungs[0], reduction_factor=self._plan.reduction)


def _suggest(trial: optuna.Trial, dimension: Dimension) -> Value:
    name = dimension.name
    if dimension.choices:
        return str(trial.suggest_categorical(name, dimension.choices))
    if dimension.whole:
        return trial.suggest_int(name, int(dimension.low), int(dimension.high), log=dimension.log)
    return trial.suggest_float(name, dimension.low, dimension.high, log=dimension.log)


def _row(trial: FrozenTrial, plan: SearchPlan) -> Row:
    values: Sequence[Value | None] = [trial.params.get(dimension.name) for dimension in plan.dimensions]
    states: dict[TrialState, State] = {TrialState.WAITING: "waiting", TrialState.RUNNING: "running", TrialState.COMPLETE: "done"}
    state = states.get(trial.state, "pruned")
    if trial.user_attrs.get(DIVERGED):
        state = "diverged"
    elif REFUSED in trial.user_attrs:
        state = "refused"
    value = trial.value if state in ("done", "pruned") else None
    said = {"refused": REFUSED, "running": TROUBLE}.get(state, "")
    reached = 100 if state in ("done", "diverged") else trial.last_step or 0
    return Row(
        trial.number,
        state,
        value if value is not None and math.isfinite(value) else None,
        reached,
        tuple(values),
        str(trial.user_attrs.get(said, "")),
        frozenset(trial.intermediate_values),
    )
