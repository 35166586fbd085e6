"""The roles that a piece of text can have on the screen, and so its colour: a theme says which (`render/styles.py`)."""

from typing import Literal

RoleName = Literal["text", "strong", "muted", "faint", "accent", "good", "warning", "error", "discriminator", "generator"]
