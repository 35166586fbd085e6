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
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

from benchmarks.latency import p95, until_answered
from benchmarks.startup import stop
from benchmarks.terminal import Terminal
from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.data import mnist
from gan_tui.data.outlines import outlines_of
from gan_tui.errors import UserError, first_line
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Evaluation, Finished, Metrics, Started
from gan_tui.run.log import read_all
from gan_tui.training import build, engines
from gan_tui.training.engines import TrainingInputs
from gan_tui.training.engines.eager import compiled_engine
from gan_tui.training.engines.graph import GraphEngine, Snapshot
from gan_tui.training.engines.proof import GRAPHS_PAY, Trace, compare, trace
from gan_tui.training.randomness import BLOCK, Randomness
from gan_tui.training.step import Gan

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
    names = ["classic", "wgan-gp", "conv-small", "outline"] if DRY else config.shipped_presets()
    _each(_preset, names, ["float32"] if DRY else ["float32", "tf32", "bfloat16"])


def kernels() -> None:
    """What a step of each preset consists of, by the profiler: kernels, microseconds in them, and those that take most."""
    device = torch.device("cuda", 0)
    images = _images(device)
    for name in config.shipped_presets():
        for precision in ("float32", "tf32", "bfloat16"):
            settings = config.resolve(name, tables=[{"train": {"precision": precision}}])
            _kernels(f"{name} {precision}", settings, _inputs(settings, images))


