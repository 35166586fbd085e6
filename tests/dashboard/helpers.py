"""Recorded runs, and the screen as text: no plugin needed."""

import asyncio
import random
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.cells import cell_len
from textual.app import App
from textual.pilot import Pilot

from gan_tui import config
from gan_tui.dashboard.app import Dashboard
from gan_tui.dashboard.run_follower import RunFollower
from gan_tui.dashboard.screens.run_screen import RunScreen
from gan_tui.dashboard.views.overview import Overview
from gan_tui.render.fewer_colours import in_colours
from gan_tui.render.glyphs import UNICODE, Glyphs
from gan_tui.render.images import ImageMode
from gan_tui.render.terminal import Colours
from gan_tui.run import directory, events, preview
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import AnyEvent
from gan_tui.run.images import Images
from gan_tui.run.launch import Mode
from gan_tui.run.lock import RunLock
from gan_tui.run.log import EventWriter
from gan_tui.run.preview import Preview
from tests.dashboard.fake_numbers import evaluation, quality_at
from tests.dashboard.quiet import quiet
from tests.patience import CEILING

_SGR = re.compile(r"\x1b\[([\d;]*)m")
BIRTH = 1_790_000_000.0
"""When every recorded run began."""


def make_run(folder: Path, name: str = "first") -> RunDirectory:
    return directory.create(folder / "runs", config.resolve(), name)


def append(run: RunDirectory, *written: AnyEvent) -> None:
    """Into its log; a checkpoint that is written there is there."""
    with EventWriter(run.events) as log:
        for event in written:
            log.write(event)
            if isinstance(event, events.Checkpoint) and event.path.startswith("checkpoints/"):
                put_checkpoint(run, event.step)


def put_checkpoint(run: RunDirectory, step: int) -> None:
    """A checkpoint by its looks: an archive in which nothing is."""
    run.checkpoints.mkdir(exist_ok=True)
    (run.checkpoints / f"step-{step:09}.pt").write_bytes(b"PK\5\6" + bytes(18))


def started(**changes: object) -> events.Started:
    known: dict[str, object] = {"t": BIRTH, "device": "cuda:0", "device_name": "NVIDIA H200"}
    known |= {"epochs": 200, "steps_per_epoch": 600, "batch_size": 100}
    return events.Started(**(known | changes))  # type: ignore[arg-type]


def metrics(step: int, d_loss: float = 0.8, g_loss: float = 2.0, dx: float = 0.72, dgz: float = 0.25) -> events.Metrics:
    values = {"d_loss": d_loss, "g_loss": g_loss, "D(x)": dx, "D(G(z))": dgz}
    scalars = {name: events.to_scalar(value) for name, value in values.items()}
    return events.Metrics(t=BIRTH + step / 100, scalars=scalars, elapsed=step / 100, rate=135.0, step=step)


def recorded(count: int = 300) -> list[AnyEvent]:
    """A run on its way: 37 epochs and a bit, with waves on its losses."""
    last = 22_020
    found: list[AnyEvent] = [started(), events.Phase(t=BIRTH, name="training")]
    for index in range(count):
        step = last * (index + 1) // count
        wave = (index % 20) / 20
        found.append(metrics(step, 0.75 + wave / 5, 1.8 + wave / 2, 0.68 + wave / 10, 0.22 + wave / 10))
    found.append(events.Epoch(t=BIRTH + 222, epoch=36, step=21_600))
    found.append(events.Checkpoint(t=BIRTH + 224, path="checkpoints/step-000022000.pt", seconds=0.1, step=22_000))
    return found


def judged() -> list[AnyEvent]:
    """`recorded`, evaluated every four epochs, with a verdict."""
    found = recorded()
    noise = random.Random(0)
    for epoch in range(4, 37, 4):
        share = epoch / 60
        scalars = quality_at(share, noise)
        t, step = BIRTH + 6 * epoch, 600 * epoch
        found.append(evaluation(scalars, share, t=t, seconds=1.3, best=True, step=step))
    found.append(events.Samples(t=BIRTH + 216, path="samples/fake_images-0036.png", epoch=36, step=21_600))
    advice = "lower optimizer.d_lr, or train G twice a step"
    text = "D is winning: D(x)=.93 D(G(z))=.05 for 2,400 steps"
    found.append(events.Verdict(t=BIRTH + 217, rule="d-wins", level="warning", text=text, advice=advice, step=21_600))
    return sorted(found, key=lambda event: event.t)


