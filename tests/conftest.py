"""What all tests share: a private cache, a private runs folder, and the command line as a process."""

import atexit
import gc
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gan_tui.render.glyphs import ASCII_VARIABLE
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import AnyEvent
from gan_tui.run.log import read_all
from tests import zygote
from tests.patience import CEILING
from tests.zygote import Process

LOOKS = (ASCII_VARIABLE, "NO_COLOR")
"""What a screen says in the environment, to whoever looks for it there."""
SMALL = tuple(
    word
    for setting in ("train.threads=1", "model.hidden=16", "samples.count=16", "samples.columns=4", "evaluation.budget=0")
    for word in ("--set", setting)
)
"""Options of a run whose steps are quick: the same program, a small network, and nobody who looks at what it makes."""


def pytest_collection_finish() -> None:
    """What is imported stays: without this a quarter of the suite's time went into looking at torch's objects for garbage."""
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)  # what is frozen until the end is reported as leaked by those who count
    gc.set_threshold(10_000, 20, 20)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("optuna") and importlib.util.find_spec("optuna") is None:
        pytest.skip("wants Optuna")


def pytest_sessionfinish() -> None:
    """What `just coverage` has measured is written down before a worker is killed that takes long to end."""
    coverage = sys.modules.get("coverage")
    measuring = coverage.Coverage.current() if coverage else None
    if measuring:
        measuring.save()


@pytest.fixture
def no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container whose user has no entry: `~` means nothing."""

    def unknown(_: int) -> None:
        raise KeyError

    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.delenv("GAN_TUI_RUNS", raising=False)
    monkeypatch.setattr("pwd.getpwuid", unknown)
    with pytest.raises(RuntimeError):
        Path.home()


@pytest.fixture(scope="session", autouse=True)
def private_homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Neither the user's cache, nor themes, nor runs are touched or believed, nor is their language."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(home / "cache"))
        patch.setenv("XDG_CONFIG_HOME", str(home / "config"))
        patch.setenv("XDG_STATE_HOME", str(home / "state"))
        patch.setenv("LANG", "C.UTF-8")
        for name in ("LC_ALL", "GAN_TUI_THEME"):
            patch.delenv(name, raising=False)
        patch.setenv("GAN_TUI_RUNS", str(home / "runs"))
        for name in ("LINES", "COLUMNS"):  # pytest exports its own size, and children believe it
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(autouse=True)
def no_choice_of_looks() -> Iterator[None]:
    """A test that chooses --ascii or no colours in this process leaves no word of it to those behind it."""
    for name in LOOKS:
        os.environ.pop(name, None)
    yield
    for name in LOOKS:
        os.environ.pop(name, None)


Finish = Callable[..., "subprocess.CompletedProcess[str]"]


class Cli:
    """`gan-tui` as a process, with its runs in one folder."""

    def __init__(self, runs_dir: Path, digits: int = 1500) -> None:
        """`digits`: how many images MNIST has, training and test each; 0: all. A fresh interpreter (tests/zygote.py) has all."""
        self.runs_dir = runs_dir
        self.digits = digits
        self._started: list[Process] = []

    @property
    def environment(self) -> dict[str, str]:
        return {name: value for name, value in os.environ.items() if name not in ("LINES", "COLUMNS")} | {
            "GAN_TUI_RUNS": str(self.runs_dir),
            **({zygote.DIGITS: str(self.digits)} if self.digits else {}),
        }

    def __call__(self, *arguments: str, timeout: float = CEILING, redirection: str = "") -> "subprocess.CompletedProcess[str]":
        """Run to the end."""
        process = self.start(*arguments, redirection=redirection)
        output, errors = process.communicate(timeout=timeout)
        return subprocess.CompletedProcess(arguments, process.wait(), output, errors)

    def start(self, *arguments: str, redirection: str = "") -> Process:
        """Start and go on; killed when the test ends. `redirection`: of its streams (see tests/zygote.py)."""
        process = zygote.start(arguments, self.environment, redirection)
        self._started.append(process)
        return process

    def run(self, name: str) -> RunDirectory:
        return RunDirectory(self.runs_dir / name)

    def close(self) -> None:
        for process in self._started:
            process.kill()
            process.communicate()


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[Cli]:
    made = Cli(tmp_path / "runs")
    yield made
    made.close()


def wait_for(condition: Callable[[], object], timeout: float = CEILING, what: str = "the condition") -> None:
    """Wait until `condition()` is true; fail after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come true within {timeout} s"
        time.sleep(0.02)


def events_of(run: RunDirectory, kind: type[AnyEvent]) -> list[AnyEvent]:
    return [event for event in read_all(run.events) if isinstance(event, kind)]


def last_step(run: RunDirectory) -> int:
    return max((event.step for event in read_all(run.events)), default=0)
