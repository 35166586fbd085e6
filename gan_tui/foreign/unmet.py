"""What a user has said of the lines (`--map`, `--pattern`), and no line has borne out.

A printed name with a wrong letter takes our name from the number that would have had it, so it must not pass in silence.
"""

import shlex
from collections.abc import Iterator, Sequence

from gan_tui.foreign.reader import Reader
from gan_tui.nearest import perhaps


def unmet(readers: Sequence[Reader]) -> Iterator[str]:
    """A line for each. Several readers read parts of one output, with the same maps and patterns."""
    printed = list(dict.fromkeys(name for reader in readers for name in [*reader.names, *reader.doubtful]))
    for name, ours in readers[0].renamed.items():
        if name not in printed:
            option = shlex.quote(f"{ours}={name}")
            yield f"--map {option}: no number named '{name}' has been read{perhaps(name, printed)}"
    for pattern in readers[0].patterns:
        if not any(pattern in reader.fitting for reader in readers):
            yield f"--pattern {shlex.quote(pattern.regex.pattern)}: no line has fitted"
