"""A process that trains several runs together: a thread for each, and the signals for all."""

import threading
from collections.abc import Sequence

from gan_tui import output
from gan_tui.errors import FAILED
from gan_tui.run.directory import RunDirectory
from gan_tui.training.found import Found
from gan_tui.training.main import import_torch, train_found
from gan_tui.training.stop import StopRequest

LOOK_SECONDS = 0.2
"""Between two looks at whether a thread has ended: signals are heeded in between."""


def train_together(runs: Sequence[RunDirectory]) -> int:
    """Train all to their ends; the worst exit status comes back. Raises UserError where torch cannot be had."""
    stops = [StopRequest() for _ in runs]
    stops[0].listen(*stops[1:])
    output.unblock()
    import_torch()
    from gan_tui.training.together.common_steps import Together
    from gan_tui.training.together.seats import Seat

    together, statuses = Together(len(runs)), dict[int, int]()

    def train(number: int) -> None:
        seat = Seat(together, number)

        def work() -> None:
            statuses[number] = train_found(runs[number], stops[number], Found(seat=seat))

        seat.work(work)

    threads = [threading.Thread(target=train, args=(number,), name=run.name) for number, run in enumerate(runs)]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            while thread.is_alive():
                thread.join(LOOK_SECONDS)
    finally:
        output.drain()
    return max(statuses.get(number, FAILED) for number in range(len(runs)))
