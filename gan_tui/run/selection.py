"""Runs chosen by words, `fd<3 preset=classic tag:good since:2d`, and put in an order: what `gan-tui runs` and its browser understand."""

import math
import operator
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from gan_tui import config
from gan_tui.counted import seconds_of
from gan_tui.errors import UserError
from gan_tui.nearest import perhaps
from gan_tui.run.features import NOT_SAID
from gan_tui.run.settings_table import PRESET
from gan_tui.run.summary import Summary


class Listed(NamedTuple):
    """One run of a list."""

    summary: Summary
    settings: Mapping[str, object]
    """By their keys; empty where they are not known."""
    host: str = ""
    """On which it is; empty: on this machine."""
    is_sweep: bool = False
    """It is a sweep: its trials are in its folder, and its verdict says what they add up to."""


Kind = Literal["number", "text", "tag", "duration", "since", "before"]
Value = float | str | None


class Field(NamedTuple):
    """What can be asked for, and sorted by."""

    kind: Kind
    meaning: str
    value: Callable[[Listed], Value]
    falls: bool = False
    """Is the largest the first, in an order?"""
    by_network: bool = False
    """Do its values compare within a feature network only?"""


FIELDS: dict[str, Field] = {
    "name": Field("text", "a word in its name", lambda one: one.summary.name),
    "state": Field("text", "training, completed, stopped, failed, ...", lambda one: one.summary.state),
    "tag": Field("tag", "it has this tag", lambda one: " ".join(one.summary.tags)),
    "fd": Field("number", "the lowest Frechet distance so far", lambda one: one.summary.best_fd, by_network=True),
    "last_fd": Field("number", "the newest", lambda one: one.summary.fd, by_network=True),
    "network": Field("text", "that in whose features its Frechet distances were measured", lambda one: one.summary.network),
    "step": Field("number", "steps done", lambda one: float(one.summary.step), falls=True),
    "epoch": Field("number", "epochs done", lambda one: float(one.summary.epoch), falls=True),
    "elapsed": Field("duration", "time of training: elapsed>30m", lambda one: one.summary.elapsed, falls=True),
    "since": Field("since", "heard of since then: since:2d, since:2026-11-20", lambda one: one.summary.seen),
    "before": Field("before", "heard of last before then", lambda one: one.summary.seen),
    "verdict": Field("text", "a word in its verdict", lambda one: one.summary.verdict),
    "level": Field("text", "good, info, warning or bad", lambda one: one.summary.level),
}
ORDERS = ("date", *(name for name, field in FIELDS.items() if field.kind in ("number", "text", "duration") and name != "verdict"))
"""By which runs are sorted, besides any setting; `date`: those that train first, then the last one heard of."""
_TERM = re.compile(r"(!?)([A-Za-z][\w.]*)(<=|>=|!=|=|<|>|:)(\S+)")
_COMPARED = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
GRAMMAR = (
    "words that all must hold: a word in the name; field:text, field=value, field!=value, and of numbers < <= > >=; "
    "! before one turns it round. Fields: {fields}, and any setting (`gan-tui settings`) by its key or the last word of it: "
    "preset=classic g_lr>1e-4"
)
"""What is understood, for people."""
Test = Callable[[Listed], bool]


class Filter(NamedTuple):
    """What runs must be."""

    tests: Sequence[Test]
    names_only: bool
    """Can it be told from a name?"""
    settings: bool
    """Does it ask for settings?"""

    def lets_through(self, one: Listed) -> bool:
        """Is it all of that?"""
        return all(test(one) for test in self.tests)

    def lets_through_name(self, name: str) -> bool:
        """Likewise of what has a name and nothing else that a run has: a sweep, a folder that cannot be read."""
        nothing = Summary(name, "", "starting", False, 0, None, 0, None, None, 0.0, None, None)
        return self.names_only and self.lets_through(Listed(nothing, {}))


class Wanted(NamedTuple):
    """What a list is to show, as a person says it."""

    words: str = ""
    order: str = "date"
    archived: bool = False
    """Those that were put away too."""


EVERYTHING = Wanted()


def grammar() -> str:
    """It, with its fields."""
    return GRAMMAR.format(fields=", ".join(FIELDS))


def parse(text: str, now: Callable[[], float] = time.time) -> Filter:
    """Raises UserError for what is not understood."""
    tests, fields = [], []
    for word in text.split():
        match = _TERM.fullmatch(word)
        if match is None:
            if word == "!" or re.search(r"[<>=]", word) or (word.endswith(":") and word.strip("!:") in FIELDS):
                raise UserError(f"'{word[:60]}' is no condition: write one as fd<3, preset=classic, tag:good or since:2d, without spaces")
            tests.append(_in_the_name(word))
            continue
        turned, name, sign, value = match.groups()
        try:
            found = _test(name, sign, value, now)
        except UserError as error:
            said = str(error)
            raise UserError(said if said.startswith(f"'{word[:60]}'") else f"'{word[:60]}': {said}") from None
        tests.append(_not(found) if turned else found)
        fields.append(name)
    return Filter(tests, not fields, any(name not in FIELDS for name in fields))


def _in_the_name(word: str) -> Test:
    turned, wanted = word.startswith("!") and len(word) > 1, word.removeprefix("!").lower()
    return lambda one: (wanted in one.summary.name.lower()) != turned


def _not(test: Test) -> Test:
    return lambda one: not test(one)


