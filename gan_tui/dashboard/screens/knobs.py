"""Turning the live knobs over the running screen: learning rates and D steps, what they are now, and the next step up or down."""

from collections.abc import Sequence
from string import ascii_letters
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.geometry import Size

from gan_tui.dashboard.commander import Commander
from gan_tui.dashboard.framed_dialog import FramedDialog
from gan_tui.dashboard.knob_values import KNOBS, current, in_words, knobs_of, problem_with, read_settings, schedule_in_words, stepped
from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.named_keys import as_line
from gan_tui.dashboard.summary import numbers_in_words
from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.errors import UserError
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.text import fit, plain, rows_of
from gan_tui.run.directory import RunDirectory
from gan_tui.spec.commands import LiveSetting

LOOK_SECONDS = 0.1
"""Between two looks for the trainer's answer."""
LONGEST = 12
"""Signs of a number that can be typed."""
SIGNS = {sign: sign for sign in "0123456789e"} | {"E": "e", "full_stop": ".", "minus": "-", "plus": "+"}
"""What numbers are made of, by Textual's names of the keys."""
FOREIGN = {sign: sign for sign in ascii_letters if sign not in "ehjklqE"} | {"comma": ",", "slash": "/", "space": " "}
"""What they are not made of, and is no key of this dialog either."""
KEYS = ("left/right turn  or type  enter send  esc back", "left/right  enter send  esc back", "enter send  esc back")
"""What is said of the keys; the longest that fits."""
MOST_ROWS = 12
"""Knobs that are seen at once."""
ROOMY = 50
"""Cells: below, knobs have their short names."""


