"""A process beside the screen: how its end is known, and what is said of it."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from gan_tui.dashboard import companion
from gan_tui.dashboard.companion import Companion
from gan_tui.run.companion import Refused
from gan_tui.run.playing import DIALOGUE, Begun
from tests.dashboard.helpers import run_async

BEGUN = """echo '{"type":"begun"}'"""
KEEPS_PIPES = """sleep 100 & echo $! > "$1" """


@pytest.mark.parametrize(
    ("script", "begins", "words"),
    [
        (
            "echo warned >&2; printf 'no module \\033[2J called torch\\n\\n' >&2; exit 3",
            False,
            "(exit code 3): no module  [2J called torch",
        ),
        (f"{BEGUN}; {KEEPS_PIPES}; exit 4", True, "(exit code 4): leave and come back"),
        (f"{KEEPS_PIPES}; echo broken >&2; exit 5", False, "(exit code 5): broken"),
        (f"{BEGUN}; exec >&-; exec sleep 100", True, "(exit code -9): leave and come back"),
    ],
)
def test_its_end_is_known_and_why(script: str, begins: bool, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(companion, "module_command", lambda *_: ["sh", "-c", script, "sh", str(tmp_path / "pid")])
    monkeypatch.setattr(companion, "GRACE_SECONDS", 0.2)

    @run_async
    async def _() -> None:
        said = [reply async for reply in Companion(DIALOGUE).replies()]
        assert said == [*([Begun()] if begins else []), Refused(f"its process has ended {words}")]

    with suppress(FileNotFoundError, ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
