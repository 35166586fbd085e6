"""The trainer as a process: takes the lock, answers signals, and turns every failure into one line.

The dashboard starts it detached as `python -m gan_tui.training RUN`; `--headless` calls `train` in the foreground.
A run directory with checkpoints is resumed, one without is begun.
"""

import errno
import platform
import sys
from contextlib import suppress
from types import ModuleType

from gan_tui.config import RunConfig
from gan_tui.errors import UserError
from gan_tui.run.directory import RunDirectory, write_settings
from gan_tui.run.events import Error, Finished, Note, Phase
from gan_tui.run.files import remove_temporaries
from gan_tui.run.lock import RunLock
from gan_tui.run.log import EventWriter, read_all, truncate_to_step
from gan_tui.run.mailbox import receive
from gan_tui.run.state import RunState
from gan_tui.training.stop import StopRequest

FAILED = 1
MISTAKEN = 2


def train(run: RunDirectory) -> int:
    """Train `run` to its end in this process; the exit status comes back: 0, FAILED or MISTAKEN."""
    stop = StopRequest()
    stop.listen()
    try:
        with RunLock(run.lock):
            return _train_locked(run, stop)
    except UserError as error:
        print(f"gan-tui: {error}", file=sys.stderr)
        return MISTAKEN
    except OSError as error:
        print(f"gan-tui: {_explain(run, error)}", file=sys.stderr)
        return FAILED


def _train_locked(run: RunDirectory, stop: StopRequest) -> int:
    for folder in (run.samples, run.checkpoints, run.control):
        folder.mkdir(mode=0o700, exist_ok=True)
        remove_temporaries(folder)
    remove_temporaries(run.path)
    receive(run.control)  # commands to a trainer that is gone
    with EventWriter(run.events) as writer:
        writer.write(Phase(name="starting"))
    try:
        return _train_logged(run, stop)
    except (UserError, OSError) as error:
        text = str(error) if isinstance(error, UserError) else _explain(run, error)
        _log_failure(run, text)
        print(f"gan-tui: {text}", file=sys.stderr)
        return FAILED


def _train_logged(run: RunDirectory, stop: StopRequest) -> int:
    settings = run.config()
    torch = _import_torch()
    from gan_tui.training import build, checkpoint
    from gan_tui.training.loop import Trainer

    if settings.train.threads:
        torch.set_num_threads(settings.train.threads)
    device = build.choose_device(settings.train.device)
    loaded, skipped = checkpoint.load_newest(run, device)
    step = loaded.step if loaded else 0
    truncate_to_step(run.events, step)
    with EventWriter(run.events) as writer:
        writer.write(Phase(step=step, name="loading"))
        for line in skipped:
            writer.write(Note(step=step, text=f"{line}; going on from the one before"))
        write_settings(run, settings, _environment(torch.__version__, device, build.device_name(device)))
        try:
            Trainer(run, settings, writer, device, stop, loaded).train()
        except (torch.OutOfMemoryError, RuntimeError) as error:
            raise _as_out_of_memory(error, settings, device) from None
    return 0


def _as_out_of_memory(error: Exception, settings: RunConfig, device: object) -> Exception:
    """A UserError that says which settings to lower; any other error as it is. The CPU's allocator has no class for it."""
    text = str(error)
    if type(error).__name__ != "OutOfMemoryError" and "not enough memory" not in text and "can't allocate memory" not in text:
        return error
    sizes = f"train.batch_size (now {settings.train.batch_size}) or model.hidden (now {settings.model.hidden})"
    return UserError(f"{device} is out of memory: lower {sizes}, or choose another --device")


def _import_torch() -> ModuleType:
    """Import torch and torchvision late: the lock and the first event do not wait for them."""
    try:
        import torch
        import torchvision  # noqa: F401
    except (ImportError, RuntimeError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(
            f"torch and torchvision cannot be imported together ({reason}): install both from the same package index, "
            "`pip install --upgrade torch torchvision`, or both from PyTorch's CPU index"
        ) from None
    return torch


def _environment(torch_version: str, device: object, device_name: str) -> dict[str, object]:
    return {"torch": torch_version, "python": platform.python_version(), "device": str(device), "device_name": device_name}


def _log_failure(run: RunDirectory, text: str) -> None:
    """Leave the reason in the log, for whoever attaches later. A disk that refuses even this has its line on stderr."""
    with suppress(OSError):
        state = RunState()
        for event in read_all(run.events):
            state.apply(event)
        with EventWriter(run.events) as writer:
            writer.write(Error(step=state.step, text=text))
            writer.write(Finished(step=state.step, outcome="failed", epoch=state.epochs_done, elapsed=state.elapsed))


def _explain(run: RunDirectory, error: OSError) -> str:
    """One line for what the operating system refused, with what to do about it."""
    if not run.path.is_dir():
        return f"the run directory {run.path} was removed while the run was using it; nothing more can be saved there"
    again = f"then `gan-tui resume {run.name}`"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"no space left for {run.path}: free some, {again}; what was saved before is kept"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{error.filename or run.path} cannot be written ({error.strerror}): make it writable, {again}"
    return f"{error.strerror or error} ({error.filename or run.path}); mend that, {again}"
