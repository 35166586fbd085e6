"""While modules are imported Python looks for garbage, hundreds of times, and finds none: a tenth of a screen's start, and of torch's."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def none_made() -> Iterator[None]:
    """What is made in it stays: nobody looks for garbage meanwhile."""
    looked = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looked:
            gc.enable()


@contextmanager
def nothing_goes() -> Iterator[None]:
    """The same in a process of our own: what there is at its end is never looked through again.

    Where nothing was imported it is as ever: a list of runs opens one screen after the other, and the one before is garbage by then.
    """
    known = len(sys.modules)
    with none_made():
        yield
        if len(sys.modules) > known:
            gc.freeze()
