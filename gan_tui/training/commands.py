"""What the mailbox and signals ask of a trainer, carried out between two steps."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from gan_tui import config, output
from gan_tui.clocks import Interval
from gan_tui.config import OptimisationConfig, RunConfig
from gan_tui.errors import NotFiniteError, UserError
from gan_tui.nearest import perhaps
from gan_tui.run import mailbox
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Answer, Bookmark, Note
from gan_tui.run.log import EventWriter
from gan_tui.run.mailbox import Command
from gan_tui.spec.tasks import Task
from gan_tui.training.control import Control
from gan_tui.training.stop import StopRequest

MAILBOX_SECONDS = 0.05
"""Between looks into the mailbox: a pause is answered in a third of the 300 ms that a person calls "at once"."""


class Commanded(Protocol):
    """A run that goes on in this process, whatever it is about."""

    task: Task
    run: RunDirectory
    writer: EventWriter
    stop: StopRequest
    paused: bool

    @property
    def step(self) -> int:
        """Done so far."""

    @property
    def settings(self) -> RunConfig | OptimisationConfig:
        """As they are now."""

    @property
    def sample_path(self) -> Path:
        """Where samples of this step go when they are asked for."""

    def pause(self) -> bool:
        """False where it was paused already."""

    def resume(self) -> bool:
        """False where it was not paused."""

    def save(self) -> bool:
        """Write a checkpoint; False where there was no memory for it. Raises OSError."""

    def write_samples(self, path: Path) -> bool:
        """The same of a PNG."""

    def change(self, assignment: str) -> None:
        """Change a setting. Raises UserError and OSError."""


class Requests:
    """Of one run."""

    def __init__(self, control: Commanded, check: Callable[[], None] = lambda: None) -> None:
        """`check`: to be done now and then while the run is paused."""
        self._control, self._check = control, check
        self._interval = Interval(MAILBOX_SECONDS)

    def attend(self, now: float) -> None:
        """Do what was asked for, and wait as long as the run is paused. Raises NotFiniteError and OSError."""
        if not self._interval.due(now):
            return
        self._take()
        while self._control.paused and not self._control.stop.reason:
            time.sleep(MAILBOX_SECONDS)
            self._check()
            self._take()

    def _take(self) -> None:
        control = self._control
        handle_commands(control, mailbox.receive(control.run.control))
        if reason := control.stop.take_save():
            control.save()
            text = f"{reason}: saved at step {control.step:,}"
            control.writer.write(Note(step=control.step, text=text))
            output.say(f"{text}; {control.task.noun} goes on")


def handle_commands(control: Commanded, commands: Sequence[Command]) -> None:
    """Do each, and answer with an event. Raises NotFiniteError and OSError."""
    for command in commands:
        try:
            ok, text = True, _execute(control, command)
        except NotFiniteError:
            raise
        except UserError as error:
            ok, text = False, str(error)
        control.writer.write(Answer(step=control.step, id=command.id, command=command.name, ok=ok, text=text))


def _execute(control: Commanded, command: Command) -> str:
    """Do what is asked; the answer comes back. Raises UserError where it cannot be done."""
    step = control.step
    if why := control.task.refuses.get(command.name):
        raise UserError(why)
    match command.name:
        case "pause":
            return f"paused at step {step:,}" if control.pause() else f"is paused already, at step {step:,}"
        case "resume":
            return f"resumed at step {step:,}" if control.resume() else "is training already"
        case "save":
            _want(control.save(), "a checkpoint")
            return f"saved at step {step:,}"
        case "sample":
            path = control.sample_path
            _want(control.write_samples(path), "samples")
            return f"wrote {path.relative_to(control.run.path)}"
        case "evaluate":
            assert isinstance(control, Control)  # other tasks refuse it
            if control.evaluations is None:
                raise UserError("evaluations are turned off: evaluation.budget is 0")
            said = control.evaluate(control.evaluations)
            _want(bool(said), "an evaluation")
            return said
        case "neighbours":
            assert isinstance(control, Control)
            _want(control.write_neighbours(), "the nearest images")
            return f"found the nearest training image of each sample of step {step:,}"
        case "bookmark":
            control.writer.write(Bookmark(step=command.moment(step), text=command.note))
            return f"bookmarked step {command.moment(step):,}"
        case "set":
            return _change(control, command.text)
        case "stop":
            control.stop.request("asked to stop")
            return f"stopping at step {step:,}"


def _want(done: bool, what: str) -> None:
    """Raises UserError where what was asked for was left out."""
    if not done:
        raise UserError(f"no memory for {what}: training goes on without")


def _change(control: Commanded, assignment: str) -> str:
    key = assignment.partition("=")[0].strip()
    live = control.task.live_of(outlines=control.run.outlines)
    if key not in live:
        known = [one.key for one in config.settings(type(control.settings))]
        meant = "" if key in known else perhaps(key, live) or perhaps(key, known)
        raise UserError(f"'{key}'{meant} cannot be changed while the run trains; these can: {', '.join(live)}")
    control.change(assignment)
    value = float(config.get(control.settings, key))
    knob = live[key]
    remark = knob.remark(value)
    return f"{knob.label} is {value:g} from step {control.step:,} on{f'; {remark}' if remark else ''}"
