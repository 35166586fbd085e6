"""The commands that a live trainer takes, from the screen's keys and from `gan-tui control`.

To add one, declare it here (its name in `CommandName` as well), carry it out in `training/commands.py`, and give its key an action in
`dashboard/app.py`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

CommandName = Literal["pause", "resume", "save", "sample", "evaluate", "neighbours", "bookmark", "set", "stop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One of them."""

    name: CommandName
    argument: str = ""
    """What it is given, as a usage line writes it; empty: nothing."""
    key: str
    """Textual's name of the key that sends it, or opens what does."""
    label: str
    """One word for the key bar."""
    title: str
    """A few words for the palette."""
    meaning: str
    """A sentence for the help."""
    doing: str
    """What is said while it has no answer yet."""
    instead: Literal["", "resume", "evaluate"] = ""
    """The command of the shell that does the same for a run that has ended."""


COMMANDS: Mapping[CommandName, Command] = {
    command.name: command
    for command in (
        Command(
            name="pause", key="space", label="pause", title="Pause or resume", doing="pausing", instead="resume",
            meaning="Pauses the training after the step in hand; resumes it.",
        ),
        Command(
            name="resume", key="space", label="resume", title="Pause or resume", doing="resuming", instead="resume",
            meaning="Goes on with a paused training.",
        ),
        Command(
            name="save", key="s", label="save", title="Save a checkpoint", doing="saving",
            meaning="Saves the whole state: a run can be resumed from it.",
        ),
        Command(
            name="sample", key="g", label="grid", title="Write a sample grid", doing="writing a sample grid",
            meaning="Writes a grid of samples as a PNG into the run directory.",
        ),
        Command(
            name="evaluate", key="e", label="evaluate", title="Evaluate now", doing="evaluating", instead="evaluate",
            meaning="Measures the quality of the samples now.",
        ),
        Command(
            name="neighbours", key="enter", label="large", title="Enlarge the sample", doing="looking for the nearest training images",
            meaning="Shows the selected sample large, and the training image nearest to it; once more: as it is now.",
        ),
        Command(
            name="bookmark", argument="[NOTE]", key="b", label="mark", title="Bookmark this moment", doing="marking this moment",
            meaning="Marks this moment, with a note: on the charts, in the log, among the samples.",
        ),
        Command(
            name="set", argument="SETTING=VALUE", key="k", label="knobs", title="Live knobs", doing="setting",
            meaning="Changes learning rates and D steps per G step while the run trains; and weights in a sum of losses.",
        ),
        Command(
            name="stop", key="q,ctrl+c,ctrl+q", label="quit", title="Leave", doing="stopping",
            meaning="Asks: detach (the training goes on), save and stop, or cancel. ctrl+c does the same.",
        ),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LiveSetting:
    """A setting that may change while a run trains."""

    key: str
    """As `gan-tui settings` names it."""
    label: str
    usual: tuple[float, float] = (0.0, math.inf)
    """The least and the most that anybody is known to train GANs with, where that is known; what lies outside is mostly a slip."""
    whole: bool = False
    """It counts instead of measuring."""
    of_outlines: bool = False
    """Only runs that draw from outlines have it."""

    @property
    def short(self) -> str:
        """Its name where there is little room."""
        return self.key.rpartition(".")[2]

    def remark(self, value: float) -> str:
        """What is odd about a value that may be meant all the same; empty of a usual one."""
        least, most = self.usual
        return "" if least <= value <= most else f"{value:g} is far from usual ({least:g} to {most:g})"


LIVE_SETTINGS: Mapping[str, LiveSetting] = {
    setting.key: setting
    for setting in (
        LiveSetting("optimizer.d_lr", "learning rate of D", usual=(1e-6, 0.01)),
        LiveSetting("optimizer.g_lr", "learning rate of G", usual=(1e-6, 0.01)),
        LiveSetting("train.d_steps", "D steps per G step", usual=(1, 10), whole=True),
        LiveSetting("loss.l1", "weight of L1", usual=(0, 1000), of_outlines=True),
    )
}
