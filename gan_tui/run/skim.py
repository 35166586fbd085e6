"""A log read for where and when its events are, and nothing else: a fraction of the work of reading all of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from gan_tui.files import open_regular
from gan_tui.run.events import Seconds, Step
from gan_tui.run.log import LONGEST_LINE


class Skimmed(msgspec.Struct):
    """What a line says of that."""

    kind: str
    t: Annotated[float, Meta(ge=0, le=1e11)]
    """Unix time, as in `Event`."""
    step: Step = 0
    name: str = ""
    """Of a phase."""
    elapsed: Seconds = 0.0
    """Of metrics: seconds of training so far."""


_decoder = msgspec.json.Decoder(Skimmed)


def skim(log: Path) -> Iterator[Skimmed]:
    """Every line that is an event, in the order of the log, one at a time; a missing log has none."""
    try:
        file = open_regular(log)
    except (OSError, ValueError):
        return
    with file:
        while line := file.readline(LONGEST_LINE + 1):
            if not line.endswith(b"\n"):
                continue  # torn, or a piece of one that is too long, whose end begins like no event
            try:
                yield _decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                continue
