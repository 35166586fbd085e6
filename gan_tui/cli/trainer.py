"""Training a run from the command line: here, behind a dashboard, or as a worker of torchrun."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from gan_tui import output
from gan_tui.cli.group import (
    ScreenOptions,
    has_terminal,
    open_dashboard,
)
from gan_tui.counted import counted
from gan_tui.errors import MISTAKEN
from gan_tui.run.delete import Skeleton
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import DATA_CHANGED, Mode, trainer_command
from gan_tui.run.outcome import outcome_words
from gan_tui.run.summary import look_at


def _say_how_it_ended(run: RunDirectory) -> None:
    """The last line of a run that completed; one that was stopped or failed has said so itself."""
    state = look_at(run)
    if state.outcome == "completed":
        task = run.task
        epochs = [] if state.has_budget else [counted(state.epochs_done, task.epoch)]
        done = ", ".join([*epochs, counted(state.step, "step"), *outcome_words(task, state.scalars)])
        output.say(f"completed {done}: {run.picture if task.picture else run.path}")


def is_worker() -> bool:
    """Under torchrun every process gets this command line, and only the first may make or change a run."""
    return os.environ.get("RANK", "0") != "0" and "TORCHELASTIC_RUN_ID" in os.environ


def run_worker_here() -> int:
    """To the end of the run; the exit status comes back."""
    from gan_tui.training.main import import_torch

    import_torch()
    from gan_tui.training.worker import run_worker

    return run_worker()


def train_run(
    run: RunDirectory,
    headless: bool,
    screen: ScreenOptions,
    assignments: Sequence[str] = (),
    *,
    data_changed: bool = False,
    made: Skeleton | None = None,
) -> int:
    """Train here or behind a dashboard; `assignments` replace the run's own settings once the run goes on."""
    if headless or not has_terminal():
        from gan_tui.training.main import train as train_here

        output.unblock()
        status = train_here(run, assignments, data_changed=data_changed, headless=True)
        if status == 0:  # a refused resume leaves a completed run completed
            _say_how_it_ended(run)
        return status
    words = [*assignments, *([DATA_CHANGED] if data_changed else [])]
    return open_dashboard(run, Mode.TRAIN, screen, trainer_command(str(run.path.absolute()), *words), made)


def train_new_run(
    run: RunDirectory, headless: bool, screen: ScreenOptions, copies: Sequence[Path] = (), prepare: Callable[[], None] = lambda: None
) -> int:
    """Train a run that has just been made, once `prepare` has put the `copies` into it: what cannot begin leaves no folder."""
    made = Skeleton(run, copies)
    status = MISTAKEN
    try:
        prepare()
        status = train_run(run, headless, screen, made=made)
        return status
    finally:
        made.discard(mistaken=status == MISTAKEN)  # two typos are not two runs
