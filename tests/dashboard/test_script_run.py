"""The screen of a script that tracks itself: what it has not offered is faint, and says why."""

import re
from pathlib import Path

import pytest

from gan_tui.config.foreign import ScriptConfig
from gan_tui.dashboard.widgets.key_bar import KeyBar
from gan_tui.run import directory, events, mailbox
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Scalar
from gan_tui.run.launch import Mode
from gan_tui.run.lock import RunLock
from gan_tui.spec.commands import CommandName
from tests.dashboard.helpers import BIRTH, append, opened, run_async, screen_text, show_preview, until


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    run = directory.create(tmp_path, ScriptConfig(script="/home/me/train_dcgan.py"), "theirs")
    append(
        run,
        events.Started(t=BIRTH, device="", device_name="host", epochs=200, steps_per_epoch=600),
        events.Phase(t=BIRTH, name="training"),
        events.Metrics(t=BIRTH + 1, step=900, scalars={"d_loss": 0.25, "D(x)": 0.75}, elapsed=1.0, rate=900.0),
    )
    return run


def offer(run: RunDirectory, *commands: CommandName, **knobs: float) -> None:
    append(run, events.Offers(t=BIRTH + 2, step=900, commands=list(commands), knobs=knobs))


OFFERED = {"space", "s", "g", "k"}
"""Keys that a script may or may not obey."""


def left_out(bar: KeyBar) -> set[str]:
    return OFFERED - {item.key for item in bar.items(500)}


def test_what_was_not_offered_says_why(run: RunDirectory) -> None:
    reasons = {"space": "run.paused()", "s": "run.on_save", "g": "run.images", "k": "run.knob", "e": "run.evaluate"}

    async def case() -> None:
        with RunLock(run.lock):
            async with opened(run, Mode.ATTACH, size=(120, 40)) as (app, pilot):
                await until(lambda: "0.250" in screen_text(app))
                assert {"space", "s", "g", "k"} <= left_out(app.query_one(KeyBar))
                for key, reason in reasons.items():
                    assert reason not in screen_text(app)
                    await pilot.press(key)
                    await until(lambda: reason in screen_text(app))  # noqa: B023
                assert not list(run.control.iterdir())

    run_async(case)


@pytest.mark.slow
def test_no_weights_are_spoken_of_where_none_are_known(run: RunDirectory) -> None:
    async def case() -> None:
        async with opened(run, size=(120, 40)) as (app, pilot):
            await pilot.press("2")
            labels = {item.key: item.label for item in app.query_one(KeyBar).items(500)}
            assert labels["r"] == "real"

    run_async(case)


def test_the_help_has_no_key_that_the_script_does_not_obey(run: RunDirectory) -> None:
    offer(run, "save")

    async def case() -> None:
        with RunLock(run.lock):
            async with opened(run, Mode.ATTACH, size=(120, 120)) as (app, pilot):
                await pilot.press("question_mark")
                await until(lambda: "Saves the whole state" in screen_text(app))
                assert "Pauses the training" not in screen_text(app)
                assert "Changes learning rates" not in screen_text(app)

    run_async(case)


def test_what_was_offered_is_sent(run: RunDirectory) -> None:
    offer(run, "bookmark", "pause", "resume", "save", "set", "stop", lr=0.5)

    async def case() -> None:
        with RunLock(run.lock):
            async with opened(run, Mode.ATTACH, size=(120, 40)) as (app, pilot):
                await until(lambda: left_out(app.query_one(KeyBar)) == {"g"})
                await pilot.press("s")
                await until(lambda: any(run.control.iterdir()))
                assert [command.name for command in mailbox.receive(run.control)] == ["save"]

    run_async(case)


def test_its_knobs_are_turned_on_the_screen(run: RunDirectory) -> None:
    offer(run, "set", lr=0.5, beta=0.9)
    append(run, events.Changed(t=BIRTH + 3, step=901, setting="beta", before=0.9, value=0.25))

    async def case() -> None:
        with RunLock(run.lock):
            async with opened(run, Mode.ATTACH) as (app, pilot):
                await until(lambda: "k" not in left_out(app.query_one(KeyBar)))
                await pilot.press("k")
                await until(lambda: "lr" in screen_text(app) and "beta" in screen_text(app) and "0.25" in screen_text(app))
                await pilot.press("down", "0", "full_stop", "7", "enter")
                await until(lambda: any(run.control.iterdir()))
                assert [(sent.name, sent.text) for sent in mailbox.receive(run.control)] == [("set", "beta=0.7")]

    run_async(case)


