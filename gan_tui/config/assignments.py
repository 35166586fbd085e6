"""`section.key=value`, as `--set`, the mailbox and a resumed run say it."""

import tomllib
from collections.abc import Iterable
from typing import Any

from gan_tui.byte_paths import to_text
from gan_tui.config.sections import RunConfig, get, may_become, settings
from gan_tui.config.validate import override, shareable
from gan_tui.errors import UserError
from gan_tui.spec import aliases


def parse_assignment(text: str) -> dict[str, Any]:
    """Turn `section.key=value` into a nested table; the value is read as TOML, else taken as it stands.

    Raises UserError where the form is not that, or the setting does not exist.
    """
    key, equals, raw = to_text(text).partition("=")
    key, raw = aliases.SETTINGS.get(key.strip(), key.strip()), raw.strip()
    known = [setting.key for setting in settings()]
    if not equals or key not in known:
        what = f"no setting is called '{key}'" if equals else f"'{text}' is not of the form section.key=value"
        raise UserError(f"{what}; `gan-tui settings` lists them all")
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
            raise UserError(f"{key} = {get(settings, key)!r} cannot change in a run that has begun: start a new run with it")
    return shareable(changed)
