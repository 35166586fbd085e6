"""What is left in the terminal's scrollback when the screen is gone."""

import contextlib
import math
import os
import re
import shlex
import shutil
import sys

from rich.cells import cell_len

from gan_tui.counted import counted
from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.verdicts import age_of, continuation, evidence_of, verdict_of
from gan_tui.printable import shortened
from gan_tui.render import glyphs as character_sets
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.grid import choose_grid
from gan_tui.render.images import ascii_image
from gan_tui.render.text import duration, number, plain
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Evaluation, from_scalar
from gan_tui.run.places import all_typed, typed
from gan_tui.run.state import RunState
from gan_tui.spec.metrics import METRICS, SAMPLES, headline, named, undeclared
from gan_tui.spec.tasks import COMMAND

WIDTH, ROWS, INDENT = 78, 7, 2
"""Cells and lines of the digits that are left behind."""
MOST_NUMBERS, LONGEST_NAME = 4, 24
"""Numbers that are left behind, and characters of a name that another program gave."""
LABEL = 10
"""Cells of what a line is about, the gap behind it included."""
_PIECES = re.compile(r"`[^`]+`|\S+")
"""What is not broken: words, and commands, which are to be copied as a whole."""
NOTE = "   "
"""Between the command of the last line and a remark."""


def numbers_in_words(state: RunState, glyphs: Glyphs) -> list[str]:
    """The newest of those that tell most: `d_loss 0.832`; where another program has named others, these too."""
    known = [name for name in headline(state.scalars) if name in state.scalars]
    shown = [*known, *undeclared(state.scalars)][: max(MOST_NUMBERS, len(known))]
    return [
        f"{plain(shortened(one.title, LONGEST_NAME), glyphs)} {number(state.scalars[one.name], 6, glyphs, one.decimals).strip()}"
        for one in map(named, shown)
    ]


def summary_lines(run: RunDirectory, snapshot: Snapshot | None, glyphs: Glyphs, width: int = WIDTH) -> list[str]:
    """Digits in `width` cells, state, progress, last numbers, files, and the command that goes on from here."""
    if snapshot is None or (snapshot.state.last_event is None and not snapshot.trouble):
        if not run.path.is_dir():
            return [_gone(run, glyphs)]
        if run.task.passing:
            return [f"{plain(run.name, glyphs)}: nothing was read yet"]
        return [f"run       {plain(str(run.path), glyphs)}", f"continue  {plain(typed(f'gan-tui attach {run.cli_name}'), glyphs)}"]
    state = snapshot.state
    lines = [f"{plain(run.name, glyphs)}: {snapshot.name}"]
    if snapshot.trouble or (state.error and snapshot.name == "failed"):
        lines.append(f"error     {plain(all_typed(snapshot.trouble or state.error or ''), glyphs)}")
    if state.started:
        epochs = f"{done} done, " if (done := state.epochs_in_words(snapshot.task.epoch)) else ""
        time = f", {duration(state.trained, glyphs)} of {snapshot.task.steps}" if state.trained is not None else ""
        lines.append(f"progress  {epochs}step {state.step:,}{time}")
    if numbers := numbers_in_words(state, glyphs):
        lines.append(f"numbers   {'  '.join(numbers)}")
    elif not state.history and state.outcome and snapshot.task.name == COMMAND.name:
        log = plain(str(run.trainer_log), glyphs)
        lines.append(f"numbers   none was read; `{typed(f'gan-tui run --dry-run {shlex.quote(log)}')}` says what is read of its output")
    if state.best and (score := _score(state.best, glyphs)):
        weights = ", checkpoints/best.pt" if (run.checkpoints / "best.pt").exists() else ""
        lines.append(f"best      {score} at step {state.best.step:,}{weights}")
    if (verdict := verdict_of(state)) is not None:
        lines.append(f"verdict   {plain(verdict.text, glyphs)}")
        if (found := evidence_of(state)) is not None:
            lines.append(f"          {age_of(found, snapshot)[0]}")
    if not run.path.is_dir():
        if state.started is None and snapshot.name == "failed":
            return [*lines, "files     none: nothing had begun, and the name is free again"]
        return [*digits(snapshot, width), *lines, *([] if snapshot.trouble else [_gone(run, glyphs)])]
    if state.checkpoint and (run.path / state.checkpoint.path).exists():
        lines.append(f"saved     {plain(state.checkpoint.path, glyphs)}")
    if run.picture.exists():
        lines.append(f"picture   {plain(str(run.picture), glyphs)}")
    if snapshot.task.passing:
        return [*digits(snapshot, width), *lines]
    if snapshot.name == "failed" and snapshot.task.name == COMMAND.name:
        lines.append(f"printed   {plain(str(run.trainer_log), glyphs)}")
    lines.append(f"files     {plain(str(run.path), glyphs)}")
    return [*digits(snapshot, width), *lines, *_continuation(run, snapshot)]


