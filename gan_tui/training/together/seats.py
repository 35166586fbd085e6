"""Runs that are trained together: each has a loop of its own, and a seat in place of an engine.

The loops are the ordinary ones, each in a thread, of which one works at a time (see turns.py). Who asks its seat for steps rests until all
have asked; who asks last has the steps of all taken. So each run has its log, its evaluations, checkpoints and mailbox as it has alone.
"""

import threading
from collections.abc import Callable

import torch
from torch import Tensor

from gan_tui.config import RunConfig
from gan_tui.config.together import difference, lone
from gan_tui.data.dataset import Dataset
from gan_tui.metrics.evaluation import Evaluator
from gan_tui.training import build, engines
from gan_tui.training.engines import Engine, TrainingInputs, kernels, trains_g
from gan_tui.training.engines.many_engine import ManyEngine, Place
from gan_tui.training.engines.many_proof import refuted
from gan_tui.training.evaluation import evaluator_of
from gan_tui.training.out_of_memory import is_out_of_memory, release
from gan_tui.training.randomness import BLOCK
from gan_tui.training.together.turns import Turns

WRITTEN_OUT = ("graph", "manual-grad")
"""Engines in whose place steps are taken together."""


class Together:
    """The runs of this process. Only who has the turn touches it."""

    def __init__(self, count: int) -> None:
        self.turns = Turns()
        self.count = count
        self.settings: RunConfig | None = None
        """Of the first run that sat down, resolved; others differ only in what each may have for itself."""
        self.data: tuple[RunConfig, torch.device, Dataset] | None = None
        """Those of the first run, its settings and its device."""
        self.evaluators: dict[int, Evaluator] = {}
        """By the number of samples: what they know of the real images is the same for all runs."""
        self.broken = ""
        """Why every run trains by itself after all."""
        self._expected = dict.fromkeys(range(count))
        """The seats that may ask for steps yet."""
        self._inputs: dict[int, TrainingInputs] = {}
        self._orders: dict[int, Tensor] = {}
        self._asked: dict[int, Place] = {}
        self._beds: dict[int, threading.Semaphore] = {}
        self._answers: dict[int, Tensor | Exception | None] = {}
        self._engine: ManyEngine | None = None
        self._rows: list[int] = []
        """The seat of each row of the engine."""

    def sit_down(self, seat: int, settings: RunConfig, inputs: TrainingInputs) -> None:
        self.settings = self.settings or settings
        self._inputs[seat] = inputs

    def begin_epoch(self, seat: int, order: Tensor) -> None:
        """See `Engine`."""
        self._orders[seat] = order
        if self._engine is not None and seat in self._rows:
            self._engine.begin_epoch(self._rows.index(seat), order)

    def ask(self, seat: int, place: Place) -> Tensor | None:
        """METRICS of the next steps of a run, once all have asked; None where it has to train by itself.

        Raises what taking the steps of all has raised.
        """
        self._asked[seat] = place
        if not self._take():
            self._beds[seat] = threading.Semaphore(0)
            self.turns.rest(self._beds[seat])
        answer = self._answers.pop(seat)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def sync(self, seat: int) -> None:
        """See `Engine`."""
        if self._engine is not None and seat in self._rows:
            self._engine.sync(self._rows.index(seat))

    def leave(self, seat: int) -> None:
        """It asks for no more steps. The others need not wait for it."""
        if seat in self._expected:
            self.sync(seat)
            del self._expected[seat]
            self._inputs.pop(seat, None)
            self._asked.pop(seat, None)
            self._take()

    def _take(self) -> bool:
        """Take the steps of all if all have asked, and wake them."""
        if not self._expected or self._asked.keys() != self._expected.keys():
            return False
        try:
            self._answers = dict(self._taken())
        except Exception as error:  # whatever it is: nobody is to wait for an answer that never comes
            self._answers = dict.fromkeys(self._expected, error)
        self._asked.clear()
        beds, self._beds = self._beds, {}
        self.turns.wake(beds.values())
        return True

    def _taken(self) -> dict[int, Tensor | None]:
        if self._rows != list(self._expected):
            self._arrange()
        if self._engine is None:
            return dict.fromkeys(self._expected)
        places = [self._asked[seat]._replace(row=row) for row, seat in enumerate(self._rows)]
        if self._engine.count(places):
            return dict(zip(self._rows, self._engine.advance(places).unbind(1), strict=True))
        return {seat: self._engine.advance_alone(place) for seat, place in zip(self._rows, places, strict=True)}

    def _arrange(self) -> None:
        """Lay the networks of those that are there side by side."""
        first = self._engine is None
        if self._engine is not None:
            self._engine.sync()
            self._engine.close()
        self._rows, settings = list(self._expected), self.settings
        if self.broken or settings is None:
            return
        inputs = [self._inputs[seat] for seat in self._rows]
        self._engine = None
        try:
            self._engine, self.broken = _engine_of(inputs, settings, proven=not first)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error, inputs[0].images.device):
                raise
            release(inputs[0].images.device)
            self.broken = (
                f"there is no memory for {len(inputs)} at once; --parallel says how many trials there are, --together never takes one"
            )
        for seat in self._rows if self._engine is not None else ():
            self.begin_epoch(seat, self._orders[seat])

    def take_notes(self) -> list[str]:
        """What there is to say of how steps are taken, once."""
        notes = self._engine.notes if self._engine is not None else []
        taken = list(notes)
        notes.clear()
        return taken


