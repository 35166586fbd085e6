"""Waiting until an app has done all that it was asked, as a condition.

Textual's Pilot waits until the process has slept for 20 ms, three times a key: time nobody needs, and too little on a busy machine.
"""

import time
from typing import Any

from textual.app import App
from textual.pilot import Pilot

from tests.patience import CEILING


async def quiet(app: App[Any]) -> None:
    """Until no message waits or is at work, and all that has changed is drawn."""
    deadline = time.monotonic() + CEILING
    while app.is_running and await Pilot(app)._wait_for_screen(CEILING) and (_draw(app) or _busy(app)):
        assert time.monotonic() < deadline, "the app is never quiet"


def _draw(app: App[Any]) -> bool:
    """Draw what is to be drawn, without waiting for the screen's clock. False where nothing is."""
    screen = app.screen
    if not (screen._layout_required or screen._scroll_required or screen._repaint_required or screen._dirty_widgets):
        return False
    screen._on_timer_update()
    return True


def _busy(app: App[Any]) -> bool:
    pumps = (app, *app.screen.walk_children(with_self=True))
    return bool(app._batch_count or app._resize_event or app.screen._callbacks) or any(
        pump.message_queue_size or pump._next_callbacks for pump in pumps
    )
