"""The screens behind the pages: processes of which there are only so many, of a bounded size, and none outlives its page."""

import asyncio
import contextlib

from textual_serve.app_service import AppService

WIDEST, HIGHEST = 500, 200
"""Cells of a screen, whatever its page says: more than any monitor shows, and 100,000 are drawn within 20 MB."""
STOP_SECONDS = 3.0
"""How long a screen is waited for that was asked to leave."""


def bounded(width: object, height: object) -> tuple[int, int]:
    """A size that a page claims, within bounds; 80x24 where it is none."""
    if not isinstance(width, int) or not isinstance(height, int):
        return 80, 24
    return min(WIDEST, max(1, width)), min(HIGHEST, max(1, height))


class BoundedScreen(AppService):
    """textual-serve's process of one page; it ends with the page, whatever state either of them is in."""

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        return super()._build_environment(width, height) | {"TEXTUAL_DRIVER": "gan_tui.web.driver:PageDriver"}

    async def start(self, width: int, height: int) -> None:
        """Start it with a size within bounds."""
        await super().start(*bounded(width, height))

    async def set_terminal_size(self, width: int, height: int) -> None:
        """Another size, within bounds."""
        await super().set_terminal_size(*bounded(width, height))

    async def run(self) -> None:
        """Hand its output to the page, which is closed when there is no more."""
        try:
            await super().run()
        finally:
            with contextlib.suppress(OSError, RuntimeError):
                await self.remote_close()

    async def stop(self) -> None:
        """Ask it to leave, and end it where it does not.

        It may be blocked by its own output, which is not read any more, or too busy to hear. Nothing is lost: it only looks at the run.
        """
        try:
            with contextlib.suppress(TimeoutError, OSError):
                async with asyncio.timeout(STOP_SECONDS):
                    await super().stop()
        finally:
            self._task = None
            await self._end()

    async def _end(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
                return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
