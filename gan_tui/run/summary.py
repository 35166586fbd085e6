"""A run in one line: a listing of many runs must not read a million points of each."""

import math
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

from gan_tui.errors import UserError
from gan_tui.run import index, label
from gan_tui.run.damage import damage_of
from gan_tui.run.directory import RunDirectory
from gan_tui.run.glimpse import glimpse
from gan_tui.run.log import EventReader
from gan_tui.run.state import RunState
from gan_tui.spec.metrics import undeclared
from gan_tui.spec.own_names import is_loss
from gan_tui.spec.states import STATES, StateName
from gan_tui.spec.tasks import GAN, TaskName

ENOUGH = 2 * index.GROWTH
"""Bytes of a log that are read: some 25,000 events, 0.2 s."""
PROBES = 64
"""Places at which a log is read of which there is more: more than a sparkline in a listing has cells."""

LONGEST_START = 60.0
"""Seconds that a trainer may take to its first word."""


class Summary(NamedTuple):
    """What `gan-tui runs` shows."""

    name: str
    path: str
    state: StateName
    alive: bool
    epoch: int
    """Epochs done."""
    epochs: int | None
    """Of the whole run; None where that is not known, or where it trains for a time."""
    step: int
    started: float | None
    """Unix time."""
    seen: float | None
    """Unix time of its last news."""
    elapsed: float
    """Seconds of training, pauses left out."""
    rate: float | None
    """Steps a second; None where the run stands still."""
    remaining: float | None
    """Seconds of training still to come; None where that cannot be told."""
    fd: float | None = None
    """Of the newest evaluation; None where there is none, or it is not finite."""
    best_fd: float | None = None
    """The lowest so far."""
    network: str | None = None
    """In whose features these distances were measured; None where that is not known, or there is none."""
    loss_name: str | None = None
    """The first loss that another program has named; None where there is none, or it is not finite."""
    loss: float | None = None
    """Its newest value."""
    verdict: str | None = None
    level: str | None = None
    """How grave the verdict is: bad, warning, info or good. Of a run that failed, or was ended early, the verdict is why."""
    tags: tuple[str, ...] = ()
    archived: bool = False
    """Put away (run/label.py)."""
    damage: str | None = None
    """Why nothing of its log can be read, where that is so."""
    task: TaskName = GAN.name
    """What it is about."""

    @property
    def hidden(self) -> bool:
        """Is it left out of a list that is not asked for what was put away? What is at work never is."""
        return self.archived and not self.alive

    def to_json(self) -> dict[str, Any]:
        """For scripts; moments as ISO 8601 in UTC."""
        moments = {"started": self.started, "seen": self.seen}
        said = {name: datetime.fromtimestamp(moment, UTC).isoformat() for name, moment in moments.items() if moment is not None}
        return self._asdict() | {"tags": list(self.tags)} | said


def summarise(run: RunDirectory) -> Summary:
    """Where `run` stands now."""
    return summarise_state(run, look_at(run))


def summarise_state(run: RunDirectory, state: RunState) -> Summary:
    """The same of a state that was read before."""
    alive = run.alive
    untold = without_log(run) if state.last_event is None and not alive else None
    lost = untold is not None and untold.saved is not None
    saved = untold.saved if untold else run.newest_step if alive and not run.events.exists() else None
    name = untold.name if untold else state.name(alive)
    moving = alive and STATES[name].moves
    judged, level = (state.verdict.text, state.verdict.level) if state.verdict else (None, None)
    broken = untold.damage if untold else None
    if broken:
        judged, level = f"damaged: {run.events.name} cannot be read: {broken}", "bad"
    if name == "failed":  # whatever was said of it before
        judged, level = state.error or "failed", "bad"
    if name == "ended early":
        judged, level = state.ended_early, "info"
    said = label.read(run.path)
    own = next((one for one in undeclared(state.scalars) if is_loss(one) and math.isfinite(state.scalars[one])), None)
    return Summary(
        name=run.name,
        path=str(run.path),
        state=name,
        alive=alive,
        epoch=state.epochs_done,
        epochs=state.planned_epochs or None if state.started else None if lost else _planned(run),
        step=state.step if saved is None else saved,
        started=state.first_event,
        seen=state.last_event,
        elapsed=state.elapsed,
        rate=state.rate if moving else None,
        remaining=state.remaining if moving else None,
        fd=_finite(state.scalars.get("fd")),
        best_fd=lowest(state, "fd"),
        network=state.network,
        loss_name=own,
        loss=state.scalars[own] if own else None,
        verdict=judged,
        level=level,
        tags=said.tags,
        archived=said.archived,
        damage=broken,
        task=run.task.name,
    )


class WithoutLog(NamedTuple):
    """What is known of a run at which no trainer is, and whose log says nothing."""

    name: StateName
    damage: str | None
    """Why nothing of the log can be read; None where there is none, or nothing in it yet."""
    saved: int | None
    """The step of the newest checkpoint, which says how far it came; None without one."""


def without_log(run: RunDirectory) -> WithoutLog:
    """What the files of such a run say of it, in the list of runs and on its screen."""
    damage, saved = damage_of(run.events), run.newest_step if run.has_checkpoint else None
    if damage or saved is not None:
        return WithoutLog("interrupted", damage, saved)
    return WithoutLog("never began" if _waits_in_vain(run) else "starting", None, None)


def _waits_in_vain(run: RunDirectory) -> bool:
    """Are its files too old for a trainer that is still to come?"""
    ages = []
    for path in (run.config_file, run.events):
        with suppress(OSError):
            ages.append(time.time() - path.stat().st_mtime)
    return bool(ages) and min(ages) > LONGEST_START


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def lowest(state: RunState, name: str) -> float | None:
    """The lowest value that a run has had of a scalar."""
    buckets = state.history[name].buckets if name in state.history else []
    return min((bucket.low for bucket in buckets if bucket.low is not None), default=None)


def _planned(run: RunDirectory) -> int | None:
    """Epochs of a run that has not begun, as its settings say; None where they cannot be read."""
    try:
        train = run.config().train
        return None if train.budget else train.epochs
    except UserError:
        return None


def look_at(run: RunDirectory) -> RunState:
    """What a run's log adds up to, in a moment, however long it is: of the histories only those that a listing shows are there for sure.

    From its summary, else its index, and what was written behind it. Of a long log that has neither, as runs of earlier versions and
    loops of other programs may leave, from samples of it (run/glimpse.py): there, what happened once and long ago may be missing.
    """
    log = run.events
    known = index.load_summary(log) or index.load(log) or index.Indexed(RunState(), 0)
    try:
        if log.stat().st_size - known.offset > ENOUGH:
            return glimpse(log, PROBES)[0]
    except (OSError, ValueError):  # there is none, or a pipe of that name
        return RunState()
    reader, more = EventReader(log, offset=known.offset), True
    while more:
        found, cut, more = reader.read()
        if cut:  # between the two looks
            return look_at(run)
        for event in found:
            known.state.apply(event)
    return known.state
