"""The first lines of the screen: what is trained, in which state it is, how far it has come and how fast it goes."""

from rich.cells import cell_len
from textual.geometry import Size

from gan_tui.counted import counted
from gan_tui.dashboard import timing
from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.timing import stalled_for
from gan_tui.dashboard.widgets.line_widget import DataWidget, Line, LineWidget, Number, beside
from gan_tui.render.bars import bar
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.text import coarse, duration, eta, fit, fit_both_ends, plain, quantity, rate
from gan_tui.spec.metrics import SPEED
from gan_tui.spec.states import STATES

SHORTEST_BAR = 6
"""Cells of a bar beside which there is room for words."""
WORTH_A_CUT = 8
"""Cells of a text of which more than that has to be left out."""


class Title(LineWidget):
    """The left part of the first line. The run's name is there at every size; what does not fit beside it is cut, the device first."""

    def __init__(self, name: str, words: str, glyphs: Glyphs, *, sweep: str = "", id: str | None = None) -> None:
        """`words`: what is trained; not said again where the name says it. `sweep`: whose trial it is."""
        super().__init__(glyphs, id=id)
        self._called, words = plain(name, glyphs), plain(words, glyphs)
        self._sweep = f"of {plain(sweep, glyphs)}" if sweep else ""
        self._what = "" if words.replace(" ", "-") in self._called else words
        self._device = self._rollbacks = self._screens = self._augment = self._recorded = ""
        self._shorter: dict[str, str] = {}
        """What is said instead where there is less room."""

    def show(self, snapshot: Snapshot) -> None:
        """Show a newer state of the run."""
        started, count = snapshot.state.started, snapshot.state.rollbacks
        self._device = plain(started.device_name, self.glyphs) if started else ""
        if started and started.ranks > 1:
            self._device += f" {self.glyphs.middot} {started.ranks} ranks"
        screens, how = f"{1 + snapshot.others} screens", plain(started.augment, self.glyphs) if started else ""
        self._screens = f"{screens} attached" if snapshot.others else ""
        self._augment = f"augmented ({how})" if how else ""
        self._recorded = snapshot.recorded
        self._shorter = {self._screens: screens, self._augment: how, self._recorded: self._recorded.removeprefix("replay ")}
        self._shorter[self._device] = self._device.partition(",")[0]  # of a processor, without its threads
        self._rollbacks = counted(count, "roll-back") if count else ""
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """`gan-tui  first  mnist classic  2 roll-backs  2 screens attached  augmented (ada)  NVIDIA H200 · 4 ranks`."""
        left = max(0, room.width - 1)  # the state stands right behind them
        program = "gan-tui  " if len("gan-tui  ") + cell_len(self._called) <= left else ""
        name = fit_both_ends(self._called, left - len(program), self.glyphs)
        line: Line = [(program, Role.MUTED), (name, Role.STRONG)]
        left -= len(program) + cell_len(name) + 1  # as far from the state as from each other
        for text, role in (
            (self._sweep, Role.TEXT),
            (self._what, Role.TEXT),
            (self._recorded, Role.ACCENT),
            (self._rollbacks, Role.WARNING),
            (self._screens, Role.ACCENT),
            (self._augment, Role.MUTED),
            (self._device, Role.MUTED),
        ):
            whole = text in (self._sweep, self._screens)  # a cut count says nothing, and `of lr-sw` little
            text = self._shorter.get(text, text) if cell_len(text) > left - 2 else text
            least = cell_len(text) if whole else min(cell_len(text), WORTH_A_CUT)
            if text and left - 2 >= least:
                text = fit(text, left - 2, self.glyphs)
                line.append(("  " + text, role))
                left -= 2 + cell_len(text)
        return [line]


BLINK = 0.6
"""Seconds: an interruption as short as this is not worth the flicker."""
LONGEST = max(map(len, STATES))
NO_NUMBERS = "no numbers"
"""What is waited for of a program that runs, and of which nothing else is known."""
TIMES = len("  00m 00s")
ETA = "  ETA "
ELAPSED = " elapsed"


