"""Every key, and what becomes of what it asks."""

from pathlib import Path

import pytest
from textual.events import Key
from textual.widgets import OptionList

import gan_tui.dashboard.app
from gan_tui.config import CommandConfig
from gan_tui.dashboard import commander
from gan_tui.dashboard.app import Dashboard
from gan_tui.dashboard.commands import COMMANDS, VIEW_MEANINGS
from gan_tui.dashboard.dialogs import LeaveDialog
from gan_tui.dashboard.screens.help import HelpScreen, ScrolledText, help_on_run
from gan_tui.dashboard.views import view_class
from gan_tui.render.terminal import Colours
from gan_tui.run import directory, events, mailbox
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import Mode
from gan_tui.run.mailbox import Command
from gan_tui.spec.commands import CommandName
from gan_tui.spec.tasks import GAN
from tests.dashboard.helpers import (
    HeldRun,
    append,
    metrics,
    opened,
    recorded,
    run_async,
    run_screen,
    screen_text,
    settle,
    show_preview,
    until,
)


def answer(run: RunDirectory, command: Command, text: str) -> None:
    append(run, events.Answer(id=command.id, command=command.name, ok=True, text=text))


async def received(run: RunDirectory) -> Command:
    """The one command that is or will be in the mailbox."""
    await until(lambda: any(run.control.iterdir()))
    (command,) = mailbox.receive(run.control)
    return command


