"""Settings by their keys, `section.key`: listed, read, and which of them a run that has begun keeps."""

from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from gan_tui.config.allowed import allowed, choices, example, names
from gan_tui.config.data import FOLDER
from gan_tui.config.sections import RunConfig
from gan_tui.config.values import Section

FIXED_SECTIONS = ("data", "model", "loss", "ema")
"""Settings that weights and optimiser states depend on: they cannot change in a run that has begun."""
FREE_KEYS = ("data.dir", "data.labels", "loss.l1")
"""Those of them that may differ: the same files may lie elsewhere, and a weight in a sum of losses changes what is to come only."""
FIXED_KEYS = ("train.batch_size", "train.seed", "samples.count", "train.augment", "train.begin_from", "train.freeze_d")
"""Others that a run keeps: what a step is, which images it sees and how, which latents its grids show, and where its weights come from."""


class Setting(msgspec.Struct, frozen=True):
    """One setting as `gan-tui settings` lists it."""

    key: str
    default: Any
    meaning: str
    choices: tuple[str, ...] = ()
    """All that it may be, where that is a list."""
    allowed: str = ""
    """What it may be, in words."""
    example: str = ""
    """A value that it may have; empty where none says anything."""
    names: tuple[str, ...] = ()
    """Its choices; of one that may be something else as well, what has a name."""


def settings(of: type[Section] = RunConfig) -> list[Setting]:
    """Every setting with its default and meaning, in the order of declaration."""
    found = []
    defaults = of()
    for section, kind in get_type_hints(of).items():
        if not (isinstance(kind, type) and issubclass(kind, Section)):
            continue
        for name, hint in get_type_hints(kind, include_extras=True).items():
            default = getattr(getattr(defaults, section), name)
            words = (_meaning(hint), choices(hint), allowed(hint), example(hint, default), names(hint))
            found.append(Setting(f"{section}.{name}", default, *words))
    return found


def own_settings(kind: type[Section]) -> list[Setting]:
    """Those of another kind of run that are declared for it; what it has as the training of a GAN has it is left out."""
    theirs, ours = get_type_hints(kind), get_type_hints(RunConfig)
    return [one for one in settings(kind) if kind is RunConfig or theirs[section := one.key.partition(".")[0]] is not ours.get(section)]


def _meaning(hint: Any) -> str:
    assert get_origin(hint) is Annotated
    return next(meta.description for meta in get_args(hint)[1:] if isinstance(meta, Meta) and meta.description)


def is_fixed(key: str) -> bool:
    """Is this a setting that cannot change in a run that has begun?"""
    return key in FIXED_KEYS or (key.partition(".")[0] in FIXED_SECTIONS and key not in FREE_KEYS)


def may_become(key: str, before: object, after: object) -> bool:
    """May a setting of a run that has begun change so? A folder may have moved: what is in it is known by its digest."""
    moved = key == "data.dataset" and str(before).startswith(FOLDER) and str(after).startswith(FOLDER)
    return moved or not is_fixed(key) or before == after


def get(settings: Section, key: str) -> Any:
    """The value of `section.key`."""
    section, name = key.split(".")
    return getattr(getattr(settings, section), name)
