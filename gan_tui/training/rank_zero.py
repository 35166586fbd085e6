"""What the process with the run directory does: gather the ranks, find the checkpoint, train."""

import math
import os
from collections.abc import Iterable

import torch

from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.counted import counted
from gan_tui.data.dataset import Dataset
from gan_tui.errors import SettingsError, StoppedEarlyError, UserError
from gan_tui.files import set_aside
from gan_tui.output import say
from gan_tui.run import length
from gan_tui.run.cut import cut_to_step
from gan_tui.run.damage import lost_checkpoints
from gan_tui.run.directory import RunDirectory, write_settings
from gan_tui.run.events import BestKept, Changed, Hint, Note, Phase
from gan_tui.run.log import EventWriter, read_state
from gan_tui.run.summary import look_at
from gan_tui.run.trained_again import trained_again
from gan_tui.spec.commands import LIVE_SETTINGS
from gan_tui.system.cores import usable_cores
from gan_tui.training import build, checkpoint, disk_room, engines, rebuild, sharing
from gan_tui.training.checkpoint import Loaded
from gan_tui.training.control import Control
from gan_tui.training.devices import Chosen, choose_device, device_name, environment_of
from gan_tui.training.distributed.ranks import RankGoneError, Ranks, under_torchrun
from gan_tui.training.distributed.workers import Workers, how_to_go_on, with_advice
from gan_tui.training.engines.own_kernels import BUILDING
from gan_tui.training.found import Found
from gan_tui.training.loop import TrainingLoop
from gan_tui.training.mirror import mirrored
from gan_tui.training.restore import refuse_other_data
from gan_tui.training.stop import StopRequest

IN_A_MINUTE = "good digits in a minute: `gan-tui --preset conv-small`; classic takes longer"
"""For who starts a screen and says nothing of what is to be trained."""
BEFORE_TRAINING = ("starting", "loading")
"""Phases in which nothing has been done that could be saved."""


def train_as_rank_zero(run: RunDirectory, before: RunConfig, stop: StopRequest, workers: Workers, found: Found) -> None:
    """Train `run`, whose settings were `before`, with other ranks where there are any.

    Raises UserError and OSError; then the other ranks are left as they are, for the reason is to be written down before anything else.
    StoppedEarlyError: a stop was asked for before the ranks could train.
    """
    settings = config.change(before, found.assignments, begun=run.has_checkpoint)
    ranks = Ranks()
    try:
        ranks = _gather(run, settings, stop, workers)
        _train(run, before, settings, ranks, stop, workers.pids, found)
    except RankGoneError as error:
        reason = workers.watch.wait_for_loss() or str(error)
        if stop.reason and look_at(run).phase in BEFORE_TRAINING:  # it came to the other ranks as well, and they do not heed it yet
            raise StoppedEarlyError(f"{stop.reason} before the training began; {how_to_go_on(run)}") from None
        raise UserError(with_advice(reason, run)) from None
    except (RuntimeError, MemoryError) as error:
        words = explain_failure(error, run, settings, ranks)
        if words is None:
            raise
        raise UserError(words) from None
    _leave(ranks, workers)


def _leave(ranks: Ranks, workers: Workers) -> None:
    """All together. Everything is saved: a rank that dies now is worth a line, and costs nothing."""
    try:
        ranks.leave()
    except RankGoneError as error:
        reason = workers.watch.wait_for_loss() or str(error)
        say(f"after everything was saved: {reason}")
        workers.give_up(0)
    else:
        workers.part()


def _gather(run: RunDirectory, settings: RunConfig, stop: StopRequest, workers: Workers) -> Ranks:
    if under_torchrun():
        config.refuse_idle(settings, int(os.environ["WORLD_SIZE"]))
        workers.begin()
        return Ranks.join(workers.watch, lambda: stop.reason)
    count = settings.train.devices
    if count == 1:
        return Ranks()
    if torch.cuda.is_available() and settings.train.device in ("auto", "cuda") and count > torch.cuda.device_count():
        raise SettingsError(f"--devices {count}: there are {torch.cuda.device_count()} GPUs here; say --device cpu to share the CPU")
    if not (torch.cuda.is_available() and settings.train.device != "cpu"):
        _warn_of_few_cores(run, count)
    workers.begin()
    workers.start(count)
    return Ranks.join(workers.watch, lambda: stop.reason)


