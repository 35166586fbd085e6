"""Tables of settings into a `RunConfig`, with one line for each mistake."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from gan_tui.config.data import LEAST_VALIDATION, SIZES
from gan_tui.config.keys import own_settings, settings
from gan_tui.config.optimisation import OptimisationConfig
from gan_tui.config.sections import CONVOLVED, MOST_SHOWN, RunConfig
from gan_tui.config.values import Section
from gan_tui.counted import counted
from gan_tui.errors import RefusedError, UserError
from gan_tui.nearest import perhaps
from gan_tui.printable import shortened
from gan_tui.spec.aliases import modern
from gan_tui.toml_file import TomlFile

_PLACE_IN_LIST = re.compile(r"\[\w*\.*\]")
"""`[0]`, or `[...]` of a table's value: what is wrong within a setting is said of the setting."""
LONGEST_KEY, LONGEST = 60, 200
"""Characters of a key, and of a value, that are said again: a value may be a path."""
Config = TypeVar("Config", bound=Section)
OptimisationT = TypeVar("OptimisationT", bound=OptimisationConfig)


def from_table(table: Mapping[str, Any], where: str | TomlFile = "") -> RunConfig:
    """Validate a nested mapping, as TOML gives it. Numbers may be strings ("3e-4").

    `where` stands before an error: a name, or the file itself, which knows the line. Raises UserError.
    """
    return settings_from_table(modern(table), RunConfig, where)


def settings_from_table(table: Mapping[str, Any], kind: type[Config], where: str | TomlFile = "") -> Config:
    """The same of settings of any other kind."""
    try:
        config = msgspec.convert(table, kind, strict=False)
    except msgspec.ValidationError as error:
        found = _explain(error, table, kind)
    else:
        words = (_contradiction(config) if isinstance(config, RunConfig) else config.contradiction) or ""
        if not words:
            return config
        key, _, rest = words.partition(" = ")
        why = f"not allowed{rest.partition(' is not allowed')[2]}".removeprefix("not allowed: ").removeprefix("expected ")
        found = RefusedError(words, why, key)
    place = where if isinstance(where, str) else where.place(found.key)
    if place:  # nobody has typed it
        raise UserError(f"{place}: {found}")
    raise found


def _contradiction(config: RunConfig) -> str | None:
    """What two settings, each fine by itself, cannot be together."""
    data = config.data
    for name in ("image_size", "channels"):
        if data.folder is None and getattr(data, name):
            return f"data.{name} = {getattr(data, name)} is not allowed: {data.dataset} has a size of its own, only folder:PATH is resized"
    if data.folder is not None and data.dir:
        return f"data.dir = {data.dir} is not allowed: folder:PATH says itself where the images are"
    if data.folder is None and data.background != "auto":
        return f"data.background = {data.background} is not allowed: only images of a folder, folder:PATH, can be transparent"
    if data.folder is None and data.fit != "crop":
        return f"data.fit = {data.fit} is not allowed: only images of a folder, folder:PATH, are made square"
    if words := _unfit_size(config):
        return words
    if 0 < data.validation < LEAST_VALIDATION:
        return f"data.validation = {data.validation} is not allowed: so few choose by chance, say {LEAST_VALIDATION} or more, or 0 for none"
    for name in ("labels", "classes"):
        if getattr(data, name) and (data.folder is None or not config.model.conditional):
            value = getattr(data, name) if name == "labels" else list(data.classes[:3])
            return f"data.{name} = {value} is not allowed: it is for --conditional with images of your own, folder:PATH"
    if data.clusters == 1 or (data.clusters and (not config.model.conditional or data.classes or data.labels)):
        why = (
            "one group says nothing, say 2 or more"
            if data.clusters == 1
            else "groups stand in for classes: add --conditional"
            if not config.model.conditional
            else "groups stand in for classes: say data.labels or data.classes, or groups"
        )
        return f"data.clusters = {data.clusters} is not allowed: {why}"
    if len(data.classes) == 1 or len(set(data.classes)) < len(data.classes):
        return f"data.classes = {list(data.classes[:3])} is not allowed: two names or more are wanted, each once"
    if config.train.augment not in ("auto", "none") and config.model.outlines:
        return f"train.augment = {config.train.augment} is not allowed with model.family = unet: a picture would leave its outline"
    if config.train.freeze_d and not config.train.begin_from:
        return f"train.freeze_d = {config.train.freeze_d} is not allowed: without --from RUN, D's layers know nothing yet"
    if config.loss.gp and config.loss.penalty == "fd":
        return "loss.penalty = fd is not allowed with loss.gp: a difference in one direction does not tell the gradient's whole norm"
    if config.model.outlines and config.model.conditional:
        return "model.conditional = true is not allowed: model.family = unet is told outlines, and no classes"
    if config.data.outline != "canny" and not config.model.outlines:
        return f"data.outline = {config.data.outline} is not allowed: only model.family = unet, `--preset outline`, draws from outlines"
    if config.model.outlines and not config.loss.class_pairs:
        return "loss.class_pairs = false is not allowed: model.family = unet draws each picture from the outline of the one beside it"
    if config.loss.l1 and not config.model.outlines:
        return f"loss.l1 = {config.loss.l1:g} is not allowed: only model.family = unet has an original to come near to"
    return None


