"""What a value may be, in words that a person understands who has typed another one."""

from collections.abc import Sequence
from typing import Any, Literal, get_args, get_origin

from msgspec import Meta

Bound = int | float | None
NAMES = "names"
"""Under which a setting that may be something else as well declares what has a name."""


def choices(hint: Any) -> tuple[str, ...]:
    """All that a setting with this type may be, where that is a list."""
    kind = get_args(hint)[0]
    return tuple(map(str, get_args(kind))) if get_origin(kind) is Literal else ("true", "false") if kind is bool else ()


def names(hint: Any) -> tuple[str, ...]:
    """The same, and of what may be something else as well (a path, code of a person's own) those that have a name."""
    metas = [meta for meta in get_args(hint)[1:] if isinstance(meta, Meta)]
    return choices(hint) or next((tuple(meta.extra[NAMES]) for meta in metas if meta.extra), ())


def allowed(hint: Any) -> str:
    """Of a setting with this type: `a whole number, 1 to 60,000`, `crop, pad or stretch`."""
    kind, *others = get_args(hint)
    metas = [meta for meta in others if isinstance(meta, Meta)]
    if listed := choices(hint):
        return either(listed)
    if title := next((meta.title for meta in metas if meta.title), None):
        return title
    if kind not in (int, float):
        return next(meta.description for meta in metas if meta.description)
    low, above, high, below, step = (_bound(metas, name) for name in ("ge", "gt", "le", "lt", "multiple_of"))
    within = numbers(low if above is None else above, high if below is None else below, above=above is not None, below=below is not None)
    return f"{'a whole number' if kind is int else 'a number'}{within}" + (f", a multiple of {step}" if step else "")


def example(hint: Any, default: Any) -> str:
    """A value of such a setting as it is typed: one that was chosen to be shown, else its default; empty where that says nothing."""
    shown = next((meta.examples[0] for meta in get_args(hint)[1:] if isinstance(meta, Meta) and meta.examples), default)
    return "" if isinstance(shown, tuple) else str(shown).lower() if isinstance(shown, bool) else str(shown)


def numbers(low: Bound, high: Bound, *, above: bool = False, below: bool = False) -> str:
    """`, 1 to 60,000`, ` above 0, at most 10`: what stands behind `a number`. `above`, `below`: without the bound itself."""
    if low is not None and high is not None and not above and not below:
        return f", {_number(low)} to {_number(high)}"
    least = "" if low is None else f" above {_number(low)}" if above else f", {_number(low)} or more"
    most = "" if high is None else f" below {_number(high)}" if below else f" at most {_number(high)}"
    return f"{least}{',' if least and most else ''}{most}"


def either(words: Sequence[str]) -> str:
    """`crop, pad or stretch`."""
    return " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def _bound(metas: Sequence[Meta], name: str) -> Bound:
    return next((found for meta in metas if (found := getattr(meta, name)) is not None), None)


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}" if abs(value) < 1e6 else f"{value:,.0f}"
