"""A trainer of trials that trains nothing, in a tenth of a second: `python -m tests.sweep.fake_trainer RUN`, or `--together RUN...`.

It keeps to what a sweep asks of a trainer: the lock, the log, the mailbox, SIGTERM. How good a run is, its settings say. While there is a
file `hold` beside the sweep's folder, every trial waits in its middle.
"""

import math
import os
import signal
import sys
import time
from pathlib import Path

from gan_tui.config import RunConfig
from gan_tui.run import mailbox
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Answer, Error, Evaluation, Finished, Metrics, Started
from gan_tui.run.lock import RunLock
from gan_tui.run.log import EventWriter, read_state

STEPS = 100


def score(settings: RunConfig) -> float:
    """The FD of such a run: best at a rate of 0.001; it diverges from 1 on."""
    rate = settings.optimizer.g_lr
    return math.inf if rate >= 1 else 10 + 20 * (math.log10(rate) + 3) ** 2 + settings.loss.r1


def main(path: str) -> int:
    run = RunDirectory(Path(path))
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    lock = RunLock(run.lock)
    fd = score(run.config())
    step = read_state(run.events).step if run.events.exists() else 0
    with EventWriter(run.events, calls=False) as log:
        started = Started(
            step=step, device="cpu", device_name="fake", epochs=1, steps_per_epoch=STEPS, resumed=step > 0, pids=[os.getpid()]
        )
        log.write(started)
        while step < STEPS and not stopped:
            step += 1
            log.write(Metrics(step=step, scalars={"d_loss": 1.0, "g_loss": 2.0}, elapsed=step / 10, rate=10.0))
            for command in mailbox.receive(run.control):
                if command.name == "evaluate":
                    log.write(evaluation(fd, step))
                log.write(Answer(step=step, id=command.id, command=command.name, ok=True, text=""))
            log.flush()
            while step == STEPS // 2 and not stopped and (run.path.parent.parent / "hold").exists():
                time.sleep(0.01)
            time.sleep(0.001)
        if math.isinf(fd):
            log.write(Error(step=step, text="loss is not finite", diverged=True))
        elif not stopped:
            log.write(evaluation(fd, step))
        outcome = "stopped" if stopped else "failed" if math.isinf(fd) else "completed"
        log.write(Finished(step=step, outcome=outcome, epoch=step // STEPS, elapsed=step / 10))  # type: ignore[arg-type]
    lock.release()
    return 0


def started(step: int, *pids: int) -> Started:
    return Started(step=step, device="cpu", device_name="fake", epochs=1, steps_per_epoch=STEPS, resumed=step > 0, pids=list(pids))


def evaluation(fd: float, step: int) -> Evaluation:
    return Evaluation(step=step, scalars={"fd": fd * (2 - step / STEPS), "coverage": 1 / fd}, network="fake", seconds=0.1)


def together(paths: list[str]) -> int:
    """Several in what looks like one process."""
    children: list[int] = []
    for path in paths:
        if not (child := os.fork()):
            os._exit(main(path))
        children.append(child)

    def pass_on(number: int, _frame: object) -> None:
        for child in children:
            os.kill(child, number)

    signal.signal(signal.SIGTERM, pass_on)
    return max(os.waitpid(child, 0)[1] for child in children)


if __name__ == "__main__":
    sys.exit(together(sys.argv[2:]) if sys.argv[1] == "--together" else main(sys.argv[1]))
