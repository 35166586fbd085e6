"""What adapters do of the calls that their libraries make, with stand-ins for the libraries: these need not be installed."""

import importlib
import sys
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from gan_tui.run.log import read_state
from gan_tui.run.state import RunState

Adapter = Callable[..., Any]


@pytest.fixture
def adapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Adapter]:
    """An adapter's module beside a library that has these classes, which do nothing."""
    monkeypatch.setenv("GAN_TUI_RUNS", str(tmp_path))
    imported = []

    def made(name: str, **classes: str) -> Any:
        for place, kind in classes.items():
            parts = place.split("__")
            for end in range(1, len(parts) + 1):
                stub = ModuleType(".".join(parts[:end]))
                stub.__spec__ = ModuleSpec(stub.__name__, None)
                monkeypatch.setitem(sys.modules, stub.__name__, sys.modules.get(stub.__name__, stub) if end < len(parts) else stub)
            setattr(stub, kind, type(kind, (), {}))
        imported.append(f"gan_tui.adapters.{name}")
        sys.modules.pop(imported[-1], None)
        return importlib.import_module(imported[-1])

    yield made
    for name in imported:
        sys.modules.pop(name, None)


@pytest.fixture
def state_of(tmp_path: Path) -> Callable[[str], RunState]:
    return lambda name: read_state(tmp_path / name / "events.jsonl")


@pytest.fixture
def lightning(adapter: Adapter) -> Any:
    return adapter("lightning", lightning__pytorch__callbacks="Callback", lightning__pytorch__loggers="Logger")


def test_stages_of_lightning_are_one_run(lightning: Any, state_of: Callable[[str], RunState], tmp_path: Path) -> None:
    logger = lightning.GanTuiLogger("mine")
    logger.log_metrics({"val_loss": 1.0}, 0)
    logger.finalize("success")
    for step in range(5):
        logger.log_metrics({"loss": 1.0}, step)
    assert logger.name == "mine"
    logger.finalize("success")
    logger.finalize("success")
    state = state_of("mine")
    assert (state.outcome, state.step) == ("completed", 5)
    assert "loss" in state.scalars
    assert [one.name for one in tmp_path.iterdir() if one.is_dir()] == ["mine"]


@pytest.mark.parametrize(
    ("raised", "outcome", "error"), [(KeyboardInterrupt(), "stopped", ""), (ValueError("bad"), "failed", "ValueError: bad")]
)
def test_an_interrupted_lightning_has_not_failed(
    lightning: Any, state_of: Callable[[str], RunState], raised: BaseException, outcome: str, error: str
) -> None:
    logger, callback = lightning.GanTuiLogger("mine"), lightning.GanTuiCallback()
    trainer = SimpleNamespace(loggers=[logger], max_epochs=1, accumulate_grad_batches=1, num_training_batches=4)
    callback.on_train_start(trainer, None)
    logger.log_metrics({"loss": 1.0}, 0)
    callback.on_exception(trainer, None, raised)
    logger.finalize("failed")
    assert (state_of("mine").outcome, state_of("mine").error or "") == (outcome, error)


def test_a_training_of_hugging_face_that_raised_was_broken_off(adapter: Adapter, state_of: Callable[[str], RunState]) -> None:
    callback = adapter("huggingface", transformers="TrainerCallback").GanTuiCallback("mine")
    said = SimpleNamespace(to_dict=dict, run_name=None), SimpleNamespace(num_train_epochs=1, max_steps=4, global_step=1), None
    callback.on_train_begin(*said)  # and it raises
    callback.on_train_begin(*said)
    callback.on_log(*said, {"loss": 1.0, "train_d_real": 0.5, "train_runtime": 2.0, "train_loss": 1.0, "total_flos": 1.0})
    callback.on_train_end(*said)
    assert (state_of("mine").outcome, state_of("mine").error) == ("failed", "broken off by an error")
    assert state_of("mine-2").outcome == "completed"
    assert state_of("mine-2").scalars.keys() - {"steps/s"} == {"loss", "train_d_real"}


def test_keras_counts_batches_and_knows_what_was_broken_off(adapter: Adapter, state_of: Callable[[str], RunState]) -> None:
    callback = adapter("keras", keras__callbacks="Callback").GanTuiCallback("mine")
    callback.model, callback.params = SimpleNamespace(stop_training=False), {"epochs": 2, "steps": 4}
    callback.on_train_begin()  # and it raises
    callback.on_train_begin()
    for epoch in range(2):
        callback.on_epoch_begin(epoch)
        for batch in (1, 3):  # steps_per_execution=2
            callback.on_train_batch_end(batch, {"loss": 1.0})
        callback.on_epoch_end(epoch, {"loss": 1.0, "val_loss": 1.0})
    callback.on_train_end()
    assert (state_of("mine").outcome, state_of("mine").error) == ("failed", "broken off by an error")
    assert (state_of("mine-2").outcome, state_of("mine-2").step, state_of("mine-2").epochs_done) == ("completed", 8, 2)
