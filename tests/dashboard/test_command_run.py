"""The screen of another program's run: what its script cannot be asked for is refused with the reason."""

from pathlib import Path

import pytest

from gan_tui.config import CommandConfig
from gan_tui.run import directory, events
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import Mode
from gan_tui.run.lock import RunLock
from tests.dashboard.helpers import BIRTH, append, opened, run_async, screen_text, until


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    run = directory.create(tmp_path, CommandConfig(command=("python", "train.py", "--fast"), cwd="/"), "theirs")
    append(
        run,
        events.Started(t=BIRTH, device="", device_name="host", epochs=200, steps_per_epoch=600),
        events.Phase(t=BIRTH, name="training"),
        events.Metrics(t=BIRTH + 1, step=900, scalars={"d_loss": 0.25, "D(x)": 0.75}, elapsed=1.0, rate=900.0),
    )
    return run


@pytest.mark.parametrize(("key", "reason"), [("s", "saves when its script does"), ("k", "cannot change them while it runs")])
def test_a_key_that_means_nothing_to_it_says_why(run: RunDirectory, key: str, reason: str) -> None:
    async def case() -> None:
        with RunLock(run.lock):
            async with opened(run, Mode.ATTACH, size=(120, 40)) as (app, pilot):
                await until(lambda: "0.250" in screen_text(app))
                await pilot.press(key)
                await until(lambda: reason in screen_text(app))
                assert not list(run.control.iterdir())

    run_async(case)


def test_it_is_called_after_its_script_and_shows_where_it_is(run: RunDirectory) -> None:
    async def case() -> None:
        async with opened(run, size=(120, 40)) as (app, _):
            await until(lambda: "0.250" in screen_text(app))
            first = screen_text(app).splitlines()[0]
            assert " train " in first
            assert "2/200" in screen_text(app)

    run_async(case)


def test_a_script_without_losses_of_ours_has_its_own_names_in_the_large_panels(tmp_path: Path) -> None:
    run = directory.create(tmp_path, CommandConfig(command=("python", "classify.py"), cwd="/"), "theirs")
    scalars: dict[str, events.Scalar] = {"accuracy": 0.75, "train [red]loss": 1.25, "lr": 0.001}
    append(
        run,
        events.Started(t=BIRTH, device="", device_name="host", epochs=20, steps_per_epoch=100),
        *(events.Metrics(t=BIRTH + n, step=n, scalars=scalars, elapsed=n, rate=1.0) for n in range(1, 30)),
    )

    async def case() -> None:
        async with opened(run, size=(120, 40)) as (app, _):
            await until(lambda: "1.250" in screen_text(app))
            shown = screen_text(app)
            assert "train [red]" in shown
            assert "accuracy" in shown
            assert "d_loss" not in shown

    run_async(case)
