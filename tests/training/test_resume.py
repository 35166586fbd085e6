"""A run that was stopped, killed or extended ends with the very weights of the undisturbed one."""

import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from gan_tui import config
from gan_tui.errors import UserError
from gan_tui.run import events
from gan_tui.run.directory import RunDirectory
from gan_tui.run.log import read_all
from gan_tui.training import build, checkpoint
from gan_tui.training.restore import restore
from tests.conftest import SMALL, Cli, events_of, last_step, wait_for
from tests.data.test_image_folder import fill
from tests.patience import CEILING

TWENTY_STEPS = ("--batch-size", "75", *SMALL)
"""1,500 images make 20 steps an epoch."""


def newest_state(run: RunDirectory) -> dict[str, Any]:
    loaded, skipped = checkpoint.load_newest(run)
    assert loaded is not None
    assert not skipped
    return loaded.state


def assert_same_state(left: Any, right: Any, where: str = "state") -> None:
    """Bit for bit, tensors and numbers alike; the seconds of training and of evaluating may differ."""
    if isinstance(left, torch.Tensor):
        assert torch.equal(left, right), where
    elif isinstance(left, dict):
        assert left.keys() == right.keys(), where
        for key in left:
            if key not in ("elapsed", "evaluating", "settings"):
                assert_same_state(left[key], right[key], f"{where}.{key}")
    elif isinstance(left, (list, tuple)):
        assert len(left) == len(right), where
        for index, pair in enumerate(zip(left, right, strict=True)):
            assert_same_state(*pair, f"{where}[{index}]")
    else:
        assert left == right, where


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """Forty steps in one go."""
    cli = Cli(tmp_path_factory.mktemp("undisturbed"))
    done = cli("--headless", "--epochs", "2", "--name", "whole", *TWENTY_STEPS)
    assert done.returncode == 0, done.stderr
    return cli.run("whole")


@pytest.mark.slow
def test_forty_steps_are_twenty_and_twenty_in_a_new_process(cli: Cli, undisturbed: RunDirectory) -> None:
    assert cli("--headless", "--epochs", "1", "--name", "halves", *TWENTY_STEPS).returncode == 0
    run = cli.run("halves")
    assert newest_state(run)["step"] == 20
    done = cli("resume", "halves", "--epochs", "2", "--headless")
    assert done.returncode == 0, done.stderr
    assert newest_state(run)["step"] == 40
    assert_same_state(newest_state(run), newest_state(undisturbed))
    for name in ("fake_images-0001.png", "fake_images-0002.png"):
        assert (run.samples / name).read_bytes() == (undisturbed.samples / name).read_bytes()
    started = events_of(run, events.Started)
    assert [(event.step, event.resumed) for event in started if isinstance(event, events.Started)] == [(0, False), (20, True)]
    again = cli("resume", "halves", "--headless")
    assert again.returncode == 2
    assert "--epochs" in again.stderr


EVERY_OTHER_SETTING = tuple(
    word
    for setting in (
        "train.d_steps=3",
        "optimizer.schedule=cosine",
        "optimizer.hold=10 steps",
        "optimizer.warmup_steps=30",
        "loss.name=wasserstein",
        "loss.gp=10",
        "ema.half_life=9000",
        "model.spectral_norm=true",
    )
    for word in ("--set", setting)
)


CONDITIONAL = ("--set", "loss.name=relativistic", "--set", "loss.r1=1", "--set", "ema.half_life=9000", "--conditional")


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [*(("--preset", name) for name in config.shipped_presets() if name != config.DEFAULT_PRESET), EVERY_OTHER_SETTING, CONDITIONAL],
    ids=lambda options: options[-1],
)
def test_halves_make_a_whole_for_every_objective(cli: Cli, options: tuple[str, ...], tmp_path: Path) -> None:
    """On MNIST; convolutional networks, which would take minutes, in a small size on a folder with a few small images."""
    steps = TWENTY_STEPS
    if options[0] == "--preset" and config.resolve(options[1]).model.family != "mlp":
        fill(tmp_path / "images", 88)
        steps = ("--dataset", f"folder:{tmp_path / 'images'}", "--batch-size", "4", "--set", "model.channels=4", *SMALL)
        options = (*options, "--set", "model.conditional=false", "--set", "data.clusters=0")  # which images of a folder cannot be
    for name, epochs in (("halves", "1"), ("whole", "2")):
        done = cli("--headless", "--epochs", epochs, "--name", name, *steps, *options)
        assert done.returncode == 0, done.stderr
    done = cli("resume", "halves", "--epochs", "2", "--headless")
    assert done.returncode == 0, done.stderr
    assert newest_state(cli.run("halves"))["step"] == 40
    assert_same_state(newest_state(cli.run("halves")), newest_state(cli.run("whole")))


