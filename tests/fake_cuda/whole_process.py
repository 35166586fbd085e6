"""The fake card for the life of a process."""

import importlib
from contextlib import AbstractContextManager
from typing import Any

from tests.fake_cuda.card import card

_kept: list[object] = []


def install(scene: str = "", **wishes: Any) -> AbstractContextManager[object]:
    """Put it into this process, which has imported torch; it goes when nobody keeps what comes back, here or elsewhere.

    `wishes`: fields of Card. `scene`: a module of tests whose `play(card)` may spoil something.
    """
    context = card(**wishes)
    made = context.__enter__()
    _kept.append(context)
    if scene:
        importlib.import_module(scene).play(made)
    return context
