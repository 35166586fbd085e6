"""Several processes train one run: the same run, only shared. On the CPU over gloo."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from gan_tui.run import events
from gan_tui.run.directory import RunDirectory
from gan_tui.training.distributed.ranks import Ranks
from tests.conftest import SMALL, Cli, events_of, last_step, wait_for
from tests.patience import CEILING

FIFTY_STEPS = ("--headless", "--device", "cpu", "--batch-size", "1201", *SMALL)
"""60,000 images make 50 steps an epoch, the last one of 1151 images: neither can be halved."""


def weights(run: RunDirectory) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = {}
    for path in (run.generator, run.discriminator):
        found |= {f"{path.stem}.{name}": value for name, value in torch.load(path, weights_only=True).items()}
    return found


@pytest.fixture
def cli(cli: Cli) -> Cli:
    """Ranks are fresh interpreters, which have all digits."""
    cli.digits = 0
    return cli


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """Fifty steps on one rank."""
    cli = Cli(tmp_path_factory.mktemp("alone"), digits=0)
    done = cli(*FIFTY_STEPS, "--epochs", "1", "--name", "alone")
    assert done.returncode == 0, done.stderr
    return cli.run("alone")


def assert_like(run: RunDirectory, alone: RunDirectory) -> None:
    ours, theirs = weights(run), weights(alone)
    assert ours.keys() == theirs.keys()
    for name, weight in theirs.items():
        torch.testing.assert_close(ours[name], weight, rtol=1e-3, atol=2e-4)


@pytest.mark.slow
def test_two_ranks_with_half_the_batch_each_are_one_rank(cli: Cli, alone: RunDirectory) -> None:
    done = cli(*FIFTY_STEPS, "--epochs", "1", "--devices", "2", "--name", "pair")
    assert done.returncode == 0, done.stderr
    run = cli.run("pair")
    assert_like(run, alone)
    (started,) = events_of(run, events.Started)
    assert isinstance(started, events.Started)
    assert started.device_name.startswith("2 x cpu")
    assert len(list(run.samples.glob("*.png"))) == 1, "rank 0 alone writes"


def test_bytes_are_those_of_rank_zero_whatever_another_one_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under a budget each rank gave the time that it knew, and room for as many signs: gloo ended the run."""
    sent = b"3.1415926535"

    def broadcast(tensor: torch.Tensor, src: int) -> None:
        assert src == 0
        tensor.copy_(torch.tensor(len(sent)) if not tensor.dim() else torch.tensor(list(sent), dtype=torch.uint8))

    monkeypatch.setattr(torch.distributed, "broadcast", broadcast)
    assert Ranks(rank=1, count=2).broadcast_bytes(b"0.0") == sent


@pytest.mark.slow
def test_rates_that_fall_until_a_budget_ends_are_the_same_on_all_ranks(cli: Cli) -> None:
    done = cli(*FIFTY_STEPS, "--set", "optimizer.schedule=cosine", "--budget", "2s", "--devices", "2", "--name", "timed")
    assert done.returncode == 0, done.stderr
    assert last_step(cli.run("timed")) > 0


@pytest.mark.slow
def test_torchrun_is_understood(cli: Cli, alone: RunDirectory) -> None:
    """With the plain engine, so that both ways of averaging are held to the run on one rank."""
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "gan_tui"]
    done = subprocess.run(
        [*launch, *FIFTY_STEPS, "--epochs", "1", "--engine", "eager", "--name", "torchrun"],
        env=cli.environment, capture_output=True, text=True, timeout=CEILING, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert_like(cli.run("torchrun"), alone)


@pytest.mark.slow
def test_a_rank_that_dies_ends_the_run_and_the_run_resumes(cli: Cli) -> None:
    process = cli.start(*FIFTY_STEPS, "--epochs", "40", "--devices", "2", "--name", "bereft", "--checkpoint-every", "5")
    run = cli.run("bereft")
    wait_for(lambda: last_step(run) > 10, what="training")
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert len(children) == 1
    os.kill(int(children[0]), signal.SIGKILL)
    _, errors = process.communicate(timeout=CEILING)
    assert process.returncode == 1, errors
    assert "Traceback" not in errors
    assert "rank 1 " in errors
    (error,) = events_of(run, events.Error)
    assert isinstance(error, events.Error)
    assert "gan-tui resume" in error.text
    before = last_step(run)
    resumed = cli.start("resume", "bereft", "--headless")
    wait_for(lambda: last_step(run) > before + 5, what="training on")
    resumed.send_signal(signal.SIGTERM)
    assert resumed.wait(CEILING) == 0


@pytest.mark.slow
def test_pause_and_stop_reach_all_ranks(cli: Cli) -> None:
    process = cli.start(*FIFTY_STEPS, "--epochs", "1000", "--devices", "2", "--name", "steered")
    run = cli.run("steered")
    wait_for(lambda: last_step(run) > 3, what="training")
    assert cli("control", "steered", "pause").returncode == 0
    assert cli("control", "steered", "resume").returncode == 0
    assert cli("control", "steered", "set", "optimizer.d_lr=1e-4").returncode == 0
    assert cli("control", "steered", "stop").returncode == 0
    assert process.wait(CEILING) == 0