@pytest.mark.slow
def test_killed_at_random_instants_it_ends_with_the_same_weights(cli: Cli, undisturbed: RunDirectory) -> None:
    often = ("--checkpoint-every", "3")
    process = cli.start("--headless", "--epochs", "2", "--name", "killed", *TWENTY_STEPS, *often)
    run = cli.run("killed")
    chance = random.Random(4)
    for kill in range(3):
        wait_for(lambda: run.alive and last_step(run) > 5 * kill, what="training")  # noqa: B023
        time.sleep(chance.random() * 0.2)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not run.alive
        process = cli.start("resume", "killed", "--headless")
    _, errors = process.communicate(timeout=CEILING)
    assert process.returncode == 0 or "--epochs" in errors, errors
    assert_same_state(newest_state(run), newest_state(undisturbed))
    steps = [event.step for event in read_all(run.events) if isinstance(event, events.Metrics)]
    assert steps == sorted(set(steps)), "no step stands in the log twice"
    assert not list(run.checkpoints.glob(".*.tmp"))
    assert len(checkpoint.list_newest_first(run)) <= 3


@pytest.mark.slow
def test_a_torn_checkpoint_is_skipped_for_the_one_before(cli: Cli, undisturbed: RunDirectory) -> None:
    run = cli.run("torn")
    shutil.copytree(undisturbed.path, run.path)
    whole = checkpoint.list_newest_first(run)[0][1]
    torn = run.checkpoints / "step-000000041.pt"
    torn.write_bytes(whole.read_bytes()[:1000])
    done = cli("resume", "torn", "--epochs", "3", "--headless")
    assert done.returncode == 0, done.stderr
    notes = [event.text for event in events_of(run, events.Note) if isinstance(event, events.Note)]
    assert any("step-000000041.pt cannot be read" in text for text in notes), notes
    assert newest_state(run)["step"] == 60


@pytest.mark.slow
def test_a_hostile_checkpoint_runs_no_code(cli: Cli, undisturbed: RunDirectory, tmp_path: Path) -> None:
    run = cli.run("hostile")
    shutil.copytree(undisturbed.path, run.path)
    for _, path in checkpoint.list_newest_first(run):
        path.unlink()
    trap = tmp_path / "trap"
    torch.save({"version": 1, "step": 40, "generator": Trap(str(trap))}, run.checkpoints / "step-000000040.pt")
    refused = cli("resume", "hostile", "--epochs", "3", "--headless")
    assert refused.returncode == 1
    assert "step-000000040.pt" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not trap.exists()
    sampled = cli("sample", "hostile", "-o", str(tmp_path / "grid.png"))
    assert sampled.returncode == 2
    assert not trap.exists()