def _kernels(what: str, settings: RunConfig, work: TrainingInputs) -> None:
    d_steps = settings.train.d_steps
    engine = engines.make(settings, work.images.device, work)
    steps = BLOCK if isinstance(engine, GraphEngine) and engine.blocks else d_steps
    trace(engine, work, d_steps, steps)
    with profile(activities=[ProfilerActivity.CUDA]) as profiler:
        engine.begin_epoch(work.randomness.order(0, len(work.images)))
        done = 0
        while done < steps:
            index = done % (len(work.images) // work.batch_size)
            done += len(engine.advance(done, index, steps - done, d_steps))
        torch.cuda.synchronize(work.images.device)
    events = sorted((event for event in profiler.key_averages() if event.self_device_time_total), key=lambda e: -e.self_device_time_total)
    figure(f"{what}, {engine.name}: kernels", sum(event.count for event in events) / steps, "a step")
    figure(f"{what}, {engine.name}: in kernels", sum(event.self_device_time_total for event in events) / steps, "us/step")
    for event in events[:12]:
        average = event.self_device_time_total / event.count
        print(f"{what}: {event.count / steps:6.2f} x {average:7.2f} us = {event.self_device_time_total / steps:8.2f}  {event.key[:100]}")
    engine.close()


def compiled() -> None:
    """The same for torch.compile, which takes its time before the first step."""
    names = [name for name in config.shipped_presets() if _can_compile(name)]
    _each(_compiled, names, ["float32"])


def _can_compile(name: str) -> bool:
    loss = config.resolve(name).loss
    return not (loss.r1 or loss.r2 or loss.gp)


def _each(part: Callable[[str, RunConfig, TrainingInputs, int], bool], names: list[str], precisions: list[str]) -> None:
    """Every preset in every precision; ends with status 1 where one of them is wrong or fails."""
    small = [{"model": {"hidden": 16, "channels": 2}, "train": {"batch_size": 20}}] if DRY else []
    device, failed = torch.device("cuda", 0), []
    images = _images(device)
    for name in names:
        for precision in precisions:
            settings = config.resolve(name, tables=[*small, {"train": {"precision": precision}}])
            what = f"{name} {precision}"
            _float32_products()
            try:
                work = _inputs(settings, images)
                failed += [] if part(what, settings, work, 20 if DRY or name == "r3" else 100) else [what]
            except (RuntimeError, UserError) as error:  # the others are worth as much
                print(f"{what}: {first_line(error)}")
                failed.append(what)
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


def _float32_products() -> None:
    """A run in tf32 asks for that for the whole process, which here has others after it."""
    if hasattr(torch.backends.cudnn, "conv"):
        torch.backends.cuda.matmul.fp32_precision = "ieee"
    else:
        torch.set_float32_matmul_precision("highest")


def _images(device: torch.device) -> tuple[Tensor, Tensor]:
    """Some of MNIST, uint8 (N, 1, 28, 28), and their classes, int64 (N,)."""
    images, classes = mnist.load(train=True)
    return images[:2100].to(device), classes[:2100].to(device)


def _inputs(settings: RunConfig, data: tuple[Tensor, Tensor]) -> TrainingInputs:
    (images, classes), model = data, settings.model
    labels = outlines_of(images) if model.outlines else classes if model.conditional else None
    images = images.flatten(1)
    gan, randomness = _gan(settings, images.device), Randomness(0, images.device)
    return TrainingInputs(gan, images, randomness, settings.train.batch_size, model.latent_dim, labels)


def _gan(settings: RunConfig, device: torch.device) -> Gan:
    gan = build.make_gan(settings, device)
    gan.ema_weight.fill_(0.01)
    return gan


def _preset(what: str, settings: RunConfig, work: TrainingInputs, steps: int) -> bool:
    """The engine that a run gets, which proves its graphs, captures them and decides about blocks; then time and memory."""
    d_steps, device = settings.train.d_steps, work.images.device
    plain = _plain(what, settings, work, steps)
    torch.cuda.reset_peak_memory_stats(device)
    engine = engines.make(settings, device, work)
    before = Snapshot.of(work.gan)
    trace(engine, work, d_steps, BLOCK)
    before.put_back()
    fresh = work._replace(gan=_gan(settings, device))  # whose steps are counted from 0
    engine.close()
    engine = engines.make(settings, device, fresh)
    found = trace(engine, fresh, d_steps, steps)
    engine.close()
    figure(f"{what}, {engine.name}: memory at most", torch.cuda.max_memory_reserved(device) / 2**20, "MiB")
    _compare(f"{what}, {engine.name}", found, plain, steps)
    print(f"{what}: {engine.name}; {'; '.join(engine.notes) or 'no notes'}")
    return engine.name == "graph" or plain.seconds > GRAPHS_PAY


def _compiled(what: str, settings: RunConfig, work: TrainingInputs, steps: int) -> bool:
    d_steps = settings.train.d_steps
    plain = _plain(what, settings, work, steps)
    before = Snapshot.of(work.gan)
    engine = compiled_engine(work)
    trace(engine, work, d_steps, 2)  # compiles
    before.put_back()
    found = trace(engine, work, d_steps, steps)
    before.put_back()
    _compare(f"{what}, compiled", found, plain, steps)
    return bool(found.metrics.isfinite().all())


def _plain(what: str, settings: RunConfig, work: TrainingInputs, steps: int) -> Trace:
    """The eager engine from the same state; the networks are as before."""
    device, d_steps, before = work.images.device, settings.train.d_steps, Snapshot.of(work.gan)
    eager = engines.make(config.override(settings, {"train": {"engine": "eager"}}), device, work)
    trace(eager, work, d_steps, 3)
    before.put_back()
    torch.cuda.reset_peak_memory_stats(device)
    plain = trace(eager, work, d_steps, steps)
    before.put_back()
    figure(f"{what}, plain: memory at most", torch.cuda.max_memory_reserved(device) / 2**20, "MiB")
    return plain


def _compare(what: str, found: Trace, plain: Trace, steps: int) -> None:
    figure(f"{what}: plain", 1000 * plain.seconds, "ms/step")
    figure(f"{what}", 1000 * found.seconds, "ms/step")
    figure(f"{what}: plain / this", plain.seconds / found.seconds, "x")
    print(f"{what}: after {steps} steps {compare(found, plain, 1.0).words}")  # rounding grows: no verdict


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
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


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
    {"presets": presets, "kernels": kernels, "compiled": compiled, "lifetime": lifetime, "classic": classic, "dashboard": dashboard}[
        sys.argv[1]
    ]()
