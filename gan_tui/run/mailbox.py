"""Commands to a trainer: small files moved atomically into `control/`; the answer is an event in the log.

Only who may write the run directory (mode 0700) can command the run. No port is open.
"""

import os
import time
from contextlib import suppress
from pathlib import Path

import msgspec

from gan_tui.files import read_at_most, write_atomic
from gan_tui.printable import shortened
from gan_tui.spec.commands import CommandName

SUFFIX = ".json"
LONGEST = 2000
"""Characters of a text."""
LARGEST = 64 << 10
"""Bytes of a command."""
MOST_OF_A_NOTE = 200
"""Characters of a bookmark's note that are kept."""
AT_ONCE = 100
"""Commands that are taken out together; the others wait."""


class Command(msgspec.Struct, frozen=True):
    """One request; `id` comes back in the `Answer` event."""

    name: CommandName
    id: str
    text: str = ""
    """Its argument: for `bookmark` the note; for `set` the setting and its new value, `optimizer.d_lr=1e-4`."""
    seen: int | None = None
    """The step that is meant, as a screen showed it when a note was begun; None: the one in hand."""

    def moment(self, step: int) -> int:
        """The step that is marked where `step` is in hand: none that is to come, as after a roll-back."""
        return step if self.seen is None else max(0, min(self.seen, step))

    @property
    def note(self) -> str:
        """As much of a bookmark's as is kept."""
        return self.text[:MOST_OF_A_NOTE]


def send(control: Path, name: CommandName, text: str = "", seen: int | None = None) -> str:
    """Put a command into the mailbox and return its id. Ids sort by time. Raises OSError."""
    identity = f"{time.time_ns():020d}-{os.getpid()}-{os.urandom(3).hex()}"
    command = Command(name, identity, shortened(text, LONGEST), seen)
    write_atomic(control / f"{identity}{SUFFIX}", msgspec.json.encode(command), durable=False)
    return identity


def take_back(control: Path, identity: str) -> bool:
    """Withdraw a command; False if the trainer has taken it."""
    try:
        (control / f"{identity}{SUFFIX}").unlink()
    except FileNotFoundError:
        return False
    return True


def receive(control: Path) -> list[Command]:
    """Take commands out of the mailbox, the oldest first. What is not a command is removed unread, were it a pipe or a device.

    Raises FileNotFoundError where the mailbox is gone: so a trainer, even a paused one, notices that its run was removed.
    """
    commands = []
    with os.scandir(control) as entries:
        names = sorted(
            entry.name for entry in entries
            if entry.name.endswith(SUFFIX) and not entry.name.startswith(".") and not entry.is_dir(follow_symlinks=False)
        )  # fmt: skip
    for name in names[:AT_ONCE]:
        path = control / name
        with suppress(ValueError, RecursionError, OSError):
            commands.append(msgspec.json.decode(read_at_most(path, LARGEST), type=Command))
        path.unlink(missing_ok=True)
    return commands
