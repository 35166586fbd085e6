"""Another name for a run. A run is called as its folder is and not otherwise, so this moves the folder.

A second name in a file would work on a run that trains as well; but then every command, link, script and copy has two names to know,
and a listing says another one than `ls`. So a run that is being trained keeps its name until it has ended, and the trainer's own lock
says so. Nothing in a run knows where it lies: checkpoints, log and caches go on to fit.
"""

import os
from contextlib import suppress
from pathlib import Path

from gan_tui.errors import UserError, reason_of
from gan_tui.run.directory import RunDirectory, check_name, is_run
from gan_tui.run.lock import RunLock, lease_of


def rename(run: RunDirectory, name: str, runs_dir: Path) -> RunDirectory:
    """The run under its new name. Raises UserError where it must not or cannot be."""
    target = run.path.parent / check_name(name)
    if run.path.resolve().parent != runs_dir.resolve() or not is_run(run.path):
        raise UserError(f"{run.path} is not a run in {runs_dir}: a trial of a sweep, say, is found by its name")
    if run.alive:
        raise UserError(f"{run.name} is being trained: its name can change when it has ended (`gan-tui tag` marks it now)")
    if os.path.lexists(target):
        raise UserError(f"{target} is there already: choose another name")
    try:
        with RunLock(run.lock):  # no trainer can start on it meanwhile
            run.path.rename(target)
            with suppress(OSError):
                lease_of(target / run.lock.name).path.unlink()  # ours, which would go on to say that it is being trained
    except OSError as error:
        raise UserError(f"cannot rename {run.path}: {reason_of(error)}") from None
    return RunDirectory(target)
