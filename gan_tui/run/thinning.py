"""Which of many things stay, when there is room for some: evenly over all of them, the first and the newest among them."""

from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

Value = TypeVar("Value")


class Thinning(msgspec.Struct):
    """By their order, for their keys may be any numbers: steps that are all odd, say."""

    stride: Annotated[int, Meta(ge=1)] = 1
    """Every such one stays."""
    passed: Annotated[int, Meta(ge=0)] = 0
    """How many have come since the last that stays; the newest is there only for being that, if there are any."""

    def add(self, found: dict[int, Value], key: int, value: Value, most: int) -> None:
        """Add one to those that were added so far; at most `most` stay, which are 2 or more."""
        newest = next(reversed(found), None)
        if newest == key:
            found[key] = value
            return
        if newest is not None and self.passed:
            del found[newest]
        found.pop(key, None)
        found[key] = value
        self.passed = (self.passed + 1) % self.stride
        while len(found) > most:
            self._halve(found)

    def _halve(self, found: dict[int, Value]) -> None:
        *before, newest = found
        regular = before if self.passed else [*before, newest]
        for key in regular[1::2]:
            if key != newest:
                del found[key]
        self.passed += self.stride * (len(regular) % 2 == 0)
        self.stride *= 2