class Trap:
    """Unpickling it makes a file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        import os

        return os.mkdir, (self.path,)


@pytest.mark.slow
def test_a_changed_network_is_refused_with_the_difference_named(cli: Cli, undisturbed: RunDirectory) -> None:
    run = cli.run("changed")
    shutil.copytree(undisturbed.path, run.path)
    text = run.config_file.read_text()
    run.config_file.write_text(text.replace("hidden = 16", "hidden = 32"))
    refused = cli("resume", "changed", "--epochs", "3", "--headless")
    assert refused.returncode == 1
    assert "model.hidden = 16" in refused.stderr
    assert "32" in refused.stderr
    assert newest_state(run)["step"] == 40


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_save_and_finish(cli: Cli, number: signal.Signals) -> None:
    process = cli.start("--headless", "--epochs", "50", "--name", "signalled", *TWENTY_STEPS)
    run = cli.run("signalled")
    wait_for(lambda: last_step(run) > 3, what="training")
    process.send_signal(signal.SIGHUP)
    before = last_step(run)
    wait_for(lambda: last_step(run) > before + 3, what="training on after SIGHUP")
    process.send_signal(number)
    time.sleep(0.01)
    process.send_signal(number)  # a second one interrupts nothing
    _, errors = process.communicate(timeout=CEILING)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
    finished = events_of(run, events.Finished)[-1]
    assert isinstance(finished, events.Finished)
    assert finished.outcome == "stopped"
    assert newest_state(run)["step"] == finished.step
    assert run.generator.exists()


@pytest.mark.slow
def test_a_roll_back_goes_on_from_the_checkpoint_with_other_noise(cli: Cli) -> None:
    """A rate that diverges in most epochs: each roll-back is counted, and the last one ends the run."""
    wild = ["optimizer.eps=1e-30", "optimizer.beta2=0", "model.hidden_layers=20", "model.hidden=256", "train.max_rollbacks=2"]
    options = [word for setting in wild for word in ("--set", setting)]
    done = cli("--headless", "--epochs", "9", "--batch-size", "75", "--name", "wild", "--lr", "10", *options)
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert re.search(r"(nan|inf|NaN).* after 2 roll-backs; .*--lr 0.0003` goes on", done.stderr), done.stderr
    run = cli.run("wild")
    counts = [event.count for event in events_of(run, events.RolledBack) if isinstance(event, events.RolledBack)]
    assert counts[-1] == 2
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_out_of_memory_names_the_settings(cli: Cli) -> None:
    command = f"ulimit -v 9000000; exec {sys.executable} -m gan_tui --headless --name huge --device cpu --set model.hidden=16000"
    done = subprocess.run(["bash", "-c", command], env=cli.environment, capture_output=True, text=True, check=False, timeout=CEILING)
    assert done.returncode == 2
    assert re.search(
        r"out of memory: the networks need 8\.6 GB for .*, and \d.* of 9\.2 GB are free on cpu: lower model\.hidden \(now 16000\)",
        done.stderr,
    )
    assert "Traceback" not in done.stderr


def test_a_run_whose_checkpoints_are_gone_is_not_begun_anew(cli: Cli, undisturbed: RunDirectory) -> None:
    run = cli.run("bare")
    shutil.copytree(undisturbed.path, run.path)
    for _, path in checkpoint.list_newest_first(run):
        path.unlink()
    weights = run.generator.read_bytes()
    refused = cli("resume", "bare", "--epochs", "3", "--headless")
    assert refused.returncode == 1
    assert " bare " in refused.stderr
    assert run.generator.read_bytes() == weights
    assert run.config().train.epochs == 2, "settings change when the run goes on with them"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda state: state.update(settings=[1]), "does not fit"),
        (lambda state: state.update(settings={"data": "x"}), "does not fit"),
        (lambda state: state.update(fixed_latents=torch.zeros(3, 5)), "fixed_latents has the shape (3, 5)"),
        (lambda state: state.update(fixed_latents="hello"), "does not fit"),
        (lambda state: state["fixed_latents"].fill_(torch.nan), "fixed_latents is not made of finite"),
        (lambda state: state.update(elapsed=float("nan")), "counters are out of range"),
        (lambda state: state.update(rollbacks=-5), "counters are out of range"),
        (lambda state: state["g_optimizer"]["state"].clear(), "other parameters"),
        (lambda state: state["d_optimizer"]["state"][0].update(exp_avg=torch.zeros(64)), "Adam's mean has the shape"),
        (lambda state: state["generator"].update({"0.weight": state["generator"]["0.weight"].to(torch.complex64)}), "finite float32"),
        (lambda state: state["generator"].pop("0.bias"), "0.bias"),
        (lambda state: state.pop("discriminator"), "does not fit"),
    ],
)
def test_what_only_looks_like_a_checkpoint_is_one_line(undisturbed: RunDirectory, change: Callable[[Any], object], words: str) -> None:
    loaded, _ = checkpoint.load_newest(undisturbed)
    assert loaded is not None
    change(loaded.state)
    settings = undisturbed.config()
    with pytest.raises(UserError) as refused:
        restore(loaded, settings, build.make_gan(settings, torch.device("cpu")))
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
