"""Keras: `model.fit(..., callbacks=[GanTuiCallback("my-gan")])`."""

from collections.abc import Mapping
from typing import Any

from gan_tui.adapters.common import BROKEN_OFF, begin, curves, lacking
from gan_tui.tracking.run import Run

try:
    from keras.callbacks import Callback
except ImportError:
    raise lacking("Keras", "keras") from None


class GanTuiCallback(Callback):
    """A run for each `fit`: its numbers, and pause and stop from the screen. Keras gives means since the epoch's beginning."""

    def __init__(self, name: str | None = None, **track: Any) -> None:
        """`name`: the run's; `track`: what else `gan_tui.track` takes."""
        super().__init__()
        self._run_name, self._said = name, track
        self.run: Run | None = None
        """The one that trains: for images, notes, knobs."""
        self._step = self._done = 0

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """A run begins; one that is still open was broken off."""
        del logs
        if self.run is not None:
            self.run.finish(BROKEN_OFF)
        self.run = begin(self._run_name or getattr(self.model, "name", None), **self._said)
        self.run.length(epochs=self.params.get("epochs") or 0, steps_per_epoch=self.params.get("steps") or 0)
        self._step = self.run.step

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Batches are counted anew."""
        del epoch, logs
        self._done = self._step

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Numbers of a step, or of the last one where `steps_per_execution` makes several at once; pause and stop happen here."""
        if self.run is None:
            return
        self._step = self._done + batch + 1
        self.run.log(curves(logs or {}), step=self._step)
        self.run.paused()
        if self.run.should_stop:
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Those of the validation."""
        del epoch
        if self.run is not None:
            self.run.log({name: value for name, value in curves(logs or {}).items() if name.startswith("val_")}, step=self._step)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """The run is over."""
        del logs
        if self.run is not None:
            self.run.finish()
