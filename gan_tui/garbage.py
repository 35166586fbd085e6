"""While modules are imported Python looks for garbage, hundreds of times, and finds none: a tenth of a screen's start, and of torch's."""

import gc
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
    """The same in a process of our own: what there is at its end is never looked through again."""
    with none_made():
        yield
        gc.freeze()
