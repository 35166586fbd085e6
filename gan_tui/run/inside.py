"""What an evaluation sees inside the networks, as fields of its event: D's logits, and what the layers do."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Scalar = float | Literal["nan", "inf", "-inf"]
"""JSON has no NaN and no infinity, and both are normal news from a GAN: they travel as words."""
Counts = Annotated[tuple[Annotated[int, Meta(ge=0, le=10**12)], ...], Meta(max_length=100)]
NetworkName = Literal["G", "D"]
MOST_LAYERS = 200
"""Of both networks that are logged: a line of the log stays short."""


class Logits(msgspec.Struct, frozen=True):
    """D's logits of one evaluation: how many images lie in each of so many equal parts of `low` to `high`, what lies beyond in the
    outermost."""

    low: float
    high: float
    real: Counts
    """Held-out images."""
    generated: Counts
    """Samples."""

    @property
    def sound(self) -> bool:
        """Can it be drawn? A log may have been written by anybody."""
        sizes = -1e300 < self.low < self.high < 1e300 and len(self.real) == len(self.generated)
        return sizes and sum(self.real) > 0 and sum(self.generated) > 0


class Layer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One layer of a network, in one batch."""

    network: NetworkName
    name: Annotated[str, Meta(max_length=100)]
    """As in the state dict: `0`, `core.2`."""
    shape: Annotated[tuple[int, ...], Meta(max_length=8)] = ()
    """Of its weight."""
    function: Annotated[str, Meta(max_length=40)] = ""
    """The activation function behind it; empty where none was seen."""
    activation: Scalar | None = None
    """Mean absolute value of what comes out, behind that function where there is one; None: the layer was not called."""
    dead: float | None = None
    """Share of its units that are below 0 in the whole batch; None where the function behind it is no ReLU."""
    gradient: Scalar | None = None
    """Length of the gradient of its weights, penalties left out; None where they are frozen."""
    update: Scalar | None = None
    """How far its weights have come since the evaluation before, as a share of their length, a step; None in the first one."""


Layers = Annotated[tuple[Layer, ...], Meta(max_length=MOST_LAYERS)]
