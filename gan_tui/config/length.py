"""How long something lasts, as settings say it: `90s`, `5m`, `3 epochs`, `2000 steps`, `500000 images`."""

import re
from typing import Annotated, Literal, NamedTuple

from msgspec import Meta

Unit = Literal["seconds", "epochs", "steps", "images"]
_NUMBER = r"\d{1,12}(\.\d{1,6})?"
_TIME = {"s": 1.0, "m": 60.0, "h": 3600.0}
LengthText = Annotated[str, Meta(pattern=rf"^({_NUMBER} ?(s|m|h|epochs?|steps?|images?))?\Z")]
"""A length; empty: none is said."""
TimeText = Annotated[str, Meta(pattern=rf"^((?=[^a-z]*[1-9]){_NUMBER} ?(s|m|h))?\Z")]
"""A time above 0; empty: none is said."""


class Length(NamedTuple):
    """So many of a unit."""

    amount: float
    unit: Unit


def length(text: str) -> Length | None:
    """What a `LengthText` or `TimeText` says; None where it is empty."""
    if not text:
        return None
    amount, unit = re.findall(r"[\d.]+|[a-z]+", text)
    if unit in _TIME:
        return Length(float(amount) * _TIME[unit], "seconds")
    units: dict[str, Unit] = {"epoch": "epochs", "step": "steps", "image": "images"}
    return Length(float(amount), units[unit.removesuffix("s")])
