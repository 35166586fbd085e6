"""Live knobs: what is sent, what is shown, and who refuses."""

import pytest

from gan_tui import config
from gan_tui.dashboard import commander
from gan_tui.dashboard.knob_values import KNOBS, current, problem_with, read_settings, stepped
from gan_tui.dashboard.screens.knobs import KnobsScreen
from gan_tui.run import events, mailbox
from gan_tui.run.directory import RunDirectory, write_settings
from gan_tui.run.launch import Mode
from gan_tui.run.mailbox import Command
from gan_tui.run.state import RunState
from tests.dashboard.helpers import HeldRun, append, metrics, opened, recorded, run_async, screen_text, started, until

D_RATE, G_RATE, D_STEPS = KNOBS


async def received(run: RunDirectory) -> Command:
    await until(lambda: any(run.control.iterdir()))
    (command,) = mailbox.receive(run.control)
    return command


def test_a_rate_is_turned_sent_and_confirmed(run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            await pilot.press("k", "right", "right", "left")
            assert "0.0003  › 0.000375" in screen_text(app)
            assert not any(run.control.iterdir()), "nothing is sent before enter"
            await pilot.press("enter", "enter")
            command = await received(run)
            assert (command.name, command.text) == ("set", "optimizer.d_lr=0.000375")
            assert "waiting for the trainer" in screen_text(app)
            append(
                run,
                events.Changed(setting="optimizer.d_lr", before=3e-4, value=3.75e-4, step=22_030),
                events.Answer(id=command.id, command="set", ok=True, text="learning rate of D is 0.000375 from step 22030 on"),
            )
            await until(lambda: "learning rate of D    0.000375 " in screen_text(app))
            assert any({"0.000375", "22030"} <= set(line.split()) for line in screen_text(app).splitlines())
            append(run, metrics(22_040, 0.9125, 1.5))
            await until(lambda: "│ d_loss 0.912  g_loss 1.500  D(x) 0.72  D(G(z)) 0.25" in screen_text(app))
            assert app.snapshot is not None
            assert [mark.kind for mark in app.snapshot.state.marks] == ["changed"]
            await pilot.press("escape")
            assert not isinstance(app.screen, KnobsScreen)

    with HeldRun(run):
        run_async(case)


def test_a_trainer_that_gives_no_answer_is_told_of_in_the_dialog(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The screen behind said so, where nobody could read it, and the dialog waited."""
    append(run, *recorded(3))
    monkeypatch.setattr(commander, "ANSWER_TIMEOUT", 3600.0)

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            await pilot.press("k", "right", "enter")
            command = await received(run)
            assert "waiting for the trainer" in screen_text(app)
            monkeypatch.setattr(commander, "ANSWER_TIMEOUT", -1.0)
            await until(lambda: "no answer to `set`" in screen_text(app))
            append(run, events.Answer(id=command.id, command="set", ok=True, text="learning rate of D is 0.000375"))
            await until(lambda: "learning rate of D is 0.000375" in screen_text(app))
            assert "no answer" not in screen_text(app)

    with HeldRun(run):
        run_async(case)


def test_rates_of_which_a_schedule_makes_less_are_called_so(run: RunDirectory) -> None:
    """`conv-small` ended at a tenth of the rates, and the knobs said 0.002."""
    append(run, *recorded(3))

    def shown(**settings: object) -> str:
        write_settings(run, config.override(run.config(), {"optimizer": settings}))
        texts: list[str] = []

        async def case() -> None:
            async with opened(run, Mode.ATTACH) as (app, pilot):
                await pilot.press("k")
                texts.append(screen_text(app))

        run_async(case)
        return texts[0]

    with HeldRun(run):
        assert "a share of the rates" not in shown(schedule="constant")
        assert "steps take a share of the rates, which falls: cosine" in shown(schedule="cosine")


def test_a_number_is_typed_and_the_trainer_may_refuse(run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            await pilot.press("k", "down", *("5", "e", "minus", "4", "backspace", "1"), "enter")
            assert "(1e-06 to 0.01)" in screen_text(app)
            assert not any(run.control.iterdir()), "it may be a slip"
            await pilot.press("enter")
            command = await received(run)
            assert command.text == "optimizer.g_lr=0.5"
            append(run, events.Answer(id=command.id, command="set", ok=False, text="much too large"))
            await until(lambda: "│ much too large" in screen_text(app))
            assert "0.0003  › 5e-1" in screen_text(app), "what was refused can be mended"
            await pilot.press("down", "2", "full_stop", "5", "enter")
            assert "whole numbers only" in screen_text(app)
            await pilot.press("backspace", "backspace", "right", "enter")
            assert (await received(run)).text == "train.d_steps=3"

    with HeldRun(run):
        run_async(case)


def test_after_a_turn_the_first_sign_begins_another_number(run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            await pilot.press("k", *["left"] * 5, *"99999", "enter")
            assert "0.0003  › 99999" in screen_text(app)
            assert "99999 is " in screen_text(app)
            assert screen_text(app).count("d_loss 0.") == 1, "the newest numbers stand there once"
            await pilot.press("right", "backspace", "5", *"0" * 20)
            assert " 12 signs" in screen_text(app)
            assert not any(run.control.iterdir())

    with HeldRun(run):
        run_async(case)


def test_who_cannot_command_is_told_why(run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case(mode: Mode, words: str) -> None:
        async with opened(run, mode) as (app, pilot):
            await pilot.press("k")
            await until(lambda: words in screen_text(app))
            assert "learning rate of D" not in screen_text(app), "one message, and nothing that seems to turn"
            assert mailbox.receive(run.control) == []

    with HeldRun(run):
        run_async(lambda: case(Mode.WATCH, "read only"))
    run_async(lambda: case(Mode.ATTACH, "no live trainer: the run is interrupted"))


def test_every_key_that_sends_nothing_says_why(run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            await pilot.press("k", "enter")
            assert "nothing to send" in screen_text(app)
            await pilot.press("a")
            assert "'a'" in screen_text(app)
            await pilot.press("comma")
            assert "','" in screen_text(app)
            await pilot.press("3", "E", "minus", "4", "enter")
            assert "it is 3e-4 already" in screen_text(app)
            assert not any(run.control.iterdir())

    with HeldRun(run):
        run_async(case)


def test_in_any_size_and_left_by_every_key(run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            for key in ("escape", "q", "ctrl+c", "ctrl+q"):
                await pilot.press("k")
                assert isinstance(app.screen, KnobsScreen)
                if key == "escape":
                    for size in ((40, 12), (10, 3), (1, 1), (200, 60), (80, 24)):
                        await pilot.resize_terminal(*size)
                        await pilot.pause()
                await pilot.press(key)
                await pilot.pause()
                assert not isinstance(app.screen, KnobsScreen)
                assert app.is_running

    with HeldRun(run):
        run_async(case)


def test_steps_meet_and_counts_stay_whole() -> None:
    assert stepped(D_RATE, stepped(D_RATE, 3e-4, True), False) == 3e-4
    assert stepped(D_STEPS, 1, False) == 1
    assert stepped(D_STEPS, 1, True) == 2
    assert [problem_with(G_RATE, words) for words in ("1e-4", "", "inf", "--1", "1e999")] == [
        "", "'' is not a number", "'inf' is not a number", "'--1' is not a number", "'1e999' is not a number",
    ]  # fmt: skip


def test_what_holds_is_the_last_change_since_the_start_else_the_settings(run: RunDirectory) -> None:
    write_settings(run, config.override(run.config(), {"train": {"d_steps": "4"}}))
    settings = read_settings(run)
    state = RunState()
    assert current(D_STEPS, settings, None) == 4
    state.apply(events.Changed(setting="train.d_steps", before=4, value=2))
    assert current(D_STEPS, settings, state) == 2
    state.apply(started(resumed=True))
    assert current(D_STEPS, settings, state) == 4, "a trainer that resumes has read run.toml"
    run.config_file.unlink()
    assert current(D_STEPS, read_settings(run), state) is None
