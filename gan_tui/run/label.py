"""What a person says of a run: its tags, and whether it is put away. A small file in the run, so that it travels with it.

No trainer reads it, and a run of which nothing is said has none. Names are not in it: a run is called as its folder is (run/rename.py).
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from gan_tui.errors import UserError, reason_of
from gan_tui.files import read_at_most, write_atomic

NAME = "label.json"
LARGEST = 64 << 10
"""Bytes of the file."""
MOST = 50
"""Tags of a run."""
_TAG = r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,39}\Z"
Tag = Annotated[str, Meta(pattern=_TAG)]


class Label(msgspec.Struct, frozen=True):
    """It."""

    tags: Annotated[tuple[Tag, ...], Meta(max_length=MOST)] = ()
    """In the order of the alphabet."""
    archived: bool = False
    """Put away: not in listings that are not asked for it."""


_decoder = msgspec.json.Decoder(Label)


def read(folder: Path) -> Label:
    """Of the run in `folder`; what cannot be read says nothing."""
    try:
        return _decoder.decode(read_at_most(folder / NAME, LARGEST))
    except (OSError, ValueError, RecursionError):
        return Label()


def stated(folder: Path) -> Label:
    """The same, to change it. Raises UserError for what is there and cannot be read: it is not written over."""
    path = folder / NAME
    try:
        return _decoder.decode(read_at_most(path, LARGEST))
    except FileNotFoundError:
        return Label()
    except OSError as error:
        raise UserError(f"cannot read {path}: {reason_of(error)}") from None
    except (ValueError, RecursionError):
        raise UserError(f"{path} cannot be read as tags, and is not written over: mend it, or move it away") from None


def write(folder: Path, label: Label) -> None:
    """Raises UserError where it cannot be written."""
    try:
        write_atomic(folder / NAME, msgspec.json.format(msgspec.json.encode(label)) + b"\n", durable=False)
    except OSError as error:
        raise UserError(f"cannot write {folder / NAME}: {reason_of(error)}") from None


def changed(label: Label, put_on: Iterable[str], taken_off: Iterable[str]) -> Label:
    """With these tags and without those. Raises UserError for a word that is no tag, and for too many of them."""
    tags = {check_tag(word) for word in put_on} | (set(label.tags) - set(taken_off))
    if len(tags) > MOST:
        raise UserError(f"a run has {MOST} tags at most")
    return msgspec.structs.replace(label, tags=tuple(sorted(tags)))


def check_tag(word: str) -> str:
    """A word that may be a tag. Raises UserError."""
    if not re.match(_TAG, word):
        raise UserError(
            f"'{word[:60]}' cannot be a tag: use letters, digits, '.', '_' and '-', at most 40, beginning with a letter or digit"
        )
    return word
