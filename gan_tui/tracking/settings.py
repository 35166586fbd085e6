"""A script's own settings, as a run's `run.toml` keeps them, and the numbers that say how long it will be."""

import operator
from collections.abc import Mapping
from typing import Any

from gan_tui import config
from gan_tui.config import ScriptConfig
from gan_tui.errors import ArgumentError
from gan_tui.run import directory
from gan_tui.run.directory import RunDirectory

LONGEST_VALUE = 1000
"""Characters of a value of the script's settings that are kept."""
MOST_VALUES = 1000
DEEPEST = 5


def add(run: RunDirectory, more: Mapping[str, Any]) -> None:
    """To those that are there; `more` is `plain`. Raises OSError and UserError."""
    known = config.read_settings(run.config_file, ScriptConfig)
    merged = ScriptConfig(script=known.script, config={**known.config, **more})
    directory.write_settings(run, merged, config.read_environment(run.config_file))


def plain(config: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
    """Settings as a TOML file can hold them: what is no number, text, list or table becomes text."""
    return {clean(str(name)): _plain_value(value, depth) for name, value in list(dict(config).items())[:MOST_VALUES]}


def _plain_value(value: Any, depth: int) -> Any:
    if isinstance(value, bool) or (isinstance(value, int) and abs(value) < 2**63):
        return bool(value) if isinstance(value, bool) else int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, Mapping) and depth < DEEPEST:
        return plain(value, depth + 1)
    if isinstance(value, list | tuple) and depth < DEEPEST:
        return [_plain_value(one, depth + 1) for one in value[:MOST_VALUES]]
    return clean(str(value))


def clean(text: str) -> str:
    """As UTF-8 can hold it, and not too long."""
    return text[:LONGEST_VALUE].encode("utf-8", "replace").decode()


def whole(call: str, what: str, value: Any) -> int:
    """A number of epochs or steps, of NumPy's too. Raises ArgumentError for what is none."""
    try:
        number = operator.index(value)
    except TypeError:
        number = -1
    if isinstance(value, bool) or not 0 <= number < 10**12:
        raise ArgumentError(f"{call}({what}={value!r}): a whole number, 0 or more, is wanted")
    return number
