"""What the live latent walk and the process that generates for it say to each other, a line of JSON each."""

from typing import Annotated

import msgspec
from msgspec import Meta

from gan_tui.run.images import Images

Count = Annotated[int, Meta(ge=1, le=64)]
Place = Annotated[float, Meta(ge=-1e6, le=1e6)]
LONGEST_LINE = 1 << 24
"""Bytes: of images of 64 x 64 in colour, 64 are 800 thousand, in base64."""


class Wanted(msgspec.Struct, frozen=True):
    """Samples around a place on two great circles through the latents of a seed."""

    number: int
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    x: Place
    y: Place
    """Radians from the beginning, along each."""
    columns: Count
    rows: Count
    spacing: Annotated[float, Meta(ge=0, le=10)]
    """Radians from one column, or row, to the next."""
    truncation: Annotated[float, Meta(gt=0, le=10)] | None = None


class Begun(msgspec.Struct, tag="begun", frozen=True):
    """The generator is read."""

    classes: int
    """That it knows; 0: none. Of one that knows some, a sample of each class is generated, and no map of places."""
    step: int
    """Of the checkpoint."""
    ema: bool


class Generated(msgspec.Struct, tag="generated", frozen=True):
    """The samples, row by row."""

    number: int
    images: Images
    step: int
    seconds: float


class Refused(msgspec.Struct, tag="refused", frozen=True):
    """Nothing more is generated, and why not."""

    text: str


Reply = Begun | Generated | Refused
_wanted, _replies = msgspec.json.Decoder(Wanted), msgspec.json.Decoder(Reply)


def line_of(said: Wanted | Reply) -> bytes:
    """As it goes through the pipe."""
    return msgspec.json.encode(said) + b"\n"


def read_wanted(line: bytes) -> Wanted:
    """Raises msgspec.DecodeError."""
    return _wanted.decode(line)


def read_reply(line: bytes) -> Reply:
    """Raises msgspec.DecodeError."""
    reply: Reply = _replies.decode(line)
    return reply
