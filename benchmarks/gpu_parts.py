"""The parts of benchmarks/gpu.py that are its own: `python -m benchmarks.gpu_parts NAME` prints figures, a JSON object a line."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch

from benchmarks.latency import p95, until_answered
from benchmarks.startup import stop
from benchmarks.terminal import Terminal
from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.data import mnist
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Evaluation, Finished, Metrics, Started
from gan_tui.run.log import read_all
from gan_tui.training import build
from gan_tui.training.engines import Work
from gan_tui.training.engines.graph import GraphEngine, Snapshot
from gan_tui.training.engines.plain import PlainEngine
from gan_tui.training.engines.proof import compare, trace
from gan_tui.training.randomness import Randomness

DRY = "GAN_TUI_DRY_RUN" in os.environ
SMALL = ["--set", "model.hidden=16", "--set", "samples.count=16", "--set", "evaluation.budget=0", "--batch-size", "1200"] if DRY else []
"""Options of a run that a CPU gets through in seconds."""
PATIENCE = 60.0
E = TypeVar("E")


def figure(name: str, value: float, unit: str) -> None:
    """One reading."""
    print(json.dumps({"figure": name, "value": float(f"{value:.4g}"), "unit": unit}), flush=True)


def presets() -> None:
    """Each preset with the graph engine and with the plain one, in both precisions, from the same state."""
    names = ["classic", "wgan-gp"] if DRY else config.preset_names()
    small = [{"model": {"hidden": 16, "channels": 2}, "train": {"batch_size": 20}}] if DRY else []
    steps, device = (20 if DRY else 100), torch.device("cuda", 0)
    for name in names:
        for precision in ("float32",) if DRY else ("float32", "bfloat16"):
            settings = config.resolve(name, tables=[*small, {"train": {"precision": precision}}])
            try:
                _preset(f"{name} {precision}", settings, device, steps)
            except RuntimeError as error:  # the others are worth as much
                print(f"{name} {precision}: {str(error).splitlines()[0]}")


def _preset(name: str, settings: RunConfig, device: torch.device, steps: int) -> None:
    images = mnist.load(train=True)[0][:2100].flatten(1).to(device)
    gan = build.make_gan(settings, device)
    gan.average_rate.fill_(0.01)
    work = Work(gan, images, Randomness(0, device), settings.train.batch_size, settings.model.latent_dim)
    d_steps = settings.train.d_steps
    torch.cuda.reset_peak_memory_stats(device)
    graphs = GraphEngine(work)
    before = Snapshot.of(gan)
    trace(graphs, work, d_steps, 20)  # captures
    before.put_back()
    found = trace(graphs, work, d_steps, steps)
    graphs.close()
    figure(f"{name}, graph: memory at most", torch.cuda.max_memory_allocated(device) / 2**20, "MiB")
    before.put_back()
    trace(PlainEngine(work), work, d_steps, 3)
    before.put_back()
    torch.cuda.reset_peak_memory_stats(device)
    plain = trace(PlainEngine(work), work, d_steps, steps)
    figure(f"{name}, plain: memory at most", torch.cuda.max_memory_allocated(device) / 2**20, "MiB")
    figure(f"{name}, plain", 1000 * plain.seconds, "ms/step")
    figure(f"{name}, graph", 1000 * found.seconds, "ms/step")
    figure(f"{name}, plain / graph", plain.seconds / found.seconds, "x")
    print(f"{name}: after {steps} steps {compare(found, plain, 1.0).words}", *graphs.notes)


def lifetime() -> None:
    """A run is killed, resumed, paused and stopped; another one is too large for any card."""
    with tempfile.TemporaryDirectory() as folder:
        run = RunDirectory(Path(folder) / "a")
        first = _start(folder, "--headless", "--epochs", "1000", "--name", "a", "--set", "checkpoints.every_seconds=2", *SMALL)
        _until(lambda: len(list(run.checkpoints.glob("step-*.pt"))) > 1, first)
        began = _last(run, Started)
        print(f"engine {began.engine} on {began.device} ({began.device_name})")
        first.kill()
        first.wait()
        killed = max(event.step for event in read_all(run.events))
        clock = time.monotonic()
        second = _start(folder, "resume", "a", "--headless")
        _until(lambda: max(event.step for event in read_all(run.events)) > killed, second)
        figure("resume after SIGKILL, until training goes on behind it", time.monotonic() - clock, "s")
        for verb in ("pause", "resume", "save"):
            clock = time.monotonic()
            _gan_tui(folder, "control", "a", verb)
            figure(f"gan-tui control {verb}, the command as a whole", time.monotonic() - clock, "s")
        clock = time.monotonic()
        second.send_signal(signal.SIGTERM)
        status = second.wait(PATIENCE)
        figure("SIGTERM to the end, the last save included", time.monotonic() - clock, "s")
        if status:
            raise SystemExit(f"the run that was told to stop ended with status {status}")
        _too_large(folder)


def _too_large(folder: str) -> None:
    """Each must end with one line and a status that is not 0."""
    cases = {"networks": ["--set", "model.hidden=65536", "--set", "model.hidden_layers=16"]}
    if not DRY:
        cases["a step"] = ["--preset", "r3", "--batch-size", "55000"]
    for what, options in cases.items():
        done = _gan_tui(folder, "--headless", "--epochs", "1", *options, check=False)
        said = done.stderr.strip().splitlines()
        print(f"too large, {what}: status {done.returncode}: {said[-1] if said else 'nothing said'}")
        if done.returncode == 0 or "Traceback" in done.stderr:
            raise SystemExit(f"out of memory ({what}) did not end in one clear line")


def classic() -> None:
    """The default command, headless, from the shell's prompt to its end."""
    with tempfile.TemporaryDirectory() as folder:
        clock = time.monotonic()
        _gan_tui(folder, "--headless", "--name", "a", "--epochs", "2" if DRY else "200", *SMALL)
        figure("classic, 200 epochs by `gan-tui --headless`, start and end included", time.monotonic() - clock, "s")
        run = RunDirectory(Path(folder) / "a")
        finished, evaluations = _last(run, Finished), [event for event in read_all(run.events) if isinstance(event, Evaluation)]
        figure("classic, of these training", finished.elapsed, "s")
        figure("classic, milliseconds a step while training", 1000 * finished.elapsed / finished.step, "ms/step")
        figure("classic, of these evaluations", sum(event.seconds for event in evaluations), "s")
        for event in evaluations[-1:]:
            print(f"last evaluation: {event.scalars}")
        last = _last(run, Metrics)
        print(f"last metrics: {last.scalars}")


