"""The whole state of a run in one file, from which training goes on as if nothing had happened."""

import io
import math
import pickle
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import torch
from torch import Tensor, nn

from gan_tui.config import RunConfig
from gan_tui.errors import DamagedError, UserError, first_line, reason_of
from gan_tui.files import open_regular, remove_temporaries, write_atomic
from gan_tui.run.damage import is_whole
from gan_tui.run.directory import RunDirectory
from gan_tui.spec.aliases import modern
from gan_tui.training import build, checkpoint_file
from gan_tui.training.out_of_memory import is_out_of_memory
from gan_tui.training.step import Gan
from gan_tui.training.torch_bytes import torch_bytes

VERSION = 1
LARGEST = 2 * 10**9
"""Bytes of a checkpoint that is read where the run's settings are lost, which would say how large it may be."""
_NAME = re.compile(r"step-(\d{9})\.pt")
BEST = "best.pt"
"""The name of the checkpoint with the best score so far."""
LONGEST_REASON = 300
"""Characters of what a file says that are repeated in an error."""
BROKEN = (KeyError, RuntimeError, ValueError, TypeError, AttributeError, IndexError, OverflowError)
"""What a file raises that is a checkpoint by its looks only."""
UNUSABLE = (*BROKEN, OSError, EOFError, pickle.UnpicklingError)
"""What a file raises besides that is missing, torn, or none of torch.save. Not MemoryError: the file is not at fault then."""


class UnreadableError(UserError):
    """A checkpoint that may be whole, and that the operating system does not let us read."""


@dataclass
class Progress:
    """Where a run stands besides its weights."""

    step: int = 0
    """G+D updates done."""
    elapsed: float = 0.0
    """Seconds of training, pauses left out."""
    rollbacks: int = 0
    """How often a loss that was not finite sent the run back to a checkpoint."""
    evaluating: float = 0.0
    """Seconds spent measuring quality."""
    best: float = math.inf
    """The lowest Frechet distance so far."""
    images: int = 0
    """Training images: a folder may hold others when the run goes on. 0: unknown."""
    digest: str = ""
    """Of the data that was trained on. Empty in checkpoints that are older than digests."""
    products: str = ""
    """The library that multiplies, see training/products.py; empty where it is all the same, or the checkpoint is older."""
    threads: int = 0
    """Of the CPU, where their number is kept; 0: it may change, or is unknown."""


@dataclass(frozen=True)
class Loaded:
    """What `load_newest` found."""

    path: Path
    step: int
    state: dict[str, Any]


def save(run: RunDirectory, settings: RunConfig, gan: Gan, fixed_latents: Tensor, progress: Progress, name: str | None = None) -> Path:
    """Write `checkpoints/step-NNNNNNNNN.pt`, or `name`, and remove all but the newest `checkpoints.keep` and the best.

    Raises OSError (nothing older is lost then), and ValueError where a weight is not finite: a checkpoint that
    cannot train on is not worth the good one it would push out.
    """
    for network in (gan.generator, gan.discriminator):
        if not all(weight.isfinite().all() for weight in network.parameters()):
            raise ValueError("a weight is NaN or infinite")
    state = {
        "version": VERSION,
        "settings": msgspec.to_builtins(settings),
        "step": progress.step,
        "elapsed": progress.elapsed,
        "rollbacks": progress.rollbacks,
        "evaluating": progress.evaluating,
        "best": progress.best,
        "images": progress.images,
        "data": progress.digest,
        "products": progress.products,
        "threads": progress.threads,
        "fixed_latents": fixed_latents,
        "generator": gan.generator.state_dict(),
        "discriminator": gan.discriminator.state_dict(),
        "g_ema": gan.g_ema.state_dict() if gan.g_ema else None,
        "augment": gan.augment.state if gan.augment else None,
        "g_optimizer": gan.g_optimizer.state_dict(),
        "d_optimizer": gan.d_optimizer.state_dict(),
    }
    path = run.checkpoints / (name or f"step-{progress.step:09d}.pt")
    write_atomic(path, torch_bytes(state))
    remove_old(run, settings.checkpoints.keep, progress.step)
    remove_temporaries(run.checkpoints)
    return path


