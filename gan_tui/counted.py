"""How many of something, and how long, in words, and what such words mean. Every text needs it, so it stands below all folders."""

import re

NUMBER = r"\d{1,12}(?:\.\d{1,6})?"
_UNITS = {"w(eeks?)?": 604_800.0, "d(ays?)?": 86_400.0, "h(ours?)?": 3600.0, "m(in|inutes?)?": 60.0, "s(ec|econds?)?": 1.0}
_SECONDS = {unit[0]: seconds for unit, seconds in _UNITS.items()}
TIME = r"(?=\d)" + " ?".join(f"({NUMBER} ?{unit})?" for unit in _UNITS) + "(?<! )"
"""The pattern of a time as a person types it, or copies it from a screen: `90s`, `2m30s`, `1h 02m`, `1 h 30 min`, `1.5h`, `2 days`."""


def counted(count: int, noun: str, many: str | None = None) -> str:
    """`1 run`, `1,200 runs`, `0 runs`; `many` where that is another word than the noun with an s: `2 classes`."""
    return f"{count:,} {noun if count == 1 else many or f'{noun}s'}"


def time_words(seconds: float) -> str:
    """A time in at most 7 characters: `8s`, `3m 07s`, `5h 12m`, `12d 4h`, `120d`; finite, and not below 0."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02}s"
    if whole < 86_400:
        return f"{whole // 3600}h {whole % 3600 // 60:02}m"
    days = whole // 86_400
    return f"{days}d {whole % 86_400 // 3600}h" if days < 100 else f"{days}d"


def seconds_of(text: str) -> float | None:
    """What a time means that is written as `TIME` says; None where it is not."""
    if not re.fullmatch(TIME, text):
        return None
    return sum(float(count) * _SECONDS[unit] for count, unit in re.findall(rf"({NUMBER}) ?([a-z])", text))
