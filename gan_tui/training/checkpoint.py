"""The whole state of a run in one file, from which training goes on as if nothing had happened."""

import io
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import torch
from torch import Tensor, nn
from torch.optim import Adam

from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.errors import DamagedError, UserError, first_line
from gan_tui.files import open_regular, remove_temporaries, write_atomic
from gan_tui.run.directory import RunDirectory
from gan_tui.training import build, checkpoint_file
from gan_tui.training.build import begin_state
from gan_tui.training.out_of_memory import is_out_of_memory
from gan_tui.training.step import Gan

VERSION = 1
LARGEST = 2 * 10**9
"""Bytes of a checkpoint that is read where the run's settings are lost, which would say how large it may be."""
_NAME = re.compile(r"step-(\d{9})\.pt")
BEST = "best.pt"
"""The name of the checkpoint with the best score so far."""


class UnreadableError(UserError):
    """A checkpoint that may be whole, and that the operating system does not let anybody read."""


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
    """Training images: a folder may hold others when the run goes on. 0: nobody knows."""
    digest: str = ""
    """Of the data that was trained on. Empty in checkpoints that are older than digests."""


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
        "fixed_latents": fixed_latents,
        "generator": gan.generator.state_dict(),
        "discriminator": gan.discriminator.state_dict(),
        "average": gan.average.state_dict() if gan.average else None,
        "g_optimizer": gan.g_optimizer.state_dict(),
        "d_optimizer": gan.d_optimizer.state_dict(),
    }
    path = run.checkpoints / (name or f"step-{progress.step:09d}.pt")
    write_atomic(path, _saved(state))
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
    """The newest checkpoint that can be read, and a line about each newer one that cannot.

    Raises UserError where checkpoints exist and none can be read: to start over in silence would lose the run; UnreadableError,
    MemoryError and RuntimeError where the newest is not at fault (it may not be read, memory is short): to skip it would lose it.
    """
    skipped: list[str] = []
    found = list_newest_first(run)
    limit = _limit(run) if found else 0
    for step, path in found:
        try:
            return Loaded(path, step, _read(path, step, device, limit)), skipped
        except UnreadableError:
            raise
        except UserError as error:
            skipped.append(str(error))
    if skipped:
        raise UserError(f"no checkpoint of {run.name} can be read: {skipped[0]}; start a new run")
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
        raise UserError(f"{error}; --newest takes the newest one instead") from None
    return Loaded(path, state["step"], state)


class Best(NamedTuple):
    """What `best.pt` holds."""

    path: Path
    step: int
    score: float
    """Its Frechet distance."""


def best_score(run: RunDirectory) -> Best | None:
    """The score of `best.pt`: better ones only may replace it, whatever the newest checkpoint remembers. None where nobody can tell."""
    path = run.checkpoints / BEST
    try:
        state = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        step, score = state["step"], state["best"]
    except Exception:  # there is none, or it is torn and raises anything
        return None
    return Best(path, step, score) if isinstance(step, int) and isinstance(score, float) and 0 <= score < math.inf else None


def saved_settings(run: RunDirectory) -> tuple[dict[str, Any], str] | None:
    """The settings in the newest checkpoint that can be read, and its name, without reading its weights; None where there is none."""
    best = [(0, run.checkpoints / BEST)] if (run.checkpoints / BEST).is_file() else []
    for _, path in [*list_newest_first(run), *best]:
        try:
            with open_regular(path) as file:
                checkpoint_file.check(file, LARGEST)
            state = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
            if state["version"] == VERSION and isinstance(state["settings"], dict):
                return state["settings"], path.name
        except Exception:
            continue
    return None


def nothing_saved(run: RunDirectory) -> str:
    """What to tell somebody who wants to use a run that has no checkpoint."""
    if run.alive:
        return f"{run.name} has no checkpoint yet: `gan-tui control {run.word} save` makes one"
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
        raise UnreadableError(f"checkpoint {path} cannot be read ({error.strerror or error}): {advice}") from None
    except ValueError as error:
        raise UserError(f"checkpoint {path} cannot be read: {first_line(error, LONGEST_REASON)}") from None
    except Exception as error:  # torn files raise anything from EOFError to UnpicklingError
        if is_out_of_memory(error) or "CUDA error" in str(error):
            raise
        raise UserError(f"checkpoint {path} cannot be read: it is torn, or no file of torch.save") from None
    version, found = (state.get("version"), state.get("step")) if isinstance(state, dict) else (None, None)
    if type(version) is not int or version != VERSION or type(found) is not int or found < 0 or step not in (None, found):
        of_step = "" if step is None else f", of step {step}"
        raise UserError(f"checkpoint {path.name} is not one of gan-tui's, version {VERSION}{of_step}")
    checked: dict[str, Any] = state
    return checked