def remove_old(run: RunDirectory, keep: int, step: int) -> None:
    """Remove all checkpoints up to `step`, where the run stands, but the newest `keep`. Raises OSError.

    One of a later step is none that this trainer has written: it is not removed, and pushes none out that was.
    """
    for _, old in [(at, path) for at, path in list_newest_first(run) if at <= step][keep:]:
        if not old.is_dir() or old.is_symlink():  # a folder of that name is none of ours
            old.unlink(missing_ok=True)


def list_newest_first(run: RunDirectory) -> list[tuple[int, Path]]:
    """(step, path) of every checkpoint."""
    found = [(int(match[1]), path) for path in run.checkpoints.glob("step-*.pt") if (match := _NAME.fullmatch(path.name))]
    return sorted(found, reverse=True)


def load_newest(run: RunDirectory, device: torch.device | str = "cpu") -> tuple[Loaded | None, list[str]]:
    """The newest checkpoint that can be read, else the best one, and a line about each newer one that cannot.

    Raises UserError where checkpoints exist and none can be read: to start over in silence would lose the run; UnreadableError,
    MemoryError and RuntimeError where the newest is not at fault (it may not be read, memory is short): to skip it would lose it.
    """
    skipped: list[str] = []
    found: list[tuple[int | None, Path]] = [*list_newest_first(run)]
    if (run.checkpoints / BEST).is_file():
        found.append((None, run.checkpoints / BEST))  # where none of the others is left: it is as whole as they are
    limit = _limit(run) if found else 0
    for step, path in found:
        try:
            state = _read(path, step, device, limit)
            return Loaded(path, state["step"], state), skipped
        except UnreadableError:
            raise
        except UserError as error:
            skipped.append(str(error))
    if skipped:
        raise UserError(f"no checkpoint of {run.name} can be read: {skipped[0]}; put a whole one back, or start a new run")
    return None, []


def _limit(run: RunDirectory) -> int:
    """Bytes that a checkpoint of this run may have at most."""
    try:
        return build.checkpoint_bytes(run.config())
    except DamagedError:
        return LARGEST


def load_best(run: RunDirectory, device: torch.device | str = "cpu") -> Loaded | None:
    """The checkpoint with the best score; None where no score was taken yet. Raises UserError where it cannot be read."""
    path = run.checkpoints / BEST
    if not path.is_file():
        return None
    try:
        state = _read(path, None, device, _limit(run))
    except UserError as error:
        if not any(is_whole(other) for _, other in list_newest_first(run)):
            raise UserError(f"{error}, and so is every other of {run.name}: put a whole one back, or start a new run") from None
        raise UserError(f"{error}; --newest takes the newest one instead") from None
    return Loaded(path, state["step"], state)


class Best(NamedTuple):
    """What `best.pt` holds."""

    path: Path
    step: int
    score: float
    """Its Frechet distance."""


def best_score(run: RunDirectory) -> Best | None:
    """The score of `best.pt`: better ones only may replace it, whatever the newest checkpoint remembers. None where it is unknown."""
    path = run.checkpoints / BEST
    try:
        state = _look_into(path)
        step, score = state["step"], state["best"]
    except UNUSABLE:
        return None
    return Best(path, step, score) if isinstance(step, int) and isinstance(score, float) and 0 <= score < math.inf else None


def saved_settings(run: RunDirectory) -> tuple[dict[str, Any], str] | None:
    """The settings in the newest checkpoint that can be read, and its name, without reading its weights; None where there is none."""
    best = [(0, run.checkpoints / BEST)] if (run.checkpoints / BEST).is_file() else []
    for _, path in [*list_newest_first(run), *best]:
        try:
            state = _look_into(path)
            if state["version"] == VERSION and isinstance(state["settings"], dict):
                return modern(state["settings"]), path.name
        except UNUSABLE:
            continue
    return None


