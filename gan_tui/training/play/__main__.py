"""`python -m gan_tui.training.play`: answers on its standard output what comes on its input (see `gan_tui/run/playing.py`)."""

import sys
from collections.abc import Iterator

from gan_tui.run.playing import Begun, Refused, line_of, read_wanted
from gan_tui.training.play.playground import Playground
from gan_tui.training.serving import serve


def replies(requests: Iterator[bytes]) -> Iterator[bytes]:
    """What came of each request."""
    yield line_of(Begun())
    playground: Playground | None = None
    for line in requests:
        wanted = read_wanted(line)
        if playground is None or playground.attempt != wanted.attempt:
            playground = Playground(wanted)
        steps = playground.train(wanted)
        yield line_of(playground.show(wanted, steps))


if __name__ == "__main__":
    sys.exit(serve(replies, lambda why: line_of(Refused(why))))
