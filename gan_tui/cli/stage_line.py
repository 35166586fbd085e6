"""What a command that takes its time is doing, in one line of the terminal that is gone when it is done."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from gan_tui.cli.wrapping import columns_of
from gan_tui.output import silent

Tell = Callable[[str], None]


@contextmanager
def stage_line() -> Iterator[Tell]:
    """Say in a word or two what is done now, each in place of the one before; nothing where standard error is no terminal."""
    stream, widest = sys.stderr, 0

    def tell(words: str) -> None:
        nonlocal widest
        text = words[: max(0, columns_of(stream) - 1)]
        with suppress(OSError):  # nobody is there to read it
            stream.write(f"\r{text.ljust(widest)}")
            stream.flush()
        widest = max(widest, len(text))

    if not stream.isatty():
        yield silent
        return
    try:
        yield tell
    finally:
        with suppress(OSError):
            stream.write(f"\r{' ' * widest}\r")
            stream.flush()
