"""The line to the terminal: one frame at a time, no more than the terminal has drawn, and nobody waits for one that stands still."""

import os
import pty
import signal
import subprocess

import pytest
from textual._compositor import ChopsUpdate
from textual.geometry import Region

from benchmarks.terminal import Terminal
from gan_tui.dashboard import line as lines
from gan_tui.dashboard.line import Line
from gan_tui.dashboard.system_panels import line_row
from gan_tui.dashboard.widgets.key_bar import KeyBar
from gan_tui.render.glyphs import UNICODE
from gan_tui.run.directory import RunDirectory
from tests.conftest import wait_for
from tests.dashboard.helpers import append, opened, recorded, run_async, until
from tests.dashboard.slow_terminal import REQUEST, ForkedTerminal
from tests.dashboard.test_terminal import START, stop_trainer
from tests.patience import CEILING


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def frame(line: Line, size: int = 1000) -> bool:
    line.sent(size)
    return line.frame_ends()


def known(clock: Clock) -> Line:
    """To a terminal that has answered before."""
    line = Line(clock)
    assert frame(line)
    line.answered()
    return line


def test_no_frame_goes_out_before_the_last_one_is_drawn(clock: Clock) -> None:
    line = known(clock)
    assert line.ready(0)
    assert frame(line)
    clock.now += 1.0
    assert not line.ready(0)
    line.answered()
    assert line.round_trip == pytest.approx(1.0)


def test_a_slow_line_rests_unless_somebody_waits(clock: Clock) -> None:
    line = known(clock)
    frame(line)
    clock.now += 0.6
    line.answered()
    assert not line.ready(0)
    line.heard()
    assert line.ready(0), "a key was pressed"
    frame(line)
    clock.now += 0.6
    line.answered()
    assert not line.ready(0), "its effect is on the screen"
    clock.now += 0.6
    assert line.ready(0)


def test_a_terminal_that_never_answers_is_not_waited_for(clock: Clock) -> None:
    line = Line(clock)
    assert frame(line)
    assert not line.ready(0)
    line.heard()
    assert line.ready(0), "a key's effect is shown at once"
    clock.now += lines.MUTE_SECONDS + 0.1
    assert line.mute
    assert not frame(line), "it is not asked again"
    clock.now += 1.0
    assert line.ready(0)
    assert not line.ready(lines.BUDGET + 1), "but what the system does not take piles up nowhere"


def test_a_mute_terminal_is_sent_no_more_than_a_slow_line_carries(clock: Clock) -> None:
    line = Line(clock)
    frame(line)
    clock.now += lines.MUTE_SECONDS + 0.1
    sent, began, oldest = 0, clock.now, 0.0
    while clock.now < began + 60:
        if line.ready(0):
            frame(line, 10_000)
            sent += 10_000
            oldest = max(oldest, sent / lines.GUESSED_RATE - (clock.now - began))
        if round(clock.now * 20) % 30 == 0:
            line.heard()
        clock.now += 0.05
    assert sent <= 61 * lines.GUESSED_RATE + 10_000
    assert oldest < 2.3, "seconds in buffers: a frame, and behind it the one for a key, whatever is pressed"
    line.heard()
    frame(line, 8 * lines.GUESSED_RATE)
    line.heard()
    assert not line.ready(0), "keys do not pile frames up"
    clock.now += 8.5
    assert line.ready(0)


def test_a_lost_answer_costs_seconds_and_a_terminal_that_stands_still_gets_no_more_frames(clock: Clock) -> None:
    line = known(clock)
    for _ in range(lines.MOST_LOST + 1):
        assert line.ready(0)
        frame(line)
        assert not line.ready(0)
        clock.now += lines.LOST_SECONDS + 0.1
    assert not line.ready(0)
    assert line.asks_again(), "is it back?"
    assert not line.asks_again(), "not at once again"
    clock.now += 3600.0
    assert not line.ready(0)
    line.answered()
    clock.now += lines.LOST_SECONDS + 0.1
    assert line.ready(0)


def test_the_system_view_shows_the_line(clock: Clock) -> None:
    line = Line(clock)
    assert line_row(line, UNICODE).value == UNICODE.dash, "nothing is known yet"
    frame(line, 30_000)
    clock.now += 0.32
    line.answered()
    line.skipped = 12
    row = line_row(line, UNICODE)
    assert (row.value, row.note.strip()) == ("320 ms", "3.0 kB/s, 12 frames skipped")


def test_what_is_owed_is_not_drawn_into_a_batch(run: RunDirectory) -> None:
    """Textual throws away what is drawn while it batches, as it does when a dialog opens: the screen stood still behind one never drawn."""
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run) as (app, _):
            drawn: list[int] = []
            app.post_display_hook = lambda: drawn.append(1)  # type: ignore[method-assign]
            app.owe()
            with app.batch_update():
                app.pay()
                assert app._owed
                assert not drawn
            await until(lambda: not app._owed)
            assert drawn

    run_async(case)


