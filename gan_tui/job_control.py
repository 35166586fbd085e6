"""What a shell has to do with a program in its terminal: who is in the foreground, and whether ctrl+z can be answered by `fg`."""

import os


def in_foreground(descriptor: int) -> bool:
    """May this process read from that terminal, and change it? Of what has no foreground, as a pipe has none, anybody may."""
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:
        return True


def shell_waits(descriptor: int) -> bool:
    """Is there a shell behind this program that takes that terminal when it stops?

    Then the program is in the foreground, and the parent of its process group belongs to another group of the same session. Without one,
    as in a window of tmux or behind ssh that begins with gan-tui, nobody would ever wake what has stopped.
    """
    try:
        group, parent = os.getpgrp(), os.getppid()
        if os.tcgetpgrp(descriptor) != group:
            return False
        if os.getpgid(parent) == group:  # a script, or `make`, which stops as well
            parent = _parent_of(group)
        return os.getsid(parent) == os.getsid(0) and os.getpgid(parent) != group
    except OSError:
        return False


def _parent_of(process: int) -> int:
    """Raises OSError."""
    import psutil

    try:
        return int(psutil.Process(process).ppid())
    except psutil.Error as error:
        raise OSError(str(error)) from None