class KnobsScreen(FramedDialog[None]):
    """A list of knobs. Nothing is sent before enter; what the trainer answers is shown in its own words."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k,shift+tab", "move(-1)"),
        Binding("down,j,tab", "move(1)"),
        Binding("left,h", "turn(False)"),
        Binding("right,l", "turn(True)"),
        Binding("backspace", "erase"),
        Binding("enter", "send"),
        Binding("escape,q", "dismiss"),
        # Bindings and no `on_key`, which would see a sign before the binding of an earlier key has acted.
        *(Binding(key, f"type({sign!r})") for key, sign in SIGNS.items()),
        *(Binding(key, f"refuse({sign!r})") for key, sign in FOREIGN.items()),
    ]

    def __init__(self, run: RunDirectory, commander: Commander, glyphs: Glyphs) -> None:
        super().__init__(classes="" if glyphs.unicode else "-ascii")
        self._commander = commander
        self._awaited: str | None = None
        """The id of the command that the trainer has not answered."""
        self._doubted: tuple[str, str] | None = None
        """The knob and its unusual value of which it was asked whether that is meant."""
        state = commander.snapshot.state if commander.snapshot else None
        knobs = knobs_of(run, state)
        self.list = self.frame = KnobList(read_settings(run, state), glyphs, knobs, id="knobs")
        self.list.styles.height = min(len(knobs), MOST_ROWS) + 6
        self.list.border_title = "live knobs"
        self.list.say(schedule_in_words(run), Role.MUTED)

    def compose(self) -> ComposeResult:
        yield self.list

    def on_mount(self) -> None:
        self._refresh()
        self.set_interval(LOOK_SECONDS, self._refresh)

    def _refresh(self) -> None:
        """The newest values, and the answer where there is one."""
        if answer := self._commander.answer(self._awaited):
            self._awaited = None
            if answer.ok:
                self.list.draft = ""
            self.list.say(answer.text, Role.GOOD if answer.ok else Role.ERROR)
        elif self._commander.is_late(self._awaited):  # what the screen behind says of it cannot be seen
            self.list.say(self._commander.silence("set"), Role.WARNING)
        if refusal := self._commander.refusal:
            self._awaited = None
            self.list.say(refusal, Role.WARNING)
        self.list.show(self._commander.snapshot)

    def action_move(self, by: int) -> None:
        """Mark another knob; what was not sent is forgotten."""
        self.list.move(by)

    def action_turn(self, up: bool) -> None:
        if self._commander.accepts:
            self.list.turn(up)

    def action_erase(self) -> None:
        self.list.type_in(self.list.draft[:-1])

    def action_type(self, sign: str) -> None:
        """Numbers are typed as they are: `1e-4`, `.0002`, `3`."""
        if self._commander.accepts:
            self.list.type_on(sign)

    def action_refuse(self, sign: str) -> None:
        """Say why nothing was typed."""
        if self._commander.accepts:
            self.list.say(f"'{sign}' is no part of a number: 0.0002 and 2e-4 are numbers", Role.WARNING)

    def on_click(self, event: Click) -> None:
        """Mark what was clicked; outside of the box is back."""
        if event.widget is self.list:
            self.list.mark(event.y - 1)
        else:
            self.dismiss()

    def action_send(self) -> None:
        """What was typed or turned to; where that is unusual, only at the second time."""
        knob, words = self.list.marked, self.list.draft
        if self._awaited or not self._commander.accepts:
            return
        if problem := problem_with(knob, words) if words else "nothing to send: left and right turn it, digits type a value":
            self.list.say(problem, Role.ERROR if words else Role.WARNING)
            return
        if float(words) == self.list.value:
            self.list.say(f"it is {words} already", Role.WARNING)
            return
        if (remark := knob.remark(float(words))) and self._doubted != (knob.key, words):
            self._doubted = knob.key, words
            self.list.say(f"{remark}: enter once more sends it", Role.WARNING)
            return
        self._doubted = None
        try:
            self._awaited = self._commander.send("set", f"{knob.key}={in_words(knob, float(words))}")
        except UserError as refused:
            self.list.say(str(refused), Role.ERROR)
        else:
            self.list.say("waiting for the trainer", Role.ACCENT)


class KnobList(LineWidget):
    """One line a knob: its name, its value, and the value that enter would send."""

    def __init__(
        self,
        settings: dict[str, float],
        glyphs: Glyphs,
        knobs: Sequence[LiveSetting] = KNOBS,
        *,
        id: str | None = None,
    ) -> None:
        super().__init__(glyphs, id=id)
        self._knobs = knobs
        self._settings = settings
        self._snapshot: Snapshot | None = None
        self._index = 0
        self._said = ("", Role.MUTED)
        self.draft = ""
        """What would be sent for the marked knob."""
        self._turned = False
        """Was it turned to, and not typed?"""

    @property
    def marked(self) -> LiveSetting:
        """The knob that keys turn."""
        return self._knobs[self._index]

    @property
    def value(self) -> float | None:
        """Its value now, as far as that is known."""
        return self._value(self.marked)

    def show(self, snapshot: Snapshot | None) -> None:
        self._snapshot = snapshot
        self.redraw()

    def say(self, words: str, role: Role) -> None:
        """Below the knobs."""
        self._said = (plain(words, self.glyphs), role)
        self.redraw()

    def move(self, by: int) -> None:
        """Mark the next knob or the one before, round and round."""
        self.mark((self._index + by) % len(self._knobs))

    def mark(self, index: int) -> None:
        """Mark one; no draft goes from one to another."""
        if 0 <= index < len(self._knobs) and index != self._index:
            self._index, self.draft = index, ""
            self.say("", Role.MUTED)

    def turn(self, up: bool) -> None:
        """A step from the draft, or from the value that holds."""
        value = float(self.draft) if self.draft and not problem_with(self.marked, self.draft) else self.value
        if value is not None:
            self.type_in(in_words(self.marked, stepped(self.marked, value, up)))
            self._turned = True

    def type_on(self, sign: str) -> None:
        """One more sign; after a turn, the first of another number."""
        draft = "" if self._turned else self.draft
        if len(draft) < LONGEST:
            self.type_in(draft + sign)
        else:
            self.say(f"a number has {LONGEST} signs at most: backspace takes one away", Role.WARNING)

    def type_in(self, draft: str) -> None:
        """Replace the draft."""
        self.draft, self._turned = draft, False
        self.say("", Role.MUTED)

    def _value(self, knob: LiveSetting) -> float | None:
        return current(knob, self._settings, self._snapshot.state if self._snapshot else None)

    def draw(self, room: Size) -> list[Line]:
        """All knobs, what was said, and the keys; where there is little room, the marked knob first."""
        width, height = room
        knobs = [self._row(index, width) for index in range(len(self._knobs))]
        text, role = self._said
        if height < len(self._knobs) + 1:
            short: Line = [(fit(text, width, self.glyphs), role)]
            return [knobs[self._index], short][:height]
        named = next((words for words in KEYS if len(words) <= width), KEYS[-1])
        keys = as_line(fit(named, width, self.glyphs), Role.MUTED)
        roomy = height >= len(self._knobs) + 4
        gap: list[Line] = [[(fit(self._numbers(), width, self.glyphs), Role.TEXT)]] if roomy else []
        said: list[Line] = [[(row, role)] for row in rows_of(text, width, 1 + len(gap), self.glyphs)]
        below: list[Line] = [[]] if roomy and len(said) < 2 else []
        return [*knobs, *gap, *said, *below, keys][:height]

    def _numbers(self) -> str:
        """The newest, in which a change shows: what lies behind a dialog stands still."""
        return "  ".join(numbers_in_words(self._snapshot.state, self.glyphs)) if self._snapshot else ""

    def _row(self, index: int, width: int) -> Line:
        """`› learning rate of D    0.0003 › 0.000375`."""
        knob, marked = self._knobs[index], index == self._index
        label = knob.label if width >= ROOMY else knob.short
        value = self._value(knob)
        line: Line = [
            (f"{self.glyphs.arrow if marked else ' '} ", Role.ACCENT),
            (label.ljust(max(len(other.label if width >= ROOMY else other.short) for other in self._knobs) + 2), Role.TEXT),
            ((self.glyphs.dash if value is None else in_words(knob, value)).rjust(10), Role.STRONG if marked else Role.TEXT),
        ]
        return [*line, (f"  {self.glyphs.arrow} {self.draft}", Role.ACCENT)] if marked and self.draft else line
