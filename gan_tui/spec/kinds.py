"""The kinds of events in a run's log (`run/events.py` has their fields), and the levels of a verdict."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from gan_tui.spec.styles import Role

LevelName = Literal["good", "info", "warning", "bad"]
LEVELS: Mapping[LevelName, Role] = {"good": Role.GOOD, "info": Role.ACCENT, "warning": Role.WARNING, "bad": Role.ERROR}
"""How bad a verdict is, and how it is shown."""

Group = Literal["", "routine", "trouble", "people", "hint"]
"""Whether it comes by itself again and again, means trouble, is something that a person did, or is for who has just begun."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of event."""

    name: str
    role: Role = Role.MUTED
    """How its name is shown in the log."""
    text: Role = Role.TEXT
    """How its words are."""
    group: Group = ""
    mark: str = ""
    """It is marked across the charts: the name of its sign in `render/glyphs.py`."""


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("started", Role.GOOD, group="routine"),
        Kind("phase"),
        Kind("metrics"),
        Kind("epoch"),
        Kind("samples", group="routine"),
        Kind("evaluation", group="routine"),
        Kind("verdict", Role.ACCENT, group="routine"),
        Kind("checkpoint", group="routine"),
        Kind("best-kept"),
        Kind("rolled-back", Role.WARNING, Role.WARNING, group="trouble", mark="back"),
        Kind("threads", group="routine"),
        Kind("changed", Role.ACCENT, group="people", mark="changed"),
        Kind("bookmark", Role.GOOD, group="people", mark="bookmark"),
        Kind("offers"),
        Kind("answer", group="people"),
        Kind("hint", Role.ACCENT, group="hint"),
        Kind("note", group="trouble"),
        Kind("error", Role.ERROR, Role.ERROR, group="trouble"),
        Kind("finished", Role.GOOD),
        Kind("ended-early"),
    )
}
MARKS = [kind for kind in KINDS.values() if kind.mark]


def kind_of(name: str) -> Kind:
    """The kind of that name; of one that is unknown here, one that is shown like most."""
    return KINDS.get(name) or Kind(name)
