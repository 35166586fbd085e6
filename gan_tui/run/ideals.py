"""What a loss is where neither network can improve, for readers that may not import torch.

`gan_tui/losses.py` is where the losses are defined; `tests/training/test_ideals.py` holds the two together.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

from gan_tui.run.events import Started

_LN2 = math.log(2)


class Ideal(NamedTuple):
    """A loss in balance: generated images are as good as real ones."""

    d_loss: float
    g_loss: float
    probabilities: bool
    """Is D's output a belief? If not, D(x) and D(G(z)) mean nothing."""


IDEALS: Mapping[str, Ideal] = {
    "non-saturating": Ideal(2 * _LN2, _LN2, True),
    "saturating": Ideal(2 * _LN2, -_LN2, True),
    "relativistic": Ideal(_LN2, _LN2, False),
    "hinge": Ideal(2.0, 0.0, False),
    "wasserstein": Ideal(0.0, 0.0, False),
}
"""By the name that `loss.name` takes."""


def ideal_of(started: Started | None, loss: str | None) -> Ideal | None:
    """What the trainer has said of its loss; of an older run, what is known of a loss of that name. None: nobody knows."""
    if started is not None and started.d_ideal is not None and started.g_ideal is not None:
        return Ideal(started.d_ideal, started.g_ideal, started.probabilities)
    return IDEALS.get(loss or "")
