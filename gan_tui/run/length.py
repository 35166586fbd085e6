"""How far a run has come, beside how long it is to be: where nothing would be trained, that is said and not done."""

import re
from typing import NamedTuple

from gan_tui.counted import counted, time_words
from gan_tui.errors import SettingsError
from gan_tui.run.damage import lost_checkpoints
from gan_tui.run.directory import RunDirectory
from gan_tui.run.state import RunState
from gan_tui.run.summary import look_at
from gan_tui.spec.tasks import GAN, Task, longer

_LOWER_RATE = re.compile(r" --lr [0-9.e+-]+")


class Done(NamedTuple):
    """What is behind a run."""

    step: int
    steps_per_epoch: int
    """0: unknown."""
    elapsed: float = 0.0
    """Seconds of training."""
    completed: bool = False
    """Has it come to the end that it was to have?"""


def behind(run: RunDirectory) -> Done:
    """As log and checkpoints say. What was logged after the newest checkpoint is trained again, and is not behind it."""
    state = look_at(run)
    completed = state.outcome == "completed"
    step = run.newest_step if run.has_checkpoint and not completed else state.step
    return Done(step, state.started.steps_per_epoch if state.started else 0, state.elapsed, completed)


def refuse_epochs(name: str, done: Done, epochs: int, *, or_budget: bool = True) -> None:
    """Raises SettingsError where more than `epochs` are behind the run `name`, or just as many and it is complete.

    `or_budget`: such a run may have a time in place of epochs.
    """
    end = epochs * done.steps_per_epoch
    if not done.steps_per_epoch or done.step < end or (done.step == end and not done.completed):
        return
    whole, more = divmod(done.step, done.steps_per_epoch)
    so_far = counted(whole, "epoch") + (f" and {counted(more, 'step')}" if more else "")
    has_done = f"{whole} of {epochs:,} epochs" if done.step == end else f"{so_far}, more than the {epochs} that it is to have"
    time = f", or {longer(None, done.elapsed)} for a time" if or_budget and done.elapsed else ""
    raise SettingsError(f"{name} has done {has_done}: say how many it shall be in all, as {longer(whole, 0)}{time}")


def refuse_budget(name: str, elapsed: float, seconds: float, budget: str) -> None:
    """Raises SettingsError where so many `seconds`, `budget` as it is typed, are behind the run `name` already."""
    if elapsed >= seconds:
        more = f"say a longer time in all, as {longer(None, elapsed)}"
        raise SettingsError(f"{name} has trained for {time_words(elapsed)} of {budget}: {more}")


def how_to_go_on(run: RunDirectory) -> str:
    """The command that goes on with a run that is not being trained.

    Empty where none does: where the checkpoints that it had are gone, or we may not write there.
    """
    if not run.writable:
        return ""
    task, state = run.task, look_at(run)
    return "" if task is GAN and lost_checkpoints(run, state) else continuation(task, state, run.cli_name)


def continuation(task: Task, state: RunState, word: str) -> str:
    """The same of a run whose log adds up to `state`; `word` is what a person types to mean it.

    One that is complete wants more epochs, or does not go on; one that diverged needs the lower rate that its error names.
    """
    if not task.resumes:
        return ""
    if state.outcome == "completed":
        more = task.to_go_on(state.planned_epochs or None, state.elapsed)
        return f"gan-tui resume {word} {more}" if more else ""
    return f"gan-tui resume {word}{lower_rate(state)}"


def lower_rate(state: RunState) -> str:
    """The option with which a run that diverged goes on, as its error names it; empty where there is none."""
    found = _LOWER_RATE.search(state.error or "") if state.diverged else None
    return found[0] if found else ""


def nothing_left(step: int) -> str:
    """What is said of a run that goes on and has taken its last step."""
    return f"step {step:,} was its last one: nothing is trained, and what was made is measured and written"
