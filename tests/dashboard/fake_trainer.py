"""A trainer that trains nothing, for the screen's tests and for looking at the screen.

    python -m tests.dashboard.fake_trainer RUN_DIRECTORY [--epochs N] [--steps N] [--rate STEPS_PER_SECOND] [--crash WORDS]

It keeps the real trainer's side of the contract: the lock, the events, the preview, the mailbox.
"""

import argparse
import lzma
import math
import random
import signal
import sys
import time
from importlib import resources
from pathlib import Path

from gan_tui.run import events, mailbox
from gan_tui.run.directory import RunDirectory
from gan_tui.run.files import write_atomic
from gan_tui.run.images import Images, encode_npy
from gan_tui.run.lock import RunLock
from gan_tui.run.log import EventWriter

COUNT, SIDE = 100, 28


def real_digits(count: int) -> bytes:
    packed = resources.files("gan_tui") / "data" / "mnist" / "t10k-images-idx3-ubyte.xz"
    return lzma.decompress(packed.read_bytes())[16 : 16 + count * SIDE * SIDE]


def scalars_at(step: int, total: int, noise: random.Random) -> dict[str, float]:
    """Curves like those of `classic`: D wins first, then G catches up."""
    age = min(1.0, step / max(1, total) * 4)
    early = math.exp(-12 * age)
    return {
        "d_loss": 0.8 - 0.65 * early + noise.gauss(0, 0.05),
        "g_loss": 2.0 + 4.0 * early + noise.gauss(0, 0.15),
        "D(x)": 0.72 + 0.24 * early + noise.gauss(0, 0.01),
        "D(G(z))": 0.25 - 0.2 * early + noise.gauss(0, 0.01),
    }


class FakeTrainer:
    """One run, from its first event to its last."""

    def __init__(self, run: RunDirectory, epochs: int, steps: int, rate: float) -> None:
        self.run, self.epochs, self.steps, self.rate = run, epochs, steps, rate
        self.log = EventWriter(run.events)
        self.noise = random.Random(0)
        self.step = 0
        self.elapsed = 0.0
        self.paused = self.stopped = False
        self.digits = real_digits(COUNT)

    def train(self) -> None:
        """Until all is done or somebody says stop."""
        self.log.write(events.Phase(name="loading"))
        started = events.Started(device="cpu", device_name="fake processor", epochs=self.epochs, steps_per_epoch=self.steps)
        self.log.write(started)
        self.log.write(events.Phase(name="training"))
        previewed = float("-inf")
        while self.step < self.epochs * self.steps and not self.stopped:
            time.sleep(0.05)
            self.obey()
            if self.paused:
                continue
            self.advance(max(1, round(self.rate * 0.1)))
            time.sleep(0.05)
            if time.monotonic() - previewed >= 0.5:
                previewed = time.monotonic()
                self.preview()
        self.log.write(events.Phase(name="stopping", step=self.step))
        outcome: events.Outcome = "stopped" if self.stopped else "completed"
        self.log.write(events.Finished(outcome=outcome, epoch=self.step // self.steps, elapsed=self.elapsed, step=self.step))

    def advance(self, steps: int) -> None:
        self.elapsed += 0.1
        before, self.step = self.step, min(self.step + steps, self.epochs * self.steps)
        values = {name: events.to_scalar(value) for name, value in scalars_at(self.step, self.epochs * self.steps, self.noise).items()}
        self.log.write(events.Metrics(scalars=values, elapsed=self.elapsed, rate=steps * 10.0, step=self.step))
        if before // self.steps != self.step // self.steps:
            epoch = self.step // self.steps
            self.log.write(events.Epoch(epoch=epoch, step=self.step))
            self.log.write(events.Samples(path=f"samples/fake_images-{epoch:04}.png", epoch=epoch, step=self.step))

    def preview(self) -> None:
        """Digits that rise out of noise as the run goes on."""
        clear = min(1.0, 0.1 + self.step / max(1, self.epochs * self.steps) * 4)
        mist = self.noise.randbytes(len(self.digits))
        pixels = bytes(int(a * clear + b * (1 - clear)) for a, b in zip(self.digits, mist, strict=True)) if clear < 1 else self.digits
        write_atomic(self.run.preview, encode_npy(Images(COUNT, SIDE, SIDE, 1, pixels)), durable=False)

    def obey(self) -> None:
        for command in mailbox.receive(self.run.control):
            match command.name:
                case "pause":
                    self.paused = True
                    self.log.write(events.Phase(name="paused", step=self.step))
                    text = f"paused at step {self.step}"
                case "resume":
                    self.paused = False
                    self.log.write(events.Phase(name="training", step=self.step))
                    text = f"resumed at step {self.step}"
                case "save":
                    path = f"checkpoints/step-{self.step:09}.pt"
                    self.log.write(events.Checkpoint(path=path, seconds=0.1, step=self.step))
                    text = f"saved {path}"
                case "sample":
                    text = f"wrote samples/step-{self.step:09}.png"
                case "stop":
                    self.stopped = True
                    text = f"stopping after step {self.step}"
            self.log.write(events.Answer(id=command.id, command=command.name, ok=True, text=text, step=self.step))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("path", type=Path)
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--rate", type=float, default=135.0)
    parser.add_argument("--crash")
    options = parser.parse_args()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if options.crash:
        sys.exit(options.crash)
    run = RunDirectory(options.path)
    with RunLock(run.lock):
        FakeTrainer(run, options.epochs, options.steps, options.rate).train()


if __name__ == "__main__":
    main()
