"""What the process with the run directory does: gather the ranks, find the checkpoint, train."""

import platform
import sys

import torch

from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.errors import SettingsError, UserError
from gan_tui.run.directory import RunDirectory, write_settings
from gan_tui.run.events import Checkpoint, Note, Phase
from gan_tui.run.log import EventWriter, read_all, truncate_to_step
from gan_tui.training import build, checkpoint, engines, same_data, sharing
from gan_tui.training.devices import Chosen, choose_device, device_name
from gan_tui.training.failure import explain_failure
from gan_tui.training.followers import Followers, with_advice
from gan_tui.training.loop import Trainer
from gan_tui.training.ranks import RankGoneError, Ranks, under_torchrun
from gan_tui.training.stop import StopRequest


def train_as_rank_zero(
    run: RunDirectory, settings: RunConfig, stop: StopRequest, followers: Followers, *, data_changed: bool = False
) -> None:
    """Train `run`, with other ranks where there are any; on other data than before only where `data_changed` allows it.

    Raises UserError and OSError; then the other ranks are left as they are, for the reason is to be written down before anything else.
    """
    ranks = Ranks()
    try:
        ranks = _gather(settings, stop, followers)
        _train(run, settings, ranks, stop, followers.pids, data_changed)
    except RankGoneError as error:
        reason = followers.watch.wait_for_loss() or str(error)
        raise UserError(with_advice(reason, run)) from None
    except (RuntimeError, MemoryError) as error:
        words = explain_failure(error, run, settings, ranks)
        if words is None:
            raise
        raise UserError(words) from None
    _leave(ranks, followers)


def _leave(ranks: Ranks, followers: Followers) -> None:
    """All together. Everything is saved: a rank that dies now is worth a line, and costs nothing."""
    try:
        ranks.leave()
    except RankGoneError as error:
        reason = followers.watch.wait_for_loss() or str(error)
        print(f"gan-tui: after everything was saved: {reason}", file=sys.stderr, flush=True)
        followers.give_up(0)
    else:
        followers.part()


def _gather(settings: RunConfig, stop: StopRequest, followers: Followers) -> Ranks:
    if under_torchrun():
        followers.begin()
        return Ranks.join(followers.watch, lambda: stop.reason)
    count = settings.train.devices
    if count == 1:
        return Ranks()
    if torch.cuda.is_available() and settings.train.device in ("auto", "cuda") and count > torch.cuda.device_count():
        raise SettingsError(f"--devices {count}: there are {torch.cuda.device_count()} GPUs here; say --device cpu to share the CPU")
    followers.begin()
    followers.start(count)
    return Ranks.join(followers.watch)


def _train(run: RunDirectory, settings: RunConfig, ranks: Ranks, stop: StopRequest, pids: list[int], data_changed: bool) -> None:
    ranks.hand_out(config.to_toml(settings).encode())
    chosen = choose_device(settings, ranks)
    device = chosen.device
    sharing.refuse_unlike(device, ranks)
    engines.choose(settings, device)
    loaded, skipped = checkpoint.load_newest(run, device)
    if loaded is None and any(isinstance(event, Checkpoint) for event in read_all(run.events)):
        raise UserError(f"the checkpoints of {run.name} are gone from {run.checkpoints}: put them back, or start a new run")
    ranks.hand_out(checkpoint.to_bytes(loaded))
    step = loaded.step if loaded else 0
    with EventWriter(run.events) as writer:
        writer.write(Phase(step=step, name="loading"))
    data = build.load_data(settings, device)
    said = same_data.check(run, settings, loaded, data, changed_ok=data_changed)
    ranks.hand_out(data.digest.encode())
    truncate_to_step(run.events, step)  # not before it is known that the run goes on
    with EventWriter(run.events) as writer:
        writer.write(Phase(step=step, name="loading"))
        for line in said:
            writer.write(Note(step=step, text=line))
            print(f"gan-tui: {line}", file=sys.stderr, flush=True)
        for line in skipped:
            writer.write(Note(step=step, text=f"{line}; going on from the one before"))
        for fault in chosen.faults:
            text = f"{fault.text}; training on {device_name(chosen)}"
            writer.write(Note(step=step, text=text))
            print(f"gan-tui: {text}", file=sys.stderr, flush=True)
        trainer = Trainer(run, settings, writer, chosen, stop, loaded, ranks, data, pids)
        write_settings(run, settings, _environment(chosen, ranks))
        trainer.train()
        trainer.session.engine.close()


def _environment(chosen: Chosen, ranks: Ranks) -> dict[str, object]:
    return {
        "torch": torch.__version__,
        "python": platform.python_version(),
        "device": str(chosen.device),
        "device_name": device_name(chosen, ranks.count),
        "ranks": ranks.count,
    }
