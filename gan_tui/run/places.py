"""Where a run is, and where the person is who looks at it: this machine, or one that is reached by ssh.

Who has come here with `gan-tui attach server:RUN` types at home: what a text tells them to type is `gan-tui attach server:RUN` again, or
`ssh -t server gan-tui resume RUN`.
"""

import re
import shlex
from pathlib import Path
from typing import NamedTuple

from gan_tui.errors import UserError

COMMAND = "gan-tui"
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_WORD = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,252}"
_HOST = re.compile(rf"(?:{_WORD}@)?{_WORD}")
_TAKES_A_HOST = re.compile(rf"{COMMAND} (attach|watch)(?: (?!-)(\S.*))?")
_QUOTED = re.compile(rf"`({COMMAND}(?: [^`]*)?)`")
_PLAIN = re.compile(r"[\w./:=@%+, -]*", re.ASCII)
"""What the shell at home hands on as it is, whatever reads it there."""


class Place(NamedTuple):
    """A run on another machine; `run` is empty where the newest is meant."""

    host: str
    run: str


class Way(NamedTuple):
    """How somebody who is elsewhere has come here."""

    host: str
    """As their ssh knows this machine."""
    command: str
    """How gan-tui is called here, in the words of the shell."""
    more: str
    """What they have to say besides `server:RUN`; empty: nothing."""


_way: Way | None = None


def check_host(word: str) -> str:
    """`server` or `user@server`, a name that ssh knows. Raises UserError."""
    if not _HOST.fullmatch(word):
        raise UserError(f"'{word[:60]}' is no host: write it as ssh knows it, server or user@server (a port belongs into ~/.ssh/config)")
    return word


def place_of(word: str) -> Place | None:
    """What `server:RUN` means; None for a run of this machine. Raises UserError for a run that no command line could name."""
    host, colon, run = word.partition(":")
    if not colon or not _HOST.fullmatch(host) or _exists(word):
        return None
    if CONTROLS.search(run) or len(run) > 4000:
        raise UserError(f"'{run[:60]}' cannot name a run on {host}")
    return Place(host, run)


def _exists(word: str) -> bool:
    try:
        return Path(word).exists()
    except OSError:  # a name that is too long
        return False


def come_from(way: Way | None) -> None:
    """From now on texts are for somebody who has come this way; None: who is here. Raises UserError for what no command line could say."""
    global _way
    if way is not None:
        check_host(way.host)
        if CONTROLS.search("".join(way)):
            raise UserError("control characters lead nowhere")
    _way = way


def typed(command: str, way: Way | None = None) -> str:
    """A command of gan-tui's as the person types it where they are; `way`: of a text that comes from another machine, the one to there."""
    way = way or _way
    if way is None or not command:
        return command
    if (found := _TAKES_A_HOST.fullmatch(command)) is not None:
        return " ".join(filter(None, (COMMAND, found[1], way.more, f"{way.host}:{found[2] or ''}")))
    if command in (f"{COMMAND} runs", f"{COMMAND} runs --plain"):
        return f"{COMMAND} runs --host {way.host}"
    there = way.command + command.removeprefix(COMMAND)
    return f"ssh -t {way.host} {there if _PLAIN.fullmatch(there) else shlex.quote(there)}"


def all_typed(text: str, way: Way | None = None) -> str:
    """The same of every command that stands in backquotes in `text`."""
    return _QUOTED.sub(lambda found: f"`{typed(found[1], way)}`", text) if way or _way else text


def through_ssh(place: Place, command: str, verb: str) -> str:
    """What does `verb` to it from here; `command`: how gan-tui is called there."""
    there = f"{command} {verb} {shlex.quote(place.run)}"
    return f"ssh -t {place.host} {there if _PLAIN.fullmatch(there) else shlex.quote(there)}"


def by_ssh(place: Place) -> str:
    """What is said to somebody whose command takes no run of another machine."""
    there = f"ssh -t {place.host} {COMMAND} COMMAND {shlex.quote(place.run)}"
    return f"attach and watch take a run of {place.host}; for other commands: `{there}`"
