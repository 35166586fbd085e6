"""The browser of runs in tests, and runs of all kinds for it."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from textual.pilot import Pilot

from gan_tui import config
from gan_tui.dashboard import timing
from gan_tui.dashboard.browser import Choice, RunsBrowser
from gan_tui.render.glyphs import UNICODE, Glyphs
from gan_tui.run import directory, events
from gan_tui.run.directory import RunDirectory
from gan_tui.spec.states import Outcome
from gan_tui.sweep.report import Ended, Report
from tests.dashboard.helpers import BIRTH, append, judged, make_run, put_checkpoint, recorded, screen_text, show_preview, until


def finished(outcome: Outcome = "stopped") -> events.Finished:
    return events.Finished(t=BIRTH + 225, outcome=outcome, epoch=36, elapsed=220.0, step=22_020)


def saved(run: RunDirectory) -> RunDirectory:
    """Make it look as if there were something to go on from."""
    put_checkpoint(run, 22_000)
    return run


def age(run: RunDirectory, hours: float) -> RunDirectory:
    """Make it look as if it had begun, and been heard of last, so long before the others."""
    for file in (run.config_file, run.events):
        if file.exists():
            os.utime(file, (BIRTH - 3600 * hours,) * 2)
    return run


@asynccontextmanager
async def browsing(
    runs_dir: Path, size: tuple[int, int] = (80, 24), glyphs: Glyphs = UNICODE, at: str | None = None
) -> AsyncIterator[tuple[RunsBrowser, "Pilot[Choice]"]]:
    """The browser, everything on the screen read."""
    app = RunsBrowser(runs_dir, at=at, glyphs=glyphs)
    async with app.run_test(size=size) as pilot:
        await read(app)
        await pilot.pause()
        yield app, pilot


async def read(app: RunsBrowser) -> None:
    await until(lambda: all(row.reading is not None for row in app.browser.table.shown))


def current(app: RunsBrowser) -> str:
    row = app.browser.runs.current
    assert row is not None
    return row.name


def last_lines(app: RunsBrowser) -> str:
    """What stands above the keys, and the keys."""
    return "\n".join(screen_text(app).splitlines()[-3:])


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four of them, none alive: the newest was stopped, one is complete, one is broken, one never began."""
    monkeypatch.setattr(timing, "now", lambda: BIRTH + 7200)
    stopped = make_run(tmp_path, "20261123-214100-mnist-classic")
    append(stopped, *judged(), finished())
    saved(stopped)
    show_preview(stopped)
    complete = make_run(tmp_path, "wide-network")
    append(complete, *recorded(40), events.Finished(t=BIRTH + 226, outcome="completed", epoch=200, elapsed=5e4, step=120_000))
    broken = make_run(tmp_path, "broken")
    append(broken, *recorded(3))
    broken.config_file.write_text("[train]\nepochs = 'many'\n")
    for hours, run in enumerate((stopped, complete, broken, make_run(tmp_path, "empty"))):
        age(run, hours)
    return tmp_path / "runs"


@pytest.fixture
def swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run, and the folder of a sweep that is newer: two of its three trials have ended."""
    monkeypatch.setattr(timing, "now", lambda: BIRTH + 7200)
    append(age(make_run(tmp_path, "alone"), 5), *recorded(3))
    folder = tmp_path / "runs" / "rates"
    for value in (0.001, 0.01):
        append(directory.create(folder, config.resolve(), f"lr-{value}-seed-0"), *judged(), finished("completed"))
    ended = [Ended(0.001, 0, 3.5, "lr-0.001-seed-0"), Ended(0.01, 0, 9.0, "lr-0.01-seed-0")]
    report = Report(("optimizer.d_lr", "optimizer.g_lr"), (0.001, 0.01, 0.1), 3, 2000, tuple(ended))
    (folder / "sweep.json").write_bytes(msgspec.json.encode(report))
    return tmp_path / "runs"
