"""What the drawing board and the process that renders for it say to each other, a line of JSON each."""

from typing import Annotated

import msgspec
from msgspec import Meta

Side = Annotated[int, Meta(ge=1, le=4096)]
LONGEST_LINE = 1 << 24
"""Bytes: a picture of 1024 x 1024 in colour is 4 million of them, in base64."""


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


class Refused(msgspec.Struct, tag="refused", frozen=True):
    """Nothing more is rendered, and why not."""

    text: str


Reply = Hello | Rendered | Refused
_requests, _replies = msgspec.json.Decoder(Request), msgspec.json.Decoder(Reply)


def line_of(said: Request | Reply) -> bytes:
    """As it goes through the pipe."""
    return msgspec.json.encode(said) + b"\n"


def read_request(line: bytes) -> Request:
    """Raises msgspec.DecodeError."""
    return _requests.decode(line)


def read_reply(line: bytes) -> Reply:
    """Raises msgspec.DecodeError."""
    reply: Reply = _replies.decode(line)
    return reply