def _gone(run: RunDirectory, glyphs: Glyphs) -> str:
    return f"error     the run directory {plain(str(run.path), glyphs)} was removed or renamed"


def digits(snapshot: Snapshot, width: int) -> list[str]:
    """The last samples in one row of seven-bit signs, which every scrollback keeps; nothing where there are none."""
    images = snapshot.preview.images
    grid = choose_grid(width - INDENT, ROWS, images.count, images.width / images.height) if images else None
    if images is None or grid is None:
        return []
    art = [ascii_image(images, index, grid.width, grid.height) for index in range(min(grid.columns, images.count))]
    gap = " " * max(2, grid.column_gap)
    count = max(1, (width - INDENT + len(gap)) // (grid.width + len(gap)))
    rows = [" " * INDENT + gap.join(parts) for parts in zip(*art[:count], strict=True)]
    return [*(row.rstrip() for row in rows), ""]


def _score(best: Evaluation, glyphs: Glyphs) -> str:
    """`FD 28.93 (2,000 samples, floor 1.74, mnist-cnn-v1)`."""
    fd, floor, samples = (best.scalars.get(name) for name in ("fd", "fd_floor", SAMPLES.name))
    if fd is None:
        return ""
    decimals = METRICS["fd"].decimals
    beside = [counted(int(of), "sample")] if samples is not None and math.isfinite(of := from_scalar(samples)) else []
    beside += [f"floor {number(from_scalar(floor), 7, glyphs, decimals).strip()}"] if floor is not None else []
    within = ", ".join(filter(None, [*beside, plain(best.network, glyphs)]))
    return f"FD {number(from_scalar(fd), 7, glyphs, decimals).strip()}{f' ({within})' if within else ''}"


def _continuation(run: RunDirectory, snapshot: Snapshot) -> list[str]:
    if not run.config_file.exists():
        return []
    name = plain(run.cli_name, character_sets.ASCII)
    if snapshot.alive and not snapshot.state.outcome:
        return [f"continue  {typed(f'gan-tui attach {name}')}{NOTE}(the {snapshot.task.noun} goes on)"]
    command = continuation(snapshot, name)
    if snapshot.obstacle and not snapshot.trouble and snapshot.name != "completed":
        return [f"lost      {plain(snapshot.obstacle, character_sets.ASCII)}"]
    if not command:
        return [f"see       {typed(f'gan-tui watch {name}')}"]
    anew = snapshot.name == "failed" and snapshot.task.ours and snapshot.state.checkpoint is None and not run.has_checkpoint
    return [f"continue  {command}{f'{NOTE}(nothing was saved: it begins anew)' if anew else ''}"]


def folded(line: str, width: int) -> list[str]:
    """A line of the summary in lines of at most `width` cells. A command or path that is longer stands alone: the terminal breaks it."""
    if cell_len(line) <= width or line[LABEL - 2 : LABEL].strip():
        return [line]
    rows, label = [line[:LABEL]], line[:LABEL]
    command, _, words = line[LABEL:].partition(NOTE) if line.startswith("continue") else ("", "", line[LABEL:])
    for piece in (*([command] if command else []), *_PIECES.findall(words)):
        gap = "" if rows[-1] in (label, " " * LABEL) else " "
        if cell_len(rows[-1] + gap + piece) <= width:
            rows[-1] += gap + piece
        elif LABEL + cell_len(piece) <= width:
            rows.append(" " * LABEL + piece)
        else:
            rows += [piece, " " * LABEL]
    return [row.rstrip() for row in rows if row.strip()]


def leave_behind(run: RunDirectory, snapshot: Snapshot | None) -> None:
    """Print the summary; a terminal that is gone gets none."""
    width = max(LABEL + 10, shutil.get_terminal_size((WIDTH + 2, 24)).columns)
    lines = summary_lines(run, snapshot, character_sets.for_terminal(), min(WIDTH, width))
    try:
        print("\n".join(row for line in lines for row in folded(line, width)), flush=True)
    except OSError:
        # The interpreter flushes stdout once more when it ends, and would complain.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
