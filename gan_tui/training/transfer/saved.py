"""Checkpoints of a style transfer: everything that the next step depends on."""

import io
from typing import Any, NamedTuple

import msgspec
import torch

from gan_tui.config import StyleConfig
from gan_tui.errors import UserError, first_line
from gan_tui.files import open_regular, remove_temporaries, set_aside, write_atomic
from gan_tui.run.directory import RunDirectory
from gan_tui.style.lbfgs import PAIRS
from gan_tui.style.transfer import Transfer
from gan_tui.training import checkpoint, checkpoint_file

VERSION = 1


class Loaded(NamedTuple):
    """A checkpoint that was read."""

    step: int
    elapsed: float
    transfer: dict[str, Any]
    notes: tuple[str, ...]
    """A line about each newer one that could not be."""


def save(run: RunDirectory, settings: StyleConfig, transfer: Transfer, elapsed: float) -> str:
    """Write `checkpoints/step-NNNNNNNNN.pt`, whose path in the run comes back, and remove old ones. Raises OSError."""
    state = {
        "version": VERSION,
        "task": "style",
        "settings": msgspec.to_builtins(settings),
        "step": transfer.step,
        "elapsed": elapsed,
        "transfer": transfer.state_dict(),
    }
    buffer = io.BytesIO()
    torch.save(state, buffer)
    path = run.checkpoints / f"step-{transfer.step:09d}.pt"
    write_atomic(path, buffer.getbuffer())
    checkpoint.remove_old(run, settings.checkpoints.keep, transfer.step)
    remove_temporaries(run.checkpoints)
    return str(path.relative_to(run.path))


def load_newest(run: RunDirectory, settings: StyleConfig, device: torch.device) -> Loaded | None:
    """The newest checkpoint that can be read; torn ones are set aside. None where there is none that can be: it begins again.

    Raises OSError, and UserError where one may not be read.
    """
    limit = (1 << 20) + settings.pictures.height * settings.pictures.width * 12 * (2 * PAIRS + 4)
    notes: list[str] = []
    for step, path in checkpoint.list_newest_first(run):
        try:
            with open_regular(path) as file:
                checkpoint_file.check(file, limit)
                file.seek(0)
                state = torch.load(file, map_location=device, weights_only=True)
            if (state["version"], state["task"], state["step"]) != (VERSION, "style", step):
                raise ValueError("it is of another run")
            return Loaded(step, float(state["elapsed"]), state["transfer"], tuple(notes))
        except OSError as error:
            raise UserError(f"checkpoint {path} cannot be read: {error.strerror or error}") from None
        except checkpoint.UNUSABLE as error:
            notes.append(f"{path.name} cannot be read ({first_line(error)}): going back to the one before; kept as {set_aside(path).name}")
    if notes:
        return Loaded(0, 0.0, {}, tuple(notes))
    return None
