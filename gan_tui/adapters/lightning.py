"""Lightning: `Trainer(logger=GanTuiLogger("my-gan"), callbacks=[GanTuiCallback()])`.

The logger shows what the module logs; the callback lets the screen pause, stop and save, and says how long the training will be.
"""

import math
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gan_tui.adapters.common import begin, curves, lacking
from gan_tui.errors import first_line
from gan_tui.tracking.run import Run

try:
    from lightning.pytorch.callbacks import Callback
    from lightning.pytorch.loggers import Logger
except ImportError:
    try:
        from pytorch_lightning.callbacks import Callback
        from pytorch_lightning.loggers import Logger
    except ImportError:
        raise lacking("Lightning", "lightning") from None


class GanTuiLogger(Logger):
    """The run begins with the first word that is logged, and ends with the training; another stage of it resumes the run."""

    def __init__(self, name: str | None = None, **track: Any) -> None:
        """`name`: the run's; `track`: what else `gan_tui.track` takes, such as `runs_dir`, `resume` or `dashboard`."""
        super().__init__()
        self._name, self._said = name, track
        self._run: Run | None = None
        self._recorded = ""
        self.length: dict[str, int] = {}
        """Of the training, once it is known: a stage behind it is still of that run."""
        self.error = ""
        """Why the training ended, where it has failed."""
        self.interrupted = False
        """Was it ended by ctrl+c?"""
        self.was_stopped = self.is_trained = False
        """Was the newest training stopped? So is the run, whatever stage follows. Is it over?"""

    @property
    def experiment(self) -> Run:
        """What `gan_tui.track` gives: for images, notes, knobs. Other ranks have one that writes nothing."""
        if self._run is None:
            said = {**self._said, **self.length, "resume": self._recorded, "step": None} if self._recorded else self._said
            self._run = begin(self._name, **said)
            self._recorded = self._run.name
        return self._run

    @property
    def name(self) -> str:
        """The run's."""
        return self._recorded or self._name or "gan-tui"

    @property
    def version(self) -> str:
        """None of its own: a run is a version."""
        return ""

    @property
    def save_dir(self) -> str | None:
        """Lightning's checkpoints lie where they ever do."""
        return None

    def log_hyperparams(self, params: Mapping[str, Any] | Namespace | None = None, *_: Any, **__: Any) -> None:
        """Kept in the run's settings."""
        self.experiment.settings(dict(vars(params) if isinstance(params, Namespace) else params or {}))

    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Numbers of a step. Lightning counts from 0 those that are under way: behind a training the next one has no number."""
        self.experiment.log(curves(metrics), step=None if step is None else step + (not self.is_trained))

    def finalize(self, status: str) -> None:
        """A stage is over: `validate`, `fit` and `test` each end so. The next word goes on with the same run."""
        run, self._run = self._run, None
        if run is not None:
            stopped = self.was_stopped = self.was_stopped or run.should_stop or self.interrupted or status == "interrupted"
            well = stopped or status in ("success", "finished")
            run.finish(self.error or ("" if well else status), stopped=stopped)
        self.error, self.interrupted = "", False


class GanTuiCallback(Callback):
    """Goes with a `GanTuiLogger`."""

    def __init__(self) -> None:
        super().__init__()
        self._logger: GanTuiLogger | None = None

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Say how long it will be, and offer what can be commanded."""
        del pl_module
        self._logger = next((one for one in trainer.loggers if isinstance(one, GanTuiLogger)), None)
        if self._logger is None:
            raise ValueError("GanTuiCallback goes with a GanTuiLogger: Trainer(logger=GanTuiLogger(), callbacks=[GanTuiCallback()])")
        run = self._logger.experiment
        epochs, batches = trainer.max_epochs or 0, trainer.num_training_batches / trainer.accumulate_grad_batches
        self._logger.length = {"epochs": max(0, epochs), "steps_per_epoch": math.ceil(batches) if math.isfinite(batches) else 0}
        self._logger.was_stopped = self._logger.is_trained = False
        run.length(**self._logger.length)
        run.on_save(lambda: self._save(trainer))

    @staticmethod
    def _save(trainer: Any) -> Path:
        path = Path(trainer.default_root_dir) / f"gan-tui-step-{trainer.global_step}.ckpt"
        trainer.save_checkpoint(path)
        return path

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Pause and stop happen here; numbers come every `log_every_n_steps`."""
        del pl_module, outputs, batch, batch_idx
        assert self._logger is not None
        run = self._logger.experiment
        done = getattr(trainer.fit_loop.epoch_loop, "_batches_that_stepped", None)  # what loggers are given; of two optimizers one step
        if done is not None:
            run.log(step=done + 1)
        run.paused()
        if run.should_stop:
            trainer.should_stop = True

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """What is logged from now on is of the last step."""
        del trainer, pl_module
        assert self._logger is not None
        self._logger.is_trained = True

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """The run's error; a ctrl+c is none, though Lightning calls it failed."""
        del trainer, pl_module
        if self._logger is None:
            return
        if isinstance(exception, KeyboardInterrupt):
            self._logger.interrupted = True
        else:
            self._logger.error = f"{type(exception).__name__}: {first_line(exception)}"
