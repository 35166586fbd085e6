"""A worker of a search: takes trials from the journal, trains them, and ends at the rungs those that fall behind.

Any number of workers, here and on other machines that see the folder, do this side by side. A lease (run/lease.py) says whose a trial is;
it is over at once where its process died on this machine, after a minute where it was on another one. A trial that is nobody's is
taken up again from its newest checkpoint; where its trainer has outlived its worker, that one is followed.
"""

import time
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from gan_tui.config import RunConfig
from gan_tui.errors import UserError, reason_of
from gan_tui.run import directory, mailbox
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import EndedEarly
from gan_tui.run.lease import Lease
from gan_tui.run.log import EventWriter
from gan_tui.run.state import RunState
from gan_tui.run.summary import look_at
from gan_tui.sweep import search_plan
from gan_tui.sweep.report import without_order
from gan_tui.sweep.search_plan import LEASES, SearchPlan
from gan_tui.sweep.search_report import Row, SearchReport
from gan_tui.sweep.slots import Slot
from gan_tui.sweep.space import examples, settings_of
from gan_tui.sweep.trial_process import TrialProcess, has_result, result_of
from gan_tui.sweep.worker import Worker

if TYPE_CHECKING:
    from gan_tui.sweep.study import Study

LOOK_SECONDS = 0.25
SEARCH_SECONDS = 2.0
"""Between two looks for trials that have lost their worker, and at what other workers train."""


@dataclass
class AtWork:
    """A trial that is trained, or followed, here."""

    number: int
    slot: Slot
    lease: Lease
    losses: list[str]
    """Not empty: another process has it now, because this one was held up for so long that it seemed dead."""
    process: TrialProcess
    rungs: list[int]
    """Those that are still to come."""
    asked: int = 0
    """The last rung at which an evaluation was asked for."""
    pruned: str = ""
    """Why it was ended early."""


