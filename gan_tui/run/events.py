"""Every event of a run, typed once for the trainer that writes and the screen that reads.

One event is one JSON object on one line of `events.jsonl`, with `v` (version of the format), `t` (Unix
time in seconds) and `kind`. A reader skips kinds that it does not know: a newer trainer does not
break an older screen.
"""

import math
import re
import time
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from gan_tui.counted import counted
from gan_tui.run.inside import Layers, Logits
from gan_tui.run.inside import Scalar as Scalar
from gan_tui.spec import aliases
from gan_tui.spec.commands import CommandName
from gan_tui.spec.kinds import LevelName
from gan_tui.spec.states import Outcome, PhaseName

VERSION = 2
"""Of the format. In logs of format 1 some metrics have older names (`spec/aliases.py`); they are read under the present ones."""

Seconds = Annotated[float, Meta(ge=-1e11, le=1e11)]
"""As many as a Unix time may have: axes are drawn of them."""

LAST_STEP = 10**15
"""What a log can hold."""
Step = Annotated[int, Meta(ge=0, le=LAST_STEP)]

Shares = Annotated[tuple[float, ...], Meta(max_length=100)]


class Event(msgspec.Struct, tag_field="kind", kw_only=True):
    """What all events have. `step` counts G+D updates done since the run began; it never restarts."""

    t: Annotated[float, Meta(ge=0, le=1e11)] = msgspec.field(default_factory=time.time)
    v: int = VERSION
    step: Step = 0


class Started(Event, tag="started"):
    """A trainer has loaded everything and begins (or, after a resume, goes on) at `step`."""

    device: str
    device_name: str
    epochs: int
    steps_per_epoch: int
    resumed: bool = False
    batch_size: int = 0
    """Images a step, all ranks together; 0 where the loop has not said."""
    ranks: int = 1
    """Processes that share each batch."""
    pids: list[int] = []
    """Their process numbers, on the machine of the first."""
    d_equilibrium: float | None = msgspec.field(default=None, name="d_ideal")
    """The losses where neither network can improve. The log keeps the names that format 1 gave them."""
    g_equilibrium: float | None = msgspec.field(default=None, name="g_ideal")
    probabilities: bool = True
    """Are D(x) and D(G(z)) probabilities under this loss? If not, they are not logged."""
    engine: str = ""
    """What carries out the steps; empty where the loop has not said."""
    augment: str = ""
    """How the images that D sees are augmented; empty where they are not."""
    budget: float = 0.0
    """Seconds of training after which the run ends, whatever `epochs` says; 0: it ends after these."""
    total_steps: int = 0
    """Of the whole run, where it has them and no epochs; 0: not known, or said in epochs."""
    products: str = ""
    """The library that multiplies on a CPU, as `train.products` has it; empty where that does not matter, or the loop has not said."""
    products_why: str = ""
    """Why it is that one, in words; empty where there was nothing to choose."""


class Metrics(Event, tag="metrics"):
    """Scalars, each the mean over the steps since the event before; any names are allowed."""

    scalars: dict[str, Scalar]
    elapsed: Seconds
    """Seconds of training so far in the whole run, pauses left out."""
    rate: float
    """Steps a second since the event before; 0 as well where it is not known when either was."""
    remaining: float | msgspec.UnsetType = msgspec.UNSET
    """Seconds still to come, where the trainer knows better than its rate says: steps may differ in what they cost."""

    def __post_init__(self) -> None:
        if self.v < VERSION:
            self.scalars = _renamed(self.scalars)


class Epoch(Event, tag="epoch"):
    """Epoch number `epoch` (the first is 1) has ended; 0: it has epochs, and the first lasts."""

    epoch: int


class Samples(Event, tag="samples"):
    """An image grid was written to `path`, relative to the run directory."""

    path: str
    epoch: int
    real: bool = False
    scores: list[float] = []
    """D(x) of each image, 0 (generated) to 1 (real), in the order of the grid; empty where D's output is no probability."""


class Evaluation(Event, tag="evaluation"):
    """The quality of what G makes, measured against real images; what each scalar means stands in `gan_tui/spec/metrics.py`."""

    scalars: dict[str, Scalar]
    network: str
    """In whose features, for instance `mnist-cnn-v1`."""
    seconds: float
    """How long it took."""
    best: bool = False
    """Better than every one before: `checkpoints/best.pt` holds these weights."""
    outlook: str = ""
    """How far the run is from its equilibrium, in plain words; empty if unknown."""
    shares: Shares = ()
    """Of each class among the samples, in the order of the classes; empty where there are none, or too many to look at."""
    real_shares: Shares = ()
    """The same of the real images."""
    logits: Logits | None = None
    """Missing in logs of earlier versions, and where none is finite."""
    layers: Layers = ()
    """What they do in one batch."""

    def __post_init__(self) -> None:
        if self.v < VERSION:
            self.scalars = _renamed(self.scalars)


PATIENT = ("go on", "wait")
"""Advice that is no use once no trainer is at work."""


def is_patient(advice: str) -> bool:
    """Is nothing to be changed? How far it is to go may stand behind it."""
    return advice.partition(":")[0] in PATIENT