def test_what_changes_just_before_a_frame_that_is_owed_is_in_it(run: RunDirectory) -> None:
    """Textual forgets widgets that were not marked yet: what they had to say stood on the screen when they said something else."""
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run) as (app, _):
            drawn: list[ChopsUpdate | None] = []
            app._display = lambda _, update: drawn.append(update)  # type: ignore[method-assign, assignment, arg-type]
            news = app.screen.query_one(KeyBar)
            app.screen._on_timer_update()
            drawn.clear()
            news.refresh(Region(0, 0, 3, 1))
            app.screen._dirty_widgets.add(news)
            app.owe()
            app.pay()
            assert any(y == news.region.y for update in drawn if update for y, _, _ in update.spans)

    run_async(case)


def test_nothing_drawn_is_nothing_asked(clock: Clock) -> None:
    assert not Line(clock).frame_ends()


@pytest.mark.slow
def test_on_a_slow_line_one_frame_is_under_way(run: RunDirectory) -> None:
    """The fake trainer changes everything all the time, and the line takes a second for a screen."""
    with ForkedTerminal([*START, str(run.path), "train", "--rate", "1000"], rate=8000, round_trip=0.3) as screen:
        screen.wait_for("training")
        wait_for(lambda: screen.requests >= 5, what="five frames")
        text = bytes(screen._text)
        frames = text.split(REQUEST)
        assert all(part.count(b"\x1b[?2026h") <= 2 for part in frames[2:-1]), "a frame, and behind it a question"
        for key, words, back in (("?", "what do I see?", "\x1b"), ("q", "leave?", "c"), ("?", "what do I see?", "\x1b")):
            before = screen.received
            screen.send(key)
            screen.wait_for(words, before)  # drawn when an answer came, which a thread has read
            before, asked = screen.received, screen.requests
            screen.send(back)
            wait_for(lambda: screen.requests >= asked + 3, what="frames of what lay behind it")  # noqa: B023
    stop_trainer(run)


def grows(run: RunDirectory, count: int) -> None:
    """Wait for so many bytes of news."""
    wait_for(run.events.exists, what="the log")
    before = run.events.stat().st_size
    wait_for(lambda: run.events.stat().st_size > before + count, what="news")


def nothing_sent(screen: Terminal, run: RunDirectory) -> bool:
    """Is nothing drawn while there are that many bytes of news?"""
    before = screen.received
    grows(run, 10_000)
    return screen.received == before


@pytest.mark.slow
def test_what_lies_behind_a_dialog_stands_still(run: RunDirectory) -> None:
    """The whole dimmed screen was sent at each update, eight times as much as without a dialog."""
    with Terminal([*START, str(run.path), "train", "--rate", "1000"], 120, 40) as screen:
        screen.wait_for("d_loss")
        grows(run, 5000)
        screen.send("q")
        screen.wait_for("leave?")
        wait_for(lambda: nothing_sent(screen, run), what="silence, once the dialog is drawn")
    stop_trainer(run)


SLOWLY = [pytest.param(number, marks=pytest.mark.slow) for number in (signal.SIGHUP, signal.SIGINT)]


@pytest.mark.parametrize("number", [signal.SIGTERM, *SLOWLY])
@pytest.mark.slow
def test_a_frozen_terminal_keeps_no_signal_from_ending_the_screen(run: RunDirectory, number: signal.Signals) -> None:
    """Nobody reads what it writes: it stopped in its write and heard nothing."""
    ours, theirs = pty.openpty()
    command = [*START, str(run.path), "train", "--rate", "1000"]
    screen = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    try:
        wait_for(lambda: run.lock.exists() and run.alive, what="the trainer")
        steps = run.events.stat().st_size
        wait_for(lambda: run.events.stat().st_size > steps + 20_000, what="more news than a terminal that nobody reads can take")
        screen.send_signal(number)
        assert screen.wait(CEILING) in (0, 128 + number)
        assert run.alive, "training goes on"
    finally:
        screen.kill()
        os.close(ours)
        stop_trainer(run)


@pytest.mark.slow
def test_the_screen_leaves_no_answer_behind_for_the_shell(run: RunDirectory) -> None:
    """Whoever leaves while an answer is under way waits for it."""
    with ForkedTerminal([*START, str(run.path), "train", "--rate", "1000"], rate=20_000, round_trip=0.3) as screen:
        screen.wait_for("training")
        wait_for(lambda: screen.requests >= 2, what="two frames")
        screen.send("q")
        screen.wait_for("leave?")
        screen.send("d")
        screen.wait_for("gan-tui attach")
        assert screen.process.wait(CEILING) == 0
        sent = bytes(screen._text)
        assert sent.rindex(b"\x1b[?1049l") > sent.rindex(REQUEST)
    stop_trainer(run)


def test_a_line_that_answers_nothing_is_said_in_words_that_fit(clock: Clock) -> None:
    line = Line(clock)
    line.skipped = 8
    assert line_row(line, UNICODE).note.strip() == "0.0 kB/s, 8 frames skipped; no answers"
