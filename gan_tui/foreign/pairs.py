"""Names and numbers in a line of text: `name: 0.12`, `name=0.12`, `name 0.12`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gan_tui.foreign import names
from gan_tui.foreign.clean import BREAK

LONGEST_NAME = 48
MOST = 200
"""Pairs of a line."""
_BODY = r"(?:[1-9]\d{0,2}(?:,\d{3})+(?![\d,])(?:\.\d+)?|\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
NUMBER = re.compile(rf"(?<![\w.@\-+/\\^#])(?:[-+]?(?:{_BODY})(?!\d|\.\d|,\d)|[-+]?(?i:nan|inf(?:inity)?)(?!\w))")
_SEPARATOR = re.compile(r"\s*(:=|[:=]|->|(?<=\s)(?:is|was)(?=\s)|\|(?=\s*$))?\s*[\[(]?\s*['\"]?$")
_UNIT = re.compile(
    r"(?i)(?:[a-z°µ][\w/]*|/\s*[a-z]\w*)|\s(?:secs?|seconds?|ms|us|mins?|minutes?|hours?|hrs?|days?|[kmgt]i?b|bytes|mb/s|fps|"
    r"(?:it|iters?|img|imgs|images|samples?|examples|steps?|tokens|batch(?:es)?|seq|pairs|frames|tok|epochs?)(?:\s*(?:/|per )\s*\w+)?|"
    r"[kmgxwhs](?=\s*(?:$|[,;|)\]]|\.\s))|"
    r"(?:files|items|classes|layers|params|parameters|workers|gpus?|devices|threads|times|pixels|px|dpi|hz|[mg]hz|watts))(?![\w=:/])(?!\s*[:=])"
)
_RATIO = re.compile(r"\s*/\s*(\d+)(?![\w.])")
_PERCENT = re.compile(r"\s*\(\s*([-+]?[\d.]+)\s*%\s*\)")
_TWO = re.compile(rf"\s*/\s*([-+]?(?:{_BODY}))(?![\w/])")
_AVERAGE = re.compile(r"\s*\(\s*[-+]?[\d.]+(?:e[-+]?\d+)?\s*%?\s*\)")
_CUT = re.compile(r"[,;|\t{}<>!?~\u2022\u00b7\u2192\x1f]|\s{2,}|\s[-\u2013\u2014*=#]+\s|(?<=\w{4})\.\s|\s?=+\s?>")
_OPENERS = re.compile(
    r"(?i)^(?:(?:with|and|the|a|an|of|at|current|our|got|has|new|now|by|for|on|after|final|then|to|>+|-+|\*+|#+|\.+)\s+)+"
)
_NUMBERED = re.compile(r"\s[A-Za-z]+\s*[:=]")
_POSITION = re.compile(r"\d{3,}\s+\d+\.\d.*")
_WHEN = re.compile(r"(?i)\s+(?:at|in|for|after|on|of) (?:epoch|step|iter|iteration|batch) \d+$")
_LEADER = re.compile(r"(?<=[\w)])\s?\.{3,}\s*$")
"""The dots of `d_loss ....... 0.41`."""
_LETTER = re.compile(r"[^\W\d_]")
_STOP = names.word_set(
    "a about above after an and at below between by down for from in is near of on only or over per set than the to until up was with"
)
"""Words that a name does not end in."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One name with its number, as printed."""

    name: str
    value: float
    explicit: bool
    """A `:`, a `=` or a word stands between the two."""
    fraction: bool
    """The number was written with a decimal point or an exponent, or is no finite one."""


