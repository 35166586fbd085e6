"""The screen of another program's run: what its script cannot be asked for is refused with the reason."""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from gan_tui.cli import group
from gan_tui.config import CommandConfig
from gan_tui.dashboard.run_follower import RunFollower
from gan_tui.dashboard.summary import summary_lines
from gan_tui.dashboard.timing import counted_by
from gan_tui.render.glyphs import UNICODE
from gan_tui.run import directory, events
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import Mode
from gan_tui.run.lock import RunLock
from gan_tui.run.summary import summarise
from gan_tui.system.sampler import UNNUMBERED
from tests.dashboard.helpers import BIRTH, append, opened, run_async, run_screen, screen_text, until


@dataclass
class At:
    """A clock that stands."""

    now: float

    def since(self, moment: float) -> float:
        return self.now - moment


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


@pytest.mark.parametrize(("key", "shown"), [("1", 3), ("3", 2)])
@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
@pytest.mark.slow
def test_every_value_on_the_screen_is_of_one_step_however_seldom_curves_are_drawn(
    tmp_path: Path, key: str, shown: int, size: tuple[int, int]
) -> None:
    run = directory.create(tmp_path, CommandConfig(command=("python", "classify.py"), cwd="/"), "theirs")
    append(run, events.Started(t=BIRTH, device="", device_name="host", epochs=0, steps_per_epoch=0), events.Phase(t=BIRTH, name="training"))
    append(run, *(events.Metrics(t=BIRTH + n, step=n, scalars={"loss": 1.25}, elapsed=n, rate=1.0) for n in range(1, 3000)))

    async def case() -> None:
        async with opened(run, size=size) as (app, pilot):
            await pilot.press(key)
            run_screen(app).set_pace(1e9)
            await until(lambda: screen_text(app).count("1.250") == shown)  # headings, ends of curves, gauges
            append(run, events.Metrics(t=BIRTH + 3000, step=3000, scalars={"loss": 0.125}, elapsed=3000.0, rate=1.0))
            await until(lambda: "3,000" in screen_text(app).splitlines()[1])
            await until(lambda: screen_text(app).count("0.125") == shown)
            assert "1.250" not in screen_text(app)
            assert "no verdict: none of these numbers is a GAN's" in screen_text(app)

    with RunLock(run.lock):  # what is new of a run that is over is drawn at once
        run_async(case)


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)])
@pytest.mark.slow
def test_a_script_without_epochs_has_no_bar_of_them(tmp_path: Path, size: tuple[int, int]) -> None:
    run = directory.create(tmp_path, CommandConfig(command=("python", "classify.py"), cwd="/"), "theirs")
    begun = events.Started(t=BIRTH, device="", device_name="host", epochs=0, steps_per_epoch=0, total_steps=120)
    append(run, begun, events.Metrics(t=BIRTH + 1, step=60, scalars={"loss": 0.5}, elapsed=1.0, rate=1.0))

    async def case() -> None:
        async with opened(run, size=size) as (app, pilot):
            await until(lambda: screen_text(app).splitlines()[1].startswith(" step  60/120 ━"))
            assert "epoch" not in "".join(screen_text(app).splitlines()[1:3])
            assert "no verdict" in screen_text(app).splitlines()[2]
            await pilot.press("4")
            await until(lambda: "not evaluated: gan-tui does not have its generator" in screen_text(app))
            append(run, events.Started(t=BIRTH, device="", device_name="host", epochs=3, steps_per_epoch=40, resumed=True))
            await until(lambda: "epoch 2/3" in screen_text(app))

    with RunLock(run.lock):
        run_async(case)


