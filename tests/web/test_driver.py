"""The driver of a screen in a browser, with a page that has said something before the screen is there."""

import asyncio
import json
import os
import sys
import time
from pathlib import Path

import pytest
from textual.app import App
from textual.events import Event, Resize
from textual.geometry import Size

from gan_tui.web.driver import PageDriver
from tests.patience import CEILING


def packet(**said: object) -> bytes:
    """What the server hands on."""
    payload = json.dumps(said).encode()
    return b"M" + len(payload).to_bytes(4, "big") + payload


class Watched(App[None]):
    """Knows the last size that it was told, and when it is up."""

    told: Size
    up: asyncio.Event

    async def on_event(self, event: Event) -> None:
        await super().on_event(event)
        if isinstance(event, Resize):
            self.told = event.size

    def on_ready(self) -> None:
        self.call_later(self.up.set)  # behind all that the driver has posted


class SlowDriver(PageDriver):
    """Holds the loop for a while, so that all that was said is read before it turns again."""

    def start_application_mode(self) -> None:
        super().start_application_mode()
        time.sleep(0.2)


def test_a_size_said_while_the_screen_starts_is_the_one_that_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, packet(type="resize", width=80, height=24))
    with (tmp_path / "out").open("w") as output, os.fdopen(reading) as said:
        monkeypatch.setattr(sys, "__stdin__", said)
        monkeypatch.setattr(sys, "__stdout__", output)
        monkeypatch.setenv("COLUMNS", "1")
        monkeypatch.setenv("ROWS", "1")
        app = Watched(driver_class=SlowDriver)

        async def case() -> None:
            app.up = asyncio.Event()
            task = asyncio.ensure_future(app.run_async())
            async with asyncio.timeout(CEILING):
                await app.up.wait()
            assert app.told == Size(80, 24)
            app.exit()
            await task

        asyncio.run(case())
    os.close(writing)
