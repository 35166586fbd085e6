"""What is said where numbers or images would be, while there are none."""

import shlex

from gan_tui.dashboard import timing
from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.verdicts import continuation
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.text import plain
from gan_tui.run.directory import RunDirectory
from gan_tui.run.places import typed
from gan_tui.spec.metrics import METRICS, SPEED
from gan_tui.spec.states import STATES
from gan_tui.spec.tasks import COMMAND, FILE, Task

COMES = {COMMAND.name: "printed", FILE.name: "read"}
"""What becomes of a number before it is here; a script that calls `gan_tui.track` logs it."""
BROKEN_OFF = ("failed", "interrupted", "stopped", "never began")
"""States of a script that may have had more to say."""
SILENT_SECONDS = 10.0
"""After which a script that has printed no number is said to have printed none."""


LOST = "lost with the log"
"""Where numbers would be, of a run whose log is gone or empty and whose checkpoints are there."""


def no_numbers(snapshot: Snapshot) -> str:
    """In a number's place; empty where there are some."""
    if any(METRICS.get(name) != SPEED for name in snapshot.state.scalars):
        return ""
    if snapshot.saved is not None:
        return LOST
    live = snapshot.alive and snapshot.state.outcome is None
    if snapshot.task.ours:
        return "after the first steps" if live else "no step was taken"
    comes = comes_to(snapshot.task)
    return f"not {comes} yet" if live else f"never {comes}"


def comes_to(task: Task) -> str:
    """What becomes of a number of another program before it is here."""
    return COMES.get(task.name, "logged")


def no_images(snapshot: Snapshot, run: RunDirectory, glyphs: Glyphs) -> str:
    """In the place of images. Of a script whose numbers nobody recognises: where that is which it has printed, and what can be done."""
    state, task = snapshot.state, snapshot.task
    if snapshot.recorded or (task.picture and snapshot.name == "training"):
        return snapshot.why_no_samples
    if task.name == COMMAND.name and not state.history:
        silent = timing.since(state.first_event) if state.first_event is not None else 0.0
        if not snapshot.alive or silent > SILENT_SECONDS:
            return _of_its_output(snapshot, run, plain(str(run.trainer_log), glyphs))
    return "waiting for the first numbers" if snapshot.name == "starting" and not task.ours else STATES[snapshot.name].waiting


def _of_its_output(snapshot: Snapshot, run: RunDirectory, log: str) -> str:
    """Of a command without numbers: what it printed is in `log`."""
    again = continuation(snapshot, run.cli_name)
    if not has_printed(run):
        return "nothing was printed yet" if snapshot.alive else "it printed nothing" + (f"; `{again}` runs it again" if again else "")
    if snapshot.name in BROKEN_OFF:
        return "it ended before the first number; view 6 shows what it printed" + (f"; `{again}` runs it again" if again else "")
    yet, prints = (" yet", "prints") if snapshot.alive else ("", "printed")
    reads = typed(f"gan-tui run --dry-run {shlex.quote(log)}")
    return f"no number read{yet}; view 6 shows what it {prints}; `{reads}` shows what is read"


def has_printed(run: RunDirectory) -> bool:
    """Is there anything in what a command has printed?"""
    try:
        return run.trainer_log.stat().st_size > 0
    except OSError:
        return False