def pairs(text: str) -> Iterator[Pair]:
    """All of a cleaned line, in order; what time, memory and the like is called is left out."""
    seen: set[str] = set()
    end = 0
    for count, match in enumerate(NUMBER.finditer(text)):
        if count > MOST:
            return
        if match.start() < end:
            continue
        lead, start = text[end : match.start()].rpartition(BREAK)[2], match.end()
        tail = text[start : start + 80]
        if re.match(r"\s*[:=](?!=)", tail) and _LETTER.search(lead):
            continue  # a number that is part of a name
        separator = _SEPARATOR.search(lead)
        if separator and not separator[1] and match[0].isdigit() and _NUMBERED.match(tail) and name_in(lead):
            continue  # it is the 1 of `D 1 loss: 0.5`
        if separator and not separator[1] and _POSITION.fullmatch(match[0] + tail) and names.is_measured(name_in(lead)):
            continue  # it is the 1200 of `Train loss 1200 0.51`
        body, sign = (lead[: separator.start()], separator[1]) if separator else (lead, None)
        if match.start() and sign is None and text[match.start() - 1] not in " \t[('\"":
            end = start
            continue
        if re.search(r"\w==$", lead):
            end = start
            continue  # `torch==2.1`
        values, end = _values(match[0], tail, start)
        if not values:
            continue
        name = name_in(body)
        if sign is None and not body[-1:].strip() and not lead[-1:].isspace() and lead[-1:] not in "[('\"":
            continue
        if not name or names.is_never(name):
            continue
        explicit = sign is not None
        if name in seen:
            name = _qualified(body, name, seen)
        fraction = not re.fullmatch(r"[-+]?\d[\d,]*", match[0]) or tail.startswith("%")
        for index, (label, value) in enumerate(_labelled(name, values)):
            if label not in seen:
                seen.add(label)
                yield Pair(label, value, explicit, fraction or index > 0)


def number(text: str) -> float:
    """Of what `NUMBER` has matched."""
    return float(text.replace(",", ""))


def _values(found: str, tail: str, end: int) -> tuple[list[float], int]:
    """What the number and what stands behind it say, none where it has a unit or is one of several; and where that ends."""
    first = number(found)
    if tail.startswith("%"):
        return [first], end + 1
    if unit := _UNIT.match(tail):
        return [], end + unit.end()
    if (ratio := _RATIO.match(tail)) and found.isdigit():
        percent = _PERCENT.match(tail, ratio.end())
        if percent:
            return [number(percent[1])], end + percent.end()
        return [], end + ratio.end()
    if two := _TWO.match(tail):
        return [first, number(two[1])], end + two.end()
    if (average := _AVERAGE.match(tail)) and not re.match(r"\s*\(\s*\d+\s*%", tail):
        return [first], end + average.end()
    return [first], end


def _labelled(name: str, values: list[float]) -> Iterator[tuple[str, float]]:
    """`loss D/G: 0.5/1.2` is two; the second of `D(G(z)): 0.2 / 0.3`, taken after D's step, gets a name of its own."""
    if len(values) == 1:
        yield name, values[0]
    elif match := re.fullmatch(r"(.*?)\b(\w+)\s*/\s*(\w+)(\s+\w+)?", name):
        for part, value in zip((match[2], match[3]), values, strict=True):
            yield f"{match[1]}{part}{match[4] or ''}".strip(), value
    else:
        yield name, values[0]
        yield f"{name} (2)", values[1]


def name_in(body: str) -> str:
    """The name at the end of what stands before a number; empty where there is none."""
    body = _LEADER.sub("", body).rstrip(" \t'\"*`")
    start = 0
    for cut in _CUT.finditer(body):
        start = cut.end()
    name = _innermost(body[start:])
    for sign in (": ", "= "):
        name = name.rpartition(sign)[2]
    name = _OPENERS.sub("", name.strip(" '\"`*-/:>#\u2588\u2501=")).strip(" '\"`")
    name = re.sub(r"^[^\w(\u2207]+", "", _WHEN.sub("", name))
    if (counted := re.fullmatch(r"(.*\S)\s+\d{3,}", name)) and names.is_measured(counted[1]):
        name = counted[1]
    if not _LETTER.search(name) or len(name) > LONGEST_NAME or len(name.split()) > 5 or "\ufffd" in name or "()" in name or "::" in name:
        return ""
    return "" if name.split()[-1].lower() in _STOP and name != "IS" else name


def _innermost(text: str) -> str:
    """What is inside a bracket that is open at the end, or behind one that was closed before; `D(G(z))` stays whole."""
    depth = 0
    for index in range(len(text) - 1, -1, -1):
        if text[index] in ")]":
            depth += 1
        elif text[index] in "([":
            depth -= 1
            if depth < 0:
                return text[index + 1 :]
    return text if depth == 0 else re.split(r"[)\]]", text, maxsplit=depth)[-1]


def _qualified(body: str, name: str, seen: set[str]) -> str:
    """A name that stands twice in a line gets what stands before it, as in `train: loss 0.5 | val: loss 0.4`."""
    before = body[: body.rfind(name)].rstrip(" :-=[(|,")
    word = re.split(r"[^\w.]+", before)[-1]
    return f"{word} {name}" if _LETTER.search(word) and f"{word} {name}" not in seen else f"{name} (2)"
