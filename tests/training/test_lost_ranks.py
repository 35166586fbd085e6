"""A rank that is lost, at whatever moment, ends the run within seconds, with its reason and without orphans."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gan_tui import config
from gan_tui.errors import FAILED
from gan_tui.run import directory, events, mailbox
from gan_tui.run.directory import RunDirectory
from gan_tui.run.log import read_all
from gan_tui.spec.commands import CommandName
from tests.conftest import Cli, events_of, last_step, wait_for
from tests.training.fork_server import ForkedTrainer, ForkServer

SECONDS = 60
"""Until a loss must have ended a run: it takes some five, on a machine that does nothing else. A hang has no end."""
PAIR: dict[str, dict[str, object]] = {
    "train": {"devices": 2, "device": "cpu", "threads": 1, "batch_size": 24, "epochs": 100_000},
    "model": {"hidden": 16},
    "samples": {"count": 16},
    "evaluation": {"samples": 100},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkServer]:
    temporary = tmp_path_factory.mktemp("temporary")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(temporary))
        server = ForkServer(tmp_path_factory.mktemp("outputs"))
    yield server
    server.close()
    assert not list(temporary.glob("gan-tui-*")), "the folders in which ranks meet are removed"


class Pair:
    """A run on two ranks."""

    def __init__(self, server: ForkServer, runs: Path) -> None:
        self._server = server
        self.run = directory.create(runs, config.resolve(tables=[PAIR]), "pair")
        self._trainer: ForkedTrainer | None = None
        self._worker = 0

    def start(self, *conditions: str) -> ForkedTrainer:
        self._trainer = self._server.start(self.run, *conditions)
        return self._trainer

    @property
    def worker(self) -> int:
        """The process number of rank 1, once there is one."""
        if self._trainer and not self._worker:
            threads = Path(f"/proc/{self._trainer.pid}/task").glob("*/children")
            self._worker = next((int(pid) for path in threads for pid in path.read_text().split()), 0)
        return self._worker

    def phase(self) -> str:
        phases = [event.name for event in read_all(self.run.events) if isinstance(event, events.Phase)]
        return phases[-1] if phases else ""

    def wait_for_steps(self) -> None:
        wait_for(lambda: last_step(self.run) > 3 and self.worker, SECONDS, "training")

    def kill_worker(self) -> None:
        assert alive(self.worker)
        os.kill(self.worker, signal.SIGKILL)

    def close(self) -> None:
        if self._trainer:
            self._trainer.kill()
        if self._worker and alive(self._worker):
            os.kill(self._worker, signal.SIGKILL)


@pytest.fixture
def pair(server: ForkServer, tmp_path: Path) -> Iterator[Pair]:
    made = Pair(server, tmp_path)
    yield made
    made.close()


def alive(pid: int) -> bool:
    """And no zombie: its parent may be stopped, and collect nobody."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def assert_failed(run: RunDirectory, reason: str, word: str = "") -> None:
    (error,) = events_of(run, events.Error)
    assert isinstance(error, events.Error)
    assert reason in error.text
    assert f"`gan-tui resume {word or run.cli_name}`" in error.text
    finished = read_all(run.events)[-1]
    assert isinstance(finished, events.Finished)
    assert finished.outcome == "failed"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("at once: dies", "rank 1 ended with status -9 (killed"),
        ("building: dies", "rank 1 ended with status -9 (killed"),
        ("choosing: refuses", "rank 1 ended with status 2: device 'cuda:1' is not there"),
        ("building: breaks", "rank 1 ended with status 1: ValueError: bad shape (faulty.py, line"),
        ("in a step: runs out of memory", "rank 1 ended with status 2: out of memory on cpu (2.1 GB more were wanted"),
    ],
)
def test_a_worker_with_a_fault(pair: Pair, fault: str, reason: str) -> None:
    trainer = pair.start(f"1 {fault}")
    assert trainer.wait() == FAILED
    assert "Traceback" not in trainer.errors
    assert f"gan-tui: {reason}" in trainer.errors
    assert_failed(pair.run, reason)


@pytest.mark.parametrize(("command", "phase"), [("pause", "paused"), ("evaluate", "evaluating"), ("save", "saving")])
@pytest.mark.slow
def test_a_worker_that_is_killed_while_rank_zero_does_something_else(pair: Pair, command: CommandName, phase: str) -> None:
    trainer = pair.start("1 never: dies", "slow disk")
    pair.wait_for_steps()
    mailbox.send(pair.run.control, command)
    wait_for(lambda: pair.phase() == phase, SECONDS, phase)
    pair.kill_worker()
    assert trainer.wait() == FAILED
    assert "Traceback" not in trainer.errors
    assert_failed(pair.run, "rank 1 ended with status -9")


