"""What the run has come to, and what happened last: the verdict and the message, in as many lines as there is room for."""

from rich.cells import cell_len
from textual.geometry import Size

from gan_tui.dashboard import timing
from gan_tui.dashboard.log_entry import LogEntry, time_of_day
from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.timing import stalled_for
from gan_tui.dashboard.widgets.line_widget import Ink, Line, LineWidget
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.text import ago, coarse, fit, plain, wrapped

FRESH_SECONDS = 8.0
"""How long something that a person did, or should know, stands in place of the verdict where there is one line for both."""
ROUTINE = frozenset({"samples", "checkpoint", "verdict", "evaluation", "started"})
"""Kinds of events that never take the verdict's place: they come by themselves, again and again."""
LEVELS = {"good": Ink.GOOD, "info": Ink.ACCENT, "warning": Ink.WARNING, "bad": Ink.ERROR}

PATIENT = ("go on", "wait")
"""Advice that is no use once a run has done all of its epochs."""


def advice_of(snapshot: Snapshot) -> str:
    """What to try, as the verdict has it; empty without one."""
    verdict = snapshot.state.verdict
    if verdict is None:
        return ""
    done = snapshot.state.outcome == "completed" and verdict.advice in PATIENT
    return "more epochs, by `gan-tui resume` with --epochs" if done else verdict.advice


def alarm_of(snapshot: Snapshot | None) -> LogEntry | None:
    """The error that the run ended with, or because of which the screen can follow it no more."""
    if snapshot is None:
        return None
    words = snapshot.trouble or (snapshot.state.error if snapshot.name == "failed" else None)
    return LogEntry(snapshot.state.last_event or timing.now(), words, Ink.ERROR) if words else None


