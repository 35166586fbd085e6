"""Paths in settings made absolute: a run may be resumed from another folder than the one it was started in."""

from pathlib import Path
from typing import Literal
from zipfile import is_zipfile

from gan_tui import byte_paths, config
from gan_tui.config import RunConfig
from gan_tui.errors import RefusedError, UserError, reason_of
from gan_tui.file_kinds import HEAD, PICTURES, kind_of
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
        why = _why_not(path, kind)
    except OSError as error:
        reason = reason_of(error)
        why = f"the {kind} {byte_paths.shown(path)} cannot be read: {reason}"
    if why:
        raise RefusedError(f"{setting}: {why}", why, setting)
    return byte_paths.to_text(str(path))


def _why_not(path: Path, kind: str) -> str:
    """What keeps a path from being of that kind; empty where nothing does. Raises OSError."""
    if path.is_file() if kind == "file" else path.is_dir():
        return ""
    name = byte_paths.shown(path)
    if kind != "folder or zip file" or not path.is_file():
        return f"there is no {kind} {name}"
    if is_zipfile(path):
        return ""
    with path.open("rb") as file:
        found = kind_of(file.read(HEAD))
    if found == "zip":
        return f"{name} is a damaged zip file: was it copied as a whole? get it again"
    if found in PICTURES:
        return f"{name} is one picture: say the folder that the pictures lie in, or a zip file of them"
    return f"{name} is no zip file: say a folder of pictures, or a zip file of them"