@pytest.mark.slow
def test_a_worker_that_is_killed_at_the_end(pair: Pair) -> None:
    """The last save may last longer than the watch waits: either the run has failed, or all is saved and a line says who died."""
    trainer = pair.start("1 never: dies", "slow disk")
    pair.wait_for_steps()
    trainer.signal(signal.SIGTERM)
    wait_for(lambda: pair.phase() in ("stopping", "saving"), SECONDS, "the end")
    pair.kill_worker()
    status = trainer.wait()
    assert "rank 1 " in trainer.errors
    assert "Traceback" not in trainer.errors
    finished = read_all(pair.run.events)[-1]
    assert isinstance(finished, events.Finished)
    assert (finished.outcome, status) in {("stopped", 0), ("failed", FAILED)}


@pytest.mark.slow
def test_rank_zero_stuck_in_the_device_is_ended_with_a_reason(pair: Pair) -> None:
    """As in a kernel of NCCL whose peer is dead: the main thread never comes back."""
    trainer = pair.start("0 in a step: hangs")
    wait_for(lambda: "hangs" in trainer.errors and pair.worker, SECONDS, "the fault")
    pair.kill_worker()
    assert trainer.wait() == FAILED
    assert "gan-tui: rank 1 " in trainer.errors
    assert_failed(pair.run, "rank 1 ended with status -9")


def test_rank_zero_with_a_fault_of_its_own(pair: Pair) -> None:
    trainer = pair.start("0 in a step: breaks")
    assert trainer.wait() == FAILED
    (error,) = events_of(pair.run, events.Error)
    assert isinstance(error, events.Error)
    assert error.text == "ValueError: bad shape"
    assert not alive(pair.worker)


@pytest.mark.parametrize("worker", ["never: dies", "in a step: hangs"])
@pytest.mark.slow
def test_rank_zero_is_killed(pair: Pair, worker: str) -> None:
    trainer = pair.start(f"1 {worker}")
    wait_for(lambda: pair.phase() == "training" and pair.worker, SECONDS, "training")
    if "hangs" in worker:
        wait_for(lambda: "hangs" in trainer.errors, SECONDS, "the fault")
    trainer.kill()
    wait_for(lambda: not alive(pair.worker), SECONDS, "the end of the other rank")


def test_rank_zero_is_killed_before_the_ranks_have_met(pair: Pair) -> None:
    trainer = pair.start("0 at once: hangs")
    wait_for(lambda: pair.worker, SECONDS, "the other rank")
    trainer.kill()
    wait_for(lambda: not alive(pair.worker), SECONDS, "the end of the other rank")


@pytest.mark.slow
def test_a_stop_that_comes_before_the_ranks_have_met_is_no_failure(pair: Pair) -> None:
    """It comes to all ranks of a job at once, and the other one, which does not heed it yet, dies of it."""
    trainer = pair.start("1 at once: is asked to stop")
    wait_for(lambda: "is asked to stop" in trainer.errors, SECONDS, "the end of the other rank")
    trainer.signal(signal.SIGTERM)
    assert trainer.wait() == 0
    assert not events_of(pair.run, events.Error)
    finished = read_all(pair.run.events)[-1]
    assert isinstance(finished, events.Finished)
    assert finished.outcome == "stopped"
    assert "last checkpoint" not in trainer.errors, "there is none"
    assert f"`gan-tui resume {pair.run.cli_name}`" in trainer.errors


class Torchrun:
    """Two ranks that torchrun has started."""

    def __init__(self, cli: Cli) -> None:
        self.run = cli.run("torchrun")
        launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "gan_tui", "--headless"]
        options = ["--device", "cpu", "--batch-size", "1200", "--epochs", "1000", "--set", "model.hidden=16", "--name", "torchrun"]
        self.process = subprocess.Popen(
            [*launch, *options], env=cli.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        wait_for(lambda: last_step(self.run) > 3, what="training")
        self.workers = {rank: self.pid_of(rank) for rank in (0, 1)}

    def pid_of(self, rank: int) -> int:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        (pid,) = [int(child) for child in children if f"\0RANK={rank}\0" in Path(f"/proc/{child}/environ").read_text()]
        return pid

    def close(self) -> None:
        for pid in [*self.workers.values(), self.process.pid]:
            if self.process.poll() is None or pid != self.process.pid:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
        self.process.communicate()


@pytest.fixture
def torchrun(cli: Cli) -> Iterator[Torchrun]:
    made = Torchrun(cli)
    yield made
    made.close()


@pytest.mark.slow
@pytest.mark.parametrize("killed", [0, 1])
def test_under_torchrun_the_other_rank_leaves_by_itself_and_the_job_ends(torchrun: Torchrun, killed: int) -> None:
    torchrun.process.send_signal(signal.SIGSTOP)  # it would end the other one, too
    os.kill(torchrun.workers[killed], signal.SIGKILL)
    wait_for(lambda: not alive(torchrun.workers[1 - killed]), SECONDS, "the other rank's end")
    torchrun.process.send_signal(signal.SIGCONT)
    _, errors = torchrun.process.communicate(timeout=SECONDS)
    assert torchrun.process.returncode != 0
    if killed == 1:
        assert_failed(torchrun.run, "rank 1 is gone", "torchrun")
        assert "gan-tui: rank 1 is gone" in errors
    else:
        assert "gan-tui: rank 1: leaves, for rank 0 is gone" in errors
