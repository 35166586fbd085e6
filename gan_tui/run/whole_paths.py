"""Paths in settings made absolute: a run may be resumed from another folder than the one it was started in."""

from pathlib import Path
from typing import Literal
from zipfile import is_zipfile

from gan_tui import byte_paths, config
from gan_tui.config import RunConfig
from gan_tui.errors import RefusedError, UserError
from gan_tui.run import directory, finding


def with_whole_paths(settings: RunConfig, runs_dir: Path) -> RunConfig:
    """`settings` with all their paths absolute. Raises UserError where a folder, a file or a run is not there."""
    data: dict[str, str] = {}
    if settings.data.folder is not None:
        data["dataset"] = config.FOLDER + whole_path(settings.data.folder, "data.dataset", "folder or zip file")
    if settings.data.dir:
        data["dir"] = whole_path(settings.data.dir, "data.dir")
    if settings.data.labels:
        data["labels"] = whole_path(settings.data.labels, "data.labels", "file")
    return config.override(settings, {"data": data, "train": _whole_run(settings.train.begin_from, runs_dir)})


def _whole_run(word: str, runs_dir: Path) -> dict[str, str]:
    """The path of the run whose weights are to be begun with. Raises UserError where there is none, or none that has networks."""
    if not word:
        return {}
    try:
        run = finding.find(runs_dir, word)
        run.config()
    except UserError as error:
        raise RefusedError(str(error), str(error), "train.begin_from") from None
    return {"begin_from": byte_paths.to_text(str(run.path.absolute()))}


def whole_path(word: str, setting: str, kind: Literal["folder", "file", "folder or zip file"] = "folder") -> str:
    """An absolute path for a setting: a run may be resumed from another folder. Raises UserError where there is nothing of that kind."""
    path = byte_paths.to_path(str(directory.expand(word).absolute()))
    try:
        there = path.is_file() if kind == "file" else path.is_dir() or (kind != "folder" and path.is_file() and is_zipfile(path))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        why = f"the {kind} {byte_paths.shown(path)} cannot be read: {reason}"
    else:
        why = "" if there else f"there is no {kind} {byte_paths.shown(path)}"
    if why:
        raise RefusedError(f"{setting}: {why}", why, setting)
    return byte_paths.to_text(str(path))