def _look_into(path: Path) -> dict[str, Any]:
    """A checkpoint whose weights stay on the disk. Raises one of UNUSABLE."""
    with open_regular(path) as file:
        checkpoint_file.check(file, LARGEST)
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    return state


def nothing_saved(run: RunDirectory) -> str:
    """What to tell the user of a run that has no checkpoint."""
    if run.alive:
        return f"{run.name} has no checkpoint yet: `gan-tui control {run.cli_name} save` makes one"
    if run.generator.is_file():
        draw = f"`gan-tui sample {run.cli_name} -o grid.png` draws from that, and it can do no more"
        return f"{run.name} has no checkpoint, only {run.generator.name}: {draw}"
    return f"{run.name} has no checkpoint, and no trainer that could make one: `gan-tui runs` lists the other runs"


def to_bytes(loaded: Loaded | None) -> bytes:
    """What `from_bytes` takes on another rank; nothing stands for no checkpoint. Raises OSError."""
    return loaded.path.read_bytes() if loaded else b""


def from_bytes(data: bytes, device: torch.device) -> Loaded | None:
    """The checkpoint that rank 0 handed out."""
    if not data:
        return None
    state = torch.load(io.BytesIO(data), map_location=device, weights_only=True)
    return Loaded(Path("checkpoint"), state["step"], state)


def _read(path: Path, step: int | None, device: torch.device | str, limit: int) -> dict[str, Any]:
    """Only tensors and plain containers come out (`weights_only`): a hostile file cannot run code. `step` None: any.

    Raises UserError for a file that is torn or another's; UnreadableError, MemoryError and RuntimeError where its content is not at fault.
    No more than `limit` bytes are read, and nothing that is no regular file: see `checkpoint_file`.
    """
    try:
        with open_regular(path) as file:
            checkpoint_file.check(file, limit)
            file.seek(0)
            state = torch.load(file, map_location=device, weights_only=True)
    except OSError as error:
        advice = f"mend that, or move it out of {path.parent} to go on from the one before"
        raise UnreadableError(f"checkpoint {path} cannot be read ({reason_of(error)}): {advice}") from None
    except ValueError as error:
        raise UserError(f"checkpoint {path} cannot be read: {first_line(error, LONGEST_REASON)}") from None
    except Exception as error:  # torn files raise anything from EOFError to UnpicklingError
        if is_out_of_memory(error) or "CUDA error" in str(error):
            raise
        raise UserError(f"checkpoint {path} cannot be read: it is torn, or no file of torch.save") from None
    version, found = (state.get("version"), state.get("step")) if isinstance(state, dict) else (None, None)
    if type(version) is not int or version != VERSION or type(found) is not int or found < 0 or step not in (None, found):
        of_step = "" if step is None else f", of step {step:,}"
        raise UserError(f"checkpoint {path.name} is not one of gan-tui's, version {VERSION}{of_step}")
    checked: dict[str, Any] = state
    return checked


def read_generator(run: RunDirectory) -> dict[str, Tensor] | None:
    """What `generator.pt` holds, to be checked; None where there is none. Raises UserError where it cannot be read."""
    return read_weights(run.generator, _limit(run)) if run.generator.is_file() else None


def read_weights(path: Path, limit: int) -> dict[str, Tensor] | None:
    """What such a file of at most `limit` bytes holds; None where there is none. Raises UserError where it cannot be read."""
    if not path.is_file():
        return None
    try:
        with open_regular(path) as file:
            checkpoint_file.check(file, limit)
            file.seek(0)
            weights: dict[str, Tensor] = torch.load(file, map_location="cpu", weights_only=True)
    except UNUSABLE as error:
        raise UserError(f"{path} cannot be read: {first_line(error, LONGEST_REASON)}") from None
    return weights


def write_weights(path: Path, network: nn.Module) -> None:
    """Write one network's plain state dict: tensors on the CPU, each with a memory of its own. Raises OSError."""
    weights = {name: tensor.cpu().clone(memory_format=torch.contiguous_format) for name, tensor in network.state_dict().items()}
    write_atomic(path, torch_bytes(weights))
