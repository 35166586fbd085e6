"""Each adapter with the real library, where it is installed: a training is a run, and stops when the screen asks for it."""

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from gan_tui.run import mailbox
from gan_tui.run.directory import RunDirectory
from gan_tui.run.log import read_all, read_state
from gan_tui.run.state import RunState
from tests.conftest import wait_for


def needs(*libraries: str) -> pytest.MarkDecorator:
    lacking = [name for name in libraries if importlib.util.find_spec(name) is None]
    return pytest.mark.skipif(bool(lacking), reason=f"not installed: {', '.join(lacking)}")


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("GAN_TUI_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.chdir(tmp_path)
    before = "textual" in sys.modules  # by another test
    yield
    assert before or "textual" not in sys.modules


QUIET = {"enable_progress_bar": False, "enable_model_summary": False, "enable_checkpointing": False, "accelerator": "cpu"}
"""Of Lightning's trainer."""


def state_of(name: str) -> RunState:
    return read_state(RunDirectory(Path("runs") / name).events)


def ask_to_stop(name: str) -> None:
    """And wait until the run's thread has taken it; the loop may do one step more before it hears of it."""
    run = RunDirectory(Path("runs") / name)
    mailbox.send(run.control, "stop")
    wait_for(lambda: not any(run.control.iterdir()))


@pytest.mark.parametrize(
    ("adapter", "libraries"),
    [
        ("lightning", ("lightning.pytorch", "pytorch_lightning")),
        ("huggingface", ("transformers", "accelerate")),
        ("keras", ("keras",)),
        ("ignite", ("ignite",)),
    ],
)
def test_a_library_that_is_missing_is_named(adapter: str, libraries: tuple[str, ...]) -> None:
    if any(importlib.util.find_spec(name.partition(".")[0]) for name in libraries):
        pytest.skip("one is installed")
    with pytest.raises(ImportError, match=rf"pip install 'gan-tui\[{adapter}\]'"):
        importlib.import_module(f"gan_tui.adapters.{adapter}")


def batches(count: int = 4) -> Any:
    return torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.ones(2 * count, 3), torch.ones(2 * count, 1)), batch_size=2)


@needs("lightning")
@pytest.mark.slow
def test_lightning() -> None:
    import lightning.pytorch as lightning

    from gan_tui.adapters.lightning import GanTuiCallback, GanTuiLogger

    class Module(lightning.LightningModule):
        def __init__(self, at: int = 0) -> None:
            super().__init__()
            self.layer, self.at = nn.Linear(3, 1), at
            self.save_hyperparameters()

        def training_step(self, batch: Any, index: int) -> Any:
            if self.at and self.global_step == self.at:
                raise KeyboardInterrupt if self.trainer.logger.name == "interrupted" else ArithmeticError("of the module's own")
            loss = (self.layer(batch[0]) - batch[1]).square().mean()
            self.log("loss", loss)
            if self.trainer.current_epoch == 1 and index == 0 and self.trainer.logger.name == "stopped":
                ask_to_stop("stopped")
            return loss

        def test_step(self, batch: Any, index: int) -> None:
            self.log("test_loss", (self.layer(batch[0]) - batch[1]).square().mean())

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), 0.1)

    def train(name: str, at: int = 0) -> None:
        logger = GanTuiLogger(name)
        trainer = lightning.Trainer(max_epochs=3, log_every_n_steps=1, logger=logger, callbacks=[GanTuiCallback()], **QUIET)  # type: ignore[arg-type]
        module = Module(at)
        trainer.fit(module, batches())
        trainer.test(module, batches(), verbose=False)

    train("mine")
    state = state_of("mine")
    assert (state.outcome, state.step, state.epochs, state.epochs_done) == ("completed", 12, 3, 3)
    assert {"loss", "test_loss"} <= state.scalars.keys()
    assert "at = 0" in (Path("runs") / "mine" / "run.toml").read_text()
    with pytest.raises(ArithmeticError):
        train("broken", at=2)
    assert (state_of("broken").outcome, state_of("broken").error) == ("failed", "ArithmeticError: of the module's own")
    with pytest.raises((KeyboardInterrupt, SystemExit)):  # as newer ones end a script
        train("interrupted", at=2)
    assert (state_of("interrupted").outcome, state_of("interrupted").error) == ("stopped", None)
    trainer = lightning.Trainer(
        max_epochs=3, accumulate_grad_batches=2, logger=GanTuiLogger("halved"), callbacks=[GanTuiCallback()], **QUIET
    )  # type: ignore[arg-type]
    trainer.fit(Module(), batches())
    state = state_of("halved")
    assert (state.step, state.total_steps, state.epochs_done) == (6, 6, 3), "numbers are logged every 50 steps"
    train("stopped")
    assert state_of("stopped").outcome == "stopped"
    assert state_of("stopped").step in (5, 6)


