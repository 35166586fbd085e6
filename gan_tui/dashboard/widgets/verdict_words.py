"""The verdict of a run in words, with its advice and its age, and the room that these take."""

from typing import NamedTuple

from rich.cells import cell_len

from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.verdicts import GOES_ON, advice_of, age_of, evidence_of, verdict_of
from gan_tui.dashboard.widgets.line_widget import Line
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.text import plain, rows_of, wrapped
from gan_tui.run.events import is_patient
from gan_tui.spec.kinds import LEVELS

NARROW = 50
"""Cells below which ages stand behind whole words, and one's own message takes all lines where it needs them."""

MANY = 100
"""Lines: more than any verdict takes."""


def tried(advice: str) -> str:
    """The advice where it begins a line."""
    return f"try: {advice}" if advice and not is_patient(advice) and not advice.startswith(GOES_ON) else advice


class Said(NamedTuple):
    """A verdict in words."""

    text: str
    advice: str
    when: str
    """Its age."""
    role: Role
    when_role: Role

    @property
    def text_role(self) -> Role:
        """That all is well is no news: it is the mark before it that is green."""
        return Role.TEXT if self.role is Role.GOOD else self.role

    @property
    def tried(self) -> str:
        """The advice where it begins a line."""
        return tried(self.advice)

    def rows(self, width: int) -> list[str]:
        """The advice, uncut."""
        return wrapped(self.tried, max(1, width))

    def paragraph(self, width: int, glyphs: Glyphs, most: int = MANY) -> list[Line]:
        """Text and advice one behind the other, in at most so many lines: fewer than with a line of its own for each."""
        whole = f"{self.text} {glyphs.dash} {self.advice}" if self.advice else self.text
        lines: list[Line] = []
        left = len(self.text.replace(" ", ""))  # signs of the text that are still to come: where lines break, blanks get lost
        for row in rows_of(whole, max(1, width), most, glyphs):
            end = 0
            while end < len(row) and left:
                left -= row[end] != " "
                end += 1
            lines.append([(row[:end], self.text_role), (row[end:], Role.MUTED)])
        return lines

    @property
    def in_short(self) -> "Said":
        """The same without the evidence."""
        return self._replace(text=self.text.partition(":")[0])

    def fits(self, width: int, lines: int, glyphs: Glyphs) -> bool:
        """Can all of it be said in so many lines?"""
        if self.in_blocks(width, lines, glyphs):
            return True
        room, rows = max(1, width - 2), self.paragraph(max(1, width - 2), glyphs)
        last = sum(cell_len(text) for text, _ in rows[-1])
        return len(rows) < lines or (len(rows) == lines and last + len(self.when) + 2 <= room)

    def in_blocks(self, width: int, lines: int, glyphs: Glyphs) -> bool:
        """The same with the advice in lines of its own."""
        room = max(1, width - 2)
        if self.length(glyphs) <= room:
            return True
        texts, advice = wrapped(self.text, room), self.rows(room) if self.advice else []
        spare = lines - len(texts) - len(advice)
        ends = (texts[-1], (texts + advice)[-1])
        return spare > 0 or (spare == 0 and (width < NARROW or any(cell_len(row) + len(self.when) + 2 <= room for row in ends)))

    def length(self, glyphs: Glyphs) -> int:
        """Cells of all of it in one line."""
        dash = f" {glyphs.dash} " if self.advice else ""
        return cell_len(self.text + dash + self.advice) + 2 + len(self.when)


def said_of(snapshot: Snapshot | None, word: str, glyphs: Glyphs) -> Said | None:
    """What is said of a run, which a person calls `word`; None without a verdict."""
    verdict, found = (verdict_of(snapshot.state), evidence_of(snapshot.state)) if snapshot else (None, None)
    if snapshot is None or verdict is None or found is None:
        return None
    text, advice = plain(verdict.text, glyphs), plain(advice_of(snapshot, word), glyphs)
    when, stale = age_of(found, snapshot)
    return Said(text, advice, when, LEVELS[verdict.level], Role.WARNING if stale else Role.MUTED)