def test_of_epochs_without_steps_no_step_is_a_part(tmp_path: Path) -> None:
    run = directory.create(tmp_path, CommandConfig(command=("python", "classify.py"), cwd="/"), "theirs")
    append(
        run,
        events.Started(t=BIRTH, device="", device_name="host", epochs=20, steps_per_epoch=1),
        *(events.Metrics(t=BIRTH + n, step=n, scalars={"loss": 0.5}, elapsed=n, rate=1.0) for n in range(1, 8)),
    )

    async def case() -> None:
        async with opened(run, size=(80, 24)) as (app, _):
            await until(lambda: "epoch  8/20" in screen_text(app))
            assert screen_text(app).splitlines()[1].rstrip().endswith("  step 7"), "nobody knows of how many: no bar"

    run_async(case)


def test_the_losses_have_the_room_of_the_charts_and_the_speed_takes_none_of_it(tmp_path: Path) -> None:
    def lines_of(text: str) -> list[str]:
        return [line for line in text.splitlines() if line.startswith("│")]

    async def shown(count: int, size: tuple[int, int], *others: str) -> list[str]:
        run = directory.create(tmp_path, CommandConfig(command=("python", "classify.py"), cwd="/"), f"theirs-{count}", numbered=True)
        names = [*["loss", "val_loss", "acc"][:count], *others]
        append(run, events.Started(t=BIRTH, device="", device_name="host", epochs=0, steps_per_epoch=0))
        for n in range(1, 30):
            append(run, events.Metrics(t=BIRTH + n, step=n, scalars=dict.fromkeys(names, 1 / n), elapsed=n, rate=1.0))
        with RunLock(run.lock):
            async with opened(run, size=size) as (app, _):
                return lines_of(screen_text(app))

    alone = asyncio.run(shown(1, (80, 24)))
    assert sum("└" in line for line in alone) == 1
    assert not any("throughput" in line for line in alone), "the header has it, and view 3 its chart"
    pair = asyncio.run(shown(2, (80, 24)))
    loss, val_loss = (next(at for at, line in enumerate(pair) if name in line) for name in (" loss ", " val_loss "))
    assert val_loss - loss >= len(pair) - 1 - val_loss, "what is left over is the first one's"
    assert any(" acc " in line for line in asyncio.run(shown(1, (80, 24), "lr", "acc"))), "what is set comes behind what is measured"
    three = asyncio.run(shown(3, (120, 40)))
    assert "val_loss" not in three[0], "the first one has the whole width"
    assert any("val_loss" in line and "acc" in line for line in three)