def show_preview(run: RunDirectory, count: int = 100, side: int = 28) -> None:
    """Rings of many sizes: round enough to be read, made of integers only."""
    middle = side // 2
    pixels = bytearray()
    for index in range(count):
        inner, outer = (3 + index % 5) ** 2, (6 + index % 5) ** 2
        pixels += bytes(255 * (inner <= (x - middle) ** 2 + (y - middle) ** 2 < outer) for y in range(side) for x in range(side))
    change_preview(run, step=22_020, epoch=36, images=Images(count, side, side, 1, bytes(pixels)))


def change_preview(run: RunDirectory, **changes: object) -> None:
    """Write the run's preview anew, with other fields than before."""
    preview.write(run.path, msgspec.structs.replace(preview.read(run.path) or Preview(), **changes))


def screen_text(app: App[Any]) -> str:
    """What a person would read, as plain text."""
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips()) + "\n"


def screen_colours(app: App[Any]) -> str:
    """The same in colour: below each line of text its looks, from the left, as `cells colour on ground`."""
    lines = []
    for strip in app.screen._compositor.render_strips():
        looks = groupby(((str(style), text) for text, style, _ in strip if text), key=lambda pair: pair[0])
        found = [(look, sum(cell_len(text) for _, text in run)) for look, run in looks]
        lines += [strip.text.rstrip(), "  " + ", ".join(f"{width} {look}" for look, width in found)]
    return "\n".join(lines) + "\n"


def screen_codes(app: Dashboard) -> str:
    """The same as it is sent: below each line of text, from the left, how many cells have which codes (of "select graphic rendition")."""
    lines = []
    for strip in app.screen._compositor.render_strips():
        parts = _SGR.split(in_colours(strip.render(app.console), app.terminal.colours))
        looks = groupby(((code, text) for code, text in zip(["", *parts[1::2]], parts[::2], strict=True) if text), key=lambda pair: pair[0])
        found = [(code, sum(cell_len(text) for _, text in run)) for code, run in looks]
        lines += [strip.text.rstrip(), "  " + ", ".join(f"{width} {code}".rstrip() for code, width in found)]
    return "\n".join(lines) + "\n"


def run_screen(app: Dashboard) -> RunScreen:
    screen = app.screen_stack[0]
    assert isinstance(screen, RunScreen)
    return screen


def overview(app: Dashboard) -> Overview:
    view = run_screen(app).view_of(Overview.TITLE)
    assert isinstance(view, Overview)
    return view


@asynccontextmanager
async def opened(
    run: RunDirectory,
    mode: Mode = Mode.WATCH,
    size: tuple[int, int] = (80, 24),
    glyphs: Glyphs = UNICODE,
    theme: str | None = None,
    colours: Colours | None = None,
    images: ImageMode | None = None,
) -> AsyncIterator[tuple[Dashboard, Pilot[None]]]:
    """The dashboard, its first news drawn."""
    app = Dashboard(run, mode, theme, glyphs=glyphs, colours=colours, images=images)
    async with app.run_test(size=size) as pilot:
        await until(lambda: app.snapshot is not None or not run.events.exists() or not app.is_running)
        assert app.is_running, "it has ended before it was open"
        await settle(app)
        yield app, pilot


async def settle(app: Dashboard) -> None:
    """Until all that is in the run now is drawn, instead of waiting for the clock."""
    await _looked()
    await quiet(app)
    app.draw_everything()
    await quiet(app)


async def resized(app: Dashboard, pilot: Pilot[None], width: int, height: int) -> str:
    """The same screen in a terminal of another size, as text: a fifth of the work that another app is."""
    await pilot.resize_terminal(width, height)
    await settle(app)
    return screen_text(app)


async def _looked() -> None:
    """Until the dashboard's worker has looked at the run once more, and has seen all of it."""
    seen = asyncio.Event()
    look = RunFollower.look

    def look_and_say(follower: RunFollower) -> bool:
        changed = look(follower)
        if not follower.behind:
            seen.set()
        return changed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RunFollower, "look", look_and_say)
        await asyncio.wait_for(seen.wait(), CEILING)


async def until(condition: Callable[[], bool], seconds: float = CEILING) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        await asyncio.sleep(0.02)


def run_async(case: Callable[[], Awaitable[None]]) -> None:
    async def body() -> None:
        await case()

    asyncio.run(body())


class HeldRun:
    """Keeps the lock of a run, as a living trainer does."""

    def __init__(self, run: RunDirectory) -> None:
        self._lock = RunLock(run.lock)

    def __enter__(self) -> None:
        """Nothing to hand out."""

    def __exit__(self, *_: object) -> None:
        self._lock.release()
