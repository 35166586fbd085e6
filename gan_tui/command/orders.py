"""What the mailbox asks of a command that knows nothing of gan-tui: signals do what they can."""

import signal
from collections.abc import Callable

from gan_tui.clocks import Stopwatch
from gan_tui.command.child import Child
from gan_tui.errors import UserError
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Answer, AnyEvent, Bookmark, Phase
from gan_tui.run.mailbox import Command, receive
from gan_tui.spec.tasks import COMMAND


class Orders:
    """Carries them out, and keeps the time in which the command was not paused."""

    def __init__(self, run: RunDirectory, write: Callable[[AnyEvent], None], child: Child, *, may_pause: bool) -> None:
        self._run, self._write, self._child = run, write, child
        self._may_pause = may_pause
        self._stopwatch = Stopwatch()
        self._stopwatch.start()
        self.stopping = False
        """The command was asked to end: its end is no failure."""
        self._stops = 0

    @property
    def elapsed(self) -> float:
        """Seconds that it has been at work."""
        return self._stopwatch.seconds

    def look(self, step: int) -> None:
        """Do what is asked for. Raises OSError."""
        for command in receive(self._run.control):
            try:
                ok, text = True, self._execute(command, step)
            except UserError as error:
                ok, text = False, str(error)
            self._write(Answer(step=step, id=command.id, command=command.name, ok=ok, text=text))

    def _execute(self, command: Command, step: int) -> str:
        if why := COMMAND.refuses.get(command.name):
            raise UserError(why)
        match command.name:
            case "pause":
                return self._pause(step)
            case "resume":
                return self._resume(step)
            case "bookmark":
                self._write(Bookmark(step=command.moment(step), text=command.note))
                return f"bookmarked step {command.moment(step):,}"
            case "stop":
                return self._stop(step)
        raise UserError(f"a command of its own does not know `{command.name}`")

    def _pause(self, step: int) -> str:
        if not self._may_pause:
            raise UserError("this run was started with --no-pause")
        if self._stopwatch.held:
            return f"is paused already, at step {step:,}"
        self._child.send(signal.SIGSTOP)
        self._stopwatch.hold()
        self._write(Phase(step=step, name="paused"))
        return f"paused at step {step:,}: its processes are held (SIGSTOP), and keep their memory"

    def _resume(self, step: int) -> str:
        if not self._stopwatch.held:
            return "is training already"
        self._child.send(signal.SIGCONT)
        self._stopwatch.go_on()
        self._write(Phase(step=step, name="training"))
        return f"resumed at step {step:,}"

    def _stop(self, step: int) -> str:
        """The first time as ctrl+c would; a script that is saving is not disturbed before the user asks again."""
        if self._stopwatch.held:
            self._resume(step)
        self.stopping = True
        self._stops += 1
        number = signal.SIGINT if self._stops == 1 else signal.SIGTERM if self._stops == 2 else signal.SIGKILL
        self._child.send(number)
        self._write(Phase(step=step, name="stopping"))
        more = f"; ask again for {'SIGTERM' if self._stops == 1 else 'SIGKILL'}" if self._stops < 3 else ""
        return f"sent {number.name} at step {step:,}{more}"