def _warn_of_few_cores(run: RunDirectory, count: int) -> None:
    cores = math.ceil(usable_cores())  # a part of a core is worth a process, as default_threads has it
    if count > cores:
        text = f"--devices {count}: {count} processes take turns on {counted(cores, 'CPU core')}; {cores} or fewer train faster"
        with EventWriter(run.events) as writer:
            writer.write(Note(text=text))
        say(text)


def _train(
    run: RunDirectory, before: RunConfig, settings: RunConfig, ranks: Ranks, stop: StopRequest, pids: list[int], found: Found
) -> None:
    ranks.broadcast_bytes(config.to_toml(settings).encode())
    chosen = choose_device(settings, ranks)
    device = chosen.device
    sharing.refuse_unlike(device, ranks)
    engines.choose(settings, device)
    loaded, skipped = checkpoint.load_newest(run, device)
    if loaded is None:
        _refuse_to_begin_again(run, found.lost)
    ranks.broadcast_bytes(checkpoint.to_bytes(loaded))
    step = loaded.step if loaded else 0
    with EventWriter(run.events) as writer:
        writer.write(Phase(step=step, name="loading"))
    data = (found.seat.load_data if found.seat else build.load_data)(settings, device)
    before, settings = (build.with_classes(one, data) for one in (before, settings))
    said = refuse_other_data(run, settings, loaded, data, changed_ok=found.data_changed)
    left = _nothing_left(run, before, settings, loaded, data) if loaded else []
    ranks.broadcast_bytes(data.identity.encode())
    notes = [*([found.note] if found.note else []), *said, *left]
    notes += _lost_steps(run, loaded, skipped) or trained_again(found.before, step)
    cut_to_step(run.events, step)  # not before it is known that the run goes on
    with EventWriter(run.events) as writer:
        writer.heard += [found.host.heard] if found.host else []
        writer.write(Phase(step=step, name="loading"))
        _tell(writer, step, [*(f"{fault.text}; training on {device_name(chosen)}" for fault in chosen.faults), *chosen.notes])
        _tell(writer, step, [BUILDING] if engines.builds_kernels(settings, device) else [])
        control = Control(run, settings, writer, chosen, stop, loaded, ranks, data, found.seat)
        if found.lost and loaded:
            notes.append(_rebuild_log(control, found.lost, loaded))
        _take_best_score(control)
        _tell(writer, step, [*notes, *disk_room.warning(control.session, run)])
        if _begins_as_shipped(settings, chosen) and not step and not found.headless and found.host is None:
            writer.write(Hint(text=IN_A_MINUTE))
        _log_changes(writer, step, before, settings)
        precision = control.session.precision
        _tell(writer, step, _other_precision(run, precision) if loaded else [])
        write_settings(run, settings, {**environment_of(chosen, ranks.count), "ranks": ranks.count, "precision": precision})
        if found.headless:
            say(f"training {run.path}")
        with mirrored(control):
            TrainingLoop(control, device_name(chosen, ranks.count), pids, found.host).train()
        control.session.engine.close()


def _begins_as_shipped(settings: RunConfig, chosen: Chosen) -> bool:
    """Would what is said of a CPU, of digits and of the default preset be true of it, and is nothing wrong with a GPU?"""
    shipped = (settings.preset, settings.data.dataset) == (config.DEFAULT_PRESET, RunConfig().data.dataset)
    return shipped and chosen.device.type == "cpu" and not chosen.faults


def _tell(writer: EventWriter, step: int, texts: Iterable[str]) -> None:
    """In the log, and on standard error."""
    for text in texts:
        writer.write(Note(step=step, text=text))
        say(text)


