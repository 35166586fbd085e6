"""What matters most in a few lines: the verdict and what to try, what happened last, what waits for a person."""

from dataclasses import replace

from rich.cells import cell_len
from textual.geometry import Size

from gan_tui.dashboard import timing
from gan_tui.dashboard.messages import LogEntry, Snapshot, time_of_day
from gan_tui.dashboard.timing import stalled_for
from gan_tui.dashboard.verdicts import GOES_ON, age, continuation, verdict_of
from gan_tui.dashboard.widgets.header import is_over
from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.dashboard.widgets.newest_message import NewestMessage
from gan_tui.dashboard.widgets.verdict_words import MANY, NARROW, Said, said_of
from gan_tui.health.statistics import OF_A_GAN
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.text import coarse, fit, fit_words, plain, rows_of, wrapped
from gan_tui.run.places import all_typed
from gan_tui.spec.tasks import COMMAND, PRINTED

ROOMY = 70
"""Cells from which on there is room for where the output of a command is, besides how it is run again."""
REMOVED = "events.jsonl was removed"
MOST_LINES = 6
"""That a verdict with its advice may take."""
MEDIUM = 2
"""Lines with which there is one below the verdict."""


def alarm_of(snapshot: Snapshot | None) -> LogEntry | None:
    """The error that the run ended with, or because of which the screen can follow it no more."""
    if snapshot is None:
        return None
    words = snapshot.trouble or (snapshot.state.error if snapshot.name == "failed" else None)
    return LogEntry(snapshot.state.last_event or timing.now(), all_typed(words), Role.ERROR) if words else None


def without_verdict(snapshot: Snapshot | None) -> str:
    """What stands in a verdict's place: one that is over gets none any more, and what is no GAN only if a loss is lost."""
    if snapshot is not None and not snapshot.task.ours and snapshot.state.history and OF_A_GAN.isdisjoint(snapshot.state.history):
        return "no verdict: none of these numbers is a GAN's"
    return "no verdict" if snapshot is not None and is_over(snapshot) else "no verdict yet"


def unseen(snapshot: Snapshot) -> tuple[str, ...]:
    """What is said of a trainer at work whose log is gone, the longest first: what to do only where that can be done here."""
    goes_on = f"{REMOVED}: the {snapshot.task.noun} goes on unseen"
    if snapshot.read_only or not snapshot.task.resumes:
        return (goes_on,)
    anew = "stop the trainer, and a resume begins it anew"
    return f"{goes_on}; stop it, and a resume begins a new log", f"{REMOVED}: {anew}", f"{REMOVED}: stop, then resume"


