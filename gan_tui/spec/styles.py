"""The roles that a piece of text can have on the screen, and so its colour: a theme says which (`render/ink.py`)."""

from typing import Literal

Role = Literal["text", "strong", "muted", "faint", "accent", "good", "warning", "error", "discriminator", "generator"]