def _engine_of(inputs: list[TrainingInputs], settings: RunConfig, *, proven: bool) -> tuple[ManyEngine | None, str]:
    """What takes the steps of all; or why nothing can. `settings`: of any of them. `proven`: it was held to eager steps before."""
    dtype = torch.bfloat16 if settings.train.precision == "bfloat16" else torch.float32
    if settings.train.precision == "tf32":
        engines.round_products()
    if not proven and (fault := kernels.fault(dtype, inputs[0].images.device)):
        return None, fault
    engine = ManyEngine(inputs, dtype)
    if not proven and (fault := refuted(engine, inputs, settings)):
        engine.close()
        return None, fault
    return engine, ""


class Seat:
    """A run's place among those that are trained together."""

    def __init__(self, together: Together, number: int) -> None:
        self._together, self._number = together, number
        self._sat = False

    @property
    def count(self) -> int:
        """How many runs share this process, and so the time for looking at them."""
        return self._together.count

    def work(self, train: Callable[[], None]) -> None:
        """Train a run, whenever it is its turn."""
        self._together.turns.take()
        try:
            train()
        finally:
            self._together.leave(self._number)
            self._together.turns.pass_on()

    def load_data(self, settings: RunConfig, device: torch.device) -> Dataset:
        """As `build.load_data`; all who ask for the same share it."""
        together = self._together
        if together.data is None:
            together.data = settings, device, build.load_data(settings, device)
        first, its_device, data = together.data
        same = (first.data, first.model, its_device) == (settings.data, settings.model, device)
        return data if same else build.load_data(settings, device)

    def evaluator(self, settings: RunConfig, data: Dataset) -> Evaluator:
        """As `evaluator_of`, likewise."""
        together, samples = self._together, settings.evaluation.samples
        if together.data is None or data is not together.data[2]:
            return evaluator_of(settings, data)
        if samples not in together.evaluators:
            together.evaluators[samples] = evaluator_of(settings, data)
        return together.evaluators[samples]

    def engine(self, settings: RunConfig, device: torch.device, inputs: TrainingInputs) -> Engine:
        """In place of `engines.make`. A run that has to go back to a checkpoint, or whose settings differ too much, goes on by itself."""
        together, before = self._together, self._sat
        self._sat = True
        reason = "it went back to a checkpoint" if before else self._reason(settings, device)
        if reason:
            together.leave(self._number)
            return Alone(together, engines.make(settings, device, inputs), f"this run trains by itself: {reason}")
        together.sit_down(self._number, settings, inputs)
        return SeatEngine(together, self._number, lambda: engines.make(settings, device, inputs))

    def _reason(self, settings: RunConfig, device: torch.device) -> str:
        if different := difference(self._together.settings or settings, settings):
            return f"its {different} is another one"
        if self._together.data is not None and device != self._together.data[1]:
            return f"it is on {device}, and others are not"
        if obstacle := lone(settings):
            return f"{obstacle} is not for runs that are trained together"
        name = engines.choose(settings, device)
        return "" if name in WRITTEN_OUT else f"engine '{name}' cannot train several at once"


class SeatEngine:
    """The steps of one run, which are taken with those of others."""

    name = "together"

    def __init__(self, together: Together, seat: int, make: Callable[[], Engine]) -> None:
        """`make`: an engine for this run alone, where steps together turn out to be wrong on this device."""
        self.notes = [f"trained together with {together.count - 1} other runs of the sweep: their steps are taken as one"]
        self._together, self._seat, self._make = together, seat, make
        self._alone: Engine | None = None
        self._order = torch.empty(0, dtype=torch.int64)

    def begin_epoch(self, order: Tensor) -> None:
        self._order = order
        if self._alone is not None:
            self._alone.begin_epoch(order)
        else:
            self._together.begin_epoch(self._seat, order)

    def advance(self, step: int, index: int, most: int, d_steps: int = 1) -> Tensor:
        """As many as all of them may take now."""
        if self._alone is None:
            turns = tuple(trains_g(step + ahead, d_steps) for ahead in range(min(most, BLOCK)))
            metrics = self._together.ask(self._seat, Place(0, step, index, most, turns))
            self.notes += self._together.take_notes()
            if metrics is not None:
                return metrics
            self._alone = Alone(self._together, self._make(), f"every run trains by itself: {self._together.broken}")
            self._alone.begin_epoch(self._order)
            self._alone.notes[:0] = self.notes
            self.notes = self._alone.notes
        return self._alone.advance(step, index, most, d_steps)

    def sync(self) -> None:
        if self._alone is not None:
            self._alone.sync()
        else:
            self._together.sync(self._seat)

    def close(self) -> None:
        self._together.leave(self._seat)
        if self._alone is not None:
            self._alone.close()


class Alone:
    """An engine of a run that trains by itself, and lets the others have their turn before each call."""

    def __init__(self, together: Together, engine: Engine, why: str) -> None:
        engine.notes.insert(0, why)
        self.name, self.notes = engine.name, engine.notes
        self._together, self._engine = together, engine
        self.begin_epoch, self.sync, self.close = engine.begin_epoch, engine.sync, engine.close

    def advance(self, step: int, index: int, most: int, d_steps: int = 1) -> Tensor:
        """See `Engine`."""
        self._together.turns.give_way()
        return self._engine.advance(step, index, most, d_steps)
