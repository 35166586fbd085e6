"""The kinds of events in a run's log (`run/events.py` has their fields), and the levels of a verdict."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from gan_tui.spec.styles import RoleName

LevelName = Literal["good", "info", "warning", "bad"]
LEVELS: Mapping[LevelName, RoleName] = {"good": "good", "info": "accent", "warning": "warning", "bad": "error"}
"""How bad a verdict is, and how it is shown."""

Group = Literal["", "routine", "trouble", "people"]
"""Whether it comes by itself again and again, means trouble, or is something that a person did."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of event."""

    name: str
    role: RoleName = "muted"
    """How its name is shown in the log."""
    text: RoleName = "text"
    """How its words are."""
    group: Group = ""
    mark: str = ""
    """It is marked across the charts: the name of its sign in `render/glyphs.py`."""


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("started", "good", group="routine"),
        Kind("phase"),
        Kind("metrics"),
        Kind("epoch"),
        Kind("samples", group="routine"),
        Kind("evaluation", group="routine"),
        Kind("verdict", "accent", group="routine"),
        Kind("checkpoint", group="routine"),
        Kind("rolled-back", "warning", "warning", group="trouble", mark="back"),
        Kind("threads", group="routine"),
        Kind("changed", "accent", group="people", mark="changed"),
        Kind("bookmark", "good", group="people", mark="bookmark"),
        Kind("offers"),
        Kind("answer", group="people"),
        Kind("note", group="trouble"),
        Kind("error", "error", "error", group="trouble"),
        Kind("finished", "good"),
    )
}
MARKS = [kind for kind in KINDS.values() if kind.mark]


def kind_of(name: str) -> Kind:
    """The kind of that name; of one that is unknown here, one that is shown like most."""
    return KINDS.get(name) or Kind(name)
