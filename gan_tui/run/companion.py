"""How the screen and a process beside it that has torch speak to each other: a line of JSON each, through its standard input and output.

It says first that it is ready, then what becomes of each thing that is wanted. `Refused` is its last word.
"""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import msgspec

LONGEST_LINE = 1 << 24
"""Bytes: a picture of 1024 x 1024 in colour is 4 million of them, in base64."""
WantedT = TypeVar("WantedT", bound=msgspec.Struct)
ReplyT = TypeVar("ReplyT", bound=msgspec.Struct)


class Refused(msgspec.Struct, tag="refused", frozen=True):
    """Nothing more is done, and why not."""

    text: str


@dataclass(frozen=True, slots=True)
class Dialogue(Generic[WantedT, ReplyT]):
    """What can be said."""

    module: str
    """That answers."""
    wanted: type[WantedT]
    reply: Any
    """Its types, tagged; `Refused` is one of them."""

    def read_wanted(self, line: bytes) -> WantedT:
        """Raises msgspec.DecodeError."""
        return msgspec.json.decode(line, type=self.wanted)

    def read_reply(self, line: bytes) -> ReplyT:
        """Raises msgspec.DecodeError."""
        return cast("ReplyT", msgspec.json.decode(line, type=self.reply))


def line_of(said: msgspec.Struct) -> bytes:
    """As it goes through the pipe."""
    return msgspec.json.encode(said) + b"\n"
