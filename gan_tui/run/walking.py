"""What the live latent walk and the process that generates for it say to each other."""

from typing import Annotated

import msgspec
from msgspec import Meta

from gan_tui.run.companion import Dialogue, Refused
from gan_tui.run.images import Images

Count = Annotated[int, Meta(ge=1, le=64)]
Place = Annotated[float, Meta(ge=-1e6, le=1e6)]


class Wanted(msgspec.Struct, frozen=True):
    """Samples around a place on two great circles through the latents of a seed."""

    number: int
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    x: Place
    y: Place
    """Radians from the beginning, along each."""
    columns: Count
    rows: Count
    spacing: Annotated[float, Meta(ge=0, le=10)]
    """Radians from one column, or row, to the next."""
    truncation: Annotated[float, Meta(gt=0, le=10)] | None = None


class Begun(msgspec.Struct, tag="begun", frozen=True):
    """The generator is read."""

    classes: int
    """That it knows; 0: none. Of one that knows some, a sample of each class is generated, and no map of places."""
    step: int
    """Of the checkpoint."""
    ema: bool
    of: int = 0
    """Classes that there are, where these are the first of more."""


class Generated(msgspec.Struct, tag="generated", frozen=True):
    """The samples, row by row."""

    number: int
    columns: int
    """In a row of the map; 0: they are of classes, and no map."""
    images: Images
    step: int
    seconds: float


Reply = Begun | Generated | Refused
DIALOGUE: Dialogue[Wanted, Reply] = Dialogue("gan_tui.training.walking", Wanted, Reply)
