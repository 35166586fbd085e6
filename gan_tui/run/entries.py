"""What a person reads of an event: its line in the log, and its place across the charts."""

from typing import NamedTuple

from gan_tui.counted import counted
from gan_tui.printable import shortened
from gan_tui.run import events
from gan_tui.run.events import AnyEvent

LONGEST = 2000
"""Characters that are kept of a text."""


class Mark(NamedTuple):
    """A moment worth a line across the charts."""

    step: int
    kind: str
    """Of the event."""
    text: str


class Entry(NamedTuple):
    """A line of the log as a person reads it."""

    time: float
    """Unix time."""
    step: int
    kind: str
    """The kind of the event: "note", "error", "checkpoint", ..."""
    text: str


def entry_of(event: AnyEvent) -> Entry | None:
    """Its line; None for what is shown elsewhere: metrics, evaluations, phases, epochs."""
    words = _words(event)
    return Entry(event.t, event.step, str(type(event).__struct_config__.tag), shortened(words, LONGEST)) if words is not None else None


def mark_of(event: AnyEvent) -> Mark | None:
    """Its line across the charts, where it is a moment to remember."""
    match event:
        case events.Changed():
            return Mark(event.step, "changed", shortened(f"{event.setting} = {event.value:g}", LONGEST))
        case events.Bookmark():
            return Mark(event.step, "bookmark", shortened(event.text, LONGEST))
        case events.RolledBack():
            return Mark(event.step, "rolled-back", shortened(event.reason, LONGEST))
    return None


def _words(event: AnyEvent) -> str | None:
    match event:
        case events.Started():
            where = f" at step {event.step:,}" if event.resumed else ""
            return f"{'resumed' if event.resumed else 'started'}{where} on {event.device_name}"
        case events.Samples():
            return f"wrote {event.path}"
        case events.Checkpoint():
            return f"saved {event.path}"
        case events.BestKept():
            return f"best.pt, of step {event.of:,} (FD {event.fd:.3g}), stays the best until a lower FD is measured"
        case events.Changed():
            return f"{event.setting} is {event.value:g} from now on (was {event.before:g})"
        case events.Bookmark():
            return f"bookmark: {event.text}" if event.text else "bookmark"
        case events.RolledBack():
            return f"rolled back {event.count}/{event.limit}: {event.reason}; going on from step {event.step:,}"
        case events.Threads():
            why = "other programs use the cores" if event.count < event.most else "the cores are free"
            return f"{event.count} of {event.most} CPU threads from now on, for {why}: {event.rate:.3g} steps/s, {event.before:.3g} before"
        case events.Finished():
            done = counted(event.step, "step") if event.step else counted(event.epoch, "epoch") if event.epoch else ""
            return f"{event.outcome} after {done}" if done else event.outcome
        case events.Verdict() | events.Answer() | events.Hint() | events.Note() | events.EndedEarly() | events.Error():
            return event.text
    return None
