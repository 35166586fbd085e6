"""What was not read of a command's output: what its user asked for and never came, and what may be a number."""

from collections.abc import Iterator

from gan_tui.foreign.reader import Reader
from gan_tui.foreign.unmet import unmet

PATIENCE_SECONDS = 60.0
"""From the first number, after which a name of `--map` that has not come is said: some come once an epoch."""
MOST_NAMES = 10


class Unread:
    """Of the readers of one output, the first of whole lines."""

    def __init__(self, *readers: Reader) -> None:
        self._readers = readers
        self._late_at: float | None = None

    def so_far(self, now: float) -> Iterator[str]:
        """What never came is said once, while it can be mended; `now`: seconds that the command has been at work."""
        if self._late_at is None and any(reader.names for reader in self._readers):
            self._late_at = now + PATIENCE_SECONDS
        elif self._late_at is not None and now >= self._late_at:
            self._late_at = float("inf")
            yield from unmet(self._readers)

    def asked_for(self) -> Iterator[str]:
        """At the end: what never came."""
        return unmet(self._readers)

    def doubtful(self) -> Iterator[str]:
        """At the end: names that may be those of numbers."""
        if names := list(self._readers[0].doubtful)[:MOST_NAMES]:
            yield f"not read, for nothing said that they are measurements: {', '.join(names)}; --map reads them"
