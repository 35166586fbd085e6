"""One frame of a run's screen, printed: for cron, a status line, a report of a fault."""

import asyncio
import io
from collections.abc import Callable

from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment, Segments
from textual.strip import Strip

from gan_tui.dashboard.app import Dashboard
from gan_tui.dashboard.views.log import LogView
from gan_tui.dashboard.widgets.key_bar import KeyBar
from gan_tui.dashboard.widgets.system_strip import SystemStrip
from gan_tui.render.images import ImageMode
from gan_tui.render.terminal import Colours
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import Mode

PATIENCE = 30.0
"""Seconds after which what is known of a run by then is drawn."""
SYSTEM_PATIENCE = 2.0
"""The same of the machine's readings."""
LOOK = 0.02
_SYSTEMS = {Colours.SIXTEEN: ColorSystem.STANDARD, Colours.MANY: ColorSystem.EIGHT_BIT, Colours.TRUE: ColorSystem.TRUECOLOR}


def one_frame(
    run: RunDirectory, size: tuple[int, int], view: str, theme: str | None, images: ImageMode | None, colours: Colours | None
) -> str:
    """The screen of `run` at `size` (columns, lines) as lines of text, in as many colours as asked for; None: plain text.

    Raises UserError for a theme that is unknown or broken.
    """
    app = Dashboard(run, Mode.WATCH, theme, images=images, colours=colours or Colours.NONE)
    strips = asyncio.run(_drawn(app, run, size, view))
    system = _SYSTEMS.get(colours) if colours else None
    if system is None:
        return "\n".join(strip.text.rstrip() for strip in strips)
    page = io.StringIO()
    console = Console(file=page, force_terminal=True, width=size[0], legacy_windows=False, highlight=False, no_color=False)
    console._color_system = system
    for strip in strips:
        console.print(Segments([*strip, Segment.line()]), end="")
    return page.getvalue().rstrip("\n")


async def _drawn(app: Dashboard, run: RunDirectory, size: tuple[int, int], view: str) -> list[Strip]:
    """The lines of the screen once all that the run has is on it, and what the machine says, if that comes soon."""
    async with app.run_test(size=size) as pilot:
        await _until(lambda: app.snapshot is not None or not app.is_running or not run.events.exists(), PATIENCE)
        for bar in app.screen.query(KeyBar):  # nobody can press a key on paper
            bar.display = False
        await app.action_view(view)
        for log in app.query(LogView):
            log.takes_keys = False
        await pilot.pause()
        app.draw_everything()
        await _until(lambda: all(strip.known or not strip.size for strip in app.screen.query(SystemStrip)), SYSTEM_PATIENCE)
        app.draw_everything()
        await pilot.pause()
        return list(app.screen._compositor.render_strips())


async def _until(happened: Callable[[], bool], seconds: float) -> None:
    """Look again and again, for so long at most."""
    end = asyncio.get_running_loop().time() + seconds
    while not happened() and asyncio.get_running_loop().time() < end:
        await asyncio.sleep(LOOK)
