"""What the screen asks of a script, and what the script lets it do. Commands wait until the loop is between two steps."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from gan_tui.clocks import Stopwatch
from gan_tui.errors import UserError, first_line
from gan_tui.nearest import perhaps
from gan_tui.printable import printable
from gan_tui.run.events import Answer, Bookmark, Changed, Checkpoint, Offers, Phase
from gan_tui.run.mailbox import Command
from gan_tui.spec.commands import CommandName
from gan_tui.spec.tasks import SCRIPT
from gan_tui.tracking.writing import WritingThread

LONGEST_KNOB = 200
"""Characters of its name."""
LOOK_SECONDS = 0.5
"""A paused loop looks at least so often."""
MOST_KNOBS = 50
Save = Callable[[], Any]


class Commands:
    """`receive` is called in the thread that writes, all else in the loop that trains."""

    def __init__(self, writing: WritingThread, clock: Stopwatch, step: Callable[[], int], *, alone: bool) -> None:
        """`alone`: no other processes train with this one."""
        self._writing, self._clock, self._step = writing, clock, step
        self._alone = alone
        self._arrived = threading.Event()
        self.waiting: deque[Command] = deque(maxlen=100)
        self._offered: set[CommandName] = {"bookmark"}
        self._knobs: dict[str, tuple[Callable[[], Any], Callable[[float], Any]]] = {}
        self._values: dict[str, float] = {}
        self._save: Save | None = None
        self.paused = False
        self.stopping = False

    def offer(self, *names: CommandName) -> None:
        """The script lets a person do this from now on."""
        if not self._offered.issuperset(names):
            self._offered.update(names)
            self._say()

    def offer_save(self, save: Save) -> None:
        self._save = save
        self.offer("save")

    def offer_knob(self, name: str, get: Callable[[], Any], set_: Callable[[float], Any]) -> None:
        """Raises UserError where there are too many, and what `get` raises."""
        name = printable(name)
        if len(self._knobs) >= MOST_KNOBS and name not in self._knobs:
            raise UserError(f"a run has {MOST_KNOBS} knobs at most")
        if not name or "=" in name or len(name) > LONGEST_KNOB:
            raise UserError(f"'{name[:LONGEST_KNOB]}' cannot name a knob: a word without '=' can")
        if not math.isfinite(value := float(get())):
            raise UserError(f"{name} is {value}, and a knob is a number that is finite")
        self._values[name] = value
        self._knobs[name] = get, set_
        self._offered.add("set")
        self._say()

    def _say(self) -> None:
        knobs = {name: value for name, value in self._values.items() if math.isfinite(value)}  # JSON has no others
        self._writing.put(Offers(step=self._step(), commands=sorted(self._offered), knobs=knobs))

    def receive(self, command: Command) -> None:
        """Answer what needs no script, and let all else wait for it."""
        if command.name == "bookmark":
            step = command.moment(self._step())
            self._writing.put(Bookmark(step=step, text=command.note))
            self._answer(command, f"bookmarked step {step:,}")
        elif command.name == "sample" and command.name in self._offered:
            self._writing.pictures.want()
            self._answer(command, "the next images that the script shows are written")
        elif why := self._refusal(command.name):
            self._answer(command, why, ok=False)
        else:
            self.waiting.append(command)
            self._arrived.set()

    def _refusal(self, name: CommandName) -> str:
        if name == "pause" and not self._alone:
            return "several processes train this run: the others would wait for this one, and give up"
        if name == "stop" and not self._alone and "stop" not in self._offered:
            return "several processes train this run: its loop must read run.should_stop, and tell the others"
        return SCRIPT.refusal(name, self._offered)

    def _answer(self, command: Command, text: str, *, ok: bool = True) -> None:
        self._writing.put(Answer(step=self._step(), id=command.id, command=command.name, ok=ok, text=text))

    def attend(self, *, may_wait: bool) -> bool:
        """Do what was asked for, here and now; `may_wait`: as long as the run is paused. True where it was."""
        waited = False
        while True:
            while self.waiting:
                self._carry_out(self.waiting.popleft())
            if not (self.paused and may_wait) or self.stopping:
                return waited
            waited = True
            self._arrived.wait(LOOK_SECONDS)
            self._arrived.clear()

    def _carry_out(self, command: Command) -> None:
        try:
            ok, text = True, self._execute(command)
        except UserError as error:
            ok, text = False, str(error)
        except Exception as error:  # of the script's own function
            ok, text = False, f"the script's function failed: {type(error).__name__}: {first_line(error)}"
        self._answer(command, text, ok=ok)

    def _execute(self, command: Command) -> str:
        step = self._step()
        match command.name:
            case "pause":
                return self._pause(step)
            case "resume":
                return self._go_on(step)
            case "save":
                return self._carry_out_save(step)
            case "set":
                return self._set(command.text, step)
            case "stop":
                self._go_on(step)
                self.stopping = True
                self._writing.put(Phase(step=step, name="stopping"))
                return f"stopping at step {step:,}"
        raise UserError(f"a script does not know `{command.name}`")

    def _pause(self, step: int) -> str:
        if self.paused:
            return f"is paused already, at step {step:,}"
        self.paused = True
        self._clock.hold()
        self._writing.put(Phase(step=step, name="paused"))
        return f"paused at step {step:,}"

    def _go_on(self, step: int) -> str:
        if not self.paused:
            return "is training already"
        self.paused = False
        self._clock.go_on()
        self._writing.put(Phase(step=step, name="training"))
        return f"resumed at step {step:,}"

    def _carry_out_save(self, step: int) -> str:
        assert self._save is not None
        self._writing.put(Phase(step=step, name="saving"))
        began = time.monotonic()
        try:
            path = self._save()
        finally:
            self._writing.put(Phase(step=step, name="paused" if self.paused else "training"))
        where = printable(str(path)) if path is not None else "the script's files"
        self._writing.put(Checkpoint(step=step, path=where, seconds=time.monotonic() - began))
        return f"saved {where} at step {step:,}"

    def _set(self, assignment: str, step: int) -> str:
        name, _, words = (part.strip() for part in assignment.partition("="))
        if name not in self._knobs:
            raise UserError(f"'{name}'{perhaps(name, self._knobs)} is no knob of this script; these are: {', '.join(self._knobs)}")
        try:
            value = float(words)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise UserError(f"'{words}' is no number that {name} can be set to")
        get, set_ = self._knobs[name]
        before = float(get())
        set_(value)
        now = self._values[name] = float(get())
        self._say()
        if not math.isfinite(now):
            raise UserError(f"{name} was set to {value:g}, and its script says that it is {now}")
        if math.isfinite(before):
            self._writing.put(Changed(step=step, setting=name, before=before, value=now))
        return f"{name} is {now:g} from step {step:,} on"
