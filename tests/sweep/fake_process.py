"""A trial that trains nothing and needs no process: ten steps at each look, in this one. What it keeps to, fake_trainer.py says."""

import math

from gan_tui.run import mailbox
from gan_tui.run.events import Error, Finished, Metrics
from gan_tui.run.log import EventWriter
from gan_tui.sweep.trial_process import TrialProcess
from tests.sweep.fake_trainer import STEPS, evaluation, score, started

AT_ONCE = 10
"""Steps between two looks."""


class FakeProcess(TrialProcess):
    """In the place of a trainer."""

    held = False
    """Do all wait in their middle?"""
    _log: EventWriter | None = None

    def start(self, *others: TrialProcess) -> None:
        self._log = EventWriter(self.run.events, calls=False)
        self._log.write(started(self.state.step))
        for one in others:
            one.start()

    def running(self) -> bool:
        if self._log is not None:
            self._go_on(self._log)
        self.look()
        return self._log is not None

    def _go_on(self, log: EventWriter) -> None:
        before, fd = log.state.step, score(self.run.config())
        step = before if self.told or (self.held and before == STEPS // 2) else before + AT_ONCE
        log.write(Metrics(step=step, scalars={"d_loss": 1.0, "g_loss": 2.0}, elapsed=step / 10, rate=10.0))
        if any(command.name == "evaluate" for command in mailbox.receive(self.run.control)):
            log.write(evaluation(fd, step))
        if self.told:
            self._end(log, "stopped")
        elif step == STEPS and math.isinf(fd):
            log.write(Error(step=step, text="loss is not finite", diverged=True))
            self._end(log, "failed")
        elif step == STEPS:
            log.write(evaluation(fd, step))
            self._end(log, "completed")
        else:
            log.flush()

    def _end(self, log: EventWriter, outcome: str) -> None:
        log.write(Finished(step=log.state.step, outcome=outcome, epoch=log.state.step // STEPS, elapsed=1.0))  # type: ignore[arg-type]
        log.close()
        self._log = None

    def stop(self) -> None:
        self.told = True

    def close(self) -> None:
        while self.running():
            self.stop()
