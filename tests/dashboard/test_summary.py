"""What is left in the scrollback."""

import pytest

from gan_tui.dashboard.run_follower import RunFollower
from gan_tui.dashboard.summary import folded, summary_lines
from gan_tui.render.glyphs import ASCII, UNICODE
from gan_tui.run import events
from gan_tui.run.directory import RunDirectory
from tests.dashboard.helpers import append, judged, recorded, show_preview


def left_behind(run: RunDirectory, *, ascii_only: bool = False) -> list[str]:
    follower = RunFollower(run)
    while follower.look():
        pass
    return summary_lines(run, follower.snapshot(), ASCII if ascii_only else UNICODE)


def test_score_digits_and_the_command_that_goes_on(run: RunDirectory) -> None:
    append(run, *judged(), events.Finished(outcome="stopped", epoch=36, elapsed=220.0, step=22_020))
    show_preview(run)
    (run.checkpoints / "best.pt").touch()
    lines = left_behind(run)
    text = "\n".join(lines)
    assert "best      FD 32.94 (2,000 samples, floor 1.70, mnist-cnn-v1) at step 21,600, checkpoints/best.pt" in lines
    assert "saved     checkpoints/step-000022000.pt" in lines
    assert "verdict   D is winning" in text
    assert lines[-1].startswith("continue  gan-tui resume ")
    assert "@@" in "\n".join(lines[:7])
    assert all(len(line) <= 78 for line in lines[:8])


def test_a_run_without_evaluation_samples_or_unicode(run: RunDirectory) -> None:
    append(run, *recorded(3), events.Finished(outcome="completed", epoch=200, elapsed=220.0, step=22_020))
    lines = left_behind(run, ascii_only=True)
    assert lines[0] == "first: completed"
    assert not any(line.startswith(("best", "verdict")) for line in lines)
    assert lines[-1] == f"continue  gan-tui resume {run.cli_name} --epochs 400"
    assert "\n".join(lines).isascii()


@pytest.mark.parametrize("width", [20, 40, 60, 79])
def test_in_a_narrow_terminal_no_word_and_no_command_is_broken(width: int) -> None:
    command = "gan-tui resume 20261126-101010-mnist-classic --lr 0.0001"
    lines = [
        "verdict   diverged: d_loss became nan by step 500, after 3 roll-backs of the run",
        f"error     d_loss became nan: `{command}` goes on from there with a lower rate",
        "files     /home/somebody/gan-tui-runs/20261126-101010-mnist-classic",
        f"continue  {command}   (the training goes on)",
    ]
    for line in lines:
        rows = folded(line, width)
        assert " ".join(" ".join(rows).split()) == " ".join(line.split())
        whole = {command, f"`{command}`", lines[2][10:]}
        assert all(len(row) <= width or row in whole for row in rows), rows
        assert not any(row.endswith(("diver", "roll-bac")) for row in rows)
    assert command in folded(lines[3], width) or width > 70, "a line of its own, to be copied"
