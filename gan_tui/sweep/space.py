"""What a search may choose from: ranges and choices, as they were typed, and what a choice says in settings."""

from collections.abc import Sequence
from contextlib import suppress
from math import log, log10
from typing import Annotated

import msgspec
from msgspec import Meta

from gan_tui import config
from gan_tui.config import RATES, RunConfig
from gan_tui.errors import RefusedError, UserError
from gan_tui.printable import printable
from gan_tui.sweep.comparable import refuse_fixed
from gan_tui.sweep.plan import BOTH_RATES, LOG, split, whole
from gan_tui.sweep.report import FAR, MOST_VALUES

Value = float | int | str
Key = Annotated[str, Meta(pattern=r"\A[a-z_]+\.[a-z0-9_]+\Z", max_length=60)]
Number = Annotated[float, Meta(ge=-FAR, le=FAR)]
Text = Annotated[str, Meta(min_length=1, max_length=200)]
NEAR = 0.05
"""Share of a range at either end: a best value within it says that better ones may lie outside."""
HOW = "write A..B, log:A..B with A above 0, or a list, A,B,C"


class Dimension(msgspec.Struct, frozen=True):
    """One setting, or several that move together: a range `low` to `high`, or `choices`."""

    keys: Annotated[tuple[Key, ...], Meta(min_length=1, max_length=20)]
    low: Number = 0.0
    high: Number = 0.0
    log: bool = False
    whole: bool = False
    choices: Annotated[tuple[Text, ...], Meta(max_length=MOST_VALUES)] = ()

    def __post_init__(self) -> None:
        """Raises ValueError."""
        if self.choices:
            if len(set(self.choices)) < len(self.choices) or len(self.choices) < 2:
                raise ValueError("choices must be two or more, all different")
            if any(choice != printable(choice) for choice in self.choices):
                raise ValueError("a choice holds signs that do not print")
        elif not self.low < self.high or (self.log and self.low <= 0):
            raise ValueError("a range must go up, and a logarithmic one begin above 0")

    @property
    def name(self) -> str:
        """`lr`, `loss.r1`, `loss.r1,loss.r2`: as it was typed."""
        return BOTH_RATES if self.keys == RATES else ",".join(self.keys)

    def setting(self, value: Value) -> str:
        """A value as settings read it: the very number that the journal has."""
        if isinstance(value, str):
            return value
        return str(int(value)) if self.whole else repr(float(value)).removesuffix(".0")

    def text(self, value: Value) -> str:
        """A value as people see it: with four digits of the range, however far from 0 that lies."""
        if self.whole or isinstance(value, str):
            return self.setting(value)
        farthest = max(abs(self.low), abs(self.high))
        return f"{value:.{4 + min(12, int(log10(farthest / (self.high - self.low))))}g}"

    def ends(self) -> Sequence[Value]:
        """All choices, or both ends of the range."""
        return self.choices or (self.low, self.high)

    def edge(self, value: Value) -> str:
        """`low` or `high` where the value lies near that end of the range, else nothing."""
        share = self.share(value)
        if self.choices or NEAR <= share <= 1 - NEAR:
            return ""
        return "low" if share < NEAR else "high"

    def share(self, value: Value) -> float:
        """Where it lies in the range or among the choices, 0 to 1."""
        if isinstance(value, str):
            return self.choices.index(value) / (len(self.choices) - 1) if value in self.choices else 0.0
        if self.log:
            if value <= 0:
                return 0.0
            return min(1.0, max(0.0, log(value / self.low) / log(self.high / self.low)))
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


def dimension_of(over: str) -> Dimension:
    """What `--over` says: `lr=log:3e-5..3e-3`, `loss.r1,loss.r2=0..8`, `loss.name=hinge,wasserstein`. Raises UserError."""
    keys, text = split(over)
    integers = whole(keys)
    refuse_fixed(keys)
    try:
        if ".." not in text:
            return Dimension(keys, choices=tuple(part.strip() for part in text.split(",")))
        low, high = (float(part) for part in text.removeprefix(LOG).split("..", 1))
        if not max(abs(low), abs(high)) <= FAR or (integers and not (low.is_integer() and high.is_integer())):
            raise ValueError
        return Dimension(keys, low, high, log=text.startswith(LOG), whole=integers)
    except ValueError:
        what = "whole numbers" if integers else "numbers"
        why = f"no range of {what} for {','.join(keys)}, and no list: {HOW}, at most {MOST_VALUES} of them"
        raise RefusedError(f"'{text}' is {why}", why) from None


def check(base: RunConfig, dimensions: Sequence[Dimension]) -> None:
    """Does every end and choice fit by itself? Raises UserError."""
    keys = [key for dimension in dimensions for key in dimension.keys]
    if twice := next((key for key in keys if keys.count(key) > 1), None):
        raise UserError(f"{twice} is in two --over: leave one of them out")
    for dimension in dimensions:
        for value in dimension.ends():
            settings_of(base, [dimension], [value])


def settings_of(base: RunConfig, dimensions: Sequence[Dimension], values: Sequence[Value]) -> RunConfig:
    """The settings of a trial. Raises UserError where these do not go together."""
    return config.change(base, assignments(dimensions, values), begun=False)


def examples(base: RunConfig, dimensions: Sequence[Dimension]) -> list[RunConfig]:
    """Settings of as few trials as show each end and each choice; without those that do not go together, which are refused."""
    ends, found = [dimension.ends() for dimension in dimensions], list[RunConfig]()
    for index in range(max(map(len, ends))):
        with suppress(UserError):
            found.append(settings_of(base, dimensions, [of_one[min(index, len(of_one) - 1)] for of_one in ends]))
    return found


def assignments(dimensions: Sequence[Dimension], values: Sequence[Value]) -> list[str]:
    """The same as words: `section.key=value`."""
    return [f"{key}={dimension.setting(value)}" for dimension, value in zip(dimensions, values, strict=True) for key in dimension.keys]


def labels(dimensions: Sequence[Dimension]) -> list[str]:
    """Short names, as column headings: without the section where that is clear."""
    short = [dimension.name.split(",")[0].rpartition(".")[2] + ("+" if dimension.name.count(",") else "") for dimension in dimensions]
    return [one if short.count(one) == 1 else dimension.name for one, dimension in zip(short, dimensions, strict=True)]