class News(LineWidget):
    """One line: the verdict, or for some seconds a message. From two lines on: both. An error takes all that there are."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._snapshot: Snapshot | None = None
        self._notice: LogEntry | None = None

    def show(self, snapshot: Snapshot | None, notice: LogEntry | None) -> None:
        """Show the newest of what the run and the screen itself (`notice`) have to say. Ages go on without any news."""
        self._snapshot, self._notice = snapshot, notice
        self.redraw()

    @property
    def alarm(self) -> LogEntry | None:
        """The error that the run ended with, or because of which the screen can follow it no more."""
        return alarm_of(self._snapshot)

    def draw(self, room: Size) -> list[Line]:
        """`◆ balanced: D(x)=.72 D(G(z))=.25 over the last 600 steps        saved 2 min ago`."""
        width, height = room
        alarm = self.alarm
        if alarm is not None and (self._notice is None or self._notice.time < alarm.time or height > 1):
            return _message(alarm, width, height, self.glyphs)
        message, routine = self._newest()
        verdict = self._verdict_line(width, with_ages=height == 1)
        fresh = message is not None and not routine and timing.now() - message.time < FRESH_SECONDS
        if height > 1:
            if message is not None and fresh and cell_len(message.text) + 2 > width:
                return _message(message, width, height, self.glyphs)  # its last words are mostly those that matter
            said = _message(message, width, 1, self.glyphs)[0] if message else []
            return [verdict or [(f"{self.glyphs.middot} no verdict yet", Ink.MUTED)], self._with_ages(said, width)]
        if message is not None and (verdict is None or fresh):
            return _message(message, width, 1, self.glyphs)
        return [verdict] if verdict else []

    def _newest(self) -> tuple[LogEntry | None, bool]:
        """The newest message, and whether it is one of those that come by themselves."""
        entries = self._snapshot.state.entries if self._snapshot else ()
        shown = [entry for entry in list(entries)[-20:] if entry.kind != "verdict"]
        mattering = [entry for entry in shown if entry.kind not in ROUTINE and timing.now() - entry.time < FRESH_SECONDS]
        newest = (mattering or shown)[-1] if shown else None
        if self._notice is not None and (newest is None or self._notice.time >= newest.time):
            return self._notice, False
        if newest is None:
            return None, True
        ink = {"error": Ink.ERROR, "rolled-back": Ink.WARNING}.get(newest.kind, Ink.TEXT)
        return LogEntry(newest.time, newest.text, ink), newest.kind in ROUTINE

    def _verdict_line(self, width: int, *, with_ages: bool) -> Line | None:
        snapshot = self._snapshot
        if snapshot is None:
            return None
        silent = stalled_for(snapshot)
        if silent is not None:
            words = f"no step for {coarse(silent)} though the trainer is alive: see the log (6) and trainer.log"
            return [(f"{self.glyphs.diamond} {fit(words, width - 2, self.glyphs)}", Ink.WARNING)]
        verdict = snapshot.state.verdict
        if verdict is None:
            return None
        words = fit(plain(verdict.text, self.glyphs), width - 2, self.glyphs)
        ink = LEVELS[verdict.level]
        line: Line = [(f"{self.glyphs.diamond} ", ink), (words, Ink.TEXT if verdict.level == "good" else ink)]
        left = width - 2 - cell_len(words)
        advice = plain(advice_of(snapshot), self.glyphs)
        if advice and left >= min(cell_len(advice), 30) + 3:
            advice = fit(advice, left - 3, self.glyphs)
            return [*line, (f" {self.glyphs.dash} {advice}", Ink.MUTED)]
        saved = self._saved()
        if with_ages and saved and left >= len(saved) + 3:
            line.append(((f" {self.glyphs.middot} " + saved), Ink.MUTED))
        return line

    def _saved(self) -> str:
        checkpoint = self._snapshot.state.checkpoint if self._snapshot else None
        return f"saved {self._age(checkpoint.t)}" if checkpoint else ""

    def _age(self, moment: float) -> str:
        """An age while the run goes on; a time of day, which stands still, where it does not."""
        if self._snapshot is not None and self._snapshot.moving:
            return ago(max(0.0, timing.now() - moment))
        return f"at {time_of_day(moment)[:5]}"

    def _ages(self, width: int) -> str:
        """`step just now · sampled 20 s ago · saved 2 min ago`, as much of it as a third of the line or so holds."""
        state = self._snapshot.state if self._snapshot else None
        if state is None or width < 60:
            return ""
        moments = [
            ("step", state.last_step_at, 110),
            ("sampled", state.samples.t if state.samples and not state.samples.real else None, 90),
            ("saved", state.checkpoint.t if state.checkpoint else None, 0),
        ]
        known = [f"{what} {self._age(moment)}" for what, moment, least in moments if moment is not None and width >= least]
        return f" {self.glyphs.middot} ".join(known)

    def _with_ages(self, line: Line, width: int) -> Line:
        """The ages at the right end, unless the message needs the room."""
        ages = self._ages(width)
        left = width - sum(cell_len(text) for text, _ in line)
        return [*line, (ages.rjust(left), Ink.MUTED)] if ages and left >= len(ages) + 2 else line


def _message(entry: LogEntry, width: int, lines: int, glyphs: Glyphs) -> list[Line]:
    """`12:03:44 › saved checkpoints/step-000012000.pt`. Words that are too long push out the time of day, then go on below."""
    sign = glyphs.cross if entry.ink == Ink.ERROR else glyphs.arrow
    text = plain(entry.text, glyphs)
    clock = f"{time_of_day(entry.time)} "
    if width < 40 or (lines == 1 and len(clock) + 2 + cell_len(text) > width):
        clock = ""
    ink = entry.ink if entry.ink != Ink.TEXT else Ink.ACCENT
    room = max(1, width - len(clock) - 2)
    rows = wrapped(text, room) or [""]
    if len(rows) > lines:
        rows = [*rows[: lines - 1], fit(" ".join(rows[lines - 1 :]), room, glyphs)]
    first: Line = [(clock, Ink.MUTED), (f"{sign} ", ink), (rows[0], entry.ink)]
    below: list[Line] = [[(" " * (len(clock) + 2), Ink.TEXT), (row, entry.ink)] for row in rows[1:]]
    return [first, *below]
