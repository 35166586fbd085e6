"""When a run calls its owner: what its events add up to, looked at by who writes its log, and by a screen that shows it."""

import math
import shutil
import socket
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

from gan_tui.counted import counted
from gan_tui.notify.delivery import Notice
from gan_tui.printable import printable
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import AnyEvent, Checkpoint, Epoch, Evaluation, Finished, Metrics, Samples, Verdict, from_scalar
from gan_tui.run.outcome import outcome_words
from gan_tui.run.state import RunState
from gan_tui.spec.notices import NOTICES, NoticeName

BETTER = 0.9
"""FD must have become smaller by this factor since the last call for it."""
BEST_SECONDS = BAD_SECONDS = 600.0
"""Between two calls of a kind that may come often."""
DISK_SECONDS = 30.0
"""Between two looks at the disk."""
LEAST_ROOM = 1 << 30
"""Bytes: below, the disk counts as nearly full."""
ENOUGH_ROOM = 2 * LEAST_ROOM
"""Above, it is worth a call again when it fills."""


class Calls:
    """Turns events into notices: each happening once, not once a second."""

    def __init__(self, run: Path, on: Collection[NoticeName]) -> None:
        """`on`: what to call for."""
        self._run, self._on = run, on
        self._bad_rule, self._bad_at = "", -math.inf
        self._best, self._best_at = math.inf, -math.inf
        self._looked, self._full = -math.inf, False

    def see(self, event: AnyEvent, state: RunState) -> list[Notice]:
        """What this event, which `state` has taken in, is worth."""
        if isinstance(event, Metrics):
            return []
        found: Notice | None = None
        if isinstance(event, Finished):
            found = self._end(event, state)
        elif isinstance(event, Verdict):
            found = self._verdict(event, state)
        elif isinstance(event, Evaluation):
            found = self._evaluation(event, state)
        return [notice for notice in (found, self._disk(event, state)) if notice and notice.event in self._on]

    def _end(self, event: Finished, state: RunState) -> Notice | None:
        if event.outcome == "completed":
            return self._notice("finished", self._outcome(event, state), event, state)
        if event.outcome == "failed":
            return self._notice("diverged" if state.diverged else "failed", state.error or "", event, state)
        return None

    def _outcome(self, event: Finished, state: RunState) -> str:
        task = RunDirectory(self._run).task
        epochs = [counted(event.epoch, task.epoch)] if event.epoch else []  # of a budget of time the first may not have ended
        return ", ".join([*epochs, counted(state.step, "step"), *outcome_words(task, state.scalars)])

    def _verdict(self, event: Verdict, state: RunState) -> Notice | None:
        if event.level != "bad" or (event.rule == self._bad_rule and event.t - self._bad_at < BAD_SECONDS):
            return None
        self._bad_rule, self._bad_at = event.rule, event.t
        return self._notice("bad", f"{event.text}. {event.advice}" if event.advice else event.text, event, state)

    def _evaluation(self, event: Evaluation, state: RunState) -> Notice | None:
        fd = from_scalar(event.scalars.get("fd", math.nan))
        if not event.best or not fd < BETTER * self._best:
            return None
        first = math.isinf(self._best)
        if not first and event.t - self._best_at < BEST_SECONDS:
            return None
        self._best, self._best_at = fd, event.t
        return None if first else self._notice("best", f"FD {fd:.2f} at step {event.step:,}", event, state)

    def _disk(self, event: AnyEvent, state: RunState) -> Notice | None:
        now = time.monotonic()
        if not isinstance(event, Epoch | Samples | Evaluation | Checkpoint) or now - self._looked < DISK_SECONDS:
            return None
        self._looked = now
        with suppress(OSError):
            free = shutil.disk_usage(self._run).free
            if self._full:
                self._full = free < ENOUGH_ROOM
            elif free < LEAST_ROOM:
                self._full = True
                return self._notice("disk", f"{free / 1e9:.2f} GB are left where {self._run} lies", event, state)
        return None

    def _notice(self, name: NoticeName, text: str, event: AnyEvent, state: RunState) -> Notice:
        run = printable(self._run.name)
        facts: dict[str, Any] = {
            "run": run,
            "path": printable(str(self._run)),
            "host": socket.gethostname(),
            "time": event.t,
            "step": event.step,
            "epoch": state.epochs_done,
        }
        if (fd := state.scalars.get("fd")) is not None and math.isfinite(fd):
            facts["fd"] = fd
        return Notice(name, NOTICES[name].title.format(run=run), printable(text)[:1000], facts)
