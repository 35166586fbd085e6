"""The trainer as a process: takes the lock, answers signals, and turns every failure into one line.

The dashboard starts it detached as `python -m gan_tui.training RUN`; `--headless` calls `train` in the foreground.
A run directory with checkpoints is resumed, one without is begun.
"""

import errno
import sys
from contextlib import suppress

from gan_tui.errors import UserError
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Error, Finished, Phase
from gan_tui.run.files import remove_temporaries
from gan_tui.run.lock import RunLock
from gan_tui.run.log import EventWriter, read_all
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
    import_torch()
    from gan_tui.training.rank_zero import train_as_rank_zero

    train_as_rank_zero(run, settings, stop)
    return 0


def import_torch() -> None:
    """Import torch and torchvision late: the lock and the first event do not wait for them. Raises UserError."""
    try:
        import torch  # noqa: F401
        import torchvision  # noqa: F401
    except (ImportError, RuntimeError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(
            f"torch and torchvision cannot be imported together ({reason}): install both from the same package index, "
            "`pip install --upgrade torch torchvision`, or both from PyTorch's CPU index"
        ) from None


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
