"""Which message is shown below the verdict: what has just happened, what this screen has to say, or a hint at the beginning."""

import math
from collections.abc import Sequence

from gan_tui.dashboard import timing
from gan_tui.dashboard.messages import LogEntry, Snapshot
from gan_tui.run.entries import Entry
from gan_tui.spec.kinds import kind_of

FRESH_SECONDS = 8.0
"""How long something that a person did, or should know, has a line of its own below the verdict."""
HINT_SECONDS = 30.0
"""How long a hint has it, unless there is something more important."""
LOOKED_AT = 100
"""Entries of the log, the newest, among which it is found."""


class NewestMessage:
    """Follows the log and what this very screen has to say (`notice`)."""

    def __init__(self) -> None:
        self.notice: LogEntry | None = None
        self._entries: Sequence[Entry] = ()
        self._before_notice: Entry | None = None
        """The last of the log when that came: clocks differ, and may be set back."""
        self._last: Entry | None = None
        """The last of the log."""
        self._came_at = -math.inf
        """Unix time at which that came; of what was there before the screen, long ago."""

    def take(self, snapshot: Snapshot | None, notice: LogEntry | None) -> None:
        """What is known by now."""
        self._entries = list(snapshot.state.entries)[-LOOKED_AT:] if snapshot else ()
        last = self._entries[-1] if self._entries else None
        if notice is not self.notice:
            self._before_notice = last
        if last != self._last:
            self._came_at = timing.now() if self._last is not None else -math.inf
            self._last = last
        self.notice = notice

    def find(self) -> tuple[LogEntry | None, bool]:
        """The message, and whether it has just been said and is none of those that come by themselves."""
        shown = [entry for entry in self._entries if entry.kind != "verdict"]
        mattering = [entry for entry in shown if kind_of(entry.kind).group != "routine" and self.is_fresh(entry.time)]
        hint = self._hint(shown, mattering)
        newest = hint or next(reversed(mattering or shown), None)
        if self.notice is not None and (newest is None or newest not in self._since_notice(self.notice)):
            fresh = self.is_fresh(self.notice.time)
            if fresh or hint is None:
                return self.notice, fresh
        if newest is None:
            return None, False
        return LogEntry(newest.time, newest.text, kind_of(newest.kind).text), newest is hint or newest in mattering

    def is_fresh(self, moment: float, seconds: float = FRESH_SECONDS) -> bool:
        """Has it just been said? What lies in the future, for clocks differ and may be set back, counts by when it came."""
        age = timing.now() - moment
        return age < seconds if age >= 0 else timing.now() - self._came_at < seconds

    def _hint(self, shown: Sequence[Entry], mattering: Sequence[Entry]) -> Entry | None:
        """One for who has just begun: what else is noted at a beginning can be read in the log, and waits."""
        hint = next((entry for entry in reversed(shown) if kind_of(entry.kind).group == "hint"), None)
        if hint is None or not self.is_fresh(hint.time, HINT_SECONDS):
            return None
        later = mattering[mattering.index(hint) + 1 :] if hint in mattering else mattering
        return None if any(entry.kind != "note" or entry.step > hint.step for entry in later) else hint

    def _since_notice(self, notice: LogEntry) -> Sequence[Entry]:
        """What was logged after that came."""
        if self._before_notice in self._entries:
            return self._entries[len(self._entries) - self._entries[::-1].index(self._before_notice) :]
        return [entry for entry in self._entries if entry.time > notice.time]
