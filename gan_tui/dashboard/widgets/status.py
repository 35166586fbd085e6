"""In which state the run is, for how long it has been trained, and for how long still."""

from textual.geometry import Size

from gan_tui.dashboard import timing
from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.timing import stalled_for
from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.ink import Ink
from gan_tui.render.text import duration, eta, fit
from gan_tui.spec.states import STATES

BRIEF = tuple(state.name for state in STATES.values() if state.interrupts)
BLINK = 0.6
"""Seconds: an interruption as short as this is not worth the flicker."""
LONGEST = max(map(len, STATES))
TIMES = len("  00m 00s")
ETA = "  ETA "
ELAPSED = " elapsed"


def shown_name(snapshot: Snapshot) -> str:
    """The state in the word that the screen shows: no flicker for short interruptions, and a stall is called one."""
    name = snapshot.name
    if STATES[name].interrupts and timing.now() - (snapshot.state.phase_at or timing.now()) < BLINK:
        return "training"
    return "stalled" if stalled_for(snapshot) is not None else name


class Status(LineWidget):
    """The right part of the first line. As the room shrinks it gives up the times, and keeps the state."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._snapshot: Snapshot | None = None

    def show(self, snapshot: Snapshot) -> None:
        """Show a newer state of the run, or the same one some time later."""
        self._snapshot = snapshot
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """`● training  12m 34s  ETA 42 min`; alone on a tiny screen, `● training 18%`."""
        if self._snapshot is None:
            return [[(fit(f"{self.glyphs.ring} starting", room.width, self.glyphs), Ink.MUTED)]]
        state, name = self._snapshot.state, shown_name(self._snapshot)
        ink = Ink.WARNING if name == "stalled" else Ink(STATES[self._snapshot.name if name == self._snapshot.name else "training"].role)
        dot = self.glyphs.dot if self._snapshot.alive else self.glyphs.cross if name == "failed" else self.glyphs.ring
        spare = room.width - 2 - LONGEST - TIMES
        if spare < 0:
            share = f" {100 * state.step / state.total_steps:.0f}%" if state.total_steps else ""
            words = f"{dot} {name}{share}"
            return [[(fit(words if len(words) <= room.width else f"{dot} {name}", room.width, self.glyphs), ink)]]
        line: Line = [(" " * (LONGEST - len(name)), Ink.TEXT), (f"{dot} {name}", ink)]
        if spare >= len(ELAPSED) + len(ETA) + TIMES - 2:
            line.append((" " + ELAPSED, Ink.MUTED))
        line.append((duration(state.elapsed, self.glyphs).rjust(TIMES - (len(line) > 2)), Ink.TEXT))
        if spare >= len(ETA) + TIMES - 2:
            remaining = eta(state.remaining if self._snapshot.moving and name != "stalled" else None, self.glyphs)
            line += [(ETA, Ink.MUTED), (remaining.rjust(TIMES - 2), Ink.TEXT)]
        return [line]
