"""What a sweep is to try: values, and the settings of each trial."""

from collections.abc import Sequence

from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.errors import RefusedError, UserError
from gan_tui.nearest import perhaps
from gan_tui.sweep.report import FAR, MOST_VALUES, format_value

BOTH_RATES = "lr"
"""What the rates of both networks are called together."""
LOG = "log:"
"""Before a range whose values stand at equal ratios."""


def split(over: str) -> tuple[tuple[str, ...], str]:
    """`lr=...` or `section.key[,section.key]=...`: settings that move together, and what is said of their values. Raises UserError."""
    words, equals, text = over.partition("=")
    if not equals:
        write = "write --over section.key=A..B, or a list, section.key=A,B,C"
        raise RefusedError(f"'{over}' says no values: {write}", f"no values: {write}")
    keys = dict.fromkeys(key.strip() for key in words.split(","))
    return tuple(one for key in keys for one in (config.RATES if key == BOTH_RATES else (key,))), text.strip()


def values_of(text: str, points: int, *, whole: bool = False) -> list[float]:
    """`1e-5..1e-2`: `points` values at equal ratios, rounded where they must be `whole`; `1,2,4`: these. Raises UserError."""
    words, text = text, text.removeprefix(LOG)
    try:
        if ".." in text:
            low, high = (float(part) for part in text.split("..", 1))
            if not (1 / FAR <= low < high <= FAR):
                raise ValueError
            ratio = (high / low) ** (1 / (points - 1))
            values = [float(f"{low * ratio**index:.3g}") for index in range(points)]
            if whole:
                values = list(dict.fromkeys(float(round(value)) for value in values))
        else:
            values = [float(part) for part in text.split(",")]
    except ValueError:
        if ".." not in text and "," in text:
            why = "a grid takes numbers, and these are not all: `gan-tui sweep --trials N` searches words as well"
            raise RefusedError(f"'{words}': {why}", why) from None
        write = "write it as 1e-5..1e-2, both above 0 and the smaller first, or as a list, 1e-4,3e-4,1e-3"
        raise RefusedError(f"'{words}' is no range: {write}", f"no range: {write}") from None
    if not 2 <= len(set(values)) == len(values) <= MOST_VALUES or not all(abs(value) <= FAR for value in values):
        must = f"must mean 2 to {MOST_VALUES} different values"
        raise RefusedError(f"'{text}' {must}", must, example="1e-4,3e-4")
    return values


def whole(keys: Sequence[str]) -> bool:
    """Do these settings take whole numbers only? Raises UserError where there is no such setting."""
    defaults = {setting.key: setting.default for setting in config.settings()}
    for key in keys:
        if key not in defaults:
            raise UserError(
                f"no setting is called '{key}'{perhaps(key, defaults)}: write --over section.key=A..B; `gan-tui settings` lists them all"
            )
    return all(type(defaults[key]) is int for key in keys)


def settings_of(base: RunConfig, keys: Sequence[str], value: float, seed: int) -> RunConfig:
    """The settings of one trial. Raises UserError where the value does not fit."""
    settings = base
    for key in (*keys, "train.seed"):
        settings = config.override(settings, config.parse_assignment(f"{key}={seed if key == 'train.seed' else format_value(value)}"))
    return settings
