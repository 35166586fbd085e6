"""Commands to the trainer and what became of them."""

import time
from collections.abc import Callable, Mapping

from gan_tui.run import mailbox
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Answer
from gan_tui.run.mailbox import CommandName

PATIENCE = 5.0
"""Seconds without an answer before the person is told. The trainer looks into its mailbox between two steps."""


class Commander:
    """Sends commands and remembers those that the trainer has not answered."""

    def __init__(self, run: RunDirectory, clock: Callable[[], float] = time.monotonic) -> None:
        self._control = run.control
        self._clock = clock
        self._pending: dict[str, tuple[CommandName, float]] = {}

    def send(self, name: CommandName, text: str = "") -> str:
        """Put a command into the mailbox; its id comes back in the answer. Raises OSError."""
        identity = mailbox.send(self._control, name, text)
        self._pending[identity] = (name, self._clock())
        return identity

    def awaits(self, name: CommandName) -> bool:
        """Is there such a command without an answer?"""
        return any(pending == name for pending, _ in self._pending.values())

    def settle(self, answers: Mapping[str, Answer]) -> None:
        """Forget what has been answered."""
        self._pending = {identity: sent for identity, sent in self._pending.items() if identity not in answers}

    def overdue(self) -> list[CommandName]:
        """Commands that waited too long; each is reported once, and forgotten."""
        late = {identity: name for identity, (name, sent) in self._pending.items() if self._clock() - sent > PATIENCE}
        self._pending = {identity: sent for identity, sent in self._pending.items() if identity not in late}
        return list(late.values())
