"""Numbers on their way into a run's log, and the verdict that follows from them.

Every writer of runs goes through here: our trainer, a script that tracks itself, and the process beside another program's command.
"""

import time

from gan_tui.health.diagnosis import Diagnosis, Health, replay
from gan_tui.health.statistics import METRICS_KEPT, STEPS_KEPT
from gan_tui.run.events import Evaluation, Metrics, Verdict, from_scalar
from gan_tui.run.log import EventWriter
from gan_tui.run.recollect import recollect


class JudgedLog:
    """Writes what it is given, and a verdict whenever that is another than before."""

    def __init__(self, writer: EventWriter, health: Health | None = None) -> None:
        """`writer`: of the run's log. It may be used beside this for all other events."""
        self.writer = writer
        self.health = health or Health()
        self._step = writer.state.step
        """Of the newest metrics."""

    def go_on(self, health: Health) -> None:
        """With what an earlier process of the run has logged in mind. Raises OSError."""
        self.health = health
        self._step = self.writer.state.step
        replay(health, recollect(self.writer.path, STEPS_KEPT, METRICS_KEPT))
        if (said := self.writer.state.verdict) is not None:
            health.diagnosis = Diagnosis(said.rule, said.level, said.text, said.advice)

    def metrics(self, event: Metrics, steps: int | None = None) -> None:
        """Means over the last `steps` steps; without a word on how many, those since the event before. Raises OSError."""
        self.writer.write(event)
        count = event.step - self._step if steps is None else steps
        self._step = event.step
        means = {name: from_scalar(scalar) for name, scalar in event.scalars.items()}
        self.say(self.health.take_metrics(event.step, count, means), event.step, event.t)

    def evaluation(self, event: Evaluation) -> None:
        """An evaluation, which is given its outlook. Raises OSError."""
        diagnosis = self.health.take_evaluation(event.step, {name: from_scalar(scalar) for name, scalar in event.scalars.items()})
        event.outlook = self.health.outlook()
        self.writer.write(event)
        self.say(diagnosis, event.step)

    def say(self, diagnosis: Diagnosis | None, step: int, t: float | None = None) -> None:
        """Log a verdict, where there is a new one, as of the time `t`; without it, now. Raises OSError."""
        if diagnosis is not None:
            rule, level, text, advice = diagnosis
            self.writer.write(Verdict(t=time.time() if t is None else t, step=step, rule=rule, level=level, text=text, advice=advice))
