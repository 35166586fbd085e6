"""The trainer as a process: takes the lock, answers signals, and turns every failure into one line.

The dashboard starts it detached as `python -m gan_tui.training RUN`; `--headless` calls `train` in the foreground.
A run directory with checkpoints is resumed, one without is begun.
"""

import errno
import sys
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from gan_tui import garbage, output
from gan_tui.errors import FAILED, MISTAKEN, DivergedError, SettingsError, StoppedEarlyError, UserError, first_line, reason_of
from gan_tui.files import remove_temporaries
from gan_tui.output import say
from gan_tui.run.damage import LostLog, set_unreadable_log_aside
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Error, Finished, Note, Phase
from gan_tui.run.lock import RunLock
from gan_tui.run.log import EventWriter, read_state
from gan_tui.run.mailbox import receive
from gan_tui.run.state import RunState
from gan_tui.run.summary import look_at
from gan_tui.spec.states import Outcome
from gan_tui.spec.tasks import INVERSION, STYLE, STYLE_NET, STYLE_SHEET
from gan_tui.training.distributed.workers import Workers, with_advice
from gan_tui.training.found import Found
from gan_tui.training.stop import StopRequest


def train(run: RunDirectory, assignments: Sequence[str] = (), *, data_changed: bool = False, headless: bool = False) -> int:
    """Train `run` to its end in this process; the exit status comes back: 0, FAILED or MISTAKEN.

    `assignments` (`section.key=value`) replace what `run.toml` says, and are written there once the run goes on with them.
    `data_changed`: on other data as well. `headless`: a person reads what it prints.
    """
    stop = StopRequest()
    stop.listen()
    output.unblock()
    try:
        return train_found(run, stop, Found(assignments, data_changed=data_changed, headless=headless))
    finally:
        output.drain()


def train_found(run: RunDirectory, stop: StopRequest, found: Found) -> int:
    """Take the lock and train; the exit status comes back."""
    try:
        with RunLock(run.lock, stop.request):
            return train_locked(run, stop, found)
    except UserError as error:
        say(str(error))
        return MISTAKEN
    except OSError as error:
        say(explain(run, error))
        return FAILED


def train_locked(run: RunDirectory, stop: StopRequest, found: Found) -> int:
    """Train a run whose lock is held; the exit status comes back. In a program's own process UserError and OSError are raised instead."""
    for folder in (run.samples, run.checkpoints, run.control):
        folder.mkdir(mode=0o700, exist_ok=True)
        _refuse_unwritable(folder)
        remove_temporaries(folder)
    remove_temporaries(run.path)
    receive(run.control)  # commands to a trainer that is gone
    lost = set_unreadable_log_aside(run)
    before = look_at(run)
    with EventWriter(run.events) as writer:
        writer.write(Phase(name="starting"))
    workers = Workers(lambda reason: _fail(run, with_advice(reason, run), before, lost))
    hosted = found.host is not None
    try:
        _train_logged(run, stop, found._replace(before=before, lost=lost.what if lost else ""), workers)
    except StoppedEarlyError as error:
        workers.watch.stop()
        _log_end(run, str(error), before, lost, "stopped")
        say(str(error))
        workers.give_up(0)
        return 0
    except (UserError, OSError) as error:
        workers.watch.stop()
        text = str(error) if isinstance(error, UserError) else explain(run, error)
        if not hosted:
            say(text)  # before the log, which may wait for whom it calls
        _log_end(run, text, before, lost, diverged=isinstance(error, DivergedError))
        if hosted:
            raise
        status = MISTAKEN if isinstance(error, SettingsError) else FAILED
        workers.give_up(status)
        return status
    except Exception as error:
        workers.watch.stop()
        _log_end(run, f"{type(error).__name__}: {first_line(error)}", before, lost)
        workers.give_up(FAILED)
        raise
    if stop.reason and not hosted:
        _say_where_it_stopped(run, stop.reason)
    return 0


def _refuse_unwritable(folder: Path) -> None:
    """Before anything is loaded: a link may lead to where nothing can be written. Raises UserError, and OSError for a full disk."""
    try:
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        where = f"{folder} (a link to {folder.resolve()})" if folder.is_symlink() else str(folder)
        raise UserError(f"nothing can be written into {where}: {reason_of(error)}") from None


def _fail(run: RunDirectory, text: str, before: RunState, lost: LostLog | None) -> None:
    """Leave the reason on standard error and in the log."""
    say(text)
    _log_end(run, text, before, lost)


def _train_logged(run: RunDirectory, stop: StopRequest, found: Found, workers: Workers) -> None:
    if found.host is None:
        import_torch()
    if run.task is STYLE:
        from gan_tui.training.transfer.begin import transfer

        transfer(run, stop, found)
        return
    if run.task is STYLE_SHEET:
        from gan_tui.training.transfer.sheet import fill

        fill(run, stop, found)
        return
    if run.task is STYLE_NET:
        from gan_tui.training.transfer.begin_network import train_network

        train_network(run, stop, found)
        return
    if run.task is INVERSION:
        from gan_tui.training.inversion.begin import invert

        invert(run, stop, found)
        return
    from gan_tui.training import rebuild
    from gan_tui.training.rank_zero import train_as_rank_zero

    settings, note = rebuild.settings_of(run)
    stop.take_settings(settings.signals)
    train_as_rank_zero(run, settings, stop, workers, found._replace(note=note))


