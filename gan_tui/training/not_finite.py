"""The error that a roll-back answers."""

from gan_tui.errors import DivergedError


class NotFiniteError(DivergedError):
    """A loss or a weight is NaN or infinite."""
