"""The trainer of one trial: a process of its own, or one that it shares with others, watched through the run's log."""

import math
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress

from gan_tui.files import open_append
from gan_tui.run import mailbox
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import from_scalar
from gan_tui.run.launch import trainer_command
from gan_tui.run.log import StateReader
from gan_tui.run.state import RunState


class TrialProcess:
    """Starts the trainer of a run, or follows one that another process has started."""

    def __init__(self, run: RunDirectory, environment: Mapping[str, str] | None = None) -> None:
        """`environment`: of the trainer, where it is not ours. Nothing is started yet, and `state` is what an earlier one has left."""
        self.run = run
        self.told = False
        """Was it asked to stop?"""
        self._environment = environment
        self._shared = self._has_begun = False
        """Are there other trials in the process? Was this one seen at work in it, or its end in the log?"""
        self._before: float | None = None
        """The time of the newest event from before it was started."""
        self._output = run.trainer_log
        self._reader = StateReader(run.events)
        self._process: subprocess.Popen[bytes] | None = None
        self.look()

    @property
    def state(self) -> RunState:
        return self._reader.state

    def look(self) -> None:
        """Read what is new in the log."""
        while self._reader.read().more:
            pass

    def start(self, *others: "TrialProcess") -> None:
        """In one process with those of `others`, where there are any. Raises OSError."""
        paths = [str(one.run.path.absolute()) for one in (self, *others)]
        with open_append(self._output, mode=0o600) as log:
            # A session of its own: ctrl+c is for who started it to answer.
            process = subprocess.Popen(
                trainer_command("--together", *paths) if others else trainer_command(*paths),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=self._environment,
            )  # fmt: skip
        for one in (self, *others):
            one._before = one.state.last_event
            one._process, one._shared, one._has_begun, one._output = process, bool(others), False, self._output

    def running(self) -> bool:
        """Is it at work? What it said last is in `state` once this is False."""
        alive = self._process.poll() is None if self._process else self.run.alive
        if alive and self._shared:
            self.look()  # before the lock: whose end is logged has taken it
            ended = self.state.outcome is not None and self.state.last_event != self._before
            held = self.run.alive
            self._has_begun = self._has_begun or held or ended
            alive = held or not self._has_begun
        self.look()
        return alive

    def signal(self, number: int) -> None:
        """To the trainer that was started here; one that was not has no process that we could know to be the same."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def stop(self) -> None:
        """Have it save and end; once is enough."""
        if self.told:
            return
        self.told = True
        if self._process is not None:
            self.signal(signal.SIGTERM)
        else:
            with suppress(OSError):  # a folder that is gone has no trainer for long
                mailbox.send(self.run.control, "stop")

    def stop_alone(self) -> None:
        """The same, and the trials in the same process go on."""
        if not self._shared:
            self.stop()
        elif not self.told:
            self.told = True
            with suppress(OSError):
                mailbox.send(self.run.control, "stop")

    def close(self) -> None:
        """Stop a trainer that was started here, and wait for its end."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait()
        self.look()

    @property
    def killed_before_answering(self) -> bool:
        """Was it told to stop before it could answer a signal? That is what was asked for."""
        return self.told and self._process is not None and self._process.returncode == -signal.SIGTERM

    @property
    def trouble(self) -> str:
        """Why an ended trial has no result, in words."""
        if self.state.outcome == "failed" and self.state.error:
            return self.state.error
        if self._process is None:
            return "its trainer is gone, without a word in its log"
        status = self._process.returncode
        if status is not None and status < 0:
            return f"its trainer was killed ({signal.Signals(-status).name}), perhaps because memory was short"
        return f"its trainer ended{'' if status is None else f' with status {status}'}; see {self._output}"


def has_result(state: RunState) -> bool:
    """One that was stopped or killed has none, and one that failed only where it diverged."""
    return state.outcome == "completed" or (state.outcome == "failed" and state.diverged)


def result_of(state: RunState, metric: str) -> float | None:
    """What the last evaluation says of a metric; None where the trial diverged, or has none yet."""
    if state.outcome == "failed" or state.evaluation is None:
        return None
    found = from_scalar(state.evaluation.scalars.get(metric, "nan"))
    return found if math.isfinite(found) else None
