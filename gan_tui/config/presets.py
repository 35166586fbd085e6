"""Named starting points: those that ship with the package, a user's own, and any file of settings."""

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from gan_tui.config.sections import DEFAULT_PRESET, RunConfig
from gan_tui.config.style_net import PRESET as STYLE_NET
from gan_tui.config.toml import WHAT, setting_table
from gan_tui.config.validate import from_table, merge, shareable
from gan_tui.errors import RefusedError, UserError
from gan_tui.nearest import perhaps
from gan_tui.spec.aliases import modern
from gan_tui.toml_file import TomlFile, read_toml
from gan_tui.user_folders import user_folder

LARGEST = 64 << 10
"""Bytes of a preset; one has some seven hundred."""
ABOUT = ("description", "source", "measured")
"""What a file may say of itself."""
LONGEST = 1000
"""Characters of each."""
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,59}")
_FOLDER = Path(__file__).parent.parent / "presets"


class Preset(msgspec.Struct, frozen=True):
    """What it is called, the settings that it changes, and what it says of itself."""

    name: str
    settings: dict[str, Any]
    description: str = ""
    source: str = ""
    measured: str = ""
    """What it has reached; empty if it was not measured."""
    path: Path | None = None
    """Of a user's own."""


class Broken(NamedTuple):
    """A file among the presets that is none, and why."""

    name: str
    reason: str


def shipped_presets() -> list[str]:
    """The names of those that come with the package, `classic` first."""
    names = sorted(entry.name.removesuffix(".toml") for entry in _FOLDER.iterdir() if entry.name.endswith(".toml"))
    return sorted(names, key=lambda name: name != DEFAULT_PRESET)


def preset_folder() -> Path:
    """Where a user's own lie: `~/.config/gan-tui/presets`, or where the system keeps such files."""
    return user_folder("config") / "presets"


def preset_names() -> list[str]:
    """Every name that starts the training of a GAN: the shipped ones, then the user's own."""
    return [*shipped_presets(), *sorted(path.stem for path in _own_files() if not _wrong_name(path))]


def all_preset_names() -> list[str]:
    """Every name that `train --preset` takes: one trains no GAN."""
    return [*preset_names(), STYLE_NET]


def load_preset(word: str, names: Callable[[], Sequence[str]] = preset_names) -> Preset:
    """A preset by its name, or by the path of its file (`./my.toml`).

    Raises UserError for a name that is not among `preset_names()`, and for a file that is none; `names`: all that may be said there.
    """
    if os.sep in word or word.endswith(".toml"):
        return preset_of_file(Path(word), named=True)
    if word in shipped_presets():
        return _shipped(word)
    own = next((path for path in _own_files() if path.stem == word and not _wrong_name(path)), None)
    if own is None:
        raise _unknown(word, names())
    return _from_file(read_toml(own, LARGEST, "preset"), named=True)


def _unknown(word: str, names: Sequence[str]) -> RefusedError:
    """What is said of a word that is none of the `names` that can be chosen."""
    if word == STYLE_NET:
        why = f"no GAN is trained by it: `gan-tui train --preset {STYLE_NET}` trains a style network"
        return RefusedError(f"preset '{word}': {why}", why)
    why = f"unknown preset{perhaps(word, names)}: choose one of {', '.join(names)}"
    return RefusedError(f"unknown preset '{word}'{why.removeprefix('unknown preset')}", why)


def list_presets() -> tuple[list[Preset], list[Broken]]:
    """All that can be used, and all that cannot."""
    found, broken = [_shipped(name) for name in shipped_presets()], []
    for path in sorted(_own_files()):
        try:
            if reason := _wrong_name(path):
                raise UserError(f"{path}: {reason}")
            found.append(load_preset(path.stem))
        except UserError as error:
            broken.append(Broken(path.stem, str(error)))
    return found, broken


def preset_of_file(path: Path, *, named: bool = False) -> Preset:
    """Any file of settings as a starting point: a preset, a copy of one, a `run.toml`. Raises UserError.

    A preset is called after its file, with `named` any file is; others by the preset that they start from.
    """
    return _from_file(read_toml(path, LARGEST, WHAT, pipes=True), named=named)


def resolve(preset: str | Preset = DEFAULT_PRESET, tables: Iterable[Mapping[str, Any]] = ()) -> RunConfig:
    """The settings of a run: defaults, then the preset, then each of `tables`, the later one winning.

    Raises UserError naming the setting that is unknown or out of range.
    """
    start = load_preset(preset) if isinstance(preset, str) else preset
    merged: dict[str, Any] = {}
    for table in (start.settings, *tables):
        merge(merged, modern(table))
    merged["preset"] = start.name
    return shareable(from_table(merged))


def _shipped(name: str) -> Preset:
    path = Path(f"{name}.toml")
    text = (_FOLDER / path.name).read_text("utf-8")
    return msgspec.structs.replace(_from_file(TomlFile.of(path, text), named=True), path=None)


def _from_file(file: TomlFile, *, named: bool) -> Preset:
    table = modern(setting_table(file))
    about = _about(file)
    base = table.pop("preset", DEFAULT_PRESET)
    settings: dict[str, Any] = {}
    if base in shipped_presets():
        merge(settings, _shipped(base).settings if base != DEFAULT_PRESET else {})  # whose values are the defaults
    elif "environment" not in file.table or not _NAME.fullmatch(base):  # a run.toml needs no other file, and its preset may be gone
        shipped = shipped_presets()
        choose = f"start from one of {', '.join(shipped)}"
        raise UserError(f"{file.place('preset')}: unknown preset '{base}'{perhaps(base, shipped)}: {choose}")
    merge(settings, table)
    own = named or "about" in file.table
    name = (re.sub(r"[^A-Za-z0-9_.-]+", "-", file.path.stem).strip("-.")[:60] or "file") if own else base
    return Preset(name, settings, path=file.path, **about)


def _about(file: TomlFile) -> dict[str, str]:
    about = file.table.get("about", {})
    if not isinstance(about, dict):
        raise UserError(f"{file.place('about')}: about is no setting, but a table, [about], with {', '.join(ABOUT)}")
    for key, value in about.items():
        place = file.place(f"about.{key}")
        if key not in ABOUT:
            raise UserError(f"{place}: [about] has no '{key}'{perhaps(key, ABOUT)}, only {', '.join(ABOUT)}")
        if not isinstance(value, str) or len(value) > LONGEST:
            raise UserError(f"{place}: about.{key} must be a text of at most {LONGEST:,} characters")
    return about


def _own_files() -> list[Path]:
    try:
        return list(preset_folder().glob("*.toml"))
    except OSError:
        return []


def _wrong_name(path: Path) -> str:
    """Why a file cannot be a preset of that name; empty where it can."""
    if path.stem in shipped_presets():
        return f"'{path.stem}' is a preset of gan-tui's own, and must mean the same everywhere: rename the file"
    if not _NAME.fullmatch(path.stem):
        return "rename the file: letters, digits, '.', '_' and '-', at most 60"
    return ""
