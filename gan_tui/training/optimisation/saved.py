"""What such a run leaves behind: checkpoints, with everything that the next step depends on, and at its end the picture."""

import io
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import torch

from gan_tui.config import OptimisationConfig
from gan_tui.errors import UserError, first_line, reason_of
from gan_tui.files import numbered, open_regular, remove_temporaries, set_aside, write_atomic, write_new
from gan_tui.run.directory import RunDirectory
from gan_tui.training import checkpoint, checkpoint_file

VERSION = 1
State = dict[str, Any]
"""Tensors and plain containers."""


class Loaded(NamedTuple):
    """A checkpoint that was read."""

    step: int
    elapsed: float
    threads: int
    """CPU threads of its steps; 0: an earlier version did not say."""
    state: State
    """Empty where none could be read, and it begins again."""
    notes: tuple[str, ...]
    """A line about each newer one that could not be."""


def save(run: RunDirectory, settings: OptimisationConfig, step: int, state: State, elapsed: float, threads: int) -> str:
    """Write `checkpoints/step-NNNNNNNNN.pt`, whose path in the run comes back, and remove old ones. Raises OSError."""
    whole = {
        "version": VERSION,
        "task": settings.task,
        "settings": msgspec.to_builtins(settings),
        "step": step,
        "elapsed": elapsed,
        "threads": threads,
        "state": state,
    }
    buffer = io.BytesIO()
    torch.save(whole, buffer)
    path = run.checkpoints / f"step-{step:09d}.pt"
    write_atomic(path, buffer.getbuffer())
    checkpoint.remove_old(run, settings.checkpoints.keep, step)
    remove_temporaries(run.checkpoints)
    return str(path.relative_to(run.path))


def load_newest(run: RunDirectory, settings: OptimisationConfig, limit: int, device: torch.device) -> Loaded | None:
    """The newest checkpoint of at most `limit` bytes that can be read; torn ones are set aside. None where there was never one.

    Raises OSError, and UserError where one may not be read.
    """
    notes: list[str] = []
    for step, path in checkpoint.list_newest_first(run):
        try:
            with open_regular(path) as file:
                checkpoint_file.check(file, limit)
                file.seek(0)
                whole = torch.load(file, map_location=device, weights_only=True)
            if (whole["version"], whole["task"], whole["step"]) != (VERSION, settings.task, step):
                raise ValueError("it is of another run")
            state = whole["state"] if "state" in whole else whole["transfer"]  # as earlier versions called it
            return Loaded(step, float(whole["elapsed"]), int(whole.get("threads", 0)), state, tuple(notes))
        except OSError as error:
            raise UserError(f"checkpoint {path} cannot be read: {reason_of(error)}") from None
        except checkpoint.UNUSABLE as error:
            notes.append(f"{path.name} cannot be read ({first_line(error)}): going back to the one before; kept as {set_aside(path).name}")
    return Loaded(0, 0.0, 0, {}, tuple(notes)) if notes else None


def export(picture: Path, target: Path, run: RunDirectory) -> str:
    """Copy the finished `picture` to `target`, or where something has come to lie there meanwhile, to the next free `NAME-N`.

    What to say about it comes back. Raises UserError where it cannot be written; the picture is in the run's folder all the same.
    """
    try:
        content = picture.read_bytes()
        for path in numbered(target):
            if write_new(path, content):
                return f"wrote {path}" + (f": {target.name} has come to be there meanwhile, and is untouched" if path != target else "")
        reason = "there are too many of that name"
    except OSError as error:
        reason = reason_of(error)
    again = f"`gan-tui resume {run.cli_name}` tries once more"
    raise UserError(f"cannot write {target}: {reason}; the picture is {picture}, and {again}")
