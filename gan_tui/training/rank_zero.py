"""What the process with the run directory does: gather the ranks, find the checkpoint, train."""

import platform

import torch

from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.errors import SettingsError, UserError
from gan_tui.run.directory import RunDirectory, write_settings
from gan_tui.run.events import Checkpoint, Note, Phase
from gan_tui.run.log import EventWriter, read_all, truncate_to_step
from gan_tui.training import build, checkpoint, engines
from gan_tui.training.loop import Trainer
from gan_tui.training.ranks import Ranks, under_torchrun
from gan_tui.training.stop import StopRequest


def train_as_rank_zero(run: RunDirectory, settings: RunConfig, stop: StopRequest) -> None:
    """Train `run`, with other ranks where there are any. Raises UserError and OSError."""
    ranks = _gather(run, settings)
    try:
        _train(run, settings, ranks, stop)
    except RuntimeError as error:
        words = _for_people(error, settings, ranks)
        if words is None:
            raise
        raise UserError(words) from None
    finally:
        ranks.leave()


def _gather(run: RunDirectory, settings: RunConfig) -> Ranks:
    if under_torchrun():
        return Ranks.join()
    count = settings.train.devices
    if count == 1:
        return Ranks()
    if torch.cuda.is_available() and settings.train.device in ("auto", "cuda") and count > torch.cuda.device_count():
        raise SettingsError(f"--devices {count}: there are {torch.cuda.device_count()} GPUs here; say --device cpu to share the CPU")
    return Ranks.start(count, run.path / "ranks")


def _train(run: RunDirectory, settings: RunConfig, ranks: Ranks, stop: StopRequest) -> None:
    ranks.hand_out(config.to_toml(settings).encode())
    device = build.choose_device(settings, ranks)
    engines.choose(settings, device)
    loaded, skipped = checkpoint.load_newest(run, device)
    if loaded is None and any(isinstance(event, Checkpoint) for event in read_all(run.events)):
        raise UserError(f"the checkpoints of {run.name} are gone from {run.checkpoints}: put them back, or start a new run")
    ranks.hand_out(checkpoint.to_bytes(loaded))
    step = loaded.step if loaded else 0
    truncate_to_step(run.events, step)
    with EventWriter(run.events) as writer:
        writer.write(Phase(step=step, name="loading"))
        for line in skipped:
            writer.write(Note(step=step, text=f"{line}; going on from the one before"))
        trainer = Trainer(run, settings, writer, device, stop, loaded, ranks)
        write_settings(run, settings, _environment(device, ranks))
        trainer.train()


def _environment(device: torch.device, ranks: Ranks) -> dict[str, object]:
    return {
        "torch": torch.__version__,
        "python": platform.python_version(),
        "device": str(device),
        "device_name": build.device_name(device, ranks.count),
        "ranks": ranks.count,
    }


def _for_people(error: RuntimeError, settings: RunConfig, ranks: Ranks) -> str | None:
    """What to say of the errors that torch raises when memory ends or a rank dies; None for any other, for it is ours."""
    text = (str(error).splitlines() or [""])[0]
    if isinstance(error, torch.OutOfMemoryError) or "not enough memory" in text or "can't allocate memory" in text:
        sizes = f"train.batch_size (now {settings.train.batch_size}) or {build.width_setting(settings)}"
        return f"out of memory: lower {sizes}, or choose another --device"
    if ranks.count > 1:
        return f"{ranks.obituary() or 'a rank is gone'} ({text[:120]}): `gan-tui resume` goes on from the last checkpoint"
    return None