def restore(loaded: Loaded, settings: RunConfig, gan: Gan) -> tuple[Progress, Tensor]:
    """Put a checkpoint's state into the networks and optimisers; its progress and fixed latents come back.

    Raises UserError where it belongs to other networks, another loss or other data, naming the difference.
    """
    state = loaded.state
    try:
        _refuse_other_settings(loaded, settings)
        _restore_network(gan.generator, state["generator"])
        _restore_network(gan.discriminator, state["discriminator"])
        # An older version saved no state of an optimiser before its first step: D's is the run's first, G's comes after `d_steps` of them.
        d_steps = int(state["settings"]["train"].get("d_steps", 1))
        _restore_optimizer(gan.g_optimizer, state["g_optimizer"]["state"], may_lack=loaded.step < d_steps)
        _restore_optimizer(gan.d_optimizer, state["d_optimizer"]["state"], may_lack=loaded.step == 0)
        if gan.average:
            _restore_network(gan.average, state["average"])
        elapsed, rollbacks, latents = float(state["elapsed"]), int(state["rollbacks"]), state["fixed_latents"]
        evaluating, best = float(state.get("evaluating", 0.0)), float(state.get("best", math.inf))
        images, digest = int(state.get("images", 0)), str(state.get("data", ""))
        counters = math.isfinite(elapsed) and math.isfinite(evaluating) and min(elapsed, evaluating) >= 0 and 0 <= rollbacks <= _MANY
        _expect(counters and best >= 0, "its counters are out of range")
        _expect_floats(latents, (settings.samples.count, settings.model.latent_dim + settings.model.conditional), "fixed_latents")
    except _BROKEN as error:
        raise UserError(f"checkpoint {loaded.path.name} does not fit this run: {first_line(error, LONGEST_REASON)}") from None
    return Progress(loaded.step, elapsed, rollbacks, evaluating, best, images, digest), latents


def restore_generator(loaded: Loaded, settings: RunConfig, generator: nn.Module) -> None:
    """Put a checkpoint's generator, the averaged one where there is one, into `generator`. Raises UserError where it does not fit."""
    try:
        _refuse_other_settings(loaded, settings)
        _restore_network(generator, loaded.state.get("average") or loaded.state["generator"])
    except _BROKEN as error:
        raise UserError(f"checkpoint {loaded.path.name} does not fit this run: {first_line(error, LONGEST_REASON)}") from None


_BROKEN = (KeyError, RuntimeError, ValueError, TypeError, AttributeError, IndexError, OverflowError)
"""What a file raises that is a checkpoint by its looks only."""
_MANY = 1_000_000
LONGEST_VALUE, LONGEST_REASON = 80, 300
"""Characters of what a file says that are repeated in an error."""


def _refuse_other_settings(loaded: Loaded, settings: RunConfig) -> None:
    unsaid = RunConfig()
    for setting in config.settings():
        section, key = setting.key.split(".")
        # A checkpoint of an older version lacks the settings that came later, and was trained as their defaults say.
        before = loaded.state["settings"].get(section, {}).get(key, config.get(unsaid, setting.key))
        value = config.get(settings, setting.key)
        if config.is_fixed(setting.key) and before != value:
            said = repr(before)[:LONGEST_VALUE]
            raise UserError(f"{loaded.path.name} was trained with {setting.key} = {said}, the run now says {value!r}; put it back")


def _restore_network(network: nn.Module, weights: dict[str, Tensor]) -> None:
    expected = network.state_dict()
    _expect(isinstance(weights, dict) and weights.keys() == expected.keys(), "its layers are others")
    for name, tensor in expected.items():
        if tensor.is_floating_point():
            _expect_floats(weights[name], tuple(tensor.shape), name)
        else:  # batch normalisation counts its batches
            _expect(weights[name].dtype == tensor.dtype and weights[name].shape == tensor.shape, f"{name} is of another kind")
    network.load_state_dict(weights)


def _restore_optimizer(optimizer: Adam, state: dict[int, dict[str, Tensor]], *, may_lack: bool) -> None:
    """The rates are the run's settings; a checkpoint brings only what Adam has gathered: nothing before its first step (`may_lack`)."""
    if may_lack and not state:
        begin_state(optimizer)
        return
    parameters = list(optimizer.param_groups[0]["params"])
    _expect(set(state) == set(range(len(parameters))), "its optimiser has other parameters")
    for index, entry in state.items():
        _expect(entry.keys() == {"step", "exp_avg", "exp_avg_sq"}, "its optimiser is not Adam")
        _expect_floats(entry["step"], (), "Adam's step")
        _expect_floats(entry["exp_avg"], tuple(parameters[index].shape), "Adam's mean")
        _expect_floats(entry["exp_avg_sq"], tuple(parameters[index].shape), "Adam's square")
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def _expect_floats(tensor: Tensor, shape: tuple[int, ...], name: str) -> None:
    _expect(tuple(tensor.shape) == shape, f"{name} has the shape {tuple(tensor.shape)}, not {shape}")
    _expect(tensor.dtype == torch.float32 and bool(tensor.isfinite().all()), f"{name} is not made of finite float32 numbers")


def _expect(condition: bool, otherwise: str) -> None:
    if not condition:
        raise ValueError(otherwise)


def write_weights(path: Path, network: nn.Module) -> None:
    """Write one network's plain state dict: tensors on the CPU, each with a memory of its own. Raises OSError."""
    weights = {name: tensor.cpu().clone(memory_format=torch.contiguous_format) for name, tensor in network.state_dict().items()}
    write_atomic(path, _saved(weights))


def _saved(state: object) -> memoryview:
    """The bytes of torch.save. Not straight into the file: of a full disk it makes a RuntimeError that does not say so."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getbuffer()
