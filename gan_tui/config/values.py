"""What settings of every kind of run are made of: sections, and the values that several of them take."""

import re
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta

from gan_tui.config.allowed import NAMES
from gan_tui.counted import NUMBER, TIME, seconds_of


def slug(name: str) -> str:
    """Letters and digits of a name, as names of runs have them."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name)[:40].strip("-")


def written(value: object) -> str:
    """A setting's value as people write it and `--set` takes it: `true`, `0.0003`, names with commas between them; empty of none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, list | tuple):
        return ", ".join(map(written, value))
    return "" if value is None else str(value)


class Section(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A group of settings. Keys that are not declared are errors."""

    @property
    def contradiction(self) -> str | None:
        """What two settings, each fine by itself, cannot be together."""
        return None


OWN = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*"
"""Code of a person's own: `package.module:name`."""
NO_CONTROLS = r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]"
PathText = Annotated[str, Meta(pattern=rf"^{NO_CONTROLS}*\Z", title="a path without control characters")]
"""Of a file or folder; may be empty."""
Device = Annotated[
    str,
    Meta(
        pattern=r"^(auto|cpu|mps|cuda(:\d{1,3})?)$",
        description="auto (cuda, else mps, else cpu), cpu, mps, cuda or cuda:N",
        examples=["cuda:0"],
        extra={NAMES: ("auto", "cpu", "mps", "cuda", "cuda:0")},
    ),
]
Seed = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Threads = Annotated[int, Meta(ge=0, le=1024, description="CPU threads of the trainer; 0: one a core, or fewer while others want the cores")]
PreviewHz = Annotated[
    float,
    Meta(
        ge=0,
        le=30,
        description="previews a second for a screen; of a GAN a tenth where none shows it, the usual 2 half on one or two cores; 0: none",
    ),
]
PrintEvery = Annotated[int, Meta(ge=1, le=1_000_000_000, description="steps between printed lines")]
MetricsHz = Annotated[float, Meta(gt=0, le=100, description="metrics events a second")]
EverySeconds = Annotated[float, Meta(ge=0, le=1e7, description="seconds between checkpoints; 0 turns the clock off")]
Keep = Annotated[int, Meta(ge=1, le=10_000)]
"""Checkpoints that stay."""
Unit = Literal["seconds", "epochs", "steps", "images"]
LengthText = Annotated[
    str,
    Meta(
        pattern=rf"^({TIME}|{NUMBER} ?(epochs?|steps?|images?))?\Z",
        title="a number with its unit: epochs, steps or images, or a time such as 90s or 1h30m",
        examples=["5 epochs"],
    ),
]
"""How long something lasts: `90s`, `1h30m`, `3 epochs`, `2000 steps`, `500000 images`; empty: none is said."""
TimeText = Annotated[
    str,
    Meta(
        pattern=rf"^((?=.*[1-9]){TIME})?\Z",
        title="a time above 0 with its units: s, m, h or d",
        examples=["5m"],
    ),
]
"""A time above 0; empty: none is said."""


class Length(NamedTuple):
    """So many of a unit."""

    amount: float
    unit: Unit


def length(text: str) -> Length | None:
    """What a `LengthText` or `TimeText` says; None where it is empty."""
    if not text:
        return None
    if (seconds := seconds_of(text)) is not None:
        return Length(seconds, "seconds")
    amount, unit = re.findall(r"[\d.]+|[a-z]+", text)
    units: dict[str, Unit] = {"epoch": "epochs", "step": "steps", "image": "images"}
    return Length(float(amount), units[unit.removesuffix("s")])
