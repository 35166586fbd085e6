"""Frames over frames: no edge of a dialog lies along one of the screen behind it."""

import re
from itertools import pairwise

import pytest

from gan_tui.dashboard.commands import VIEW_MEANINGS
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import Mode
from tests.dashboard.helpers import HeldRun, append, judged, opened, run_async, screen_text, settle, show_preview

_EDGE = re.compile("[╭╰][^│]*[╮╯]")


def doubled(text: str) -> list[str]:
    """Pairs of lines that have the same edge, above or below, in the same columns."""
    edges = [{(found[0][0], found.span()) for found in _EDGE.finditer(line)} for line in text.splitlines()]
    return [repr(both) for above, below in pairwise(edges) if (both := above & below)]


@pytest.mark.usefixtures("stopped_clock")
@pytest.mark.parametrize("size", [(60, 20), (60, 24), (70, 24), (80, 24), (120, 40)])
@pytest.mark.slow
def test_no_dialog_doubles_an_edge(size: tuple[int, int], run: RunDirectory) -> None:
    append(run, *judged()[:-1])
    show_preview(run)

    async def case() -> None:
        async with opened(run, Mode.ATTACH, size=size) as (app, pilot):
            for view in range(1, len(VIEW_MEANINGS) + 1):
                await pilot.press(str(view))
                await settle(app)
                for key in ("k", "T", "q", "question_mark", "i"):
                    await pilot.press(key)
                    for _ in range(12 if key == "i" else 1):
                        await pilot.pause()
                        assert len(app.screen_stack) == 2, key
                        assert not doubled(screen_text(app)), screen_text(app)
                        if key == "i":
                            await pilot.press("right")
                    await pilot.press("escape")

    with HeldRun(run):
        run_async(case)