class Verdict(Event, tag="verdict"):
    """What the numbers add up to, in plain words; written when it changes, and while it holds before it counts as stale."""

    rule: str
    """Which rule of `gan_tui/health/rules.py` says so."""
    level: LevelName
    text: str
    """What is the case, with its evidence."""
    advice: str = ""
    """What to try."""

    def __post_init__(self) -> None:
        self.rule = aliases.RULES.get(self.rule, self.rule)

    @property
    def is_patient(self) -> bool:
        """Is nothing to be changed?"""
        return is_patient(self.advice)

    def repeats(self, before: "Verdict | None") -> bool:
        """Does it say nothing else than the one before?"""
        return before is not None and all(getattr(self, name) == getattr(before, name) for name in ("rule", "level", "text", "advice"))


class Changed(Event, tag="changed"):
    """A setting was changed while the run was training."""

    setting: str
    """As `gan-tui settings` names it: `optimizer.d_lr`."""
    before: float
    value: float


class Bookmark(Event, tag="bookmark"):
    """A person marked this moment."""

    text: str


class Checkpoint(Event, tag="checkpoint"):
    """The whole state stands in `path`, relative to the run directory."""

    path: str
    seconds: float
    """How long the loop waited for it."""


class BestKept(Event, tag="best-kept"):
    """A run goes on from before the step of `checkpoints/best.pt`, whose evaluation was cut from the log with what is trained again."""

    of: Step
    """Its step."""
    fd: float
    network: str
    """In whose features."""


class RolledBack(Event, tag="rolled-back"):
    """A loss was not finite, and training goes on from the checkpoint of `step`, with other random numbers."""

    from_step: int
    count: int
    """Roll-backs of the run so far, this one included."""
    limit: int
    reason: str


class Threads(Event, tag="threads"):
    """The trainer has found that another number of CPU threads makes more steps, for others want the cores or have left them."""

    count: int
    most: int
    """Threads that it would take on a quiet machine."""
    rate: float
    """Steps a second with `count` threads."""
    before: float
    """The same with the number before."""

    def rename(self, started: Started | None) -> None:
        """Let the device of a trainer on a CPU have this number of threads in its name."""
        name, _, threads = started.device_name.rpartition(", ") if started else ("", "", "")
        if started and re.fullmatch(r"\d{1,9} threads?", threads):
            started.device_name = f"{name}, {counted(self.count, 'thread')}"


class Phase(Event, tag="phase"):
    """What the trainer is doing from now on."""

    name: PhaseName


class Offers(Event, tag="offers"):
    """What a script that tracks itself lets a person do from now on (`Task.unless_offered`); each replaces the one before."""

    commands: Annotated[list[CommandName], Meta(max_length=100)]
    knobs: Annotated[dict[str, float], Meta(max_length=100)] = {}
    """Numbers that may be set while it runs, and what they are."""


class Answer(Event, tag="answer"):
    """The trainer's answer to the command with this `id`."""

    id: str
    command: str
    ok: bool
    text: str


class Hint(Event, tag="hint"):
    """What a person who has just begun may like to know; it is shown for longer than a note."""

    text: str


class Note(Event, tag="note"):
    """Something a person may want to know: a checkpoint skipped, a signal received."""

    text: str
    means: bool = False
    """Are numbers that come faster than they are logged their means from here on?"""


class EndedEarly(Event, tag="ended-early"):
    """The search that a trial is of has ended it, for others are better; that stands behind its end."""

    text: str
    """Why."""


class Error(Event, tag="error"):
    """What went wrong, in one line that names the fix."""

    text: str
    diverged: bool = False
    """A loss or a weight stayed not finite: that comes of the settings, all else of the machine (disk, memory, device) or its user."""


class Finished(Event, tag="finished"):
    """The trainer has left. `completed`: all epochs done; `stopped`: asked to; `failed`: an error came before."""

    outcome: Outcome
    epoch: int
    """Epochs that are done."""
    elapsed: Seconds


AnyEvent = (
    Started
    | Metrics
    | Epoch
    | Samples
    | Evaluation
    | Verdict
    | Changed
    | Bookmark
    | Checkpoint
    | BestKept
    | RolledBack
    | Threads
    | Phase
    | Offers
    | Answer
    | Hint
    | Note
    | EndedEarly
    | Error
    | Finished
)

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


def encode(event: AnyEvent) -> bytes:
    """The event as one line of JSON, newline included."""
    return _encoder.encode(event) + b"\n"


def decode(line: bytes) -> AnyEvent | None:
    """The event in one line; None for a kind that is unknown here and for a line that is torn or malformed."""
    try:
        return _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _renamed(scalars: dict[str, Scalar]) -> dict[str, Scalar]:
    return {aliases.METRICS.get(name, name): value for name, value in scalars.items()}


def to_scalar(value: float) -> Scalar:
    """A float as it may stand in JSON."""
    if math.isfinite(value):
        return value
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"


def from_scalar(value: Any) -> float:
    """The float that `to_scalar` was given."""
    return float(value)
