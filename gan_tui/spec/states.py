"""The states that a run can be in: the phases of a live trainer, and how a run may have ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from gan_tui.spec.styles import Role

PhaseName = Literal["starting", "loading", "training", "paused", "sampling", "evaluating", "saving", "stopping"]
Outcome = Literal["completed", "stopped", "failed"]
StateName = Literal[PhaseName, Outcome, "interrupted", "ended early", "never began"]


@dataclass(frozen=True, slots=True)
class State:
    """One of them, and how the screen shows it."""

    name: StateName
    role: Role
    moves: bool = False
    """Speed and remaining time mean something."""
    interrupts: bool = False
    """It interrupts the training, mostly for less than the blink of an eye: shown as `training` until it lasts longer."""
    waiting: str = "no samples were written"
    """Why there are no samples to be seen."""

    def sign(self, *, alive: bool) -> Literal["dot", "cross", "ring"]:
        """Before its name, by its name in `render/glyphs.py`: a trainer is at work, came to a bad end, or is not there."""
        return "dot" if alive else "cross" if self.role is Role.ERROR else "ring"


STATES: Mapping[str, State] = {
    state.name: state
    for state in (
        State("starting", Role.MUTED, waiting="starting the trainer"),
        State("loading", Role.MUTED, waiting="loading torch and the data"),
        State("training", Role.GOOD, moves=True, waiting="waiting for the first samples"),
        State("paused", Role.WARNING),
        State("sampling", Role.ACCENT, moves=True, interrupts=True),
        State("evaluating", Role.ACCENT, moves=True, interrupts=True),
        State("saving", Role.ACCENT, moves=True, interrupts=True),
        State("stopping", Role.WARNING),
        State("completed", Role.GOOD),
        State("stopped", Role.WARNING),
        State("ended early", Role.MUTED),  # by the search that it is a trial of
        State("failed", Role.ERROR),
        State("interrupted", Role.ERROR),  # the trainer is gone and has not said why
        State("never began", Role.ERROR),  # no trainer came, or none could write
    )
}
