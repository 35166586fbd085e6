"""The README's pictures: SVGs of the real screen, of a run directory, at given sizes, themes and views.

    python docs/make_pictures.py RUN [-o FOLDER] [--view overview ...] [--size 120x40 ...] [--theme midnight ...] [--images half] [--live]

The same run gives the same pictures, byte by byte: the clock stands still at the run's last event, and no path of this machine is
in them (but its free disk space, with `--live`). `--live` shows the run under way and obedient, whatever became of it later. The view
`runs` is the browser of all runs beside this one, `compare` this one and the next, `board` the drawing board
of a run of the preset `outline`. `play` is a lesson of `gan-tui play`, which asks for no run and is the same but for where its clock stood.
"""

import argparse
import asyncio
import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from gan_tui.dashboard import timing
from gan_tui.dashboard.app import Dashboard
from gan_tui.dashboard.browser import RunsBrowser
from gan_tui.dashboard.commands import VIEW_MEANINGS
from gan_tui.dashboard.open_board import DrawingApp
from gan_tui.dashboard.open_play import PlayApp
from gan_tui.dashboard.themed_app import ThemedApp
from gan_tui.render.images import ImageMode
from gan_tui.run.directory import RunDirectory, all_runs
from gan_tui.run.launch import Mode
from gan_tui.run.lock import RunLock
from gan_tui.run.log import read_all
from gan_tui.spec.play import LESSONS

VIEWS = [*VIEW_MEANINGS, "runs", "compare", "board", "play"]
PLAYED, PLAYED_STEPS = "cure", 900
"""The lesson that the picture of `gan-tui play` shows, and after how many steps."""
SETTLED = 0.8
"""Seconds after which a screen of a run that stands still does not change any more."""


def main() -> None:
    """Make the pictures that were asked for."""
    parser = argparse.ArgumentParser(description="Make the README's pictures.")
    parser.add_argument("run", type=Path, nargs="?", default=Path(), help="a run directory; none is needed for play")
    parser.add_argument("-o", "--output", type=Path, default=Path("docs"), help="the folder to write into")
    parser.add_argument("--view", action="append", choices=VIEWS, help="may be repeated; default: overview")
    parser.add_argument("--size", action="append", metavar="COLUMNSxLINES", help="may be repeated; default: 120x40")
    parser.add_argument("--theme", action="append", help="may be repeated; default: midnight")
    parser.add_argument("--images", choices=[*ImageMode], default="ascii", help="how samples are drawn; default: ascii")
    parser.add_argument("--live", action="store_true", help="as if its trainer were at work")
    options = parser.parse_args()
    output = options.output.resolve()
    output.mkdir(parents=True, exist_ok=True)
    os.chdir(options.run.resolve().parent)
    run = RunDirectory(Path(options.run.resolve().name))
    last = max((event.t for event in read_all(run.events)), default=0.0)
    timing.now = lambda: last
    with surroundings(run, live=options.live):
        for view in options.view or ["overview"]:
            for size in options.size or ["120x40"]:
                for theme in options.theme or ["midnight"]:
                    columns, _, lines = size.partition("x")
                    picture = asyncio.run(
                        photograph(run, view, (int(columns), int(lines)), theme, ImageMode(options.images), live=options.live)
                    )
                    target = output / f"{view}-{size}-{theme}.svg"
                    target.write_text(picture, "utf-8")
                    print(target.name)


@contextlib.contextmanager
def surroundings(run: RunDirectory, *, live: bool) -> Iterator[None]:
    """Nobody's own themes and time zone; the lock held where the run is to look alive."""
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {
            "XDG_CONFIG_HOME": home,
            "XDG_STATE_HOME": home,
            "TZ": "UTC",
            "COLORTERM": "truecolor",
            "GAN_TUI_RUNS": str(Path.cwd()),
        }
        for name in ("NO_COLOR", "LC_ALL", "GAN_TUI_THEME"):
            os.environ.pop(name, None)
        with RunLock(run.lock) if live else contextlib.nullcontext():
            yield


async def photograph(run: RunDirectory, view: str, size: tuple[int, int], theme: str, images: ImageMode, *, live: bool) -> str:
    """One picture."""
    if view in ("runs", "compare"):
        browser = RunsBrowser(Path(), theme, at=run.name)
        async with browser.run_test(size=size) as pilot:
            await pilot.pause(SETTLED)
            if view == "compare":
                others = [other.name for other in all_runs(Path()) if other.name != run.name and other.events.exists()]
                browser.browser.runs.marked = [run.name, *others[:1]]
                await pilot.press("c")
            return await taken(browser, pilot)
    if view == "board":
        drawing = DrawingApp(run, theme)
        async with drawing.run_test(size=size) as pilot:
            await pilot.press("o", "o", "o")
            while drawing.board.rendered is None:
                await pilot.pause(SETTLED)
            return await taken(drawing, pilot)
    if view == "play":
        playing = PlayApp(theme, lesson=[lesson.name for lesson in LESSONS].index(PLAYED))
        async with playing.run_test(size=size) as pilot:
            while (trained := playing.play_screen.play.trained) is None or trained.g_updates < PLAYED_STEPS:
                await pilot.pause(SETTLED)
            await pilot.press("a", "space")
            return await taken(playing, pilot)
    app = Dashboard(run, Mode.ATTACH if live else Mode.WATCH, theme, images=images)
    async with app.run_test(size=size) as pilot:
        await pilot.pause(SETTLED)
        await pilot.press(str(1 + list(VIEW_MEANINGS).index(view)))
        return await taken(app, pilot)


async def taken(app: ThemedApp[Any], pilot: Pilot[Any]) -> str:
    """The picture, when nothing moves any more."""
    await pilot.pause(SETTLED)
    return app.picture()


if __name__ == "__main__":
    main()
