"""Variables that a command was given by `--env`: kept for the next start, in a file that only its owner can read, and shown nowhere."""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress

import msgspec

from gan_tui.errors import UserError
from gan_tui.files import read_at_most
from gan_tui.run.directory import RunDirectory

NAME = "environment.json"
LARGEST = 1 << 20


def parsed(assignments: Sequence[str]) -> dict[str, str]:
    """`NAME=VALUE`; of a bare `NAME`, what it is here. Raises UserError, which repeats no value."""
    found = {}
    for text in assignments:
        name, given, value = text.partition("=")
        if not name or "\0" in text or name.strip() != name:
            raise UserError("--env wants NAME=VALUE, as in --env CUDA_VISIBLE_DEVICES=0")
        if not given and name not in os.environ:
            raise UserError(f"--env {name}: there is no such variable here; --env {name}=VALUE sets one")
        found[name] = value if given else os.environ[name]
    return found


def keep(run: RunDirectory, variables: Mapping[str, str]) -> None:
    """Raises OSError."""
    if variables:
        content = msgspec.json.encode({name: value.encode("utf-8", "surrogateescape").hex() for name, value in variables.items()})
        with open(os.open(run.path / NAME, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)


def kept(run: RunDirectory) -> dict[str, str]:
    """What was kept; nothing where that cannot be read."""
    with suppress(OSError, ValueError):
        found = msgspec.json.decode(read_at_most(run.path / NAME, LARGEST), type=dict[str, str])
        return {name: bytes.fromhex(value).decode("utf-8", "surrogateescape") for name, value in found.items()}
    return {}
