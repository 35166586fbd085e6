"""The trainer's side of a companion process (`gan_tui/run/companion.py`): what is wanted comes on standard input, replies go out."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress

import msgspec
import torch

from gan_tui.errors import UserError, first_line
from gan_tui.run.companion import Dialogue, Refused, ReplyT, WantedT, line_of


def serve(dialogue: Dialogue[WantedT, ReplyT], replies: Callable[[Iterator[WantedT]], Iterator[ReplyT]]) -> int:
    """Until standard input is closed, or something fails, which is said; the exit status comes back.

    `replies`: to what is wanted; the first is said before anything is.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # meant for the screen
    torch.set_num_threads(1)
    try:
        for reply in replies(map(dialogue.read_wanted, sys.stdin.buffer)):
            _say(reply)
    except BrokenPipeError:
        return 0  # the screen is gone
    except (UserError, OSError, ValueError, RuntimeError, MemoryError, msgspec.DecodeError) as error:
        with suppress(OSError):
            _say(Refused(first_line(error)))
        return 1
    return 0


def _say(reply: msgspec.Struct) -> None:
    sys.stdout.buffer.write(line_of(reply))
    sys.stdout.buffer.flush()