def _unfit_size(config: RunConfig) -> str | None:
    """Why the images of a folder cannot have the size that is asked for; None where they can."""
    data, family = config.data, config.model.family
    size = data.image_size or 32
    if not SIZES[0] <= size <= SIZES[1]:
        return f"data.image_size = {size} is not allowed: expected {SIZES[0]} to {SIZES[1]}, or 0 for 32"
    if family != "mlp" and not config.model.own and size not in CONVOLVED:
        sizes = ", ".join(map(str, CONVOLVED))
        return f"data.image_size = {size} is not allowed with model.family = {family}: it takes {sizes}; mlp takes any"
    if 2 * config.samples.count * (data.channels or 3) * size**2 > MOST_SHOWN:
        most = MOST_SHOWN // (2 * (data.channels or 3) * size**2)
        return f"samples.count = {config.samples.count} is not allowed with images of {size} x {size}: {most:,} are the most"
    return None


def override(settings: RunConfig, table: Mapping[str, Any]) -> RunConfig:
    """`settings` with the nested `table` laid over them. Raises UserError as `from_table` does."""
    merged: dict[str, Any] = msgspec.to_builtins(settings)
    merge(merged, modern(table))
    return from_table(merged)


def shareable(settings: RunConfig) -> RunConfig:
    """`settings`, checked for a run that begins or goes on. Raises UserError where a device would idle."""
    refuse_idle(settings, settings.train.devices)
    return settings


def refuse_idle(settings: RunConfig, count: int) -> None:
    """Raises UserError where a batch has fewer images than it has devices to be shared among."""
    if settings.train.batch_size < count:
        batch = settings.train.batch_size
        most = f"{batch} or fewer" if batch > 1 else "1"
        raise UserError(f"a batch of {counted(batch, 'image')} cannot be shared among {count} devices: say --devices {most}")


def merge(base: dict[str, Any], over: Mapping[str, Any]) -> None:
    """Lay one nested table over another, which changes."""
    for key, value in over.items():
        if isinstance(value, Mapping) and isinstance(base.get(key), dict):
            merge(base[key], value)
        else:
            base[key] = dict(value) if isinstance(value, Mapping) else value


def _explain(error: msgspec.ValidationError, table: Mapping[str, Any], kind: type[Section]) -> RefusedError:
    """One line with the setting's own name and its value, made of msgspec's message with its JSON path."""
    what, _, path = str(error).partition(" - at `$")
    keys = [key for key in _PLACE_IN_LIST.sub("", path.rstrip("`")).split(".") if key]
    what = what.replace("`", "")
    if what.startswith("Object contains unknown field "):
        unknown = ".".join([*keys, what.removeprefix("Object contains unknown field ")])
        return unknown_setting(unknown, kind)
    value: Any = table
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    key = ".".join(keys)
    setting = next((setting for setting in settings(kind) if setting.key == key), None)
    why = setting.allowed if setting else f"{what[:1].lower()}{what[1:]}"
    meant = perhaps(value, setting.names) if setting and isinstance(value, str) else ""
    line = f"{key or 'settings'} = {shortened(repr(value), LONGEST)} is not allowed{meant}: {'expected ' if setting else ''}{why}"
    return RefusedError(line, f"unknown{meant}: {why}" if meant else why, key, setting.example if setting else "")


def unknown_setting(key: str, kind: type[Section]) -> RefusedError:
    """What is said of a key that no setting has."""
    keys = [one.key for one in own_settings(kind)]
    place = "" if kind is RunConfig else f" {getattr(kind, 'PLACE', '')}".rstrip()
    lists = f"`gan-tui settings{place}` lists {'them all' if not place else 'those of such a run'}"
    line = f"no setting is called '{shortened(key, LONGEST_KEY)}'{perhaps(key, keys)}; {lists}"
    return RefusedError(line, line, key)
