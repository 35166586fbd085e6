"""The roles that a piece of text can have, and so its colour: a theme says which."""

from enum import StrEnum


class Role(StrEnum):
    """A style role: the screen has it as the component class `role--<name>`."""

    TEXT = "text"
    STRONG = "strong"
    MUTED = "muted"
    FAINT = "faint"
    ACCENT = "accent"
    GOOD = "good"
    WARNING = "warning"
    ERROR = "error"
    D = "discriminator"
    G = "generator"
