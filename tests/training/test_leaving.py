"""In which order ranks part, and that nobody waits for what will never come. Without other processes: their stand-ins keep a diary."""

import io
import os
import re
import subprocess
import tempfile
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
import torch
import torch.distributed as dist
from torch import Tensor

from gan_tui import config
from gan_tui.data import mnist
from gan_tui.errors import FAILED
from gan_tui.run import directory, events
from gan_tui.run.directory import RunDirectory
from gan_tui.run.log import read_all
from gan_tui.training import build, control, main, stop, worker
from gan_tui.training.distributed import ranks, workers
from gan_tui.training.distributed.ranks import RankGoneError, Ranks, Signal
from gan_tui.training.distributed.watch import Watch
from gan_tui.training.distributed.workers import PARENT_VARIABLE, STORE_VARIABLE, Workers
from gan_tui.training.engines.eager import EagerEngine
from gan_tui.training.metrics_window import MetricsWindow
from gan_tui.training.session import Session
from gan_tui.training.step import METRICS
from tests.patience import CEILING

SHORT: dict[str, dict[str, object]] = {
    "train": {"devices": 2, "device": "cpu", "batch_size": 24, "epochs": 1, "engine": "eager"},
    "model": {"hidden": 16},
    "samples": {"count": 16},
    "evaluation": {"budget": 0},
}


class Stage:
    """One rank in this process, and a diary of what it does at its end."""

    def __init__(self) -> None:
        self.diary: list[str] = []
        self.sessions: list[weakref.ref[Session]] = []
        self.child_ends_with = 0
        self.run: RunDirectory | None = None

    def session(self, *arguments: object, **named: object) -> Session:
        made = Session(*arguments, **named)  # type: ignore[arg-type]
        self.sessions.append(weakref.ref(made))
        return made

    def destroy(self) -> None:
        assert self.sessions
        left = [session for one in self.sessions if (session := one()) is not None]
        self.diary.append(f"destroy, {len(left)} sessions left")

    def finished(self) -> bool:
        return self.run is not None and any(isinstance(event, events.Finished) for event in read_all(self.run.events))


class Child:
    """The other rank, for workers.py."""

    pid = 1
    stage: Stage

    def __init__(self, *_: object, **__: object) -> None:
        self.returncode: int | None = None
        self.stderr = io.BytesIO(b"a warning\n")

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float) -> None:
        assert timeout > 0
        self.stage.diary.append("wait for the child")
        self.returncode = self.stage.child_ends_with

    def kill(self) -> None:
        if self.returncode is None:
            self.stage.diary.append(f"kill, {'after' if self.stage.finished() else 'before'} the log says it")


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    made = Child.stage = Stage()
    images, labels = (part[:240] for part in mnist.load())
    monkeypatch.setattr(mnist, "load", lambda *, train=True: (images, labels))  # noqa: ARG005
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", STORE_VARIABLE, "GLOO_SOCKET_IFNAME"):
        monkeypatch.setenv(name, "0")  # and back again when the test ends
    monkeypatch.setattr(subprocess, "Popen", Child)
    monkeypatch.setattr(workers, "end_abruptly", lambda status: made.diary.append(f"end with {status}"))
    monkeypatch.setattr(ranks, "_meet", lambda *_: None)
    monkeypatch.setattr(stop.StopRequest, "listen", lambda _: None)
    monkeypatch.setattr(control, "Session", made.session)
    monkeypatch.setattr(worker, "Session", made.session)
    monkeypatch.setattr(EagerEngine, "close", lambda _: made.diary.append("close the engine"))

    def broadcast(tensor: Tensor, src: int) -> None:
        assert src == 0
        if tensor.dim() == 0 and int(tensor) == Signal.STOP and made.finished():
            made.diary.append("say stop")

    monkeypatch.setattr(dist, "broadcast", broadcast)
    monkeypatch.setattr(dist, "all_reduce", lambda flat, op=None: flat.mul_(2) if op is None else None)
    monkeypatch.setattr(dist, "all_gather", lambda every, mine: [one.copy_(mine) for one in every])
    monkeypatch.setattr(dist, "destroy_process_group", made.destroy)
    threads = torch.get_num_threads()
    yield made
    torch.set_num_threads(threads)


def new_run(stage: Stage, tmp_path: Path) -> RunDirectory:
    stage.run = directory.create(tmp_path, config.resolve(tables=[SHORT]), "short")
    return stage.run


def test_at_the_end_all_part_together_and_only_then_is_a_child_waited_for(stage: Stage, tmp_path: Path) -> None:
    assert main.train(new_run(stage, tmp_path)) == 0
    assert stage.diary == ["close the engine", "say stop", "destroy, 0 sessions left", "wait for the child"]


