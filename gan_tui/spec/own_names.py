"""What another program's number is, as far as its name says."""

import re
from collections.abc import Iterable

_RATES = {"lr", "learning", "learningrate"}


def is_loss(name: str) -> bool:
    """Does it call itself a loss?"""
    return "loss" in name.lower()


def is_learning_rate(name: str) -> bool:
    """Does it call itself one? That is set, and not measured."""
    return not _RATES.isdisjoint(re.split("[^a-z]+", name.lower()))


def losses_first(names: Iterable[str]) -> list[str]:
    """In their order otherwise; learning rates last."""
    return sorted(names, key=lambda name: (not is_loss(name), is_learning_rate(name)))
