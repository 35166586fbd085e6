"""What the live knobs are, what each is at, and the next step up or down. No Textual in here."""

import math

from gan_tui import config
from gan_tui.errors import UserError
from gan_tui.render.glyphs import UNICODE
from gan_tui.render.text import plain
from gan_tui.run.directory import RunDirectory
from gan_tui.run.state import RunState
from gan_tui.spec.commands import LIVE_SETTINGS, LiveSetting

FACTOR = 1.25
"""One step of a rate: three of them are a doubling, and one is hardly ever too much."""
FROM_ZERO = 0.1
"""The step up from 0, of a weight that may be 0."""

KNOBS = tuple(knob for knob in LIVE_SETTINGS.values() if not knob.of_outlines)
"""Of the training of a GAN."""


def knobs_of(run: RunDirectory, state: RunState | None) -> tuple[LiveSetting, ...]:
    """What may be turned: what its task lets be, or what a script has offered."""
    offered = state.offers.knobs if state is not None and state.offers is not None else {}
    of_task = tuple(run.task.live_of(outlines=run.outlines).values())
    return of_task or tuple(LiveSetting(name, plain(name, UNICODE)) for name in offered)


def read_settings(run: RunDirectory, state: RunState | None = None) -> dict[str, float]:
    """What `run.toml` says of each knob, or a script that has offered them. An external training loop may have none of them."""
    task = run.task
    if state is not None and state.offers is not None:
        return dict(state.offers.knobs)
    try:
        settings = run.settings()
    except UserError:
        return {}
    return {key: float(config.get(settings, key)) for key in task.live}


def schedule_in_words(run: RunDirectory) -> str:
    """That the rates are not what the steps are taken with, where a schedule makes less of them; else nothing."""
    try:
        settings = run.settings()
    except UserError:
        return ""
    if not isinstance(settings, config.RunConfig) or settings.optimizer.schedule == "constant":
        return ""
    return f"steps take a share of the rates, which falls: {settings.optimizer.schedule}"


def current(knob: LiveSetting, settings: dict[str, float], state: RunState | None) -> float | None:
    """What the trainer goes by: the last change that it confirmed, else what the run began with."""
    changed = state.changed if state is not None else {}
    return changed.get(knob.key, settings.get(knob.key))


def stepped(knob: LiveSetting, value: float, up: bool) -> float:
    """The next value up or down, in three digits, so that a step there and a step back meet."""
    if knob.whole:
        return max(1.0, value + (1 if up else -1))
    if not value:
        return FROM_ZERO if up else 0.0
    return float(f"{value * FACTOR if up else value / FACTOR:.3g}")


def in_words(knob: LiveSetting, value: float) -> str:
    """A value as it is sent and shown."""
    return f"{value:.0f}" if knob.whole else f"{value:g}"


def problem_with(knob: LiveSetting, words: str) -> str:
    """Why what was typed cannot be sent at all; empty where it can. Whether it is allowed is for the trainer to say."""
    try:
        value = float(words)
    except ValueError:
        return f"'{words}' is not a number"
    if not math.isfinite(value):
        return f"'{words}' is not a number"
    return f"{knob.label}: whole numbers only" if knob.whole and value != round(value) else ""
