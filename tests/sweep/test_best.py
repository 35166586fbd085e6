"""The best value of a grid of trials as a preset."""

import os
import pty
import sys
import time
from pathlib import Path

import msgspec
import pytest

from gan_tui import config
from gan_tui.config import RATES
from gan_tui.errors import MISTAKEN
from gan_tui.run import directory
from gan_tui.sweep.report import FILE, Ended, Report
from tests import zygote
from tests.conftest import Cli
from tests.patience import CEILING
from tests.sweep.test_sweep import QUICK


def grid(folder: Path, *distances: float | None) -> Path:
    """Trials of 1e-3, 1e-2, ..., of a network that the shipped preset does not have."""
    values = [10.0 ** (power - 3) for power in range(3)]
    ended = []
    folder.mkdir(parents=True)
    for value, distance in zip(values, distances, strict=False):
        table = {"optimizer": {"d_lr": value, "g_lr": value}, "model": {"hidden": 64}, "train": {"epochs": 2, "seed": 7}}
        run = directory.create(folder, config.resolve("mlp-r3", tables=[table]), f"lr-{value:g}-seed-0")
        ended.append(Ended(value, 0, distance, str(run.path)))
    (folder / FILE).write_bytes(msgspec.json.encode(Report(RATES, tuple(values), 2, 2000, tuple(ended))))
    return folder


def test_the_best_value_becomes_a_preset_with_all_other_settings(cli: Cli, tmp_path: Path) -> None:
    folder = grid(cli.runs_dir / "rates", 9.0, 3.5, None)
    shown = cli("sweep", "--show", "rates")
    assert f"`gan-tui sweep --show {folder} --preset-out best.toml` makes a preset of the best settings" in shown.stderr
    folder = folder.rename(folder.with_name("moved"))
    path = tmp_path / "best.toml"
    assert f"gan-tui --preset {path}` trains with it" in cli("sweep", "--show", "moved", "--preset-out", str(path)).stdout
    settings = config.resolve(preset := config.load_preset(str(path)))
    assert (settings.optimizer.g_lr, settings.model.hidden, settings.loss) == (0.01, 64, config.resolve("mlp-r3").loss)
    assert (settings.train.epochs, settings.train.seed) == (config.resolve("mlp-r3").train.epochs, 0)
    assert preset.description == "the best of a sweep over lr: 0.01"
    assert preset.measured == "live FD 3.5 after 2 epochs, 1 seed, 2000 samples"


@pytest.mark.parametrize(
    ("distances", "words"),
    [((), "no trial of rates has a result yet"), ((None, None, None), "no trial of rates came to its end with a finite FD")],
)
def test_without_a_best_value_there_is_no_preset(distances: tuple[float | None, ...], words: str, cli: Cli, tmp_path: Path) -> None:
    grid(cli.runs_dir / "rates", *distances)
    done = cli("sweep", "--show", "rates", "--preset-out", str(tmp_path / "best.toml"))
    assert done.returncode == MISTAKEN
    assert words in done.stderr
    assert "makes a preset" not in cli("sweep", "--show", "rates").stderr


def test_of_trials_that_are_deleted_nothing_is_made_up(cli: Cli, tmp_path: Path) -> None:
    folder = grid(cli.runs_dir / "rates", 3.5, 9.0)
    (folder / "lr-0.001-seed-0").rename(tmp_path / "away")
    done = cli("sweep", "--show", "rates", "--preset-out", str(tmp_path / "best.toml"))
    assert "the trials of lr 0.001 are gone" in done.stderr
    assert not (tmp_path / "best.toml").exists()


def test_of_a_trial_that_cannot_be_read_another_seed_says_the_settings(cli: Cli, tmp_path: Path) -> None:
    folder = grid(cli.runs_dir / "rates", 3.5)
    whole = folder / "lr-0.001-seed-0"
    ended = [Ended(0.001, seed, 3.5, str(run)) for seed, run in enumerate((folder / "..", folder / "damaged", whole))]
    (folder / FILE).write_bytes(msgspec.json.encode(Report(RATES, (0.001, 0.01), 2, 2000, tuple(ended))))
    for damaged in (folder / "damaged", cli.runs_dir):
        damaged.mkdir(exist_ok=True)
        (damaged / "run.toml").write_text("[train\n")
    path = tmp_path / "best.toml"
    done = cli("sweep", "--show", "rates", "--preset-out", str(path))
    assert done.returncode == 0, done.stderr
    assert config.resolve(config.load_preset(str(path))).model.hidden == 64
    whole.rename(tmp_path / "away")
    done = cli("sweep", "--show", "rates", "--preset-out", str(tmp_path / "other.toml"))
    assert f"{folder / 'damaged' / 'run.toml'}" in done.stderr


@pytest.mark.slow
def test_a_key_writes_it_while_other_trials_run(cli: Cli) -> None:
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "gan_tui", "sweep", "--lr", "1e-3,3e-3", "--name", "seen", *QUICK]
    environment = cli.environment | {"TERM": "xterm", "COLUMNS": "80", "LINES": "24", "NO_COLOR": "1"}
    process = zygote.start_on_terminal(command, environment, slave)
    seen, deadline = b"", time.monotonic() + CEILING
    while time.monotonic() < deadline:
        if b"best so far" in seen and b"wrote " not in seen:
            os.write(master, b"b")
        try:
            seen += os.read(master, 65536)
        except OSError:  # the other end has gone
            break
    os.close(master)
    assert process.wait(CEILING) == 0
    assert "b: best value as a preset" in seen.decode()
    assert config.resolve(config.load_preset(str(cli.runs_dir / "seen" / "best.toml"))).optimizer.d_lr in (1e-3, 3e-3)
