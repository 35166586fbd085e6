"""The error that a roll-back answers."""

from gan_tui.errors import UserError


class NotFiniteError(UserError):
    """A loss or a weight is NaN or infinite."""
