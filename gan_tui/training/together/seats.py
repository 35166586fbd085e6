"""Runs that are trained together: each has a loop of its own, and a seat in place of an engine.

The loops are the ordinary ones, each in a thread, of which one works at a time (see turns.py). Who asks its seat for steps rests until all
have asked; who asks last has the steps of all taken. So each run has its log, its evaluations, checkpoints and mailbox as it has alone.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from gan_tui.config import RunConfig
from gan_tui.config.together import difference, lone
from gan_tui.counted import counted
from gan_tui.data.dataset import Dataset
from gan_tui.metrics.evaluation import Evaluator
from gan_tui.training import build, engines, products
from gan_tui.training.engines import Engine, TrainingInputs, trains_g
from gan_tui.training.engines.many_engine import Place
from gan_tui.training.evaluation import evaluator_of
from gan_tui.training.randomness import BLOCK
from gan_tui.training.together.common_steps import Rhythm, Together

WRITTEN_OUT = ("graph", "manual-grad")
"""Engines in whose place steps are taken together."""


class Seat:
    """A run's place among those that are trained together."""

    def __init__(self, together: Together, number: int) -> None:
        self._together, self._number = together, number
        self._sat = False

    @property
    def count(self) -> int:
        """How many runs share this process now, and so the time for looking at them."""
        return self._together.count

    def work(self, train: Callable[[], None]) -> None:
        """Train a run, whenever it is its turn."""
        self._together.turns.take()
        try:
            train()
        finally:
            try:
                self._together.count -= 1
                self._together.give_up(self._number)
            finally:
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
        if self._together.settings is not None and (onednn := products.by_onednn()) is not self._together.onednn:
            return f"{'oneDNN' if onednn else products.TORCH} multiplies its matrices, and not theirs"
        if obstacle := lone(settings):
            return f"{obstacle} is not for runs that are trained together"
        name = engines.choose(settings, device)
        return "" if name in WRITTEN_OUT else f"engine '{name}' cannot train several at once"


class SeatEngine:
    """The steps of one run, which are taken with those of others."""

    name = "together"

    def __init__(self, together: Together, seat: int, make: Callable[[], Engine]) -> None:
        """`make`: an engine for this run alone, where steps together turn out to be wrong on this device."""
        self.notes: list[str] = []
        self._together, self._seat, self._make = together, seat, make
        self._alone: Engine | None = None
        self._told = False
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
            answer = self._together.ask(self._seat, Place(0, step, index, most, turns), Rhythm(d_steps, step % d_steps))
            self.notes += self._together.take_notes()
            if isinstance(answer, Tensor):
                self._tell()
                return answer
            self._alone = Alone(self._together, self._make(), answer)
            self._alone.begin_epoch(self._order)
            self._alone.notes[:0] = self.notes
            self.notes = self._alone.notes
        return self._alone.advance(step, index, most, d_steps)

    def _tell(self) -> None:
        """Once, after the first steps: before them nobody knows who will be there."""
        if not self._told and (others := self._together.side_by_side - 1):
            self.notes.append(f"trained together with {counted(others, 'other run')} of the sweep: their steps are taken as one")
        self._told = True

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
        chosen = products.by_onednn()
        self._together.turns.give_way()
        products.use(chosen)  # the switch is one for the process, and others may have had it their way meanwhile
        return self._engine.advance(step, index, most, d_steps)
