"""The driver of a screen in a browser: the sizes that its page tells are taken in their order."""

import asyncio
from typing import Any

from textual import events
from textual.drivers.web_driver import WebDriver
from textual.geometry import Size


class PageDriver(WebDriver):
    """Textual's own, but for one thing.

    There the first size goes to the application by a coroutine, a turn of the loop later than a size that the reading thread posts. A page
    that was resized while its screen was starting kept its first size for ever.
    """

    def on_meta(self, packet_type: str, payload: dict[str, Any]) -> None:
        """Take a size the way that the first one went; anything else as ever."""
        if packet_type != "resize":
            super().on_meta(packet_type, payload)
            return
        self._size = (payload["width"], payload["height"])
        size = Size(*self._size)
        loop = self._app._loop
        assert loop is not None, "it is there before this thread is"
        asyncio.run_coroutine_threadsafe(self._app._post_message(events.Resize(size, size)), loop)