def _test(name: str, sign: str, value: str, now: Callable[[], float]) -> Test:
    field = FIELDS.get(name)
    if field is None:
        key = setting_of(name)
        return _compare(lambda one: _plain(one.settings.get(key)), sign, value, _kind_of(value))
    match field.kind:
        case "tag":
            if sign not in (":", "=", "!="):
                raise UserError(f"a tag is there or not: tag:{value}")
            return lambda one: (value in one.summary.tags) != (sign == "!=")
        case "since" | "before":
            moment = _moment(value, now())
            if sign not in (":", "=") or moment is None:
                raise UserError(f"'{name}{sign}{value}' is no time: write {name}:2d (s, m, h, d, w), or {name}:2026-11-20")
            if field.kind == "since":
                return lambda one: one.summary.seen is not None and one.summary.seen >= moment
            return lambda one: one.summary.seen is not None and one.summary.seen < moment
        case "duration":
            seconds = seconds_of(value)
            if seconds is None:
                raise UserError(f"'{value}' is no length of time: write 90s, 30m, 1h30m, 1d or 1w")
            return _compare(field.value, sign, str(seconds), "number")
        case _:
            return _compare(field.value, sign, value, field.kind)


def _compare(of: Callable[[Listed], Value], sign: str, value: str, kind: str) -> Test:
    """A test of numbers, or of text."""
    number = _number(value)
    if kind == "number" or sign in _COMPARED:
        if number is None:
            raise UserError(
                f"{sign} compares numbers, and '{value[:60]}' is none: write one, as in fd<3"
                if sign in _COMPARED
                else f"'{value[:60]}' is no number: write one, as in step=600"
            )
        compare = _COMPARED.get(sign)

        def of_numbers(one: Listed) -> bool:
            found = _number(of(one))
            if found is None:
                return False
            return compare(found, number) if compare else (found == number) != (sign == "!=")

        return of_numbers
    wanted = value.lower()

    def of_text(one: Listed) -> bool:
        found = of(one)
        if found is None:
            return False
        text = str(found).lower()
        return wanted in text if sign == ":" else (text == wanted) != (sign == "!=")

    return of_text


def setting_of(name: str) -> str:
    """The key that a name means: whole, or its last word where only one setting has that. Raises UserError."""
    if name == PRESET:
        return PRESET
    keys = [setting.key for setting in config.settings()]
    found = [key for key in keys if name in (key, key.partition(".")[2])]
    if name in found:
        return name
    if len(found) == 1:
        return found[0]
    if found:
        raise UserError(f"'{name}' could be any of {', '.join(found)}: write it whole")
    meant = perhaps(name[:60], (*FIELDS, PRESET, *keys))
    raise UserError(f"there is no '{name[:60]}'{meant} to be asked for: {', '.join(FIELDS)}, or a setting (`gan-tui settings`)")


def in_order(runs: Iterable[Listed], order: str) -> list[Listed]:
    """Sorted by `order`; with a minus before it, the other way round. What has no value comes last. Raises UserError.

    Distances in the features of two networks are on two scales: by them, the runs of each network stand together.
    """
    turned, name = order.startswith("-"), order.removeprefix("-")
    if name == "date":
        found = sorted(runs, key=lambda one: (not one.summary.alive, -(one.summary.seen or 0.0) * (not one.summary.alive)))
        return found[::-1] if turned else found
    field = FIELDS.get(name)
    if field is not None and name not in ORDERS:
        raise UserError(f"runs are not sorted by '{name}': {', '.join(ORDERS)}, or a setting")
    key = setting_of(name) if field is None else ""
    of = field.value if field is not None else (lambda one: _plain(one.settings.get(key)))
    falls = (field.falls if field is not None else False) != turned
    known = [(value, one) for one in runs if (value := _comparable(of(one))) is not None]
    lost = [one for one in runs if _comparable(of(one)) is None]
    found = [one for _, one in sorted(known, key=lambda pair: pair[0], reverse=falls)]
    if field is not None and field.by_network:
        found.sort(key=lambda one: (one.summary.network is None, one.summary.network or ""))
    return found + lost


def networks_of(runs: Iterable[Listed]) -> list[str]:
    """Those in whose features their Frechet distances were measured, by name: where there are two, these do not compare."""
    measured = {one.summary.network for one in runs if one.summary.best_fd is not None}
    return sorted(filter(None, measured)) + [NOT_SAID] * (None in measured)


def compares_all(runs: Iterable[Listed], order: str) -> bool:
    """Do all of them stand in one order, or those of each feature network in one of their own?"""
    field = FIELDS.get(order.removeprefix("-"))
    return field is None or not field.by_network or len(networks_of(runs)) < 2


def _comparable(value: Value) -> tuple[bool, float, str] | None:
    """Numbers before words."""
    if value is None or value == "":
        return None
    number = _number(value)
    return (False, number, "") if number is not None else (True, 0.0, str(value).lower())


def _plain(value: object) -> Value:
    if value is None or isinstance(value, float | str):
        return value
    return str(value).lower() if isinstance(value, bool) else float(value) if isinstance(value, int) else str(value)


def _kind_of(value: str) -> str:
    return "number" if _number(value) is not None else "text"


def _number(value: Value) -> float | None:
    try:
        found = float(value) if value is not None else math.nan
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def _moment(value: str, now: float) -> float | None:
    """Unix time: so long ago, or the beginning of a day."""
    if (ago := seconds_of(value)) is not None:
        return now - ago
    try:
        return datetime.fromisoformat(value).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