def shown_name(snapshot: Snapshot) -> str:
    """The state in the word that the screen shows: no flicker for short interruptions, and a stall is called one."""
    name = snapshot.name
    if STATES[name].interrupts and timing.now() - (snapshot.state.phase_at or timing.now()) < BLINK:
        return "training"
    if name == "starting" and not snapshot.task.ours and snapshot.state.last_event is not None:
        return NO_NUMBERS
    return "stalled" if stalled_for(snapshot) is not None else name


def is_over(snapshot: Snapshot) -> bool:
    """Has nobody a speed or an end to expect any more?"""
    return snapshot.state.outcome is not None or snapshot.name in ("interrupted", "never began")


class Status(DataWidget[Snapshot]):
    """The right part of the first line, as wide as it needs to be. As the room shrinks it gives up the times, and keeps the state."""

    def show(self, data: Snapshot) -> None:
        """Show a newer state. The room that it does not need is the title's."""
        super().show(data)
        if cells_of(self._words(self._most)) != self.size.width:
            self.refresh(layout=True)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """Of what there is to say, within the style sheet's `max-width`."""
        del viewport
        return cells_of(self._words(min(container.width, self._most)))

    @property
    def _most(self) -> int:
        most = self.styles.max_width
        return self.size.width if most is None or most.cells is None else most.cells

    def draw(self, room: Size) -> list[Line]:
        """At the right end of its room."""
        words = self._words(max(room.width, self._most))
        return [[(" " * (room.width - cells_of(words)), Role.TEXT), *words]]

    def _words(self, width: int) -> Line:
        """`● training  12m 34s  ETA 42 min`; alone on a tiny screen, `● training 18%`."""
        if self.data is None:
            return [(fit(f"{self.glyphs.ring} starting", width, self.glyphs), Role.MUTED)]
        state, name = self.data.state, shown_name(self.data)
        role = Role.WARNING if name == "stalled" else STATES[name if name in STATES else self.data.name].role
        dot = self.glyphs.sign_of(self.data.name, alive=self.data.alive)
        spare = width - 2 - LONGEST - TIMES
        if spare < 0:
            share = f" {100 * state.share_done:.0f}%" if state.total_steps else ""
            words = f"{dot} {name}{share}"
            return [(fit(words if len(words) <= width else f"{dot} {name}", width, self.glyphs), role)]
        line: Line = [(f"{dot} {name}", role)]
        if spare >= len(ELAPSED) + len(ETA) + TIMES - 2:
            line.append((" " + ELAPSED, beside("elapsed", Role.MUTED)))
        took = duration(self._seconds(self.data, name), self.glyphs)
        took = f"  {took.strip()}" if is_over(self.data) else took.rjust(TIMES - (len(line) > 1))  # what still changes keeps its place
        line.append((took, Number("elapsed", Role.TEXT)))
        if spare >= len(ETA) + TIMES - 2 and not is_over(self.data):
            remaining = eta(state.remaining if self.data.moving and name != "stalled" else None, self.glyphs)
            line += [(ETA, beside("ETA", Role.MUTED)), (remaining.rjust(TIMES - 2), Number("ETA", Role.TEXT))]
        return line

    @staticmethod
    def _seconds(data: Snapshot, name: str) -> float | None:
        """Of the training; of a program that has said no number yet, since it was started."""
        if data.saved is not None:
            return None
        if name == NO_NUMBERS and data.state.phase_at is not None:
            return max(0.0, timing.now() - data.state.phase_at)
        return data.state.trained


def cells_of(line: Line) -> int:
    """The width of its text."""
    return sum(cell_len(text) for text, _ in line)


