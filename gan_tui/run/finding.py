"""Which run a word means, and what is said where it means none."""

import os
import shlex
from contextlib import suppress
from pathlib import Path

from gan_tui.counted import counted
from gan_tui.errors import UserError
from gan_tui.nearest import perhaps
from gan_tui.run import label, places
from gan_tui.run.directory import LATEST, SWEEP_FILES, RunDirectory, all_runs, expand, is_default, is_run, locked_folders


def looking_in(runs_dir: Path) -> str:
    """What a command has to say besides, to mean the runs in this folder: nothing where they are looked for anyway."""
    return "" if is_default(runs_dir) else f" --runs-dir {shlex.quote(str(runs_dir))}"


def find(runs_dir: Path, word: str) -> RunDirectory:
    """The run that `word` means: a path, a name, an unambiguous beginning of a name, `latest`, or SWEEP/TRIAL below the runs folder.

    Raises UserError that says what there is instead.
    """
    if not word:  # every name begins with it
        raise UserError("the name of the run is empty: say which, as in `latest`")
    path = expand(word)
    if (os.sep in word or word in (".", "..")) and is_run(path):
        return RunDirectory(path.resolve())
    if os.sep in word and (below := _below(runs_dir, word)):
        return below
    runs = all_runs(runs_dir)
    if not runs and os.sep not in word and not places.place_of(word):
        if locked := locked_folders(runs_dir):
            whose = f"`ls -ld {shlex.quote(str(locked[0]))}` says whose it is"
            raise UserError(f"{counted(len(locked), 'folder')} in {runs_dir} may not be read: permission denied; {whose}")
        start = f"start one with `gan-tui{looking_in(runs_dir)}`"
        raise UserError(f"there are no runs in {runs_dir}: {start}, or say where they are with --runs-dir")
    if word == LATEST:
        return next((run for run in runs if run.alive or not label.read(run.path).archived), runs[0])
    matches = [run for run in runs if run.name == word] or [run for run in runs if run.name.startswith(word)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise UserError(f"'{word}' could be any of {', '.join(run.name for run in matches[:5])}: write more of the name")
    if is_run(path):
        return RunDirectory(path.resolve())
    raise UserError(_why_none(runs_dir, word))


def _why_none(runs_dir: Path, word: str) -> str:
    """What is said where `word` means no run."""
    folder, there = expand(word) if os.sep in word else runs_dir / word, False
    with suppress(OSError, ValueError):  # a name that is too long, or no name at all
        there = folder.is_dir()
    if not there:
        if (elsewhere := places.place_of(word)) is not None:
            return f"no run '{word}' in {runs_dir}: {places.by_ssh(elsewhere)}"
        meant = perhaps(word, (run.name for run in all_runs(runs_dir)))
        return f"no run '{word}'{meant} in {runs_dir}: `gan-tui runs{looking_in(runs_dir)}` lists what is there"
    if not os.access(folder, os.R_OK | os.X_OK):
        return f"cannot read {folder}: permission denied; `ls -ld {shlex.quote(str(folder))}` says whose it is"
    if os.sep not in word and (inside := all_runs(folder)):
        counts = f"holds {counted(len(inside), 'run')}"
        sweep = any((folder / name).exists() for name in SWEEP_FILES)
        shown = f"; `gan-tui sweep --show {shlex.quote(word)}` shows the sweep that they are of" if sweep else ""
        return f"'{word}' is no run, but a folder that {counts}: write {word}/{inside[0].name} for one of them{shown}"
    return f"{folder} is no run: it holds neither run.toml nor events.jsonl nor a checkpoint"


def _below(runs_dir: Path, word: str) -> RunDirectory | None:
    """A trial of a sweep, by its path below the runs folder; what leads out of that is none."""
    path = runs_dir / word
    if ".." in path.parts[len(runs_dir.parts) :] or not is_run(path):
        return None
    return RunDirectory(path.resolve()) if path.resolve().is_relative_to(runs_dir.resolve()) else None