def import_torch() -> None:
    """Import torch late: the lock and the first event do not wait for it. Raises UserError.

    Its warnings, of several lines, are kept from the terminal: what a person should know is said in one (devices.py, gpu_faults.py).
    """
    if not sys.warnoptions:
        warnings.simplefilter("ignore", UserWarning)
    try:
        with garbage.none_made():
            import torch
    except (ImportError, RuntimeError, OSError, MemoryError) as error:
        if _lacks_memory(error):
            limit = "`ulimit -v` shows whether the shell has a limit"
            raise UserError(f"there is not enough memory to import torch ({limit}): raise it, or end other programs") from None
        advice = "`pip install --upgrade torch torchvision`"
        raise UserError(f"torch cannot be imported ({first_line(error)}): install it again, {advice}") from None
    _leave_dynamo_alone(torch.optim.Optimizer, torch.optim.Adam, torch.no_grad())


def _lacks_memory(error: BaseException) -> bool:
    """Did the loader of libraries, or Python, get no memory?"""
    said = ("failed to map segment", "cannot allocate memory", "cannot create shared object descriptor")
    return isinstance(error, MemoryError) or any(words in str(error).lower() for words in said)


def _leave_dynamo_alone(optimizer: Any, adam: Any, no_grad: Callable[[Any], Any]) -> None:
    """Keep torch._dynamo from being imported by the first optimiser: it takes longer than torch, and only `compiled` needs it.

    Some methods of an optimiser are wrapped so that a compiler leaves them alone. At its first call the wrapper asks the compiler how, and
    keeps the answer as an attribute; the method itself is the answer where no optimiser is ever compiled. Adam's `step` is wrapped in what
    turns gradients off and tells a compiler so: `no_grad` does the first. A torch with other wrappers imports what it likes.
    """
    for name in ("add_param_group", "zero_grad", "state_dict", "load_state_dict"):
        method = getattr(getattr(optimizer, name, None), "__wrapped__", None)
        if method is not None:
            setattr(method, "__dynamo_disable", method)
    step = getattr(adam.step, "__wrapped__", None)
    if step is not None and "_dynamo" in adam.step.__code__.co_names:
        adam.step = no_grad(step)


def _say_where_it_stopped(run: RunDirectory, reason: str) -> None:
    """A person who pressed ctrl+c wants to know what is kept. Nothing where the last step was done all the same."""
    state = read_state(run.events)
    if state.outcome == "stopped":
        say(f"{reason}: saved at step {state.step:,}, and `gan-tui resume {run.cli_name}` goes on from there")


def _log_end(
    run: RunDirectory, text: str, before: RunState, lost: LostLog | None, outcome: Outcome = "failed", *, diverged: bool = False
) -> None:
    """Leave the reason in the log, for whoever attaches later. A disk that refuses even this has its line on stderr.

    A run that had begun before, and was not gone on with, has not failed: it stays what it was `before`. So does one whose log was `lost`:
    a log that knows of nothing but the refusal would make a failed run of it.
    """
    if not run.events.exists():  # removed: a new log would be in the way of who removes the rest
        return
    with suppress(OSError):
        state, now = read_state(run.events), look_at(run)
        if lost and now.started is None:
            lost.put_back(run.events)
            return
        had_begun = before.started is not None or before.step > 0
        with EventWriter(run.events) as writer:
            if had_begun and not _began(before, now):
                epoch, elapsed = before.epochs_done, before.elapsed
                if before.outcome is not None:
                    writer.write(Finished(step=state.step, outcome=before.outcome, epoch=epoch, elapsed=elapsed))
                writer.write(Note(step=state.step, text=text))
                return
            failed = outcome == "failed"
            writer.write(Error(step=state.step, text=text, diverged=diverged) if failed else Note(step=state.step, text=text))
            writer.write(Finished(step=state.step, outcome=outcome, epoch=state.epochs_done, elapsed=state.elapsed))


def _began(before: RunState, now: RunState) -> bool:
    """Has a trainer begun between the two?"""
    return now.step != before.step or (now.started is not None and (before.started is None or now.started.t != before.started.t))


def explain(run: RunDirectory, error: OSError) -> str:
    """One line for what the operating system refused, with what to do about it."""
    if not run.path.is_dir():
        return f"the run directory {run.path} was removed or renamed while the run was using it: nothing can be saved there"
    again = f"then `gan-tui resume {run.cli_name}`"
    if error.errno == errno.ENOENT:
        return f"{error.filename or run.path} was removed or renamed while the run was using it: put it back, {again}"
    kept = "what was saved before is kept" if run.has_checkpoint else "nothing had been saved, so it begins anew"
    if error.errno == errno.EFBIG:
        limit = "`ulimit -f` shows the shell's limit, and a file system may have one of its own"
        return f"{error.filename or run.path} would be larger than a file may be here ({limit}): raise it, {again}; {kept}"
    if error.errno == errno.EDQUOT:
        return f"the disk quota for {run.path} is used up (`quota -s` shows it): free some of it, {again}; {kept}"
    if error.errno in (errno.EMFILE, errno.ENFILE):
        whose = "`ulimit -n` shows how many this shell allows" if error.errno == errno.EMFILE else "of the whole machine"
        return f"too many files are open ({whose}): raise the limit or end other programs, {again}; {kept}"
    if error.errno == errno.ENOSPC:
        return f"no space left for {run.path}: free some, {again}; {kept}"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{error.filename or run.path} cannot be written ({reason_of(error)}): make it writable, {again}"
    return f"{reason_of(error)} ({error.filename or run.path}); mend that, {again}"