def test_a_child_that_ends_badly_after_everything_was_saved_is_worth_a_line(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.child_ends_with = -9
    run = new_run(stage, tmp_path)
    assert main.train(run) == 0
    assert "gan-tui: rank 1 ended with status -9" in capsys.readouterr().err
    assert isinstance(end := read_all(run.events)[-1], events.Finished)
    assert end.outcome == "completed"


def test_after_an_error_it_is_written_down_before_children_are_killed_and_nothing_is_taken_down(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> NoReturn:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(EagerEngine, "advance", fail)
    run = new_run(stage, tmp_path)
    assert main.train(run) == FAILED
    assert stage.diary == ["kill, after the log says it", f"end with {FAILED}"]
    assert any(isinstance(event, events.Error) and "out of memory" in event.text for event in read_all(run.events))


def test_a_rank_that_dies_in_a_collective_is_named_with_its_status(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def poll(child: Child) -> int | None:
        child.returncode = 7 if stage.sessions else None
        return child.returncode

    monkeypatch.setattr(Child, "poll", poll)

    def fail(_: Tensor, op: object = None) -> None:
        if op is None:  # a mean of gradients, and no vote
            raise RuntimeError("[pair.cc:547] Connection closed by peer")

    monkeypatch.setattr(dist, "all_reduce", fail)
    run = new_run(stage, tmp_path)
    assert main.train(run) == FAILED
    (error,) = [event for event in read_all(run.events) if isinstance(event, events.Error)]
    assert re.fullmatch(rf"rank 1 .* 7: a warning; `gan-tui resume {re.escape(run.cli_name)}`.*", error.text)
    assert stage.diary == [f"end with {FAILED}"]


def test_a_worker_holds_no_session_when_it_leaves(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = config.resolve(tables=[SHORT])
    digest = build.load_data(settings, torch.device("cpu")).digest
    said = iter([config.to_toml(settings).encode(), b"", digest.encode(), b""])
    words = iter([Signal.STEP, Signal.STEP, Signal.ROLL_BACK, Signal.STEP, Signal.STOP])
    monkeypatch.setattr(Ranks, "broadcast_bytes", lambda *_: next(said))
    monkeypatch.setattr(Ranks, "receive_signal", lambda _: next(words))
    monkeypatch.setattr(worker, "_end", pytest.fail)  # it would be the tests' process that ends
    monkeypatch.setattr(worker, "heed_no_interrupts", lambda: None)
    monkeypatch.setattr(worker, "heed_no_signals", lambda: None)
    for name, value in (("RANK", "1"), ("WORLD_SIZE", "2"), ("LOCAL_RANK", "1"), ("LOCAL_WORLD_SIZE", "2")):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(PARENT_VARIABLE, str(os.getppid()))
    assert worker.run_worker() == 0
    assert len(stage.sessions) == 2, "one before the roll-back and one after it"
    assert stage.diary == ["close the engine", "close the engine", "destroy, 0 sessions left"]


class Never:
    """An event on a device whose kernels wait for a rank that is dead."""

    def query(self) -> bool:
        return False

    def synchronize(self) -> NoReturn:
        raise AssertionError("nobody comes back from there")


class Later(Never):
    """One that happens on the third look."""

    def __init__(self) -> None:
        self.looks = 0

    def query(self) -> bool:
        self.looks += 1
        return self.looks == 3


def test_an_event_that_never_happens_is_not_waited_for_once_a_child_is_dead(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(workers, "trainer_command", lambda *_: ["sh", "-c", "echo 'gan-tui: rank 1: no memory' >&2; exit 5"])
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", STORE_VARIABLE):
        monkeypatch.setenv(name, "0")
    others = Workers(lambda _: None)
    others.start(2)
    (folder,) = tmp_path.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700, "nobody else may meet there"
    assert os.environ[STORE_VARIABLE] == str(folder / "store")
    pair = Ranks(0, 2, others.watch)
    with pytest.raises(RankGoneError, match="rank 1 ended with status 5: no memory"):
        pair.wait(Never())  # type: ignore[arg-type]
    others.give_up(FAILED)
    assert not folder.exists()


def test_an_event_that_happens_is_waited_for() -> None:
    event = Later()
    Ranks(0, 2, Watch(lambda _: None)).wait(event)  # type: ignore[arg-type]
    assert event.looks == 3


def test_one_rank_waits_as_the_device_has_it() -> None:
    with pytest.raises(AssertionError, match="nobody comes back"):
        Ranks().wait(Never())  # type: ignore[arg-type]


def test_metrics_on_their_way_are_not_waited_for_either() -> None:
    gone = Watch(lambda _: None)
    gone.signs.append(lambda: "rank 1 is gone")
    window = MetricsWindow(torch.device("cpu"), Ranks(0, 2, gone))
    window.add(torch.ones(1, len(METRICS)), 0, 1)
    window.send(1, 1.0, 1.0)
    assert window._sent
    object.__setattr__(window._sent.sums, "arrived", Never())
    with pytest.raises(RankGoneError, match="rank 1 is gone"):
        window.receive(wait=True)


def test_who_waits_for_ranks_that_do_not_come_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    come = threading.Event()
    monkeypatch.setattr(ranks, "_meet", lambda *_: come.wait(CEILING))
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "4")
    with pytest.raises(RankGoneError, match="received SIGTERM while not all of the 4 ranks had come"):
        Ranks.join(Watch(lambda _: None), lambda: "received SIGTERM")
    come.set()


def test_the_watch_gives_the_main_thread_time_and_then_has_the_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    ended = threading.Event()

    def end(status: int) -> None:
        said.append(f"status {status}")
        ended.set()

    monkeypatch.setattr(os, "_exit", end)
    patient, impatient = Watch(said.append, grace=CEILING), Watch(said.append, status=3, grace=0.05)
    for one in (patient, impatient):
        one.signs.append(lambda: "rank 2 is gone")
        one.start()
    assert ended.wait(CEILING)
    impatient.stop()
    patient.stop()
    assert said[:2] == ["rank 2 is gone", "status 3"]
