"""A trainer that trains nothing, for the screen's tests and for looking at the screen.

    python -m tests.dashboard.fake_trainer RUN_DIRECTORY [--epochs N] [--steps N] [--rate STEPS_PER_SECOND] [--crash WORDS]

It keeps the real trainer's side of the contract: the lock, the events, the previews, the grids, the mailbox.
"""

import argparse
import lzma
import os
import random
import signal
import sys
import time
from importlib import resources
from pathlib import Path

from gan_tui.files import write_atomic
from gan_tui.run import events, mailbox, preview
from gan_tui.run.directory import RunDirectory
from gan_tui.run.images import Images, encode_npy
from gan_tui.run.lock import RunLock
from gan_tui.run.log import EventWriter
from gan_tui.run.preview import Pair, Preview
from gan_tui.spec.commands import LIVE_SETTINGS
from gan_tui.spec.states import Outcome, PhaseName
from tests.dashboard.fake_numbers import evaluation, grid_png, quality_at, scalars_at, scores_at, verdict_at

COUNT, SIDE = 100, 28


def real_digits(count: int) -> bytes:
    packed = resources.files("gan_tui") / "data" / "mnist" / "t10k-images-idx3-ubyte.xz"
    return lzma.decompress(packed.read_bytes())[16 : 16 + count * SIDE * SIDE]


def images(pixels: bytes) -> Images:
    return Images(COUNT, SIDE, SIDE, 1, pixels)