@pytest.mark.parametrize("size", [(60, 20), (60, 16), (80, 18)])
def test_a_script_that_has_failed_still_shows_its_loss_on_a_small_screen(
    tmp_path: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAN_TUI_RUNS", str(tmp_path))
    run = directory.create(tmp_path, CommandConfig(command=("python", "classify.py"), cwd="/"), "theirs")
    append(
        run,
        events.Started(t=BIRTH, device="", device_name="host", epochs=0, steps_per_epoch=0),
        *(events.Metrics(t=BIRTH + n, step=n, scalars={"loss": 1 / n}, elapsed=n, rate=1.0) for n in range(1, 41)),
        events.Error(
            t=BIRTH + 41, text="RuntimeError: no such shape (exit status 1); trainer.log in the run's folder has what it printed", step=40
        ),
        events.Finished(t=BIRTH + 41, outcome="failed", epoch=0, elapsed=41.0, step=40),
    )

    async def case() -> None:
        async with opened(run, size=size) as (app, _):
            await until(lambda: "no such shape" in screen_text(app))
            assert "━ loss   0.025" in screen_text(app)
            assert "`gan-tui resume theirs` runs it again" in screen_text(app) or size[1] < 20, "what to do is not what is cut"

    run_async(case)


def test_a_loss_of_ours_alone_has_the_scripts_own_beside_it(run: RunDirectory) -> None:
    append(run, events.Metrics(t=BIRTH + 2, step=901, scalars={"acc": 0.5, "loss": 1.25}, elapsed=2.0, rate=900.0))

    async def case() -> None:
        async with opened(run, size=(120, 40)) as (app, _):
            await until(lambda: "1.250" in screen_text(app))
            assert "g_loss" not in screen_text(app)

    run_async(case)


def test_a_script_whose_numbers_nobody_recognises_is_told_where_to_look(tmp_path: Path) -> None:
    run = directory.create(tmp_path, CommandConfig(command=("python", "quiet.py"), cwd="/"), "quiet")
    append(run, events.Phase(t=BIRTH, name="starting"))

    async def case() -> None:
        with RunLock(run.lock), counted_by(At(BIRTH + 5)):
            async with opened(run, Mode.ATTACH, size=(120, 40)) as (app, _):
                await until(lambda: "waiting for the first numbers" in screen_text(app))
        with RunLock(run.lock), counted_by(At(BIRTH + 20)):
            async with opened(run, Mode.ATTACH, size=(120, 40)) as (app, _):
                await until(lambda: "nothing was printed yet" in screen_text(app))
        run.trainer_log.write_text("hello\n")
        with RunLock(run.lock), counted_by(At(BIRTH + 20)):
            async with opened(run, Mode.ATTACH, size=(120, 40)) as (app, _):
                await until(lambda: "no number read yet; view 6 shows what it prints; " in screen_text(app))
                assert "`gan-tui run --dry-run" in screen_text(app)

    run_async(case)
    append(run, events.Finished(t=BIRTH + 30, outcome="completed", epoch=0, elapsed=30.0))
    follower = RunFollower(run)
    while follower.look():
        pass
    assert any(line.startswith("numbers   none was read; `gan-tui run") for line in summary_lines(run, follower.snapshot(), UNICODE))


@pytest.mark.slow
def test_of_a_silent_script_time_alone_changes_what_is_said(tmp_path: Path) -> None:
    """It was `starting` until somebody pressed a key."""
    run = directory.create(tmp_path, CommandConfig(command=("python", "quiet.py"), cwd="/"), "quiet")
    append(run, events.Phase(t=BIRTH, name="starting"))

    async def case() -> None:
        with RunLock(run.lock), counted_by(At(BIRTH + 5)):
            async with opened(run, Mode.ATTACH, size=(120, 40)) as (app, pilot):
                await until(lambda: "waiting for the first numbers" in screen_text(app))
                assert "● no numbers" in screen_text(app)
                assert "starting" not in screen_text(app).splitlines()[0]
                with counted_by(At(BIRTH + 20)):
                    await until(lambda: "nothing was printed yet" in screen_text(app))
                    assert " 20s " in screen_text(app).splitlines()[0], "it was 0s until the first number, and then the whole time"
                await pilot.press("5")
                await until(lambda: UNNUMBERED in screen_text(app) and "this run" in screen_text(app))
                assert "checkpoint" not in screen_text(app)

    run_async(case)


@pytest.mark.parametrize(
    ("printed", "words"),
    [("usage: quiet.py\n", "it ended before the first number; view 6 shows what it printed"), ("", "it printed nothing;")],
)
def test_one_that_failed_before_its_first_number_is_told_how_to_run_it_again(tmp_path: Path, printed: str, words: str) -> None:
    run = directory.create(tmp_path, CommandConfig(command=("python", "quiet.py"), cwd="/"), "quiet")
    run.trainer_log.write_text(printed)
    append(
        run,
        events.Phase(t=BIRTH, name="starting"),
        events.Error(t=BIRTH + 1, text="its last line: usage (exit status 2)"),
        events.Finished(t=BIRTH + 1, outcome="failed", epoch=0, elapsed=1.0),
    )

    async def case() -> None:
        async with opened(run, size=(200, 60)) as (app, pilot):
            await until(lambda: words in screen_text(app))
            assert screen_text(app).count("gan-tui resume") == 2, "beside the error, and where numbers would be"
            assert "dry-run" not in screen_text(app)
            await pilot.press("2")
            await until(lambda: "no samples were written: these are pictures that the program writes" in screen_text(app))
            assert "nothing of earlier" not in screen_text(app)

    run_async(case)


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)])
def test_words_in_place_of_what_never_came_keep_off_the_borders(size: tuple[int, int], tmp_path: Path) -> None:
    run = directory.create(tmp_path, CommandConfig(command=("python", "quiet.py"), cwd="/"), "quiet")
    append(run, events.Phase(t=BIRTH, name="starting"), events.Finished(t=BIRTH + 1, outcome="completed", epoch=0, elapsed=1.0))

    async def case() -> None:
        async with opened(run, size=size) as (app, pilot):
            await pilot.press("2")
            await until(lambda: "no samples were written" in screen_text(app))
            inside = [line[1:-1] for line in screen_text(app).splitlines() if line[:1] == "\N{BOX DRAWINGS LIGHT VERTICAL}"]
            assert all(line[0] == line[-1] == " " for line in inside)
            await pilot.press("3")
            await until(lambda: "no numbers: never printed" in screen_text(app))

    run_async(case)


