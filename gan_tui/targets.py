"""Files that a person has asked for: nothing of theirs is overwritten, and what cannot be written is said before the work."""

import os
from pathlib import Path

from gan_tui.errors import UserError


def taken(path: Path, option: str = "-o") -> UserError:
    """What is said where something lies there already."""
    return UserError(f"{path} is there already, and nothing is overwritten: choose another name with {option}")


def refuse(path: Path, *, folder: bool = False, option: str = "-o") -> None:
    """Raises UserError where something lies there already, or there is no folder for it: what is one is made with those above it.

    `option`: by which it was named.
    """
    if os.path.lexists(path):
        raise taken(path, option)
    if not folder and not path.parent.is_dir():
        raise UserError(f"cannot write {path}: there is no folder {path.parent}")
