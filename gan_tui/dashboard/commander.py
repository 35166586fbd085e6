"""Commands to the run's trainer: whether there is one that takes them, what was sent, and what it answered."""

import time
from collections.abc import Callable

from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.verdicts import continuation
from gan_tui.errors import UserError, reason_of
from gan_tui.run import mailbox
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Answer
from gan_tui.run.places import typed
from gan_tui.spec.commands import COMMANDS, CommandName
from gan_tui.spec.states import STATES

ANSWER_TIMEOUT = 5.0
"""Seconds without an answer before the person is told. The trainer looks into its mailbox between two steps."""


class Commander:
    """The one way from the screen to the trainer. It knows of the run what `follow` was told last."""

    def __init__(self, run: RunDirectory, *, read_only: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self._run = run
        self._read_only = read_only
        self._clock = clock
        self._pending: dict[str, tuple[CommandName, float]] = {}
        self.snapshot: Snapshot | None = None

    def follow(self, snapshot: Snapshot) -> None:
        """Take in the news of the run: commands that have their answer are pending no more, nor any once nobody is there to answer."""
        self.snapshot = snapshot
        if not snapshot.alive:
            self._pending = {}
        self._pending = {identity: sent for identity, sent in self._pending.items() if identity not in snapshot.state.answers}

    @property
    def accepts(self) -> bool:
        """Is there a live trainer that takes commands from here?"""
        return not self.refusal

    @property
    def refusal(self) -> str:
        """Why commands cannot be sent now; empty where they can."""
        snapshot = self.snapshot
        if self._run.task.passing:
            return self._run.task.passing
        if self._read_only and (snapshot is None or snapshot.alive):
            return f"read only: `{typed(f'gan-tui attach {self._run.cli_name}')}` takes commands"
        if self._read_only and snapshot is not None:
            command = continuation(snapshot, self._run.cli_name) if self._run.config_file.exists() else ""
            how = f": `{command}` goes on" if command else ""
            return f"read only, and {_how_it_is(snapshot)}{how}"
        live = snapshot is not None and snapshot.alive and not snapshot.state.outcome
        return "" if live else f"no live trainer: {_how_it_is(snapshot)}"

    def unable(self, name: CommandName) -> str:
        """Why a run like this one does not take the command, dead or alive; empty where it does."""
        offers = self.snapshot.state.offers if self.snapshot else None
        return self._run.task.refusal(name, offers.commands if offers else ())

    @property
    def all_unable(self) -> frozenset[CommandName]:
        """All that it does not take."""
        return frozenset(name for name in COMMANDS if self.unable(name))

    def send(self, name: CommandName, text: str = "", seen: int | None = None) -> str:
        """Put a command into the mailbox. The result is its id, by which `answer` knows it. Raises UserError with the reason.

        `seen`: the step that is meant, where it is not the one in hand.
        """
        if refusal := self.refusal:
            raise UserError(self._instead(name) or refusal)
        try:
            identity = mailbox.send(self._run.control, name, text, seen)
        except OSError as error:
            raise UserError(f"cannot send `{name}`: {reason_of(error)}") from error
        self._pending[identity] = (name, self._clock())
        return identity

    def _instead(self, name: CommandName) -> str:
        """What does it for a run that has ended; empty of others, and where nothing does."""
        snapshot, instead = self.snapshot, COMMANDS[name].instead
        if snapshot is None or snapshot.state.outcome is None or not instead:
            return ""
        word = self._run.cli_name
        measures = typed(f"gan-tui evaluate {word}") if snapshot.task.ours and snapshot.measurable else ""
        command = continuation(snapshot, word) if instead == "resume" else measures
        return _how_it_is(snapshot) + (f": `{command}`" if command else "")

    def answer(self, identity: str | None) -> Answer | None:
        """What the trainer said to the command of that id; None: nothing yet."""
        return self.snapshot.state.answers.get(identity or "") if self.snapshot else None

    @property
    def stops(self) -> int:
        """How often this trainer has been asked to stop, and has heard it."""
        return sum(answer.command == "stop" and answer.ok for answer in self.snapshot.state.answers.values()) if self.snapshot else 0

    @property
    def waits(self) -> bool:
        """Is there any command without an answer?"""
        return bool(self._pending)

    def awaits(self, name: CommandName) -> bool:
        """Is there such a command without an answer?"""
        return any(pending == name for pending, _ in self._pending.values())

    def overdue(self) -> list[CommandName]:
        """Commands that waited too long; each is reported once, and forgotten."""
        late = {identity: name for identity, (name, _) in self._pending.items() if self.is_late(identity)}
        self._pending = {identity: sent for identity, sent in self._pending.items() if identity not in late}
        return list(late.values())

    def is_late(self, identity: str | None) -> bool:
        """Has the command of that id waited too long for its answer?"""
        sent = self._pending.get(identity or "")
        return sent is not None and self._clock() - sent[1] > ANSWER_TIMEOUT

    def silence(self, name: CommandName) -> str:
        """What is said of one that did."""
        busy = self.snapshot.name if self.snapshot and STATES[self.snapshot.name].interrupts else "busy, or gone"
        return f"no answer to `{name}` for {ANSWER_TIMEOUT:.0f} seconds: the trainer is {busy}"


def _how_it_is(snapshot: Snapshot | None) -> str:
    """Its state in words."""
    name = snapshot.name if snapshot else "starting"
    return "the run failed" if name == "failed" else f"the run is {name}"