def test_one_that_never_began_is_called_that_on_its_screen_as_in_the_list(tmp_path: Path) -> None:
    run = directory.create(tmp_path, CommandConfig(command=("python", "quiet.py"), cwd="/"), "quiet")
    directory.write_settings(run, run.settings_of(CommandConfig))
    os.utime(run.config_file, (BIRTH, BIRTH))

    async def case() -> None:
        async with opened(run, size=(120, 40)) as (app, _):
            await until(lambda: "✗ never began" in screen_text(app))
            assert "it printed nothing; `gan-tui resume" in screen_text(app)
            assert summarise(run).state == "never began"

    run_async(case)


def test_of_what_failed_the_error_stands_once_in_the_log_and_its_output_is_named(run: RunDirectory) -> None:
    append(
        run,
        events.Error(t=BIRTH + 3, step=900, text="boom"),
        events.Finished(t=BIRTH + 3, step=900, outcome="failed", epoch=1, elapsed=3.0),
    )
    follower = RunFollower(run)
    while follower.look():
        pass
    state = follower.snapshot().state
    assert [entry.text for entry in state.entries][-2:] == ["boom", "failed after 900 steps"]
    assert state.message == (BIRTH + 3, "boom")
    assert f"printed   {run.trainer_log}" in summary_lines(run, follower.snapshot(), UNICODE)


def test_numbers_of_ones_own_are_left_behind_and_listed(tmp_path: Path) -> None:
    run = directory.create(tmp_path, CommandConfig(command=("python", "own.py"), cwd="/"), "own")
    append(run, events.Metrics(t=BIRTH, step=9, scalars={"acc": 0.5, "Loss": 1.25}, elapsed=1.0, rate=9.0))
    follower = RunFollower(run)
    while follower.look():
        pass
    assert "numbers   Loss 1.250  acc 0.500" in summary_lines(run, follower.snapshot(), UNICODE)
    assert (summarise(run).loss_name, summarise(run).loss) == ("Loss", 1.25)
    listed = CliRunner().invoke(group.cli, ["runs", "--plain", "--runs-dir", str(tmp_path)], standalone_mode=False)
    assert "Loss 1.25" in listed.output


@pytest.mark.slow
def test_a_script_that_begins_anew_has_no_numbers_to_show(tmp_path: Path) -> None:
    run = directory.create(tmp_path, CommandConfig(command=("python", "classify.py"), cwd="/"), "theirs")
    begun = events.Started(t=BIRTH, device="", device_name="host", epochs=0, steps_per_epoch=0), events.Phase(t=BIRTH, name="training")
    append(run, *begun, events.Metrics(t=BIRTH, step=9, scalars={"loss": 0.5}, elapsed=9.0, rate=1.0))

    async def case() -> None:
        with RunLock(run.lock):
            async with opened(run, Mode.ATTACH, size=(80, 24)) as (app, _):
                await until(lambda: "─ numbers ─" in screen_text(app))
                run.events.write_bytes(b"")
                append(run, *begun)
                await until(lambda: "─ samples ─" in screen_text(app))
                assert "─ numbers ─" not in screen_text(app)

    run_async(case)
