"""Ignite: `GanTuiHandler("my-gan").attach(trainer)`."""

from collections.abc import Callable, Mapping
from typing import Any

from gan_tui.adapters.common import begin, curves, lacking
from gan_tui.tracking.run import Run

try:
    from ignite.engine import Engine, Events
except ImportError:
    raise lacking("Ignite", "ignite") from None

Numbers = Mapping[str, Any]


class GanTuiHandler:
    """A run for each `trainer.run`: its output, its metrics, and pause and stop from the screen."""

    def __init__(self, name: str | None = None, *, output: Callable[[Any], Numbers] | None = None, **track: Any) -> None:
        """`name`: the run's. `output`: from a step's output to its numbers by name; without it, a mapping is taken as it is, and a number
        is `loss`. `track`: what else `gan_tui.track` takes.
        """
        self._name, self._said = name, track
        self._output = output or (lambda given: given if isinstance(given, Mapping) else {"loss": given})
        self.run: Run | None = None
        """The one that trains: for images, notes, knobs."""

    def attach(self, trainer: Engine) -> "GanTuiHandler":
        """Hear of its steps, its epochs and its end."""
        trainer.add_event_handler(Events.STARTED, self._begin)
        trainer.add_event_handler(Events.ITERATION_COMPLETED, self._step)
        trainer.add_event_handler(Events.EPOCH_COMPLETED, self._metrics)
        trainer.add_event_handler(Events.COMPLETED | Events.TERMINATE, self._end)
        trainer.add_event_handler(Events.EXCEPTION_RAISED, self._fail)
        return self

    def _begin(self, engine: Engine) -> None:
        self.run = begin(self._name, **self._said)
        self.run.length(epochs=engine.state.max_epochs or 0, steps_per_epoch=engine.state.epoch_length or 0)

    def _step(self, engine: Engine) -> None:
        assert self.run is not None
        self.run.log(curves(self._output(engine.state.output)), step=engine.state.iteration)
        self.run.paused()
        if self.run.should_stop:
            engine.terminate()

    def _metrics(self, engine: Engine) -> None:
        assert self.run is not None
        self.run.log(curves(engine.state.metrics), step=engine.state.iteration)

    def _end(self, engine: Engine) -> None:
        del engine
        assert self.run is not None
        self.run.finish()

    def _fail(self, engine: Engine, error: BaseException) -> None:
        """The run's error; it goes on as it was."""
        del engine
        if self.run is not None:
            self.run.__exit__(type(error), error, None)
        raise error