@needs("transformers", "accelerate")
@pytest.mark.slow
def test_the_trainer_of_hugging_face(tmp_path: Path) -> None:
    import transformers

    from gan_tui.adapters.huggingface import GanTuiCallback

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(3, 1)

        def forward(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
            return {"loss": (self.layer(x) - labels).square().mean()}

    class Stop(transformers.TrainerCallback):
        def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if state.global_step == 5:
                ask_to_stop("mine-2")

    data = [{"x": torch.ones(3), "labels": torch.ones(1)} for _ in range(8)]
    options = {"output_dir": str(tmp_path / "out"), "num_train_epochs": 3, "per_device_train_batch_size": 2, "logging_steps": 1}
    options |= {"report_to": [], "disable_tqdm": True, "save_strategy": "no", "use_cpu": True}
    for callbacks in ([GanTuiCallback("mine", step=0)], [Stop(), GanTuiCallback("mine")]):
        arguments = transformers.TrainingArguments(**options)
        trainer = transformers.Trainer(Model(), arguments, train_dataset=data, callbacks=callbacks)  # type: ignore[arg-type]
        trainer.train()
        trainer.evaluate(data)
    state = state_of("mine")
    assert (state.outcome, state.step, state.epochs, state.epochs_done) == ("completed", 12, 3, 3)
    assert {"loss", "learning_rate"} <= state.scalars.keys()
    assert not {name for name in state.scalars if name.startswith("train_")}
    assert state_of("mine-2").outcome == "stopped"
    assert state_of("mine-2").step in (6, 7)
    assert "eval_loss" in state.scalars.keys() & state_of("mine-2").scalars.keys()
    assert {path.name for path in Path("runs").iterdir() if path.is_dir()} == {"mine", "mine-2"}


@needs("accelerate")
def test_a_tracker_of_accelerate() -> None:
    from accelerate import Accelerator

    from gan_tui.adapters.huggingface import GanTuiTracker

    accelerator = Accelerator(cpu=True, log_with=GanTuiTracker("mine"))  # type: ignore[arg-type]
    accelerator.init_trackers("project", config={"lr": 0.1})
    for step in range(1, 4):
        accelerator.log({"loss": 1 / step, "words": "none"}, step=step)
    accelerator.end_training()
    state = state_of("mine")
    assert (state.outcome, state.step) == ("completed", 3)
    assert "loss" in state.scalars
    assert "words" not in state.scalars
    assert "lr = 0.1" in (Path("runs") / "mine" / "run.toml").read_text()


@needs("keras")
@pytest.mark.slow
def test_keras() -> None:
    import keras
    import numpy as np

    from gan_tui.adapters.keras import GanTuiCallback

    class Stop(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            if batch == 2:
                ask_to_stop("mine-2")

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    x, y = np.ones((8, 3), "float32"), np.ones((8, 1), "float32")
    for callbacks in ([GanTuiCallback("mine", step=0)], [Stop(), GanTuiCallback("mine")]):
        model.fit(x, y, batch_size=2, epochs=3, verbose=0, validation_data=(x, y), callbacks=callbacks)
    state = state_of("mine")
    assert (state.outcome, state.step, state.epochs, state.epochs_done) == ("completed", 12, 3, 3)
    assert {"loss", "val_loss"} <= state.scalars.keys()
    assert state_of("mine-2").outcome == "stopped"
    assert state_of("mine-2").step in (3, 4)


@needs("ignite")
def test_ignite() -> None:
    from ignite.engine import Engine, Events

    from gan_tui.adapters.ignite import GanTuiHandler

    def train(name: str, at: int = 0) -> None:
        def step(engine: Any, batch: Any) -> dict[str, float]:
            if at and engine.state.iteration == at:
                raise KeyboardInterrupt if name == "interrupted" else ArithmeticError("of the step's own")
            if name == "stopped" and engine.state.iteration == 5:
                ask_to_stop(name)
            return {"loss": 1 / engine.state.iteration}

        engine = Engine(step)
        engine.add_event_handler(Events.EPOCH_COMPLETED, lambda engine: engine.state.metrics.update(accuracy=0.5))
        GanTuiHandler(name).attach(engine)
        engine.run(range(4), max_epochs=3)

    train("mine")
    state = state_of("mine")
    assert (state.outcome, state.step, state.epochs, state.epochs_done) == ("completed", 12, 3, 3)
    assert {"loss", "accuracy"} <= {name for event in read_all(Path("runs/mine/events.jsonl")) for name in getattr(event, "scalars", ())}
    with pytest.raises(ArithmeticError):
        train("broken", at=2)
    assert (state_of("broken").outcome, state_of("broken").error) == ("failed", "ArithmeticError: of the step's own")
    train("stopped")
    assert state_of("stopped").outcome == "stopped"
    assert state_of("stopped").step in (5, 6)
