"""The settings that may change while a run trains: what they are now, and the next step up or down. Pure functions."""

import math
from dataclasses import dataclass

from gan_tui.errors import UserError
from gan_tui.run.directory import RunDirectory
from gan_tui.run.state import RunState

FACTOR = 1.25
"""One step of a rate: three of them are a doubling, and one is hardly ever too much."""


@dataclass(frozen=True)
class Knob:
    """One of them."""

    setting: str
    """As `gan-tui settings` names it."""
    label: str
    whole: bool = False
    """Counts instead of measuring."""

    @property
    def short(self) -> str:
        """Its name where there is little room."""
        return self.setting.partition(".")[2]


KNOBS = (
    Knob("optimizer.d_lr", "learning rate of D"),
    Knob("optimizer.g_lr", "learning rate of G"),
    Knob("train.d_steps", "D steps per G step", whole=True),
)


def read_settings(run: RunDirectory) -> dict[str, float]:
    """What `run.toml` says of each knob. Somebody's own loop may have none of them."""
    try:
        settings = run.config()
    except UserError:
        return {}
    optimizer, train = settings.optimizer, settings.train
    return {"optimizer.d_lr": optimizer.d_lr, "optimizer.g_lr": optimizer.g_lr, "train.d_steps": float(train.d_steps)}


def current(knob: Knob, settings: dict[str, float], state: RunState | None) -> float | None:
    """What the trainer goes by: the last change that it confirmed, else what the run began with."""
    changed = state.changed if state is not None else {}
    return changed.get(knob.setting, settings.get(knob.setting))


def stepped(knob: Knob, value: float, up: bool) -> float:
    """The next value up or down, in three digits, so that a step there and a step back meet."""
    if knob.whole:
        return max(1.0, value + (1 if up else -1))
    return float(f"{value * FACTOR if up else value / FACTOR:.3g}")


def in_words(knob: Knob, value: float) -> str:
    """A value as it is sent and shown."""
    return f"{value:.0f}" if knob.whole else f"{value:g}"


def problem_with(knob: Knob, words: str) -> str:
    """Why what was typed cannot be sent at all; empty where it can. Whether it is allowed is for the trainer to say."""
    try:
        value = float(words)
    except ValueError:
        return f"'{words}' is not a number"
    if not math.isfinite(value):
        return f"'{words}' is not a number"
    return f"{knob.label}: whole numbers only" if knob.whole and value != round(value) else ""