def dashboard() -> None:
    """Steps a second with and without a dashboard at 80x24, in turn; bytes; from space to the trainer's answer."""
    rounds, seconds = (1, 2.0) if DRY else (3, 4.0)
    with tempfile.TemporaryDirectory() as folder:
        run = RunDirectory(Path(folder) / "a")
        trainer = _start(folder, "--headless", "--epochs", "1000000", "--name", "a", *SMALL)
        try:
            _until(lambda: run.events.exists() and any(isinstance(event, Metrics) for event in read_all(run.events)), trainer)
            answers = []
            for _ in range(rounds):
                alone = _rate(run, seconds)
                with Terminal([sys.executable, "-m", "gan_tui", "attach", str(run.path)]) as terminal:
                    terminal.wait_for("training")
                    time.sleep(2)
                    before = terminal.received
                    beside = _rate(run, seconds)
                    figure("bytes to the terminal while training", (terminal.received - before) / seconds, "bytes/s")
                    for _ in range(4 if DRY else 10):
                        answers.append(until_answered(run, terminal))
                        time.sleep(0.15)
                figure("steps a second without / with a dashboard", alone / beside, "x")
            figure("pause to the trainer's answer, p95", p95(answers), "ms")
        finally:
            stop(run)
            trainer.wait()


def _rate(run: RunDirectory, seconds: float) -> float:
    """Steps a second, by the log, over the next `seconds`."""
    first = _last(run, Metrics)
    time.sleep(seconds)
    last = _last(run, Metrics)
    return (last.step - first.step) / (last.elapsed - first.elapsed)


def _last(run: RunDirectory, kind: type[E]) -> E:
    return [event for event in read_all(run.events) if isinstance(event, kind)][-1]


def _gan_tui(folder: str, *words: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "gan_tui", *words]
    environment = os.environ | {"GAN_TUI_RUNS": folder}
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise SystemExit(f"{' '.join(words)}: status {done.returncode}: {done.stderr.strip()[-1500:]}")
    return done


def _start(folder: str, *words: str) -> "subprocess.Popen[bytes]":
    environment = os.environ | {"GAN_TUI_RUNS": folder}
    command = [sys.executable, "-m", "gan_tui", *words]
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)


def _until(condition: Callable[[], bool], process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if process.poll() is not None:
            raise SystemExit(f"the run ended with status {process.returncode}")
        if time.monotonic() > deadline:
            process.kill()
            raise SystemExit(f"nothing happened within {PATIENCE:.0f} s")
        time.sleep(0.05)


if __name__ == "__main__":
    {"presets": presets, "lifetime": lifetime, "classic": classic, "dashboard": dashboard}[sys.argv[1]]()
