"""A run folder as gan-tui wrote it before its words were declared in one place: it is read for ever, whatever things are called since.

`recorded/before-spec` is a run of a tiny GAN on MNIST, four epochs, with two evaluations, a bookmark, a pause and a rate changed while
it trained. Of its checkpoints and grids one each is kept. Nothing in it is ever renewed.
"""

import json
import shutil
from pathlib import Path

import pytest

from gan_tui.run import preview
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import from_scalar
from gan_tui.run.log import read_all, read_state
from gan_tui.run.summary import summarise
from tests.conftest import Cli
from tests.dashboard.helpers import opened, run_async, screen_text

RECORDED = Path(__file__).parent / "recorded" / "before-spec"


@pytest.fixture
def old(cli: Cli) -> RunDirectory:
    run = cli.run("old")
    shutil.copytree(RECORDED, run.path)
    return run


def test_its_log_adds_up_to_the_same_state(old: RunDirectory) -> None:
    state = read_state(old.events)
    assert (state.step, state.epochs_done, state.outcome) == (2360, 4, "completed")
    assert [(mark.kind, mark.step) for mark in state.marks] == [("bookmark", 1227), ("changed", 1498)]
    assert [answer.command for answer in state.answers.values()] == [
        "bookmark", "pause", "resume", "set", "evaluate", "neighbours", "sample",
    ]  # fmt: skip
    assert state.evaluation is not None
    assert state.verdict is not None
    assert state.started is not None
    assert state.started.probabilities


def test_none_of_its_numbers_is_lost(old: RunDirectory) -> None:
    lines = [json.loads(line) for line in old.events.read_bytes().splitlines()]
    written = [line for line in lines if "scalars" in line]
    read = [event for event in read_all(old.events) if hasattr(event, "scalars")]
    assert len(read) == len(written)
    for line, event in zip(written, read, strict=True):
        assert [from_scalar(value) for value in event.scalars.values()] == [from_scalar(value) for value in line["scalars"].values()]


def test_its_settings_and_samples_are_read(old: RunDirectory) -> None:
    settings = old.config()
    assert (settings.optimizer.d_lr, settings.train.d_steps, settings.model.hidden, settings.data.validation) == (0.001, 2, 4, 1000)
    found = preview.read(old.path)
    assert found is not None
    assert found.images is not None
    assert found.images.count == len(found.scores) == 16


@pytest.mark.slow
def test_commands_show_it(cli: Cli, old: RunDirectory) -> None:
    assert summarise(old).state == "completed"
    listed = cli("runs", "--json")
    assert [run["step"] for run in json.loads(listed.stdout)] == [2360]
    for metric in (
        "losses",
        "scores",
        "auc",
        "gradients",
        "throughput",
        "quality",
        "coverage",
        "d_loss",
        "auc",
        "kid",
        "legible",
        "spread",
    ):
        done = cli("plot", "old", "--metric", metric)
        assert done.returncode == 0, (metric, done.stderr)


def test_the_screen_shows_its_numbers(old: RunDirectory) -> None:
    async def case() -> None:
        async with opened(old, size=(120, 48)) as (app, pilot):
            state = app.snapshot.state if app.snapshot else None
            assert state is not None
            await pilot.press("4")
            await pilot.pause()
            app.draw_everything()
            text = screen_text(app)
        assert state.evaluation is not None
        for number in ("161.69", "0.77", "16.4828", "1.630", "0.21", "0.18", "0.50"):  # 0.50: what D prefers of what it knows
            assert number in text, text

    run_async(case)


@pytest.mark.slow
def test_it_is_measured_and_goes_on(cli: Cli, old: RunDirectory) -> None:
    cli.digits = 0
    measured = cli("evaluate", "old", "--samples", "100", "--json")
    assert measured.returncode == 0, measured.stderr
    assert json.loads(measured.stdout)["step"] == 2360
    resumed = cli("resume", "old", "--headless", "--epochs", "5", "--set", "evaluation.budget=0")
    assert resumed.returncode == 0, resumed.stderr
    state = read_state(old.events)
    assert (state.epochs_done, state.outcome) == (5, "completed")
    assert old.config().optimizer.d_lr == 0.001