class Progress(LineWidget):
    """A count and its bar."""

    def __init__(self, label: str, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._label = label
        self._done = self._total = 0
        self._share = self._budget = 0.0

    def show(self, done: int, total: int, share: float, budget: float = 0.0) -> None:
        """`done` of `total`, the bar filled to `share`; a `total` of 0 is not known, and then the count stands alone, without a bar.

        `budget`: seconds, of which the share is, where it is not of the count.
        """
        self._done, self._total, self._share, self._budget = done, total, share, budget
        self.redraw()

    @property
    def has_bar(self) -> bool:
        """Is it known how much there is to do?"""
        return bool(self._total or self._budget)

    def draw(self, room: Size) -> list[Line]:
        """`epoch  37/200 ━━━━╸─────────`; `epoch 4 time ━━━━╸───── of 3m 00s` of a budget; `step 1,200` of a total that nobody knows."""
        unknown = f"{self.glyphs.dash}/{self.glyphs.dash}"
        alone = f"{self._done:,}" if self._done else unknown
        whole = f"{self._total:,}"
        count = f"{self._done:>{len(whole)},}/{whole}" if self._total else alone
        line: Line = [(self._label + " ", beside(self._label, Role.MUTED)), (count, Number(self._label, Role.TEXT))]
        if not self._total and not self._budget:
            return [line]
        of_time = " time" if self._budget else ""
        left = max(0, room.width - cells_of(line) - len(of_time) - 1)
        aim = f" of {duration(self._budget, self.glyphs)}" if self._budget else ""
        aim = aim if left - len(aim) >= SHORTEST_BAR else ""
        filled, rest = bar(self._share, left - len(aim), self.glyphs)
        drawn = [(" " + filled, beside(self._label, Role.ACCENT)), (rest, beside(self._label, Role.FAINT))]
        return [[*line, (of_time, Role.MUTED), *drawn, (aim, Role.MUTED)]]


class Rate(DataWidget[Snapshot]):
    """Steps a second, and images a second where there is room. A run that stands still has none, whatever it last had."""

    _waits = False

    def wait(self, *, waits: bool) -> None:
        """Does the whole screen stand still, behind a dialog? Then a live run's is said to, and not at which speed the run goes."""
        self._waits = waits
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """`8,431 it/s   843k img/s`, right-aligned; `for 20 s` while an evaluation, say, lasts."""
        snapshot = self.data
        if snapshot is not None and is_over(snapshot):
            return [[]]
        if self._waits and snapshot is not None and snapshot.alive:
            return [[(SCREEN_WAITS.rjust(room.width), Role.MUTED)]]
        busy = _busy_for(snapshot) if snapshot else None
        if busy is not None:
            return [[(f"for {busy}".rjust(room.width), Role.ACCENT)]]
        standing = snapshot is None or not snapshot.moving or stalled_for(snapshot) is not None
        steps = None if snapshot is None or standing else snapshot.state.rate
        text = rate(steps, self.glyphs)
        batch = snapshot.state.started.batch_size if snapshot and snapshot.state.started else 0
        if room.width < WITH_IMAGES or not batch:
            return [[(text.rjust(room.width), Number(SPEED.name, Role.TEXT))]]
        images = quantity(steps * batch) if steps is not None and 0 <= steps < 1e12 else self.glyphs.dash
        return [[(text.rjust(room.width - 13), Number(SPEED.name, Role.TEXT)), (f"{images:>7} img/s", Number("img/s", Role.MUTED))]]


SCREEN_WAITS = "screen waits"
WITH_IMAGES = 26
"""Cells for both."""
LONG_PHASE = 2.0
"""Seconds from which on it is said for how long sampling, evaluating or saving has been going on."""


def _busy_for(snapshot: Snapshot) -> str | None:
    """How long the training has been waiting for something else, coarsely; None where that is not worth a word."""
    if not STATES[snapshot.name].interrupts or not snapshot.alive or snapshot.state.phase_at is None:
        return None
    seconds = timing.now() - snapshot.state.phase_at
    if seconds < LONG_PHASE:
        return None
    return f"{int(seconds) // 2 * 2} s" if seconds < 20 else coarse(seconds)
