"""What is known of a run at a moment, and the messages that carry it and what the screen itself has to say."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from textual.message import Message

from gan_tui.render.images import ImageMode
from gan_tui.render.styles import Role
from gan_tui.run.directory import RunDirectory
from gan_tui.run.images import Images
from gan_tui.run.places import Place
from gan_tui.run.preview import Preview
from gan_tui.run.state import RunState
from gan_tui.spec.states import STATES, StateName
from gan_tui.spec.tasks import GAN, Task


@dataclass(frozen=True)
class LogEntry:
    """What happened, when (Unix time), and how serious it is."""

    time: float
    text: str
    role: Role = Role.TEXT


def time_of_day(moment: float) -> str:
    """HH:MM:SS in local time; a log may hold any number."""
    try:
        return time.strftime("%H:%M:%S", time.localtime(moment))
    except (ValueError, OverflowError, OSError):
        return "--:--:--"


class Snapshot(NamedTuple):
    """All that is known of a run at one moment."""

    state: RunState
    name: StateName
    """The state in one word; also says what the events cannot: that the trainer vanished."""
    alive: bool
    preview: Preview
    """The newest samples, and what belongs to them."""
    real: Images | None
    """Training images."""
    images_version: int
    """Counts the changes of `preview` and `real` together."""
    trouble: str | None
    """Why there is nothing more to follow, where something is wrong."""
    task: Task = GAN
    """What the run is about."""
    others: int = 0
    """Other screens that show it."""
    printed: Sequence[str] = ()
    """What a script has printed last, line by line."""
    recorded: str = ""
    """What the header says of a recording, as of a moment long ago; empty: this is what is known now."""
    read_only: bool = False
    """Does the screen that shows it send no commands?"""
    obstacle: str = ""
    """Why a run that has ended cannot be gone on with, though its log would (`run/damage.py`)."""
    measurable: bool = True
    """Can `gan-tui evaluate` measure a run that has ended? It wants checkpoints and settings; a resume can do without these."""
    writable: bool = True
    """May we write into its folder? Where we may not, nobody is told how it goes on."""
    unseen: bool = False
    """Is a trainer at work whose log somebody has removed?"""
    saved: int | None = None
    """Of a run whose log is lost, the step of its newest checkpoint."""
    heard: Callable[[], float] | None = None
    """When this screen has read the newest step or phase of `state`, by `timing.unset`. Asked, as `state` goes on. None: a recording."""

    @property
    def why_no_samples(self) -> str:
        """What is said where they would be. In a recording nobody waits for them."""
        if self.task.picture:
            said = ("no picture had been saved by then", "waiting for the first picture", "no picture was written")
        else:
            said = ("no grid of samples had been saved by then", "waiting for the first samples", "no samples were written")
        if self.recorded:
            return said[0]
        why = said[1] if self.alive else said[2]
        return f"{why}: these are {self.task.images_are}" if self.task.images_are else why

    @property
    def place_word(self) -> str:
        """What the places of the grids are: epochs, or steps of a run that has no epochs. Empty where none will come any more."""
        if self.state.grids:
            return "step" if self.state.grids_by_step else self.task.epoch
        return "" if self.state.outcome or self.saved is not None else self.task.epoch if self.task.ours or self.state.epoch else "step"

    def place_of(self, key: int) -> int:
        """Of a grid by its key: its step, or its epoch; those of the first epoch before its end are kept as 0."""
        return key if self.state.grids_by_step else max(1, key)

    @property
    def moving(self) -> bool:
        """Do speed and remaining time mean anything now?"""
        return STATES[self.name].moves

    @property
    def urgent(self) -> tuple[object, ...]:
        """What a person may be waiting for. Short interruptions of the training are not: a fast run has many of them in a second."""
        return ("training" if STATES[self.name].interrupts else self.name, self.alive, self.trouble)

    @property
    def judged(self) -> tuple[float | None, float | None]:
        """When the evaluation and the verdict came that are the newest: where they are others, the numbers are drawn with the verdict."""
        evaluation, verdict = self.state.evaluation, self.state.verdict
        return (evaluation.t if evaluation else None, verdict.t if verdict else None)


class DrawingWanted(Message):
    """The user asks for the drawing board."""


class Say(Message):
    """A widget has something to say; it stands in the news line until there is newer news."""

    def __init__(self, words: str, role: Role = Role.TEXT) -> None:
        self.words, self.role = words, role
        super().__init__()


class WalkAsked(Message):
    """The user asks for the latent walk, with images drawn in this way."""

    def __init__(self, images: ImageMode) -> None:
        self.images = images
        super().__init__()


class RunChanged(Message):
    """There is news. Only the newest matters, so one that is still waiting is replaced."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        super().__init__()

    def can_replace(self, message: Message) -> bool:
        """Whatever was said before is in this snapshot as well."""
        return isinstance(message, RunChanged)


class Opening(Message):
    """A run was chosen; `resume`: to go on with it. `sweep`: it is the folder of a sweep. `place`: it is there, and perhaps `alive`."""

    def __init__(
        self, run: RunDirectory, *, resume: bool = False, sweep: bool = False, place: Place | None = None, alive: bool = False
    ) -> None:
        self.run = run
        self.resume = resume
        self.sweep = sweep
        self.place = place
        self.alive = alive
        super().__init__()
