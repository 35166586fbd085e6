"""Whole runs on a fake card, as processes: the default device, the graph engine, several ranks, and what may go wrong on the way."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from gan_tui.run import events
from gan_tui.run.directory import RunDirectory
from gan_tui.run.log import read_all
from tests import zygote
from tests.conftest import Cli, events_of, last_step, wait_for
from tests.patience import CEILING

ROOT = Path(__file__).parent.parent.parent
QUICK = (
    "--headless", "--batch-size", "30", "--set", "train.threads=1", "--set", "model.hidden=16", "--set", "samples.count=16",
    "--set", "evaluation.budget=0",
)  # fmt: skip
"""Fifty steps an epoch."""


class GpuCli(Cli):
    """`gan-tui` where every process finds a fake card: one that is forked from its first line on, another as soon as it imports torch."""

    wishes: dict[str, object]
    forked = True

    @property
    def environment(self) -> dict[str, str]:
        if self.forked:
            return super().environment | {zygote.FIRST: f"from tests.fake_cuda.whole_process import install; install(**{self.wishes})"}
        path = os.pathsep.join([str(ROOT / "tests" / "fake_cuda" / "site"), str(ROOT)])
        return super().environment | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1", "GAN_TUI_FAKE_CARD": json.dumps(self.wishes)}


@pytest.fixture
def gpu(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[..., GpuCli]:
    def make(**wishes: object) -> GpuCli:
        made = GpuCli(tmp_path / "runs")
        made.wishes = wishes
        request.addfinalizer(made.close)
        return made

    return make


def started(run: RunDirectory) -> events.Started:
    (event,) = events_of(run, events.Started)
    assert isinstance(event, events.Started)
    return event


@pytest.mark.slow
def test_the_default_device_is_the_card_and_its_engine_the_graph(gpu: Callable[..., GpuCli]) -> None:
    cli = gpu()
    done = cli(*QUICK, "--epochs", "1", "--name", "first")
    assert done.returncode == 0, done.stderr
    run = cli.run("first")
    begun = started(run)
    assert (begun.device, begun.engine) == ("cuda:0", "graph")
    assert run.generator.is_file()
    assert last_step(run) == 50
    shown = cli("doctor").stdout
    assert "Fake A100" in shown
    assert "takes cuda:0" in shown


@pytest.mark.slow
def test_two_cards_share_a_batch_through_graphs_and_part_in_order(gpu: Callable[..., GpuCli]) -> None:
    """The fake refuses to destroy a process group while a graph that has captured an exchange is alive: NCCL would hang."""
    cli = gpu(count=2)
    cli.forked, cli.digits = False, 0  # ranks are processes of their own
    done = cli(*QUICK, "--batch-size", "1200", "--epochs", "1", "--devices", "2", "--name", "pair", timeout=CEILING)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    begun = started(cli.run("pair"))
    assert (begun.ranks, begun.engine) == (2, "graph")


@pytest.mark.slow
def test_a_killed_run_resumes_on_the_card_with_its_graphs(gpu: Callable[..., GpuCli]) -> None:
    """Saved before G's first step, and killed."""
    cli = gpu()
    process = cli.start(*QUICK, "--epochs", "1000", "--name", "killed", "--set", "train.d_steps=7", "--checkpoint-every", "3")
    run = cli.run("killed")
    wait_for(lambda: (run.checkpoints / "step-000000003.pt").exists(), timeout=CEILING, what="a checkpoint")
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = last_step(run)
    resumed = cli.start("resume", "killed", "--headless")
    wait_for(lambda: last_step(run) > before + 7, timeout=CEILING, what="training on")
    resumed.send_signal(signal.SIGTERM)
    _, said = resumed.communicate(timeout=CEILING)
    assert resumed.returncode == 0, said
    assert "Traceback" not in said


@pytest.mark.slow
@pytest.mark.parametrize("place", ["capture", "step", "evaluation", "preview", "save"])
def test_memory_that_ends_on_the_card_is_one_line_and_loses_nothing(gpu: Callable[..., GpuCli], place: str) -> None:
    """Where training can go on it does; in a step it cannot, and what was saved is there."""
    cli = gpu(scene="tests.fake_cuda.full", free=2**30, place=place)
    budget = ("--set", "evaluation.budget=0.9", "--set", "evaluation.samples=100") if place == "evaluation" else ()
    done = cli(*QUICK, *budget, "--epochs", "1", "--name", "full", "--checkpoint-every", "10", timeout=CEILING)
    run = cli.run("full")
    said = [event.text for event in read_all(run.events) if isinstance(event, events.Note | events.Error)]
    assert "Traceback" not in done.stderr, done.stderr
    if place == "step":
        assert done.returncode == 1
        assert any("out of memory" in text and "--batch-size" in text for text in said), said
        assert (run.checkpoints / "step-000000010.pt").exists()
    else:
        assert done.returncode == 0, done.stderr
        assert any("memory" in text for text in said), said
        assert last_step(run) == 50
    assert started(run).engine == ("eager" if place == "capture" else "graph")
