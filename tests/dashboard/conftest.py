import difflib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import pytest
import textual.app
import textual.pilot
from textual._context import active_app
from textual.css.stylesheet import Stylesheet

import gan_tui.dashboard.app
from gan_tui.dashboard import timing
from gan_tui.dashboard.system_feed import SystemFeed
from gan_tui.run.directory import RunDirectory
from tests.dashboard import quick_styles
from tests.dashboard.browsing import runs, swept
from tests.dashboard.helpers import BIRTH, make_run
from tests.dashboard.pty_screen import PtyScreen
from tests.dashboard.quiet import quiet, wait_for_screen

Golden = Callable[[str, str], None]
__all__ = ["Golden", "PtyStart", "runs", "swept"]


class PtyStart(Protocol):
    """A command on a terminal, with the variables that are its own."""

    def __call__(self, argv: Sequence[str], environment: Mapping[str, str] = {}, /) -> PtyScreen: ...


@pytest.fixture(autouse=True)
def fixed_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The same time zone everywhere, and nobody's own themes, nor a theme chosen before."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture(autouse=True)
def no_waiting_for_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Pilot waits for conditions, and the worker looks at the run more often."""
    for module in (textual.app, textual.pilot):
        monkeypatch.setattr(module, "wait_for_idle", lambda *_: quiet(active_app.get()))
    monkeypatch.setattr(textual.pilot.Pilot, "_wait_for_screen", wait_for_screen)
    monkeypatch.setattr(gan_tui.dashboard.app, "POLL_SECONDS", 0.02)


@pytest.fixture(autouse=True)
def styles_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every app has the same style sheets, and widgets of the same names."""
    monkeypatch.setattr(Stylesheet, "_parse_rules", quick_styles.parse)
    monkeypatch.setattr(Stylesheet, "apply", quick_styles.apply)


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return make_run(tmp_path)


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is always the moment behind the last event of `recorded`, and nobody reads what this machine is doing."""
    monkeypatch.setattr(timing, "now", lambda: BIRTH + 230)
    monkeypatch.setattr(SystemFeed, "ask", lambda *_: None)


@pytest.fixture
def golden() -> Golden:
    """Compare a screen with the one on file; UPDATE_GOLDEN=1 files it anew."""

    def check(got: str, name: str) -> None:
        path = Path(__file__).parent / "golden" / f"{name}.txt"
        if os.environ.get("UPDATE_GOLDEN"):
            path.write_text(got, "utf-8")
        want = path.read_text("utf-8")
        assert got == want, "\n".join(difflib.unified_diff(want.splitlines(), got.splitlines(), "golden", "now", lineterm=""))

    return check


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[PtyStart]:
    screens: list[PtyScreen] = []

    def start(argv: Sequence[str], environment: Mapping[str, str] = {}, /) -> PtyScreen:
        folders = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "GAN_TUI_RUNS": str(tmp_path / "runs")}
        screens.append(PtyScreen(argv, {**folders, **environment}))
        return screens[-1]

    yield start
    for screen in screens:
        screen.close()
