"""What is said where numbers or images would be, while there are none."""

import shlex
from pathlib import Path

from gan_tui.dashboard import timing
from gan_tui.dashboard.messages import Snapshot
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.text import plain
from gan_tui.run.places import typed
from gan_tui.spec.metrics import METRICS, SPEED
from gan_tui.spec.states import STATES
from gan_tui.spec.tasks import COMMAND, FILE

COMES = {COMMAND.name: "printed", FILE.name: "read"}
"""What becomes of a number before it is here; a script that calls `gan_tui.track` logs it."""
SILENT_SECONDS = 10.0
"""After which a script that has printed no number is said to have printed none."""


def no_numbers(snapshot: Snapshot) -> str:
    """In a number's place; empty where there are some."""
    if any(METRICS.get(name) != SPEED for name in snapshot.state.scalars):
        return ""
    live = snapshot.alive and snapshot.state.outcome is None
    if snapshot.task.ours:
        return "after the first steps" if live else "no step was taken"
    comes = COMES.get(snapshot.task.name, "logged")
    return f"not {comes} yet" if live else f"never {comes}"


def no_images(snapshot: Snapshot, printed: Path, glyphs: Glyphs) -> str:
    """In the place of images. Of a script whose numbers nobody recognises: that what it has `printed` can be looked at."""
    state, task = snapshot.state, snapshot.task
    if snapshot.recorded:
        return snapshot.why_no_samples
    if task.name == COMMAND.name and not state.history:
        silent = timing.since(state.first_event) if state.first_event is not None else 0.0
        if not snapshot.alive or silent > SILENT_SECONDS:
            log = plain(str(printed), glyphs)
            yet = " yet" if snapshot.alive else ""
            reads = typed(f"gan-tui run --dry-run {shlex.quote(log)}")
            return f"no number read{yet}; what it prints is in {log}; `{reads}` shows what is read"
    return "waiting for the first numbers" if snapshot.name == "starting" and not task.ours else STATES[snapshot.name].waiting
