"""A sweep calls its owner once, when it has ended: its trials, of which there may be a thousand, do not (gan_tui/run/caller.py)."""

import socket
import time
from pathlib import Path

from gan_tui.errors import UserError
from gan_tui.notify import settings
from gan_tui.notify.delivery import Notice, deliver
from gan_tui.printable import printable
from gan_tui.spec.notices import NOTICES


def call(folder: Path, recommendation: str) -> list[str]:
    """Where the owner wants to be called for what has finished. What went wrong comes back, a line each."""
    kind = NOTICES["finished"]
    try:
        chosen = settings.load()
    except UserError as error:
        return [f"nobody is called: {error}"]
    if not chosen.calls or kind.name not in chosen.on:
        return []
    name = printable(folder.name)
    facts = {"run": name, "path": printable(str(folder)), "host": socket.gethostname(), "time": time.time()}
    return deliver(Notice(kind.name, kind.title.format(run=name), recommendation, facts), chosen)