class FakeTrainer:
    """One run, from its first event to its last."""

    def __init__(self, run: RunDirectory, options: argparse.Namespace) -> None:
        self.run, self.options = run, options
        self.epochs, self.steps, self.rate = options.epochs, options.steps, options.rate
        self.log = EventWriter(run.events)
        self.noise = random.Random(0)
        self.step = 0
        self.elapsed = 0.0
        self.paused = self.stopped = False
        self.saved_at = time.monotonic()
        self.rollbacks = 0
        self.best = float("inf")
        self.rule = ""
        self.settings = {key: 1.0 if setting.whole else 3e-4 for key, setting in LIVE_SETTINGS.items()}
        self.digits = real_digits(2 * COUNT)
        self.pair: Pair | None = None

    @property
    def share(self) -> float:
        """Of the run that is done."""
        return float(self.step / max(1, self.epochs * self.steps))

    def train(self) -> None:
        """Until all is done or somebody says stop."""
        self.log.write(events.Phase(name="loading"))
        self.log.write(
            events.Started(
                device="cpu", device_name="fake processor", epochs=self.epochs, steps_per_epoch=self.steps,
                batch_size=100, ranks=self.options.ranks, pids=[os.getpid()],
            )
        )  # fmt: skip
        self.phase("training")
        write_atomic(self.run.real_preview, encode_npy(images(self.digits[: COUNT * SIDE * SIDE])), durable=False)
        previewed = float("-inf")
        while self.step < self.epochs * self.steps and not self.stopped:
            time.sleep(0.05)
            self.obey()
            if self.paused or self.options.stall_at <= self.step:
                continue
            self.advance(max(1, round(self.rate * 0.1)))
            time.sleep(0.05)
            if time.monotonic() - previewed >= 0.5:
                previewed = time.monotonic()
                self.preview()
        self.phase("stopping")
        outcome: Outcome = "stopped" if self.stopped else "completed"
        self.log.write(events.Finished(outcome=outcome, epoch=self.step // self.steps, elapsed=self.elapsed, step=self.step))

    def phase(self, name: PhaseName) -> None:
        self.log.write(events.Phase(name=name, step=self.step))

    def advance(self, steps: int) -> None:
        self.elapsed += 0.1
        before, self.step = self.step, min(self.step + steps, self.epochs * self.steps)
        values = {name: events.to_scalar(value) for name, value in scalars_at(self.step, self.epochs * self.steps, self.noise).items()}
        self.log.write(events.Metrics(scalars=values, elapsed=self.elapsed, rate=steps * 10.0, step=self.step))
        if before // self.steps != self.step // self.steps:
            self.end_epoch(self.step // self.steps)
        if time.monotonic() - self.saved_at >= 30:
            self.save()
        if before < self.options.nan_at <= self.step:
            self.roll_back()

    def end_epoch(self, epoch: int) -> None:
        self.log.write(events.Epoch(epoch=epoch, step=self.step))
        self.write_grid(f"samples/fake_images-{epoch:04}.png", epoch)
        if epoch % self.options.evaluate_every == 0:
            self.evaluate()

    def evaluate(self) -> None:
        self.phase("evaluating")
        time.sleep(self.options.evaluation_seconds)
        scalars = quality_at(self.share, self.noise)
        best = float(scalars["fd"]) < self.best
        self.best = min(self.best, float(scalars["fd"]))
        seconds = self.options.evaluation_seconds
        self.log.write(evaluation(scalars, self.share, seconds=seconds, best=best, step=self.step))
        verdict = verdict_at(self.share, self.step)
        if verdict.rule != self.rule:
            self.rule = verdict.rule
            self.log.write(verdict)
        self.phase("training")

    def save(self) -> str:
        self.saved_at = time.monotonic()
        path = f"checkpoints/step-{self.step:09}.pt"
        self.log.write(events.Checkpoint(path=path, seconds=0.1, step=self.step))
        return path

    def roll_back(self) -> None:
        self.rollbacks += 1
        self.options.nan_at = 1 << 60  # once is enough
        before, self.step = self.step, max(0, self.step - 3 * self.steps)
        reason = f"d_loss is nan at step {before}"
        self.log.write(events.RolledBack(from_step=before, count=self.rollbacks, limit=5, reason=reason, step=self.step))

    def shown(self, clearness: float) -> bytes:
        """Digits that rise out of noise."""
        mist = self.noise.randbytes(COUNT * SIDE * SIDE)
        clear = min(1.0, clearness)
        pixels = self.digits[: len(mist)]
        return pixels if clear == 1 else bytes(int(a * clear + b * (1 - clear)) for a, b in zip(pixels, mist, strict=True))

    def preview(self, *, neighbours: bool = False) -> None:
        now, raw = images(self.shown(0.1 + self.share * 4)), images(self.shown(0.05 + self.share * 3))
        scores = scores_at(self.share, COUNT)
        if neighbours:
            distances = tuple(0.1 + score / 10 for score in scores)
            self.pair = Pair(self.step, now, images(self.digits[COUNT * SIDE * SIDE :]), scores, distances)
        raw_scores = tuple(score * 0.9 for score in scores)
        preview.write(self.run.path, Preview(self.step, self.step // self.steps, True, now, scores, raw, raw_scores, self.pair))

    def write_grid(self, path: str, epoch: int) -> None:
        write_atomic(self.run.path / path, grid_png(self.shown(0.1 + self.share * 4), COUNT, SIDE), durable=False)
        self.log.write(events.Samples(path=path, epoch=epoch, scores=list(scores_at(self.share, COUNT)), step=self.step))

    def obey(self) -> None:
        for command in mailbox.receive(self.run.control):
            ok, text = self.carry_out(command)
            self.log.write(events.Answer(id=command.id, command=command.name, ok=ok, text=text, step=self.step))

    def carry_out(self, command: mailbox.Command) -> tuple[bool, str]:
        match command.name:
            case "pause":
                self.paused = True
                self.phase("paused")
                return True, f"paused at step {self.step}"
            case "resume":
                self.paused = False
                self.phase("training")
                return True, f"resumed at step {self.step}"
            case "save":
                return True, f"saved {self.save()}"
            case "sample":
                self.write_grid(f"samples/step-{self.step:09}.png", self.step // self.steps)
                return True, f"wrote samples/step-{self.step:09}.png"
            case "evaluate":
                self.evaluate()
                return True, f"evaluated step {self.step}"
            case "neighbours":
                self.preview(neighbours=True)
                return True, f"found the nearest training images of step {self.step}"
            case "bookmark":
                self.log.write(events.Bookmark(text=command.text, step=command.moment(self.step)))
                return True, f"marked step {self.step}"
            case "set":
                return self.set(command.text)
            case "stop":
                self.stopped = True
                return True, f"stopping after step {self.step}"

    def set(self, text: str) -> tuple[bool, str]:
        setting, _, word = text.partition("=")
        try:
            before, self.settings[setting] = self.settings[setting], float(word)
        except (KeyError, ValueError):
            return False, f"cannot set {text}: a learning rate or train.d_steps can be changed while training"
        self.log.write(events.Changed(setting=setting, before=before, value=float(word), step=self.step))
        return True, f"{setting} is {float(word):g}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("path", type=Path)
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--rate", type=float, default=135.0)
    parser.add_argument("--ranks", type=int, default=1)
    parser.add_argument("--evaluate-every", type=int, default=1, help="epochs")
    parser.add_argument("--evaluation-seconds", type=float, default=0.2)
    parser.add_argument("--nan-at", type=int, default=1 << 60, help="the step that is rolled back")
    parser.add_argument("--stall-at", type=int, default=1 << 60, help="the step behind which nothing goes on")
    parser.add_argument("--crash")
    options = parser.parse_args()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if options.crash:
        sys.exit(options.crash)
    run = RunDirectory(options.path)
    with RunLock(run.lock):
        FakeTrainer(run, options).train()


if __name__ == "__main__":
    main()
