"""What a run can be about: the training of a GAN, or a style transfer. All that the screen and the commands do differently stands here.

The task of a run is said in its `run.toml`; one that says none is a GAN's, and so is a run of somebody's own loop.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from gan_tui.spec import commands, metrics, transfer
from gan_tui.spec.commands import CommandName, LiveSetting

TaskName = Literal["gan", "style", "command"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A kind of run."""

    name: TaskName
    noun: str
    """What goes on, in words."""
    what: str
    """What such a run is."""
    steps: str
    """What its seconds are spent on."""
    epoch: str
    """What a large part of it is called; a small one is a step."""
    curves: Sequence[str]
    """The two numbers that it is about, each shown with a sparkline."""
    outcome: Sequence[str]
    """What is said of a run that is complete."""
    readings: Sequence[str] = ()
    """Numbers that are shown beside these; none: what D says of real and generated images."""
    charts: Sequence[str] = ()
    """The two charts of the overview."""
    live: Mapping[str, LiveSetting] = field(default_factory=dict)
    """What may change while it goes on."""
    refuses: Mapping[CommandName, str] = field(default_factory=dict)
    """Commands that mean nothing to it, and why."""
    picture: bool = False
    """It makes one picture, shown beside what it is made from, and no set of samples."""


TASKS: Mapping[TaskName, Task] = {
    task.name: task
    for task in (
        Task(
            name="gan",
            noun="training",
            what="the training of a GAN",
            steps="training",
            epoch="epoch",
            curves=metrics.LOSSES,
            outcome=("fd",),
            charts=("losses", "scores"),
            live=commands.LIVE_SETTINGS,
        ),
        Task(
            name="style",
            noun="style transfer",
            what="a style transfer",
            steps="steps",
            epoch="scale",
            curves=transfer.CURVES,
            outcome=transfer.CURVES,
            readings=transfer.READINGS,
            charts=("distances", "layers"),
            live=transfer.LIVE_SETTINGS,
            refuses={
                "evaluate": "a style transfer measures its distances at every step: view 4 shows them",
                "neighbours": "a style transfer has no training images",
            },
            picture=True,
        ),
        Task(
            name="command",
            noun="training",
            what="a run of another program",
            steps="training",
            epoch="epoch",
            curves=metrics.LOSSES,
            outcome=metrics.LOSSES,
            charts=("losses", "scores"),
            refuses={
                "save": "another program's run saves when its script does: gan-tui cannot ask it to",
                "sample": "another program's run draws samples when its script does: gan-tui cannot ask it to",
                "evaluate": "gan-tui has no generator of another program's run to measure",
                "neighbours": "gan-tui does not have the training images of another program's run",
                "set": "another program's settings are its own: gan-tui cannot change them while it runs",
            },
        ),
    )
}
GAN = TASKS["gan"]
STYLE = TASKS["style"]
COMMAND = TASKS["command"]
"""Somebody else's script, read by what it prints."""
