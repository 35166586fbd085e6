"""Hugging Face: a `TrainerCallback` for Transformers' Trainer, and a tracker for Accelerate. Each is there where its library is.

`Trainer(..., callbacks=[GanTuiCallback()])`; `Accelerator(log_with=GanTuiTracker("my-gan"))`.
"""

import math
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from gan_tui.adapters.common import BROKEN_OFF, begin, curves, lacking
from gan_tui.tracking.run import Run

RATES = ("train_runtime", "train_samples_per_second", "train_steps_per_second", "train_tokens_per_second")
TOTALS = frozenset({*RATES, "train_loss", "total_flos"})
"""What the Trainer says of a whole training is no curve."""

if find_spec("transformers") is None and find_spec("accelerate") is None:
    raise lacking("Transformers or Accelerate", "huggingface")

if find_spec("transformers") is not None:
    from transformers import TrainerCallback

    class GanTuiCallback(TrainerCallback):
        """A run for each training: what the Trainer logs, and pause, stop and save from the screen."""

        def __init__(self, name: str | None = None, **track: Any) -> None:
            """`name`: the run's, else the arguments' `run_name`; `track`: what else `gan_tui.track` takes."""
            self._name, self._said = name, track
            self.run: Run | None = None
            """The one that trains: for images, notes, knobs."""
            self._save = False
            self._is_over = self._was_stopped = False
            self._length: dict[str, int] = {}

        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            """A run begins; one that is still open was broken off."""
            del control
            if self.run is not None and not self._is_over:
                self.run.finish(BROKEN_OFF)
            self._is_over = False
            name = self._name or getattr(args, "run_name", None)
            self.run = begin(name, args.to_dict(), **self._said)
            epochs = math.ceil(state.num_train_epochs) if state.num_train_epochs < 1e6 else 0
            self._length = {"epochs": epochs, "steps_per_epoch": math.ceil(state.max_steps / epochs) if epochs else 0}
            self.run.length(**self._length)
            self.run.on_save(self._wish_save)

        def _wish_save(self) -> str:
            self._save = True
            return "a checkpoint of the Trainer's"

        def on_log(self, args: Any, state: Any, control: Any, logs: Mapping[str, Any] | None = None, **_: Any) -> None:
            """Numbers; the Trainer's own counts and times are no curves. An `evaluate` behind the training goes on with its run."""
            del args, control
            if self.run is None:
                return
            shown = {name: value for name, value in curves(logs or {}).items() if name not in TOTALS}
            if not self._is_over:
                self.run.log(shown, step=state.global_step)
            elif self.run.path is not None and shown:
                run = begin(self.run.name, **{**self._said, **self._length, "resume": self.run.name, "step": None, "dashboard": False})
                run.log(shown, step=state.global_step)
                run.finish(stopped=self._was_stopped)

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            """Pause, save and stop happen here; numbers come every `logging_steps`."""
            del args
            if self.run is None:
                return
            self.run.log(step=state.global_step)
            self.run.paused()
            if self.run.should_stop:
                control.should_training_stop = True
            if self._save:
                self._save, control.should_save = False, True

        def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            """The run is over."""
            del args, state, control
            if self.run is not None:
                self._was_stopped = self.run.should_stop
                self.run.finish()
                self._is_over = True


if find_spec("accelerate") is not None:
    from accelerate.tracking import GeneralTracker

    class GanTuiTracker(GeneralTracker):
        """What `accelerator.log` is given. The loop is a script's own: `accelerator.get_tracker("gan-tui").tracker` is its run."""

        name = "gan-tui"
        requires_logging_directory = False

        def __init__(self, run_name: str | None = None, **track: Any) -> None:
            """`run_name`: the run's; `track`: what else `gan_tui.track` takes."""
            super().__init__()
            self._run_name, self._said = run_name, track
            self._run: Run | None = None

        @property
        def tracker(self) -> Run:
            """The run: it begins when it is first asked for."""
            if self._run is None:
                self._run = begin(self._run_name, **self._said)
            return self._run

        def store_init_configuration(self, values: Mapping[str, Any]) -> None:
            """Kept in the run's settings."""
            self.tracker.settings(values)

        def log(self, values: Mapping[str, Any], step: int | None = None, **_: Any) -> None:
            """Numbers of a step."""
            self.tracker.log(curves(values), step=step)

        def log_images(self, values: Mapping[str, Any], step: int | None = None, **_: Any) -> None:
            """The newest set is what the screen shows."""
            del step
            for images in values.values():
                self.tracker.images(images)

        def finish(self) -> None:
            """The run is over."""
            if self._run is not None:
                self._run.finish()
