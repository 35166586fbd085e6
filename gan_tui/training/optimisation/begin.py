"""From a run's folder to its loop: the settings, the device, what is optimised, the checkpoint."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

import torch

from gan_tui import config
from gan_tui.config import OptimisationConfig
from gan_tui.errors import UserError, first_line
from gan_tui.output import say
from gan_tui.run import length
from gan_tui.run.cut import cut_to_step
from gan_tui.run.directory import RunDirectory, write_settings
from gan_tui.run.events import Note, Phase
from gan_tui.run.log import EventWriter
from gan_tui.run.trained_again import trained_again
from gan_tui.training.cpu_threads import default_threads
from gan_tui.training.devices import Chosen, device_name, environment_of, find_device
from gan_tui.training.found import Found
from gan_tui.training.kept_threads import KeptThreads, threads_to_begin_with
from gan_tui.training.optimisation import saved
from gan_tui.training.optimisation.loop import OptimisationLoop
from gan_tui.training.optimisation.work import Work
from gan_tui.training.out_of_memory import is_out_of_memory
from gan_tui.training.stop import StopRequest

SettingsT = TypeVar("SettingsT", bound=OptimisationConfig)


class Prepared(NamedTuple):
    """What a task has ready for its loop."""

    work: Work
    """At its first step."""
    loop: Callable[[EventWriter], OptimisationLoop[Any, Any]]
    largest_checkpoint: int
    """Bytes: no checkpoint of the run has more."""
    environment: Mapping[str, str] = MappingProxyType({})
    """What `run.toml` says of it besides torch and the device."""
    notes: Sequence[str] = ()
    """Lines about what was found on the way."""


def begin(
    run: RunDirectory,
    settings: SettingsT,
    stop: StopRequest,
    found: Found,
    title: str,
    prepare: Callable[[SettingsT, torch.device], Prepared],
    smaller: Callable[[SettingsT], str],
) -> None:
    """Do the whole of `run`, or go on with it. Raises UserError and OSError.

    `title`: what it is, for who reads what is printed; `smaller`: what to say where there was not enough memory.
    """
    settings = config.change_optimisation(settings, found.assignments, begun=run.has_checkpoint)
    stop.take_settings(settings.signals)
    chosen = find_device(settings.device)
    torch.set_num_threads(settings.threads or threads_to_begin_with(default_threads()))
    try:
        with EventWriter(run.events) as writer:
            writer.write(Phase(name="loading"))
        _optimise(run, settings, chosen, found, title, prepare(settings, chosen.device))
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error, chosen.device):
            raise
        raise UserError(f"out of memory: {smaller(settings)}") from None


def _optimise(run: RunDirectory, settings: OptimisationConfig, chosen: Chosen, found: Found, title: str, prepared: Prepared) -> None:
    work = prepared.work
    notes = [*(fault.text for fault in chosen.faults), *filter(None, (found.note, found.lost)), *prepared.notes]
    loaded = saved.load_newest(run, settings, prepared.largest_checkpoint, chosen.device)
    if loaded is not None:
        notes += loaded.notes
        if loaded.state:
            _take_up(work, loaded, run)
            length.refuse_epochs(run.name, length.Done(work.step, work.steps_per_part), work.parts, or_budget=False)
            notes += [length.nothing_left(work.step)] if work.step == work.total_steps else []
    if loaded is None or not loaded.notes:
        notes += trained_again(found.before, work.step)
    threads = None
    if chosen.device.type == "cpu" and not settings.threads:
        kept, most = loaded.threads if loaded else 0, default_threads()
        threads = KeptThreads.begin(most, kept) if kept else KeptThreads(torch.get_num_threads(), most)
        notes += filter(None, [threads.note(f"{settings.PLACE}.threads", resumed=bool(kept))])
    cut_to_step(run.events, work.step)
    with EventWriter(run.events) as writer:
        writer.write(Phase(step=work.step, name="loading"))
        if found.headless:
            say(f"{title} {run.path}")
        for text in notes:
            writer.write(Note(step=work.step, text=text))
            say(text)
        write_settings(run, settings, {**environment_of(chosen), **prepared.environment})
        loop = prepared.loop(writer)
        loop.elapsed = loaded.elapsed if loaded else 0.0
        loop.threads = threads
        loop.go(str(chosen.device), device_name(chosen))


def _take_up(work: Work, loaded: saved.Loaded, run: RunDirectory) -> None:
    """Go on from a checkpoint. Raises UserError where it does not fit."""
    try:
        work.load_state_dict(loaded.state)
    except (KeyError, TypeError, ValueError, RuntimeError, IndexError, AttributeError, ZeroDivisionError) as error:
        reason = first_line(error)
        raise UserError(f"the checkpoint of step {loaded.step:,} in {run.checkpoints} is of another run ({reason}): move it away") from None
