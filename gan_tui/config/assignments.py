"""`section.key=value`, as `--set`, the mailbox and a resumed run say it."""

import tomllib
from collections.abc import Iterable
from typing import Any

import msgspec

from gan_tui.byte_paths import to_text
from gan_tui.config.data import FOLDER
from gan_tui.config.keys import get, may_become, settings
from gan_tui.config.sections import RunConfig
from gan_tui.config.validate import LONGEST, OptimisationT, merge, override, settings_from_table, shareable, unknown_setting
from gan_tui.config.values import Section
from gan_tui.errors import RefusedError
from gan_tui.printable import shortened
from gan_tui.spec import aliases


def with_data_in(settings: RunConfig, folder: str) -> RunConfig:
    """The same settings with the data's files in another folder than before: that of the images, or of the data set. Raises UserError."""
    return override(settings, {"data": {"dataset": FOLDER + folder} if settings.data.folder is not None else {"dir": folder}})


def parse_assignment(text: str, of: type[Section] = RunConfig) -> dict[str, Any]:
    """Turn `section.key=value` into a nested table; the value is read as TOML, else taken as it stands.

    Raises UserError where the form is not that, or the setting does not exist.
    """
    key, equals, raw = to_text(text).partition("=")
    key, raw = aliases.SETTINGS.get(key.strip(), key.strip()), raw.strip()
    if not equals:
        form = "not of the form section.key=value; `gan-tui settings` lists all keys"
        raise RefusedError(f"'{shortened(text, LONGEST)}' is {form}", form, key, "train.seed=1" if of is RunConfig else "")
    if key not in [setting.key for setting in settings(of)]:
        raise unknown_setting(key, of)
    try:
        value = tomllib.loads(f"value = {raw}")["value"]
    except (ValueError, RecursionError):
        value = raw
    section, name = key.split(".")
    return {section: {name: value}}


def change(settings: RunConfig, assignments: Iterable[str], *, begun: bool = True) -> RunConfig:
    """The settings of a run that goes on with other ones. Raises UserError for what is unknown, not allowed, or fixed once it has begun."""
    changed = settings
    for assignment in assignments:
        changed = override(changed, parse_assignment(assignment))
        key = assignment.partition("=")[0].strip()
        key = aliases.SETTINGS.get(key, key)
        if begun and not may_become(key, get(settings, key), get(changed, key)):
            raise _fixed(key, get(settings, key))
    return shareable(changed)


def change_optimisation(settings: OptimisationT, assignments: Iterable[str], *, begun: bool = True) -> OptimisationT:
    """`change` for a run that trains no network."""
    kind, changed = type(settings), settings
    for assignment in assignments:
        table: dict[str, Any] = msgspec.to_builtins(changed)
        merge(table, parse_assignment(assignment, kind))
        changed = settings_from_table(table, kind)
        key = assignment.partition("=")[0].strip()
        fixed = key in kind.FIXED or key.partition(".")[0] in kind.FIXED
        if begun and fixed and get(settings, key) != get(changed, key):
            raise _fixed(key, get(settings, key))
    return changed


def _fixed(key: str, value: object) -> RefusedError:
    why = "cannot change in a run that has begun: start a new run with it"
    return RefusedError(f"{key} = {value!r} {why}", f"{key} = {value!r} {why}", key)
