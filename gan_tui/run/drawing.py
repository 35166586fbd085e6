"""What the drawing board and the process that renders for it say to each other."""

from typing import Annotated

import msgspec
from msgspec import Meta

from gan_tui.run.companion import Dialogue, Refused

Side = Annotated[int, Meta(ge=1, le=4096)]


class Hello(msgspec.Struct, tag="hello", frozen=True):
    """The generator is read: so large are outlines and pictures."""

    height: Side
    width: Side
    channels: Side


class Request(msgspec.Struct, frozen=True):
    """An outline to be rendered."""

    number: int
    outline: bytes
    """uint8 (height * width): 255 where there is a line, else 0."""


class Rendered(msgspec.Struct, tag="rendered", frozen=True):
    """The picture."""

    number: int
    """Of the request."""
    pixels: bytes
    """uint8 (height, width, channels)."""
    score: float | None
    """The probability that D gives to picture and outline together, 0 to 1; None where its output is no probability, or it is not there."""
    step: int
    """Of the checkpoint that has rendered it."""
    seconds: float
    """That it took."""


Reply = Hello | Rendered | Refused
DIALOGUE: Dialogue[Request, Reply] = Dialogue("gan_tui.training.rendering", Request, Reply)
