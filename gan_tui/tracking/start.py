"""`gan_tui.track`: from a script's one line to a run that is written."""

import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from gan_tui.clocks import Stopwatch
from gan_tui.config import ScriptConfig
from gan_tui.config.values import slug
from gan_tui.errors import ArgumentError, UserError, reason_of
from gan_tui.output import say
from gan_tui.run import directory
from gan_tui.run.cut import ASIDE, cut_to_step
from gan_tui.run.directory import RunDirectory
from gan_tui.run.lock import RunLock
from gan_tui.run.mailbox import receive
from gan_tui.spec.tasks import SCRIPT, SHOWS
from gan_tui.system import hardware
from gan_tui.tracking.numbers import Numbers
from gan_tui.tracking.run import Run
from gan_tui.tracking.settings import clean, plain, whole
from gan_tui.tracking.writing import Plan, WritingThread


def track(
    name: str | None = None,
    *,
    config: Mapping[str, Any] | None = None,
    epochs: int = 0,
    steps_per_epoch: int = 0,
    resume: str | bool = False,
    step: int | None = None,
    dashboard: bool = False,
    enabled: bool = True,
    runs_dir: str | os.PathLike[str] | None = None,
) -> Run:
    """Begin a run of this script, which `gan-tui attach` shows while it trains. Best used in a `with`; see docs/your-own-training.md.

    `name`: of letters, digits, `.`, `_` and `-`; one that is taken gets a number. Without it, time and script.
    `config`: the script's own settings, kept in the run's `run.toml`. `epochs` and `steps_per_epoch`: how long it will be, if known.
    `resume`: the name of a run of this script to go on with, or True for `name`; where there is none it begins. `step`: the step of the
    checkpoint that the script has loaded; what was logged behind it is moved aside.
    `dashboard`: open the screen in this terminal, if there is one, while the script goes on behind it.
    `enabled`: False: write nothing. So do all ranks but the first, and the helpers of a DataLoader.

    Raises ArgumentError, a ValueError, for a name or a number that cannot be. A folder that cannot be written is a line on standard error.
    """
    word = _checked_name(name, resume)
    plan = Plan(whole("track", "epochs", epochs), whole("track", "steps_per_epoch", steps_per_epoch))
    step = None if step is None else whole("track", "step", step)
    if config is not None and not isinstance(config, Mapping):
        raise ArgumentError(f"track(config=...): {type(config).__name__} is no dict; vars(args) makes one of argparse's options")
    numbers, clock = Numbers(), Stopwatch()
    place = _rank()
    if not enabled or place.number or _is_helper():
        return Run(None, numbers, clock, plan)
    folder = directory.expand(os.fspath(runs_dir)) if runs_dir is not None else directory.default_runs_dir()
    try:
        made, lock = _open(folder, word, bool(resume), config or {})
        try:
            receive(made.control)  # commands to a script that is gone
            cut = cut_to_step(made.events, step) if step is not None else 0
            writing = WritingThread(made, lock, numbers, clock, os.getpid(), step)
        except BaseException:
            lock.release()
            raise
    except (UserError, OSError) as error:
        why = str(error) if isinstance(error, UserError) else f"{reason_of(error)} ({error.filename or folder})"
        say(f"nothing is recorded of this training: {why}")
        return Run(None, numbers, clock, plan)
    run = Run(writing, numbers, clock, plan, alone=place.processes == 1)
    if cut:
        run.note(f"the script goes on at step {step:,}: what was logged behind it is in {ASIDE}")
    if dashboard:
        from gan_tui.tracking.screen import open_screen

        open_screen(run, made)
    else:
        say(f"`gan-tui attach {made.cli_name}` {SHOWS}")
    return run


def _checked_name(name: str | None, resume: bool | str) -> str | None:
    """Of the run that begins or goes on; None: it is to be given one. Raises ArgumentError."""
    if resume is True and name is None:
        raise ArgumentError("track(resume=True) needs a name: track('my-gan', resume=True)")
    word = resume if isinstance(resume, str) else name
    if word is None:
        return None
    try:
        return directory.check_name(str(word))
    except UserError as error:
        instead = slug(str(word))
        raise ArgumentError(f"track: {error}{f'; {instead!r} can' if instead not in ('', word) else ''}") from None


def _open(folder: Path, name: str | None, resume: bool, config: Mapping[str, Any]) -> tuple[RunDirectory, RunLock]:
    """The run, new or gone on with, and its lock. Raises UserError and OSError."""
    if resume and name is not None and directory.is_run(folder / name):
        run = RunDirectory(folder / name)
        if run.task is not SCRIPT:
            say(f"{name} is {run.task.what}, and none of this script's: a new one begins")
        else:
            try:
                lock = RunLock(run.lock)
            except UserError:
                say(f"{name} is being written by another process: a new run begins")
            else:
                return run, lock
    settings = ScriptConfig(script=_script(), config=plain(config))
    run = directory.create(folder, settings, name, numbered=True)
    directory.write_settings(run, settings, _environment())
    return run, RunLock(run.lock)


def _script() -> str:
    """What Python was started with; of a notebook, nothing."""
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    return clean(str(Path(main).absolute())) if main and "ipykernel" not in main else ""


def _environment() -> dict[str, object]:
    versions: dict[str, object] = {
        name: str(getattr(sys.modules[name], "__version__", "")) for name in ("torch", "jax", "tensorflow") if name in sys.modules
    }
    return {"python": platform.python_version(), "host": platform.node(), "machine": hardware.describe(), **versions}


class _Rank(NamedTuple):
    """This process among those that train together."""

    number: int
    processes: int


def _rank() -> _Rank:
    """By torch.distributed where it is set up, else by what torchrun and others put into the environment."""
    distributed: Any = sys.modules.get("torch.distributed")
    if distributed is not None and distributed.is_available() and distributed.is_initialized():
        return _Rank(distributed.get_rank(), distributed.get_world_size())
    for number, count in (("RANK", "WORLD_SIZE"), ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"), ("PMI_RANK", "PMI_SIZE")):
        if os.environ.get(number, "").isdecimal() and os.environ.get(count, "").isdecimal():
            return _Rank(int(os.environ[number]), int(os.environ[count]))
    return _Rank(0, 1)


def _is_helper() -> bool:
    """Is this a process that a DataLoader has started, or one that only reads the script once more because it was spawned?"""
    data: Any = sys.modules.get("torch.utils.data")
    if data is not None and data.get_worker_info() is not None:
        return True
    processes: Any = sys.modules.get("multiprocessing.process")
    return processes is not None and bool(getattr(processes.current_process(), "_inheriting", False))
