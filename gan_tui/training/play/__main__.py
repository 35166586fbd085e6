"""`python -m gan_tui.training.play`: the process behind `gan-tui play` (see `gan_tui/run/playing.py`)."""

import sys
from collections.abc import Iterator

from gan_tui.run.playing import DIALOGUE, Begun, Reply, Wanted
from gan_tui.training.play.playground import Playground
from gan_tui.training.serving import serve


def replies(requests: Iterator[Wanted]) -> Iterator[Reply]:
    """What came of each request."""
    yield Begun()
    playground: Playground | None = None
    for wanted in requests:
        if playground is None or playground.attempt != wanted.attempt:
            playground = Playground(wanted)
        steps = playground.train(wanted)
        yield playground.show(wanted, steps)


if __name__ == "__main__":
    sys.exit(serve(DIALOGUE, replies))
