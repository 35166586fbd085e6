"""Commands to a trainer: small files moved atomically into `control/`; the answer is an event in the log.

Only who may write the run directory (mode 0700) can command the run. No port is open.
"""

import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import Literal, get_args

import msgspec

from gan_tui.run.files import write_atomic

CommandName = Literal["pause", "resume", "save", "sample", "evaluate", "neighbours", "bookmark", "set", "stop"]
COMMANDS: tuple[CommandName, ...] = get_args(CommandName)
SUFFIX = ".json"


class Command(msgspec.Struct, frozen=True):
    """One request; `id` comes back in the `Answer` event."""

    name: CommandName
    id: str
    text: str = ""
    """For `bookmark` the note; for `set` the setting and its new value, `optimizer.d_lr=1e-4`."""


def send(control: Path, name: CommandName, text: str = "") -> str:
    """Put a command into the mailbox and return its id. Ids sort by time. Raises OSError."""
    identity = f"{time.time_ns():020d}-{os.getpid()}-{secrets.token_hex(3)}"
    write_atomic(control / f"{identity}{SUFFIX}", msgspec.json.encode(Command(name, identity, text)), durable=False)
    return identity


def take_back(control: Path, identity: str) -> bool:
    """Withdraw a command that nobody has taken; False where somebody has."""
    try:
        (control / f"{identity}{SUFFIX}").unlink()
    except FileNotFoundError:
        return False
    return True


def receive(control: Path) -> list[Command]:
    """Take all commands out of the mailbox, the oldest first. What is not a command is removed unread.

    Raises FileNotFoundError where the mailbox is gone: so a trainer, even a paused one, notices that its run was removed.
    """
    commands = []
    names = sorted(name for name in os.listdir(control) if name.endswith(SUFFIX) and not name.startswith("."))
    for name in names:
        path = control / name
        with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError, OSError):
            commands.append(msgspec.json.decode(path.read_bytes(), type=Command))
        path.unlink(missing_ok=True)
    return commands
