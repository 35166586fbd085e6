"""A scene: the card's memory ends at one place of a run. Which one stands in `Card.place`."""

import importlib
from collections.abc import Callable
from typing import Any

import torch

from tests.fake_cuda.card import Card

WORDS = "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.00 GiB of which 1.00 GiB is free."
FROM_STEP = 25
"""A step of the run that has checkpoints before it."""
PLACES = {
    "evaluation": ("gan_tui.training.evaluation", "EvaluationScheduler", "run"),
    "preview": ("gan_tui.training.pictures", "Pictures", "write_preview"),
    "save": ("gan_tui.training.checkpoint", "", "save"),
    "step": ("gan_tui.training.session", "Session", "advance"),
}
"""By name: module, class and function."""


def play(card: Card) -> None:
    """Spoil one place: inside of what happens there, no operation on the card finds memory."""
    inside: list[bool] = []

    def full(name: str) -> None:
        if inside or (card.place == "capture" and card.capturing):
            raise torch.OutOfMemoryError(WORDS)

    card.recorder.before_each = full
    if card.place in PLACES:
        module, owner, name = PLACES[card.place]
        loaded = importlib.import_module(module)
        _spoil(getattr(loaded, owner) if owner else loaded, name, card.place, inside)


def _spoil(owner: Any, name: str, place: str, inside: list[bool]) -> None:
    original: Callable[..., Any] = getattr(owner, name)
    calls = 0

    def spoiled(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if place == "evaluation" or (calls == 2 if place in ("preview", "save") else arguments[0].progress.step >= FROM_STEP):
            inside.append(True)
        try:
            return original(*arguments, **options)
        finally:
            inside.clear()

    setattr(owner, name, spoiled)