class News(LineWidget):
    """The verdict with its advice and age, and below it what happened last. An error takes all the lines that there are.

    Whatever happens, the verdict stays. Where there is one line only, what this very screen has to say takes it for some seconds.
    """

    def __init__(self, word: str, glyphs: Glyphs, *, id: str | None = None) -> None:
        """`word`: what a person types to mean the run."""
        super().__init__(glyphs, id=id)
        self._word = word
        self._snapshot: Snapshot | None = None
        self._messages = NewestMessage()
        self.granted = 0
        """Lines that it is given beyond those of the style sheet."""

    def show(self, snapshot: Snapshot | None, notice: LogEntry | None) -> None:
        """Show the newest of what the run and the screen itself (`notice`) have to say. Ages go on without any news."""
        self._snapshot = snapshot
        self._messages.take(snapshot, notice)
        self.redraw()

    @property
    def alarm(self) -> LogEntry | None:
        """The error that the run ended with, or because of which the screen can follow it no more; of a command, what runs it again."""
        found, snapshot = alarm_of(self._snapshot), self._snapshot
        if found is None or snapshot is None or snapshot.trouble or snapshot.task is not COMMAND:
            return found
        text = found.text.removesuffix(f"; {PRINTED}")
        text += "; view 6 shows what it printed" if text != found.text and self.size.width >= ROOMY else ""
        return replace(found, text=f"{text}; `{continuation(snapshot, self._word)}` runs it again")

    def draw(self, room: Size) -> list[Line]:
        """`◆ balanced: D(x)=.72 D(G(z))=.25     step 21,600, 10 s ago`, and below `14:17:04 › saved ...     saved 2 min ago`."""
        width, height = room
        alarm, notice = self.alarm, self._messages.notice
        if alarm is not None and (notice is None or notice.time < alarm.time or height > 1):
            answer = notice if height > 1 and notice and self._messages.is_fresh(notice.time) else None
            if answer is None:
                return _message(alarm, width, height, self.glyphs)
            said = _message(answer, width, height if width < NARROW else 1, self.glyphs)  # its last words are mostly those that matter
            return [*(_message(alarm, width, height - len(said), self.glyphs) if height > len(said) else []), *said]
        message, fresh = self._messages.find()
        stalled = self._stalled(width)
        verdict = verdict_of(self._snapshot.state) if self._snapshot else None
        if message is not None and fresh and message is notice and width < NARROW and cell_len(message.text) + 2 > width:
            return _message(message, width, height, self.glyphs)  # its last words are mostly those that matter
        if height == 1:
            if message is not None and ((fresh and message is notice) or (verdict is None and stalled is None)):
                return _message(message, width, 1, self.glyphs)
            return self._verdict(width, 1) or ([stalled] if stalled else [])
        rows = 2 if fresh and message is not None and cell_len(message.text) + 2 > width else 1
        lines = self._verdict(width, max(1, height - (rows if fresh else stalled is not None)))
        lines = lines or [[(f"{self.glyphs.middot} {without_verdict(self._snapshot)}", Role.MUTED)]]
        left = height - len(lines)
        if stalled and not fresh:
            return [*lines, stalled]
        if left < 1:
            return [self._with_ages(lines[0], width), *lines[1:]] if len(lines) > 1 else lines
        said = _message(message, width, left if fresh else 1, self.glyphs) if message else [[]]
        if height == MEDIUM and not fresh:
            said = [[]]  # what comes by itself, again and again, is in the log; one line below the verdict is for what is not
        return [*lines, *said[:-1], self._with_ages(said[-1], width)]

    def _stalled(self, width: int) -> Line | None:
        if self._snapshot is not None and self._snapshot.unseen:
            words = next((words for words in unseen(self._snapshot) if cell_len(words) <= width - 2), REMOVED)
            return [(f"{self.glyphs.diamond} {fit(words, width - 2, self.glyphs)}", Role.WARNING)]
        if self._snapshot is not None and self._snapshot.obstacle and self._snapshot.state.outcome != "completed":
            return [(f"{self.glyphs.diamond} {fit(self._snapshot.obstacle, width - 2, self.glyphs)}", Role.WARNING)]
        silent = stalled_for(self._snapshot) if self._snapshot else None
        if silent is None:
            return None
        where = ("though the trainer is alive: see the log (6) and trainer.log", "though alive: see view 6, trainer.log", "see view 6")
        said = [f"no step for {coarse(silent)}{' ' if words.startswith('though') else ': '}{words}" for words in where]
        if self._snapshot is not None and self._snapshot.task.passing:
            said = [
                f"no new row for {coarse(silent)}; who writes this file may be at work all the same",
                f"no new row for {coarse(silent)}",
            ]
        words = next((words for words in said if cell_len(words) <= width - 2), said[-1])
        return [(f"{self.glyphs.diamond} {fit(words, width - 2, self.glyphs)}", Role.WARNING)]

    def wants_a_line(self, width: int) -> bool:
        """Would two lines cut the advice, one of them once a message stands below it, or have no place for its age, or cut a message that
        has just come and matters?"""
        message, fresh = self._messages.find()
        if message is not None and fresh and cell_len(message.text) + 2 > width > 0:
            return True
        said = self._said()
        if said is None or not said.advice or self.alarm is not None:
            return False
        rows = said.rows(width - 2)
        places = [rows[-1], fit(said.text, width - 2, self.glyphs)]
        fits = any(cell_len(place) + len(said.when) + 2 <= width - 2 for place in places)
        dash = cell_len(f" {self.glyphs.dash} ")
        alone = cell_len(said.in_short.text) + dash + cell_len(said.advice) <= width - 2
        beside = alone or said.advice.startswith(GOES_ON) or width < ROOMY
        return said.length(self.glyphs) > width - 2 and (len(rows) > 1 or not fits or not beside)

    def _said(self) -> Said | None:
        return said_of(self._snapshot, self._word, self.glyphs)

    def says_all(self, width: int) -> bool:
        """Does the verdict stand here, with all its advice, or with so much of it as it may ever take?"""
        return self.granted == MOST_LINES or 0 < self.lines_for_all(width) <= max(self.size.height, self.granted)

    def lines_for_all(self, width: int) -> int:
        """In which that stands here; 0 where there is no verdict, or something more urgent to say."""
        said, urgent = self._said(), self.alarm is not None or self._stalled(width) is not None
        fitting = (lines for lines in range(1, MOST_LINES + 1) if said is not None and said.fits(width, lines, self.glyphs))
        return 0 if said is None or urgent else next(fitting, MOST_LINES + 1)

    def _verdict(self, width: int, lines: int) -> list[Line]:
        """The verdict, its advice and its age in at most so many lines; none without a verdict."""
        said = self._said()
        if said is None:
            return []
        room = max(1, width - 2)
        if lines == 1 or said.length(self.glyphs) <= room:
            return [self._in_one_line(said, width)]
        if not said.in_blocks(width, lines, self.glyphs) and (whole := self._in_a_paragraph(said, width, lines)):
            return whole
        if len(said.rows(room)) >= lines and (short := self._in_a_paragraph(said.in_short, width, lines, cut=width < NARROW)):
            return short
        advice = rows_of(said.tried, room, lines - 1, self.glyphs) if said.advice else []
        texts = rows_of(said.text, room, lines - len(advice), self.glyphs)
        beside = room - len(said.when) - 2
        ends = {len(texts) + len(advice) - 1: (texts + advice)[-1], len(texts) - 1: texts[-1]}
        place = next((place for place, row in ends.items() if cell_len(row) <= beside), None)
        if place is None and len(texts) + len(advice) == lines and width >= NARROW:
            # View 4 has all of the text, and no other place says how old it is.
            texts[-1], place = fit(texts[-1], beside, self.glyphs), len(texts) - 1
        rows: list[Line] = [[("  ", said.role), (row, said.text_role)] for row in texts]
        rows[0][0] = (f"{self.glyphs.diamond} ", said.role)
        rows += [[("  " + row, Role.MUTED)] for row in advice]
        if place is None and len(rows) < lines:
            place = len(rows)
            rows.append([])
        if place is not None:
            rows[place] = _with_end(rows[place], said.when, said.when_role, width)
        return rows

    def _in_a_paragraph(self, said: Said, width: int, lines: int, *, cut: bool = False) -> list[Line]:
        """Text and advice whole; none where that takes more lines, unless they are `cut`. Their age has what room is left.

        Where it is stale and they are not cut, it has more.
        """
        paragraph = said.paragraph(max(1, width - 2), self.glyphs, lines if cut else MANY)
        if len(paragraph) > lines:
            return []
        rows: list[Line] = [[("  ", said.role), *row] for row in paragraph]
        rows[0][0] = (f"{self.glyphs.diamond} ", said.role)
        rows += [[]] * (len(rows) < lines)
        before, rows[-1] = len(rows[-1]), _with_end(rows[-1], said.when, said.when_role, width)
        return rows if cut or len(rows[-1]) > before or said.when_role is not Role.WARNING else []

    def _in_one_line(self, said: "Said", width: int) -> Line:
        """Where not all of it fits, the evidence is cut first, then the advice; a command gives way, which the summary has again."""
        dash, room, text, advice = f" {self.glyphs.dash} ", max(1, width - 2), said.text, said.advice
        if advice.startswith(GOES_ON) and cell_len(text + dash + advice) > room:
            advice = ""
        if cell_len(text + dash + advice) > room and advice:
            head, left = text.split(":")[0], room - cell_len(dash) - cell_len(advice)
            text = text if cell_len(text) <= left else fit(head, room, self.glyphs)
            advice = fit_words(advice, max(0, room - cell_len(text) - cell_len(dash)), self.glyphs)
        line: Line = [(f"{self.glyphs.diamond} ", said.role), (fit(text, room, self.glyphs), said.text_role)]
        if advice:
            line.append((dash + advice, Role.MUTED))
        return _with_end(line, said.when, said.when_role, width)

    def _ages(self, width: int) -> str:
        """`step just now · grid 20 s ago · checkpoint 2 min ago`, as much of it as a third of the line or so holds."""
        snapshot = self._snapshot
        if snapshot is None or width < NARROW:
            return ""
        state = snapshot.state
        moments = [
            ("step", state.last_step_at, 110),
            ("picture" if snapshot.task.picture else "grid", state.samples.t if state.samples and not state.samples.real else None, 90),
            ("checkpoint", state.checkpoint.t if state.checkpoint else None, 0),
        ]
        known = [f"{what} {age(moment, snapshot)}" for what, moment, least in moments if moment is not None and width >= least]
        return f" {self.glyphs.middot} ".join(known)

    def _with_ages(self, line: Line, width: int) -> Line:
        """The ages at the right end, unless the message needs the room."""
        return _with_end(line, self._ages(width), Role.MUTED, width)


def _with_end(line: Line, words: str, role: Role, width: int) -> Line:
    """`words` at the right end of the line, where there is room for them."""
    left = width - sum(cell_len(text) for text, _ in line)
    return [*line, (words.rjust(left), role)] if words and left >= len(words) + 2 else line


def _message(entry: LogEntry, width: int, lines: int, glyphs: Glyphs) -> list[Line]:
    """`12:03:44 › saved checkpoints/step-000012000.pt`. Words that are too long push out the time of day, then go on below."""
    sign = glyphs.cross if entry.role == Role.ERROR else glyphs.arrow
    text = plain(entry.text, glyphs)
    clock = f"{time_of_day(entry.time)} "
    if width < 40 or len(wrapped(text, width - len(clock) - 2)) > lines:
        clock = ""
    role = entry.role if entry.role != Role.TEXT else Role.ACCENT
    room = max(1, width - len(clock) - 2)
    rows = rows_of(text, room, lines, glyphs)
    first: Line = [(clock, Role.MUTED), (f"{sign} ", role), (rows[0], entry.role)]
    below: list[Line] = [[(" " * (len(clock) + 2), Role.TEXT), (row, entry.role)] for row in rows[1:]]
    return [first, *below]