@pytest.mark.parametrize(
    ("key", "name", "at_once"), [("space", "pause", "pausing…"), ("s", "save", "saving…"), ("g", "sample", "writing a sample grid…")]
)
def test_a_command_is_sent_shown_and_confirmed(key: str, name: CommandName, at_once: str, run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            await pilot.press(key)
            await pilot.pause()
            assert at_once in screen_text(app)
            command = await received(run)
            assert command.name == name
            answer(run, command, "as you wish")
            await until(lambda: "as you wish" in screen_text(app))

    with HeldRun(run):
        run_async(case)


@pytest.mark.parametrize(
    ("cores", "fps", "drawn", "looked"),
    [(1.5, None, 0.99, 2.2), (2.0, None, 0.99, 2.2), (3.0, None, 0.45, 1.0), (2.0, 5.0, 0.2, 1.0), (2.0, 0.5, 2.0, 1.0)],
)
def test_few_cores_are_left_to_the_trainer(
    cores: float, fps: float | None, drawn: float, looked: float, run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its threads wait for each other, and so for whoever takes one of their cores. What is drawn more often is looked at more often."""
    monkeypatch.setattr("gan_tui.system.cores.usable_cores", lambda: cores)
    app = Dashboard(run, Mode.WATCH, fps=fps)
    assert app.drawn_every == pytest.approx(drawn)
    assert app.looked_every == pytest.approx(looked * gan_tui.dashboard.app.POLL_SECONDS)


def test_space_resumes_a_paused_run(run: RunDirectory) -> None:
    append(run, *recorded(3), events.Phase(name="paused"))

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            assert "space resume" in screen_text(app)
            await pilot.press("space")
            assert (await received(run)).name == "resume"

    with HeldRun(run):
        run_async(case)


def test_a_command_without_an_answer_is_reported(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commander, "ANSWER_TIMEOUT", 0.2)
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            await pilot.press("s")
            await until(lambda: "no answer to `save`" in screen_text(app))

    with HeldRun(run):
        run_async(case)


def test_no_answer_is_missed_of_a_run_that_has_ended(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commander, "ANSWER_TIMEOUT", 3600.0)
    append(run, *recorded(3))

    async def case() -> None:
        held = HeldRun(run)
        held.__enter__()
        async with opened(run, Mode.ATTACH) as (app, pilot):
            await pilot.press("s")
            await received(run)
            append(run, events.Finished(outcome="completed", epoch=200, elapsed=100.0, step=120_000))
            held.__exit__()
            await until(lambda: "○ completed" in screen_text(app) and not app.commander.accepts and not alive(app))
            monkeypatch.setattr(commander, "ANSWER_TIMEOUT", -1.0)
            assert app.commander.overdue() == []

    def alive(app: Dashboard) -> bool:
        return app.snapshot is None or app.snapshot.alive

    run_async(case)


@pytest.mark.parametrize("key", ["space", "s", "g"])
def test_watching_sends_nothing_and_says_so(key: str, run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run, Mode.WATCH) as (app, pilot):
            await pilot.press(key)
            await pilot.pause()
            assert "read only" in screen_text(app)
            assert mailbox.receive(run.control) == []

    with HeldRun(run):
        run_async(case)


def test_a_finished_run_obeys_nobody(run: RunDirectory) -> None:
    append(run, *recorded(3), events.Finished(outcome="completed", epoch=200, elapsed=100.0, step=120_000))

    def said(app: Dashboard) -> str:
        return " ".join(screen_text(app).split())

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            assert "○ completed" in screen_text(app)
            await pilot.press("s")
            await pilot.pause()
            assert "no live trainer: the run is completed" in screen_text(app)
            await pilot.press("e")
            await until(lambda: f"the run is completed: `gan-tui evaluate {run.cli_name}"[:60] in said(app))
            await pilot.press("space")
            await until(lambda: f"the run is completed: `gan-tui resume {run.cli_name}"[:60] in said(app))
            await pilot.press("q")
            await until(lambda: not app.is_running)

    run_async(case)


def test_t_goes_through_all_themes(run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run) as (app, pilot):
            seen = [app.theme]
            while True:
                await pilot.press("t")
                await pilot.pause()
                if app.theme == seen[0]:
                    break
                seen.append(app.theme)
            assert len(seen) >= 5

    run_async(case)


def test_p_writes_a_picture_into_the_run(run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run) as (app, pilot):
            await pilot.press("p")
            await pilot.pause()
            (picture,) = run.path.glob("screenshot-*.svg")
            assert "d_loss" in picture.read_text("utf-8")
            assert picture.name in screen_text(app)

    run_async(case)


NUMBERS = [
    "d_loss",
    "g_loss",
    "D(x)",
    "D(G(z))",
    "d_grad",
    "it/s",
    "ETA",
    "1.386",
    "0.693",
    "FD",
    "floor",
    "KID",
    "coverage",
    "EMA",
    "verdict",
    "stalled",
]


@pytest.mark.slow
@pytest.mark.parametrize("size", [(100, 70), (80, 24), (40, 12)])
def test_help_names_every_key_and_number(size: tuple[int, int], run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run, size=size) as (app, pilot):
            await pilot.press("question_mark")
            await pilot.pause()
            seen, page = "", screen_text(app)
            assert "what do I see?" in page
            while page not in seen:
                seen += page
                await pilot.press("pagedown")
                await pilot.pause()
                page = screen_text(app)
            for word in [key for command in COMMANDS for key in command.sign.split()] + NUMBERS:
                assert word in seen, word
            await pilot.press("home")
            await pilot.pause()
            assert "what do I see?" in screen_text(app)
            assert isinstance(app.screen, HelpScreen)
            await pilot.press("escape")
            assert not isinstance(app.screen, HelpScreen)

    run_async(case)


def test_every_key_of_a_burst_scrolls_the_help(run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run) as (app, pilot):
            await pilot.press("question_mark")
            box = app.screen.query_one(ScrolledText)
            for keys, line in (("down down j down down down", 6), ("up k", 4), ("pagedown pagedown", 4 + 2 * box.size.height)):
                for key in keys.split():
                    app.post_message(Key(key, None))
                await settle(app)
                assert box.scroll_y == line
            for key in ("end", "up"):
                app.post_message(Key(key, None))
            await settle(app)
            assert box.scroll_y == box.max_scroll_y - 1

    run_async(case)


def test_keys_that_arrive_in_one_read_act_as_those_that_are_pressed_one_by_one(run: RunDirectory) -> None:
    append(run, *recorded(3))
    show_preview(run)

    async def shown(keys: list[str], *, burst: bool) -> tuple[str, str | None]:
        async with opened(run) as (app, pilot):
            await until(lambda: "samples" in screen_text(app))
            for key in keys:
                if burst:
                    app.post_message(Key(key, None))
                else:
                    await pilot.press(key)
                    await settle(app)
            await settle(app)
            return screen_text(app), app.focused.id if app.focused else None

    async def case() -> None:
        for keys in ("2 right", "3 right", "tab tab", "tab tab enter", "tab enter escape", "3 1 tab", "3 2 right right down 1 2"):
            pressed, burst = [await shown(keys.split(), burst=burst) for burst in (False, True)]
            assert burst == pressed, keys

    run_async(case)


def test_esc_goes_back_to_the_list_that_a_run_was_opened_from(run: RunDirectory) -> None:
    """Of a live run too, without a question: it is `q` that leaves."""
    append(run, *recorded(3))

    async def case(listed: bool, mode: Mode = Mode.WATCH) -> None:
        async with opened(run, mode) as (app, pilot):
            app.listed = listed
            await pilot.press("3", "escape")
            assert app.is_running, "to the overview first"
            await pilot.press("escape")
            assert not isinstance(app.screen, LeaveDialog)
            assert app.is_running is not listed
            if not listed:
                await until(lambda: "nothing is open here: q leaves" in screen_text(app))

    for listed in (False, True):
        run_async(lambda: case(listed))  # noqa: B023
        with HeldRun(run):
            run_async(lambda: case(listed, Mode.ATTACH))  # noqa: B023
            assert run.alive


def test_help_on_the_smallest_screen(run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run, size=(10, 3)) as (app, pilot):
            await pilot.press("question_mark")
            await pilot.pause()
            assert "what" in screen_text(app)

    run_async(case)


@pytest.mark.parametrize(
    "keys", [("q", "q"), ("q", "d"), ("q", "enter"), ("ctrl+c", "ctrl+c"), ("ctrl+q", "d"), ("q", "down", "up", "enter")]
)
def test_ways_to_detach(keys: tuple[str, ...], run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            for key in keys:
                await pilot.press(key)
            await until(lambda: not app.is_running)
            assert mailbox.receive(run.control) == []

    with HeldRun(run):
        run_async(case)


def test_ways_to_cancel(run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            for keys in (("c",), ("escape",), ("down", "down", "enter"), ("up", "enter")):
                await pilot.press("q")
                await pilot.pause()
                assert isinstance(app.screen, LeaveDialog)
                assert "it can be resumed" in screen_text(app), "the path of this run has no room"
                await pilot.press(*keys)
                await pilot.pause()
                assert app.is_running, keys
                assert not isinstance(app.screen, LeaveDialog), keys

    with HeldRun(run):
        run_async(case)


@pytest.mark.parametrize("colours", list(Colours))
def test_a_dialog_stands_in_the_middle_and_shows_what_is_marked(run: RunDirectory, colours: Colours) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run, Mode.ATTACH, colours=colours) as (app, pilot):
            await pilot.press("q", "down")
            await pilot.pause()
            box = app.screen.query_one(".dialog").region
            assert abs(box.center[0] - 40) <= 1
            assert abs(box.center[1] - 12) <= 1
            options = app.screen.query_one(OptionList)
            looks = [{(part.style.bgcolor, part.style.underline) for part in options.render_line(y) if part.style} for y in range(6)]
            assert looks[2] == looks[3], "the second answer and what it means"
            assert not looks[2] & (looks[0] | looks[1] | looks[4] | looks[5])
            assert all(line for _, line in looks[2]) is (colours is Colours.NONE)

    with HeldRun(run):
        run_async(case)


def test_the_leave_dialog_names_this_run_and_not_the_latest(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAN_TUI_RUNS", str(run.path.parent))
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            await pilot.press("q")
            await pilot.pause()
            assert "gan-tui attach first" in screen_text(app)
            assert "gan-tui resume first" in screen_text(app)

    with HeldRun(run):
        run_async(case)


@pytest.mark.parametrize("keys", [("s",), ("down", "enter")])
def test_save_and_stop_waits_for_the_trainer(keys: tuple[str, ...], run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            await pilot.press("q", *keys)
            assert (await received(run)).name == "stop"
            await until(lambda: "stopping…" in screen_text(app))
            append(run, metrics(22_021))
            await settle(app)
            assert app.is_running
            append(run, events.Finished(outcome="stopped", epoch=36, elapsed=220.0, step=22_021))
            await until(lambda: not app.is_running)

    with HeldRun(run):
        run_async(case)


def test_a_run_directory_that_cannot_be_written(run: RunDirectory) -> None:
    append(run, *recorded(3))
    run.control.rmdir()

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            await pilot.press("s")
            await pilot.pause()
            assert "cannot send `save`: no such file or directory" in screen_text(app)

    with HeldRun(run):
        run_async(case)


def test_a_worker_that_fails_is_a_message(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> bool:
        raise PermissionError(13, "Permission denied")

    append(run, *recorded(3))
    monkeypatch.setattr("gan_tui.dashboard.run_follower.RunFollower.look", broken)

    async def case() -> None:
        app = Dashboard(run, Mode.WATCH)
        async with app.run_test(size=(80, 24)):
            await until(lambda: "cannot follow the run any more" in screen_text(app))
            assert app.is_running

    run_async(case)


def test_key_table_has_no_key_twice_and_each_has_its_action() -> None:
    for view in VIEW_MEANINGS:
        keys = [key for command in COMMANDS for key in command.key.split(",") if command.view in ("", view)]
        assert len(keys) == len(set(keys)), view
    owners = {"": Dashboard} | {view: view_class(view, GAN) for view in VIEW_MEANINGS}
    for command in COMMANDS:
        assert callable(getattr(owners[command.view], f"action_{command.action}", None)), command.action


def test_number_keys_open_the_views_and_esc_goes_back(run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run) as (app, pilot):
            first = screen_text(app)
            for number, view in enumerate(VIEW_MEANINGS, 1):
                await pilot.press(str(number))
                await pilot.pause()
                assert view == run_screen(app).view.TITLE
            assert screen_text(app) != first
            await pilot.press("escape")
            await pilot.pause()
            assert screen_text(app) == first

    run_async(case)


def test_a_note_longer_than_its_box_says_that_its_beginning_is_hidden(run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run, Mode.ATTACH, (40, 12)) as (app, pilot):
            await pilot.press("b")
            await until(lambda: "bookmark step " in screen_text(app))
            await pilot.press(*"abcdefghij" * 5)
            await until(lambda: "more to the left" in screen_text(app))
            await pilot.press("home")
            await until(lambda: "bookmark step " in screen_text(app))
            assert "more to the left" not in screen_text(app)

    with HeldRun(run):
        run_async(case)


def test_what_is_behind_the_question_says_that_it_stands_still(run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        with HeldRun(run):
            async with opened(run, Mode.ATTACH) as (app, pilot):
                await pilot.press("q")
                await until(lambda: "training goes on; the screen behind waits" in screen_text(app))
                assert "screen waits" in screen_text(app).splitlines()[1]
                await pilot.press("escape")
                await until(lambda: "screen waits" not in screen_text(app))

    run_async(case)


def test_a_sign_for_two_keys_is_told_as_two() -> None:
    told = [term for _, entries in help_on_run("samples") for term, _ in entries]
    assert "[" in told
    assert "]" in told
    assert "[ ]" not in told


def test_the_dialog_names_the_signal_that_comes_next(tmp_path: Path) -> None:
    run = directory.create(tmp_path, CommandConfig(command=("train.py",), cwd=str(tmp_path)), "theirs")
    stop = events.Answer(id="x", command="stop", ok=True, text="sent SIGINT at step 3; ask again for SIGTERM")
    append(run, stop, events.Phase(name="starting"), *recorded(3))

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            for number, name in enumerate(("SIGINT), as ctrl+c", "(SIGTERM)", "(SIGKILL)", "(SIGKILL)")):
                await pilot.press("q")
                await until(lambda: isinstance(app.screen, LeaveDialog))
                await until(lambda: name in screen_text(app))  # noqa: B023
                await pilot.press("escape")
                await until(lambda: not isinstance(app.screen, LeaveDialog))
                append(run, events.Answer(id=str(number), command="stop", ok=True, text="sent"))
                await settle(app)

    with HeldRun(run):
        run_async(case)


@pytest.mark.parametrize(("keys", "sends"), [(("T",), []), (("q", "up"), []), (("ctrl+p", *"a checkpoint"), ["save"])])
def test_a_second_enter_that_was_on_its_way_closes_nothing_else(keys: tuple[str, ...], sends: list[str], run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            await pilot.press(keys[0])
            await until(lambda: app.screen is not run_screen(app))
            await pilot.press(*keys[1:])
            await settle(app)
            for _ in range(3):
                app.simulate_key("enter")
            await settle(app)
            assert [command.name for command in mailbox.receive(run.control)] == sends

    with HeldRun(run):
        run_async(case)