def test_its_title_is_its_script_and_nothing_promises_a_resume(run: RunDirectory) -> None:
    append(run, events.Finished(t=BIRTH + 5, step=900, outcome="stopped", epoch=1, elapsed=2.0))

    async def case() -> None:
        async with opened(run, size=(120, 40)) as (app, pilot):
            await until(lambda: "0.250" in screen_text(app))
            assert "train-dcgan" in screen_text(app).splitlines()[0]
            await pilot.press("space")
            await until(lambda: "the run is stopped" in screen_text(app))
            assert "gan-tui resume" not in screen_text(app)

    run_async(case)


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (200, 60)])
@pytest.mark.slow
def test_until_images_come_its_numbers_have_the_room(run: RunDirectory, size: tuple[int, int]) -> None:
    for step in range(1000, 3000, 100):
        scalars: dict[str, Scalar] = {"d_loss": step / 4000, "D(x)": 0.75, "lr": 1 / step, "perceptual": 2.0}
        append(run, events.Metrics(t=BIRTH + step / 900, step=step, scalars=scalars, elapsed=step / 900, rate=900.0))

    async def case() -> None:
        with RunLock(run.lock):
            async with opened(run, Mode.ATTACH, size=size) as (app, _):
                text = screen_text(app)
                assert "losses" in text
                assert text.count("└") >= (1 if size[1] < 24 else 2), "charts, not an empty box"
                assert "waiting" not in text
                show_preview(run)
                await until(lambda: "samples · epoch" in screen_text(app))
                await until(lambda: "└" not in screen_text(app) or size[1] > 24)

    run_async(case)


def test_of_a_file_in_which_no_row_comes_no_trainer_is_spoken_of(tmp_path: Path) -> None:
    file = directory.create(tmp_path, ScriptConfig(task="file", script="/home/me/log.csv"), "log")
    rows = [events.Metrics(t=BIRTH + n, step=n, scalars={"loss": 0.25}, elapsed=float(n), rate=1.0) for n in range(1, 20)]
    append(file, events.Started(t=BIRTH, device="", device_name="host", epochs=0, steps_per_epoch=0))
    append(file, events.Phase(t=BIRTH, name="training"), *rows)

    async def case() -> None:
        with RunLock(file.lock):
            async with opened(file, Mode.WATCH, size=(80, 24)) as (app, _):
                await until(lambda: "no new row for" in screen_text(app))
                assert "trainer" not in screen_text(app)

    run_async(case)


@pytest.mark.parametrize(("task", "words"), [("script", "not logged yet"), ("file", "not read yet")])
def test_what_has_named_no_number_yet_is_not_said_to_be_a_gan(tmp_path: Path, task: str, words: str) -> None:
    theirs = directory.create(tmp_path, ScriptConfig(task=task, script="/home/me/train.py"), "theirs")  # type: ignore[arg-type]
    append(theirs, events.Started(t=BIRTH, device="", device_name="host", epochs=0, steps_per_epoch=0))

    async def case() -> None:
        with RunLock(theirs.lock):
            async with opened(theirs, size=(80, 24)) as (app, _):
                await until(lambda: f"loss  {words}" in screen_text(app))
                assert "d_loss" not in screen_text(app)

    run_async(case)


def test_earlier_samples_of_a_run_without_epochs_are_found_by_their_steps(tmp_path: Path) -> None:
    theirs = directory.create(tmp_path, ScriptConfig(script="/home/me/train.py"), "theirs")
    append(theirs, events.Started(t=BIRTH, device="", device_name="host", epochs=0, steps_per_epoch=0))
    for step in (100, 2_000):
        append(theirs, events.Samples(t=BIRTH + 1, step=step, path=f"samples/fake_images-step-{step:09d}.png", epoch=0))

    async def case() -> None:
        async with opened(theirs, size=(80, 24)) as (app, pilot):
            await pilot.press("2")
            await until(lambda: re.search(r"step 100 ─+› 2,000", screen_text(app)) is not None)
            await pilot.press("left_square_bracket", "left_square_bracket")
            await until(lambda: "step 100 of 2,000" in screen_text(app))

    run_async(case)


def test_samples_of_a_run_without_epochs_are_of_a_step_and_of_no_weights_that_we_know(tmp_path: Path) -> None:
    theirs = directory.create(tmp_path, ScriptConfig(script="/home/me/train.py"), "theirs")
    append(
        theirs,
        events.Started(t=BIRTH, device="", device_name="host", epochs=0, steps_per_epoch=0),
        events.Metrics(t=BIRTH + 1, step=22_020, scalars={"loss": 0.25}, elapsed=1.0, rate=900.0),
    )
    show_preview(theirs)

    async def case() -> None:
        async with opened(theirs, size=(80, 24)) as (app, pilot):
            await pilot.press("2")
            await until(lambda: "samples · step 22,020 ─" in screen_text(app))
            await pilot.press("4")
            await until(lambda: "not evaluated: run.evaluate(...) in the script does" in screen_text(app))

    run_async(case)
