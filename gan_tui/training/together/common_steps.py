"""The steps that runs of one process take together: who asks for some, when all have asked, and who cannot go on with the others."""

import threading
from collections import Counter
from typing import NamedTuple

import torch
from torch import Tensor

from gan_tui.config import RunConfig
from gan_tui.data.dataset import Dataset
from gan_tui.metrics.evaluation import Evaluator
from gan_tui.training import engines, products
from gan_tui.training.engines import TrainingInputs
from gan_tui.training.engines.many_engine import ManyEngine, Place
from gan_tui.training.engines.many_mlps import MakeMlps
from gan_tui.training.engines.many_proof import proven_many_engine
from gan_tui.training.out_of_memory import is_out_of_memory, release
from gan_tui.training.together.turns import Turns


class Rhythm(NamedTuple):
    """In which steps a run trains G as well. All take equally many at a time, so that runs of two rhythms never come to have one."""

    d_steps: int
    ahead: int
    """Steps of D since the last one of G."""


class Together:
    """The runs of this process. Only who has the turn touches it."""

    def __init__(self, count: int) -> None:
        self.turns = Turns()
        self.count = count
        """Runs that are not at their ends yet, and so share the time of this process."""
        self.settings: RunConfig | None = None
        """Of the first run that sat down, resolved; others differ only in what each may have for itself."""
        self.onednn = False
        """Does oneDNN multiply for it? All who sit have the same library: with another one, the last digits of their steps are others."""
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
        self._asked: dict[int, tuple[Place, Rhythm]] = {}
        self._beds: dict[int, threading.Semaphore] = {}
        self._answers: dict[int, Tensor | str | Exception] = {}
        self._engine: ManyEngine | None = None
        self._rows: list[int] = []
        """The seat of each row of the engine."""

    def sit_down(self, seat: int, settings: RunConfig, inputs: TrainingInputs) -> None:
        if self.settings is None:
            self.settings, self.onednn = settings, products.by_onednn()
        self._inputs[seat] = inputs

    def begin_epoch(self, seat: int, order: Tensor) -> None:
        """See `Engine`."""
        self._orders[seat] = order
        if self._engine is not None and seat in self._rows:
            self._engine.begin_epoch(self._rows.index(seat), order)

    @property
    def side_by_side(self) -> int:
        """Runs whose steps were taken as one the last time."""
        return len(self._rows)

    def ask(self, seat: int, place: Place, rhythm: Rhythm) -> Tensor | str:
        """METRICS of the next steps of a run, once all have asked; why it has to train by itself, where it does.

        Raises what taking the steps of all has raised.
        """
        self._asked[seat] = place, rhythm
        if not self._take():
            self._beds[seat] = threading.Semaphore(0)
            self.turns.rest(self._beds[seat])
            products.use(self.onednn)  # the switch is one for the process, and others may have had it their way meanwhile
        answer = self._answers.pop(seat)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def sync(self, seat: int) -> None:
        """See `Engine`."""
        if self._engine is not None and seat in self._rows:
            self._engine.sync(self._rows.index(seat))

    def leave(self, seat: int) -> None:
        """It asks for no more steps together; its optimisers are up to date. Whatever that raises, the others need not wait for it."""
        try:
            if seat in self._expected:
                self.sync(seat)
        finally:
            self.give_up(seat)

    def give_up(self, seat: int) -> None:
        """It asks for no more steps, and nobody reads its optimisers."""
        if seat in self._expected:
            del self._expected[seat]
            self._inputs.pop(seat, None)
            self._asked.pop(seat, None)
            self._take()

    def _take(self) -> bool:
        """Take the steps of all if all have asked, and wake them."""
        if not self._expected or self._asked.keys() != self._expected.keys():
            return False
        try:
            with products.meanwhile(self.onednn):  # who leaves may have another library
                self._answers = dict(self._taken())
        except Exception as error:  # whatever it is: nobody is to wait for an answer that never comes
            self._answers = dict.fromkeys(self._asked, error)
        self._asked.clear()
        beds, self._beds = self._beds, {}
        self.turns.wake(beds.values())
        return True

    def _taken(self) -> dict[int, Tensor | str]:
        out_of_step = self._part_with_others()
        return out_of_step | (self._steps_of_all() if self._expected else {})

    def _part_with_others(self) -> dict[int, Tensor | str]:
        """Those that train G in other steps than most are expected no longer; why, by the seat."""
        rhythms = {seat: rhythm for seat, (_, rhythm) in self._asked.items()}
        counts = Counter(rhythms.values())
        usual = max(
            counts, key=lambda rhythm: (counts[rhythm], self.settings is not None and rhythm.d_steps == self.settings.train.d_steps)
        )
        found: dict[int, Tensor | str] = {}
        for seat, rhythm in rhythms.items():
            if rhythm == usual or self.broken:
                continue
            self.sync(seat)
            del self._expected[seat]
            self._inputs.pop(seat, None)
            other = "its train.d_steps is another one now" if rhythm.d_steps != usual.d_steps else "it trains G in other steps than they do"
            found[seat] = f"this run trains by itself: {other}"
        return found

    def _steps_of_all(self) -> dict[int, Tensor | str]:
        if self._rows != list(self._expected):
            self._arrange()
        if self._engine is None:
            return dict.fromkeys(self._expected, f"every run trains by itself: {self.broken}")
        places = [self._asked[seat][0]._replace(row=row) for row, seat in enumerate(self._rows)]
        if self._engine.count(places):
            return dict(zip(self._rows, self._engine.advance(places).unbind(1), strict=True))
        return {seat: self._engine.advance_alone(place) for seat, place in zip(self._rows, places, strict=True)}

    def _arrange(self) -> None:
        """Lay the networks of those that are there side by side."""
        mlps = None if self._engine is None else self._engine.mlps
        if self._engine is not None:
            self._engine.sync()
            self._engine.close()
        self._rows, settings = list(self._expected), self.settings
        if self.broken or settings is None:
            return
        inputs = [self._inputs[seat] for seat in self._rows]
        self._engine = None
        try:
            self._engine, self.broken = _engine_of(inputs, settings, mlps)
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


def _engine_of(inputs: list[TrainingInputs], settings: RunConfig, mlps: MakeMlps | None) -> tuple[ManyEngine | None, str]:
    """See `proven_many_engine`. `mlps`: what was right for more runs; fewer take it on trust, with other tiles."""
    dtype = torch.bfloat16 if settings.train.precision == "bfloat16" else torch.float32
    if settings.train.precision == "tf32":
        engines.round_products()
    return (ManyEngine(inputs, dtype, mlps), "") if mlps else proven_many_engine(inputs, settings, dtype)
