"""What the screen believes of losses is what they are defined as."""

import pytest

from gan_tui.losses import LOSSES
from gan_tui.run.events import Started
from gan_tui.run.ideals import IDEALS, Ideal, ideal_of


def test_both_say_the_same() -> None:
    assert IDEALS.keys() == LOSSES.keys()
    for name, pair in LOSSES.items():
        assert IDEALS[name] == pytest.approx((pair.d_ideal, pair.g_ideal, pair.probabilities))


def test_the_trainer_has_the_last_word() -> None:
    silent = Started(device="cpu", device_name="cpu", epochs=1, steps_per_epoch=1)
    said = Started(device="cpu", device_name="cpu", epochs=1, steps_per_epoch=1, d_ideal=1.0, g_ideal=2.0, probabilities=False)
    assert ideal_of(said, "non-saturating") == Ideal(1.0, 2.0, False)
    assert ideal_of(silent, "hinge") == IDEALS["hinge"]
    assert ideal_of(None, "mine") is None
    assert ideal_of(None, None) is None
