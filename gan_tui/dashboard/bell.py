"""The terminal's bell: what happens to a run while its screen is not in sight, as a sound and as a notification of the desktop."""

from gan_tui.dashboard.messages import Snapshot
from gan_tui.errors import UserError
from gan_tui.notify import settings
from gan_tui.printable import printable
from gan_tui.spec.notices import NOTICES, NoticeName

BELL = "\a"
LONGEST = 200
BY_OSC_777 = ("foot", "ghostty", "rxvt", "vte", "contour")
"""Terminals, by their own names, that know OSC 777. The others know OSC 9, or say nothing of it."""


class Bell:
    """Sees what is worth a ring between two looks at a run. What was so when the screen opened is no news."""

    def __init__(self) -> None:
        try:
            chosen = settings.load()
            self._on = {name for name in chosen.on if NOTICES[name].rings} if chosen.bell else set()
            self.problem = ""
        except UserError as error:
            self._on, self.problem = set(), str(error)
        self._before: tuple[bool, str, str] | None = None

    def see(self, snapshot: Snapshot, run: str) -> str:
        """Words, where this look has found something new; else none."""
        state = snapshot.state
        bad = state.verdict.rule if state.verdict and state.verdict.level == "bad" else ""
        ended = snapshot.trouble or (snapshot.name if snapshot.name in ("completed", "failed") and not snapshot.alive else "")
        now = (snapshot.alive, ended, bad)
        before, self._before = self._before, now
        if before is None or now == before:
            return ""
        if ended and ended != before[1] and before[0]:
            if snapshot.name == "completed" and not snapshot.trouble:
                return self._words("finished", run, "")
            return self._words("diverged" if state.diverged else "failed", run, state.error or snapshot.trouble or "")
        if bad and bad != before[2] and snapshot.alive and state.verdict:
            return self._words("bad", run, state.verdict.text)
        return ""

    def _words(self, name: NoticeName, run: str, text: str) -> str:
        if name not in self._on:
            return ""
        title = NOTICES[name].title.format(run=run)
        return printable(f"{title}: {text}" if text else title)[:LONGEST]


def bell(words: str, terminal: str) -> str:
    """What a terminal of this name is sent: the bell, and the words for the desktop's notifications.

    OSC 9: https://iterm2.com/documentation-escape-codes.html; OSC 777: rxvt-unicode's notify extension.
    """
    plain = words.replace(";", ",")
    if terminal in BY_OSC_777:
        return f"{BELL}\x1b]777;notify;gan-tui;{plain}\x1b\\"
    if terminal in ("", "screen", "tmux"):  # one that has not said who it is might print what it does not know
        return BELL
    return f"{BELL}\x1b]9;{plain}\x1b\\"
