"""What a person chose once and is not asked again: a word a file, where the system keeps such files (`~/.local/state/gan-tui`)."""

from contextlib import suppress
from pathlib import Path

from gan_tui.files import read_at_most, write_atomic
from gan_tui.user_folders import user_folder

LARGEST = 64 << 10
"""Bytes of such a file."""
LONGEST = 255
"""Characters of a word; it may be the name of a file."""


def file_of(what: str) -> Path:
    """Where the word for `what` stands."""
    return user_folder("state") / what


def recall(what: str) -> str | None:
    """The word; None where there is none, or no reading it."""
    try:
        return read_at_most(file_of(what), LARGEST).decode()[:LONGEST].strip() or None
    except (OSError, ValueError):
        return None


def remember(what: str, word: str) -> None:
    """From now on. Where it cannot be written it is forgotten: that stops no work."""
    with suppress(OSError):
        file_of(what).parent.mkdir(parents=True, exist_ok=True)
        write_atomic(file_of(what), f"{word}\n".encode(), durable=False)