def _rebuild_log(control: Control, lost: str, loaded: Loaded) -> str:
    """Write what the checkpoint knows of a log that was `lost`; what to say about it comes back."""
    network = control.evaluations.name if control.evaluations else ""
    told, note = rebuild.log_of(control.run, lost, loaded, control.session.steps_per_epoch, network)
    for event in told:
        control.writer.write(event)
    return note


def _take_best_score(control: Control) -> None:
    """That of best.pt where it was found after the newest checkpoint: only a better one may replace it."""
    best = checkpoint.best_score(control.run)
    if best and best.score < control.progress.best:
        control.progress.best = best.score
        network = control.evaluations.name if control.evaluations else ""
        control.writer.write(BestKept(step=control.step, of=best.step, fd=best.score, network=network))


def _refuse_to_begin_again(run: RunDirectory, lost: str) -> None:
    """Where there is no checkpoint, but was one. Raises UserError."""
    if gone := lost_checkpoints(run, read_state(run.events)):
        raise UserError(gone)
    if lost:
        rebuild.refuse_to_overwrite(run)


def _lost_steps(run: RunDirectory, loaded: Loaded | None, skipped: list[str]) -> list[str]:
    """Put checkpoints aside that are torn, and say which steps are lost with them, or because none but the best is left."""
    step = loaded.step if loaded else 0
    torn = [(at, path) for at, path in checkpoint.list_newest_first(run) if at > step]
    only_best = loaded is not None and loaded.path.name == checkpoint.BEST
    if not torn and not only_best:
        return []
    last = max(torn[0][0] if torn else step, look_at(run).step)
    which = f"{checkpoint.BEST}, the only checkpoint that is left" if only_best else "the checkpoint before"
    lost = f": steps {step + 1:,} to {last:,} are lost and will be trained again" if last > step else ""
    kept = f" (the torn file is kept as {', '.join(set_aside(path).name for _, path in torn)})" if torn else ""
    return [*skipped, f"going on from {which}, of step {step:,}{lost}{kept}"]


def _nothing_left(run: RunDirectory, before: RunConfig, settings: RunConfig, loaded: Loaded, data: Dataset) -> list[str]:
    """A line where there is nothing to train. Raises SettingsError where the run shall be shorter than it is."""
    train, elapsed = settings.train, loaded.state.get("elapsed")
    elapsed = elapsed if isinstance(elapsed, float) else 0.0  # `restore` refuses all else
    done = length.Done(loaded.step, build.steps_per_epoch(settings, data), elapsed)
    if not train.seconds:
        length.refuse_epochs(run.name, done, train.epochs)
        complete = done.step == train.epochs * done.steps_per_epoch
    elif (complete := elapsed >= train.seconds) and train.seconds != before.train.seconds:
        length.refuse_budget(run.name, elapsed, train.seconds, train.budget)
    return [length.nothing_left(done.step)] if complete else []


def _log_changes(writer: EventWriter, step: int, before: RunConfig, settings: RunConfig) -> None:
    """What a run goes on with that it did not begin with: numbers as marks across the charts, all else as notes."""
    for setting in config.settings():
        old, new = config.get(before, setting.key), config.get(settings, setting.key)
        if old != new and setting.key in LIVE_SETTINGS:
            writer.write(Changed(step=step, setting=setting.key, before=float(old), value=float(new)))
        elif old != new:
            writer.write(Note(step=step, text=f"{setting.key} = {new!r} from now on (was {old!r})"))


def _other_precision(run: RunDirectory, precision: str) -> list[str]:
    """A line where `train.precision = auto` means another one than it meant before, as on another device."""
    before = config.read_environment(run.config_file).get("precision", precision)
    return [f"train.precision is {precision} from now on (was {before})"] if before != precision else []


def explain_failure(error: RuntimeError | MemoryError, run: RunDirectory, settings: RunConfig, ranks: Ranks) -> str | None:
    """One line where memory has ended, with what to do; None for any other error, for that is ours."""
    saved = checkpoint.list_newest_first(run)
    again = f"; `gan-tui resume {run.cli_name}` goes on from step {saved[0][0]:,}" if saved else ""
    text = build.explain_memory(error, settings, ranks)
    return f"{text}{again} once there is room" if text and again else text