class Search(Worker):
    """One worker, with its share of the trials."""

    def __init__(self, folder: Path, plan: SearchPlan, base: RunConfig, study: "Study") -> None:
        super().__init__(base, plan.at_once)
        self.folder, self.plan = folder, plan
        self._study = study
        self._at_work: list[AtWork] = []
        self._tried_in_vain: set[int] = set()
        """Trials that could not run here; others may have better luck."""
        self._never_began = 0
        """Trials in a row that did not get to their first step."""
        self._next_search = self._next_look = 0.0
        self._elsewhere: dict[int, RunState] = {}
        self._importance: tuple[int, dict[str, float]] = 0, {}

    @classmethod
    def create(cls, folder: Path, plan: SearchPlan, base: RunConfig) -> Self:
        """A new one, with its folder. Raises UserError."""
        kind = _study()
        search_plan.write(folder, plan, base)
        study = kind.create(folder, plan, base.train.seed)
        search_plan.finish(folder, plan)
        return cls(folder, plan, base, study)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """One that there is. Raises UserError, also where its trials have no order."""
        plan, base, study = _kept(folder)
        if plan.no_order:
            raise UserError(without_order(folder, plan.no_order))
        return cls(folder, plan, base, study)

    @staticmethod
    def results(folder: Path) -> SearchReport:
        """What the journal alone says, be there an order or not: neither of trials at work nor of importance. Raises UserError."""
        plan, base, study = _kept(folder)
        return SearchReport(folder, plan, base, study.rows(), {})

    @property
    def examples(self) -> list[RunConfig]:
        return examples(self.base, self.plan.dimensions)

    @property
    def processes(self) -> list[TrialProcess]:
        return [one.process for one in self._at_work]

    def report(self) -> SearchReport:
        """What all workers have found. Raises UserError."""
        rows = self._study.rows()
        ended = len(rows) - sum(row.state in ("waiting", "running") for row in rows)
        if ended != self._importance[0]:
            self._importance = ended, self._study.importance()
        if time.monotonic() >= self._next_look:
            self._look_elsewhere(rows)
        states = self._elsewhere | {one.number: one.process.state for one in self._at_work}
        return SearchReport(self.folder, self.plan, self.base, rows, self._importance[1], states)

    def run_of(self, number: int) -> RunDirectory:
        """The run of a trial, which may not be there yet."""
        return RunDirectory(self.folder / f"trial-{number:0{len(str(self.plan.trials - 1))}}")

    def run(self, slots: Sequence[Slot]) -> Generator[Row | None]:
        """Train until all trials have ended, those of other workers too: one that dies leaves its own. A trial that has ended comes out.

        In between None does, several times a second. Raises UserError. Closed early, it stops its trainers and waits for them.
        """
        free = list(slots)
        try:
            while self._at_work or (not self._interrupted and self._left()):
                while free and not self._interrupted and self._begin(free[-1]._replace()):  # its own: that tells which trials share it
                    free.pop()
                for one in list(self._at_work):
                    if not self._is_over(one):
                        continue
                    self._at_work.remove(one)
                    self._end(one)
                    if all(other.slot is not one.slot for other in self._at_work):
                        free.append(one.slot)
                    yield self._study.rows()[one.number]
                yield None
                time.sleep(LOOK_SECONDS)
        finally:
            self._interrupted = True
            self.close()
            while self._at_work:
                self._end(self._at_work.pop())

    def _left(self) -> bool:
        """May there be something to do here? Trials that wait, and those of others, who may die."""
        rows = self._study.rows()
        return any(row.state in ("waiting", "running") and row.number not in self._tried_in_vain for row in rows)

    def _begin(self, slot: Slot) -> bool:
        """Take as many trials as have room, those that have lost their worker before new ones; False where there is none now.

        Raises UserError.
        """
        begun: list[AtWork] = []
        for number, lease, losses in self._takable():
            row = self._study.rows()[number]
            if row.state == "running" and (run := self._run_for(number)):
                one = AtWork(number, slot, lease, losses, TrialProcess(run, slot.environment), [])
                if row.trouble:
                    self._study.complain(number, "")
                one.rungs = [rung for rung in self.plan.rungs if rung not in row.rungs]
                begun.append(one)
                self._at_work.append(one)
                if len(begun) == slot.room:
                    break
                continue
            lease.release()  # it was ended while we looked, or its settings do not go together
        fresh = [one.process for one in begun if not has_result(one.process.state) and not one.process.run.alive]
        if fresh:
            fresh[0].start(*fresh[1:])
        return bool(begun)

    def _takable(self) -> Generator[tuple[int, Lease, list[str]]]:
        """Trials whose lease is ours now."""
        if time.monotonic() >= self._next_search:
            for row in self._study.rows():
                mine = row.number in self._tried_in_vain or any(one.number == row.number for one in self._at_work)
                if row.state == "running" and not mine and not self._lease_of(row.number).is_held() and (taken := self._lease(row.number)):
                    yield row.number, *taken
            self._next_search = time.monotonic() + SEARCH_SECONDS
        while (number := self._study.take()) is not None:
            if taken := self._lease(number):  # else somebody took it for one that has lost its worker
                yield number, *taken

    def _lease_of(self, number: int) -> Lease:
        return Lease(self.folder / LEASES / str(number))

    def _lease(self, number: int) -> tuple[Lease, list[str]] | None:
        """Ours, and where it is noted should it be lost; None where another worker has it. Raises UserError."""
        losses: list[str] = []
        lease = self._lease_of(number)
        try:
            lease.take(losses.append)
        except UserError:
            return None
        except OSError as error:
            raise UserError(f"cannot write {lease.path}: {reason_of(error)}") from None
        return lease, losses

    def _run_for(self, number: int) -> RunDirectory | None:
        """The run of a trial, made if it is not there; None where its settings do not go together. Raises UserError."""
        run = self.run_of(number)
        if directory.is_run(run.path):
            return run
        try:
            settings = settings_of(self.base, self.plan.dimensions, self._study.values(number))
        except UserError as error:
            self._study.refuse(number, str(error))
            return None
        if not run.path.exists():
            return directory.create(self.folder, settings, run.name)
        try:  # a worker died while it made it
            for folder in (run.samples, run.checkpoints, run.control):
                folder.mkdir(mode=0o700, exist_ok=True)
            directory.write_settings(run, settings)
        except OSError as error:
            raise UserError(f"cannot write into {run.path}: {reason_of(error)}") from None
        return run

    def _is_over(self, one: AtWork) -> bool:
        """Look at a trial; True once nothing is left to do for it here."""
        if not one.process.running() or one.losses:
            return True
        if self._interrupted:
            one.process.stop()
        elif not one.process.told:
            self._compare(one)
        return False

    def _compare(self, one: AtWork) -> None:
        """At a rung: have it evaluated, and end it where what that reads is not among the best."""
        state = one.process.state
        if not one.rungs or not state.total_steps or 100 * state.step < one.rungs[0] * state.total_steps:
            return
        rung = one.rungs[0]
        if state.evaluation is None or 100 * state.evaluation.step < rung * state.total_steps:
            if one.asked != rung:
                one.asked = rung
                with suppress(OSError):  # it ends by itself where its folder has gone
                    mailbox.send(one.process.run.control, "evaluate")
            return
        one.rungs.pop(0)
        value = result_of(state, self.plan.metric)
        if not self._study.report(one.number, rung, value):
            said = "not finite" if value is None else f"{value:.4g}"
            one.pruned = f"ended by the sweep at {rung} %: {self.plan.metric} {said} is not among the best 1 in {self.plan.reduction}"
            one.process.stop_alone()

    def _end(self, one: AtWork) -> None:
        """Write down what a trial came to that is not trained here any more. Raises UserError where it seems that none can run."""
        process = one.process
        try:
            if one.losses:
                return
            if has_result(process.state):
                self._never_began = 0
                self._study.finish(one.number, result_of(process.state, self.plan.metric))
            elif one.pruned:
                self._study.prune(one.number)
                with suppress(OSError), EventWriter(process.run.events, calls=False) as log:
                    log.write(EndedEarly(step=process.state.step, text=one.pruned))
            elif not self._interrupted and not process.run.alive:  # else it is taken up again: by nobody here, or as the trainer that lives
                self._complain(one)
        finally:
            one.lease.release()

    def _complain(self, one: AtWork) -> None:
        process, state = one.process, one.process.state
        self._tried_in_vain.add(one.number)
        trouble = "somebody stopped it" if state.outcome == "stopped" else process.trouble
        self._study.complain(one.number, trouble)
        self._never_began = 0 if state.step else self._never_began + 1
        if self._never_began >= min(2, self.plan.trials):  # nothing that was chosen: the next one would fail as well
            raise UserError(f"the trial {process.run.name} could not begin: {trouble}")

    def _look_elsewhere(self, rows: Sequence[Row]) -> None:
        """At what is trained elsewhere: by other workers, or by a trainer that has outlived its own."""
        mine = {one.number for one in self._at_work}
        running = [row.number for row in rows if row.state == "running" and row.number not in mine]
        trained = [number for number in running if self._lease_of(number).is_held() or self.run_of(number).alive]
        self._elsewhere = {number: look_at(self.run_of(number)) for number in trained}
        self._next_look = time.monotonic() + SEARCH_SECONDS


def _kept(folder: Path) -> "tuple[SearchPlan, RunConfig, Study]":
    """What its folder keeps. Raises UserError."""
    kind = _study()
    plan, base = search_plan.read(folder)
    return plan, base, kind(folder, plan, base.train.seed)


def _study() -> "type[Study]":
    """Optuna is loaded where it is needed. Raises UserError where it is not there."""
    try:
        from gan_tui.sweep.study import Study
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "gan_tui":
            raise
        raise UserError("a search wants Optuna: pip install 'gan-tui[sweep]'; a grid, one --over without --trials, does not") from None
    return Study
