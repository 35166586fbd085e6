"""What a run has lost, put together again from what it still has: settings and log from the checkpoints.

Nothing that is damaged is thrown away: it stays beside, as `NAME.damaged`.
"""

import math
import os
import re
import tomllib
from typing import Any

import msgspec

from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.counted import counted, time_words
from gan_tui.errors import DamagedError, UserError
from gan_tui.files import set_aside
from gan_tui.output import say
from gan_tui.run.directory import RunDirectory, write_settings
from gan_tui.run.events import AnyEvent, Checkpoint, Epoch, Evaluation, Samples, Scalar
from gan_tui.spec.aliases import modern
from gan_tui.training import checkpoint
from gan_tui.training.checkpoint import Loaded

_SAID: set[str] = set()
"""Notes that this process has said: one who looks at a run may ask for its settings more than once."""
_GRID = re.compile(r"fake_images-(\d{4,})\.png")
NAMED = 3
"""So many settings are named where many are lacking."""


def settings_of(run: RunDirectory, *, keep: bool = False) -> tuple[RunConfig, str]:
    """The settings of a run, and a note where `run.toml` had to be rebuilt from the newest checkpoint (else nothing).

    It is rebuilt where it is missing or no TOML, and where it lacks a setting that the checkpoint knows: a file that was cut short is
    TOML all the same, and what it lacks would silently have its default. With `keep` the file is left as it is. Raises UserError
    where there is nothing to rebuild it from, or where a setting is not allowed: that is a person's mistake and no damage. Raises OSError.
    """
    damage = ""
    table: dict[str, Any] = {}
    settings = RunConfig()
    try:
        settings = run.config()
        table = modern(tomllib.loads(run.config_file.read_text("utf-8")))
    except DamagedError as error:
        damage = str(error)
    found = checkpoint.saved_settings(run)
    if found is None and damage:
        raise UserError(f"{damage}; and no checkpoint says what stood there: put {run.config_file.name} back, or start a new run")
    if found is None:
        return settings, ""
    saved, name = found
    damage = damage or _lacking(saved, table, run.config_file.name)
    if not damage:
        return settings, ""
    settings = config.from_table(_filled(saved, msgspec.to_builtins(settings), table), name)
    note = f"{damage}: the settings are those of {name}"
    if not keep:
        if os.path.lexists(run.config_file):
            note += f" (what was there is {set_aside(run.config_file).name} now)"
        write_settings(run, settings)
    return settings, note


def settings_to_look(run: RunDirectory) -> RunConfig:
    """The settings for who only looks at a run, and so rebuilds nothing in it. Raises UserError."""
    settings, note = settings_of(run, keep=True)
    if note and note not in _SAID:
        _SAID.add(note)
        say(note)
    return settings


def _lacking(saved: dict[str, Any], table: dict[str, Any], name: str) -> str:
    keys = [f"{section}.{key}" for section, values in saved.items() if isinstance(values, dict) for key in values
            if key not in table.get(section, {})]  # fmt: skip
    more = f" and {len(keys) - NAMED} more" if len(keys) > NAMED else ""
    return f"{name} lacks {', '.join(keys[:NAMED])}{more}" if keys else ""


def _filled(saved: dict[str, Any], known: dict[str, Any], table: dict[str, Any]) -> dict[str, Any]:
    """The settings of a checkpoint, with those laid over them that the file still says; `known`: these, checked."""
    filled: dict[str, Any] = {name: dict(values) if isinstance(values, dict) else values for name, values in saved.items()}
    for section, values in table.items():
        if section in known and isinstance(values, dict):
            filled.setdefault(section, {}).update({key: known[section][key] for key in values})
        elif section in known:
            filled[section] = known[section]
    return filled


def refuse_to_overwrite(run: RunDirectory) -> None:
    """Let a run whose log says nothing begin at its first step only where nothing came of it before. Raises UserError."""
    made = [path for path in (run.generator, run.discriminator, run.checkpoints / checkpoint.BEST) if path.exists()]
    made += [path for path in run.samples.iterdir() if _GRID.fullmatch(path.name)]
    if made:
        raise UserError(
            f"{run.name} has {made[0].relative_to(run.path)}, but neither a checkpoint step-NNNNNNNNN.pt nor a log that says how it came: "
            f"to begin again would overwrite it; put the checkpoints back into {run.checkpoints}, or start a new run"
        )


def log_of(run: RunDirectory, what: str, loaded: Loaded, steps_per_epoch: int, network: str) -> tuple[list[AnyEvent], str]:
    """The events that the files of a run still tell, up to the step of a checkpoint, in the order of their steps; and a note.

    `what`: what is the matter with the old log. Each event has the time of its file. Curves, verdicts and bookmarks are gone.
    """
    found: list[AnyEvent] = []
    for path in run.samples.iterdir():
        match = _GRID.fullmatch(path.name)
        if match and (step := int(match[1]) * steps_per_epoch) <= loaded.step:
            born = path.stat().st_mtime
            found.append(Samples(t=born, step=step, path=str(path.relative_to(run.path)), epoch=int(match[1])))
            found.append(Epoch(t=born, step=step, epoch=int(match[1])))
    for step, path in checkpoint.list_newest_first(run):
        if step <= loaded.step:
            found.append(Checkpoint(t=path.stat().st_mtime, step=step, path=str(path.relative_to(run.path)), seconds=0))
    best = checkpoint.best_score(run)
    if best is not None and best.step <= loaded.step and network:
        scalars: dict[str, Scalar] = {"fd": best.score}
        found.append(Evaluation(t=best.path.stat().st_mtime, step=best.step, scalars=scalars, network=network, seconds=0, best=True))
    elapsed = loaded.state.get("elapsed")
    seconds = f", {time_words(elapsed)} of training" if isinstance(elapsed, float) and math.isfinite(elapsed) else ""
    known = f"step {loaded.step:,}, {counted(loaded.step // steps_per_epoch, 'epoch')}{seconds}"
    note = f"{what}: rebuilt from {loaded.path.name} ({known}); the curves before it are gone"
    return sorted(found, key=lambda event: event.step), note
