"""What a piece of text is, and so its colour: themes say which, for the screen and for charts that are printed."""

from typing import NamedTuple

from gan_tui.spec.styles import Role

__all__ = ["PALE", "RUN_COLOURS", "RUN_COLOURS_ON_LIGHT", "RUN_ROLES", "Banded", "Look", "Role"]


class Banded(NamedTuple):
    """A sign in the colour of `role` (or in its pale one, that of a band), on the ground or on the band of another role."""

    role: Role
    pale: bool = False
    on: Role | None = None


Look = str | Banded
"""The name of a role, or that of a run that is compared; or of a band."""
PALE = 0.25
"""Of a role's colour in that of its band; the rest is the ground's. With less of it an orange one is dark red in 256 colours."""

RUN_COLOURS = ("#56b4e9", "#e69f00", "#00b386", "#cc79a7", "#d55e00", "#7f7fff", "#b5a200", "#8c8c8c")
"""Of runs that are compared: Okabe and Ito's, three of them shifted so that all can be seen on black and on white."""
RUN_COLOURS_ON_LIGHT = ("#0072b2", "#946000", "#007a5e", "#a8437f", "#bf3f00", "#5a55d6", "#736700", "#6b6b6b")
"""The same in their order, dark enough to be read as words on a light ground."""
RUN_ROLES = tuple(f"run-{number}" for number in range(1, len(RUN_COLOURS) + 1))
"""Their style roles; a ninth run has the first again, with another sign."""
