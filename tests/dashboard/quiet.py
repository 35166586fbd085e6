"""Waiting until an app has done all that it was asked, as a condition.

Textual's Pilot sends every widget a message, waits until all have come to it, and then until the process has slept for 20 ms, three times a
key: a third of these tests' time, and too little on a busy machine. Whether a widget waits for a message can be seen.
"""

import asyncio
import time
from typing import Any

from textual._queue import Queue
from textual.app import App
from textual.message_pump import MessagePump
from textual.pilot import Pilot

from tests.patience import CEILING

_HANDED_ON = 6
"""Turns of the loop that a key takes, at most, from whoever presses it to the queue of a widget."""


async def quiet(app: App[Any]) -> None:
    """Until no message waits or is at work, and all that has changed is drawn."""
    deadline = time.monotonic() + CEILING
    while app.is_running and await processed(app) and (_draw(app) or _busy(app)):
        assert time.monotonic() < deadline, "the app is never quiet"


async def wait_for_screen(pilot: Pilot[Any], timeout: float = CEILING) -> bool:
    """What a Pilot does between two keys."""
    return await processed(pilot.app, timeout)


async def processed(app: App[Any], timeout: float = CEILING) -> bool:
    """Until app, screen and widgets wait for messages; False where one has raised instead."""
    deadline = time.monotonic() + timeout
    for _ in range(_HANDED_ON):
        await asyncio.sleep(0)
    while app._exception is None and app.screen_stack:
        at_work = next((pump for pump in _pumps(app) if not _waits(pump)), None)
        if at_work is None:
            return True
        await _until_it_has_done(at_work, app, deadline)
    return False


async def _until_it_has_done(pump: MessagePump, app: App[Any], deadline: float) -> None:
    """All that has been asked of it so far, or until somebody has raised."""
    done = asyncio.Event()
    if not pump.call_later(done.set):  # it is about to go
        await asyncio.sleep(0)
        return
    either = [asyncio.create_task(event.wait()) for event in (done, app._exception_event)]
    _, others = await asyncio.wait(either, timeout=max(0.0, deadline - time.monotonic()), return_when=asyncio.FIRST_COMPLETED)
    for task in others:
        task.cancel()
    assert len(others) < len(either), f"{pump} is never quiet"


def _pumps(app: App[Any]) -> list[MessagePump]:
    return [app, *app.screen.walk_children(with_self=True)]


def _waits(pump: MessagePump) -> bool:
    """For a message; or it takes none any more."""
    queue: Queue[Any] = pump._message_queue
    return pump._closing or pump._closed or bool(queue.empty() and queue.ready_event._waiters and not pump._next_callbacks)


def _draw(app: App[Any]) -> bool:
    """Draw what is to be drawn, without waiting for the screen's clock. False where nothing is."""
    screen = app.screen
    if not (screen._layout_required or screen._scroll_required or screen._repaint_required or screen._dirty_widgets):
        return False
    screen._on_timer_update()
    return True


def _busy(app: App[Any]) -> bool:
    return bool(app._batch_count or app._resize_event or app.screen._callbacks) or any(
        pump.message_queue_size or pump._next_callbacks for pump in _pumps(app)
    )
