"""`~/.config/gan-tui/notify.toml`: how to call the owner of a run.

A file of the user's, and no part of a run's settings: a run folder that came from elsewhere must not say which command to start.
"""

import os
import stat
from pathlib import Path
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

from gan_tui.errors import UserError
from gan_tui.nearest import perhaps
from gan_tui.spec.notices import NOTICES, NoticeName
from gan_tui.toml_file import read_toml
from gan_tui.user_folders import user_folder

LARGEST = 64 << 10
Format = Literal["json", "ntfy", "slack", "discord"]
EXAMPLE = """\
on = ["finished", "failed", "diverged", "bad", "disk"]
command = "mail -s 'gan-tui' me@example.org"     # gets the event as JSON on its standard input
webhook = "https://ntfy.sh/a-name-nobody-guesses"
format = "ntfy"                                  # or json, slack, discord
bell = true                                      # in terminals that show the run
seconds = 10                                     # how long a call may take
"""


WANTED = {
    "command": "a text of at most 4,096 characters is wanted",
    "on": f"a list of {', '.join(NOTICES)} is wanted",
    "webhook": "an address that begins with http:// or https:// is wanted, without a name and a password in it",
    "format": f"one of {', '.join(get_args(Format))} is wanted",
    "bell": "true or false is wanted",
    "seconds": "a number above 0, up to 60, is wanted",
}


class Notify(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The settings of that file."""

    on: tuple[NoticeName, ...] = tuple(NOTICES)
    """What to call for."""
    command: Annotated[str, Meta(max_length=4096)] = ""
    """For `sh -c`; empty: none. The event is one JSON object on its standard input."""
    webhook: Annotated[str, Meta(pattern=r"^(https?://[!-.0-?A-~]+(/[!-~]*)?)?\Z", max_length=2048)] = ""
    """An address that gets a POST, without a name and a password in it; empty: none."""
    format: Format = "json"
    """What is posted: the event, or what ntfy, Slack or Discord want."""
    bell: bool = True
    """Ring the bell of a terminal that shows the run, and have it say why (OSC 9, OSC 777)."""
    seconds: Annotated[float, Meta(gt=0, le=60)] = 10.0
    """How long a command or a webhook may take."""

    @property
    def calls(self) -> bool:
        """Is there anybody to call?"""
        return bool(self.command or self.webhook)


def path() -> Path:
    """Where the file is."""
    return user_folder("config") / "notify.toml"


def load() -> Notify:
    """What the file says; without one, nobody is called. Raises UserError that names the line."""
    where = path()
    try:
        status = where.stat()
    except OSError:
        return Notify()
    if status.st_uid not in (0, os.getuid()) or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise UserError(f"{where} names a command, and others can write it: chmod go-w it, and let it be your own")
    file = read_toml(where, LARGEST, "file of notifications")
    try:
        return msgspec.convert(file.table, Notify)
    except msgspec.ValidationError as error:
        reason, _, key = str(error).partition(" - at `$.")
        key = key.rstrip("`").partition("[")[0] or reason.rpartition("unknown field `")[2].rstrip("`")
        known = [field.name for field in msgspec.structs.fields(Notify)]
        reason = WANTED.get(key, f"no such key{perhaps(key, known)}: there are {', '.join(known)}")
        raise UserError(f"{file.place(key)}: {key}: {reason}; `gan-tui notify --example` prints what may stand there") from None
