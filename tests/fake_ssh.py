"""An `ssh` of our own on the path: it runs what it is told to in a shell, as the real one does there."""

import json
import os
import shlex
from collections.abc import Sequence
from pathlib import Path

import pytest

from gan_tui.run import hosts

EVIL = "\x1b]0;x\x07"
FAKE = """#!/bin/sh
# {log}: every argument on a line
for word in "$@"; do printf '%s\\n' "$word"; done >> {log}
while [ "$1" != -- ]; do shift; done
case "$2" in
    gone) echo "ssh: connect to host gone port 22: No route to host" >&2; exit 255;;
    denied) echo "me@denied: Permission denied (publickey,password)." >&2; exit 255;;
    unseen) echo "Host key verification failed." >&2; exit 255;;
    wrong) printf 'config: line 3: Bad configuration option: prot\\nconfig: terminating, 1 bad configuration options\\n' >&2; exit 255;;
    slow) sleep 60;;
    left) sleep 60 & exit 0;;
    long) exec cat /dev/zero;;
    evil) printf '%s' '{evil}'; exit 0;;
    other) echo 'Welcome'; exit 0;;
    mixed) printf '%s' '{mixed}'; exit 0;;
    *) exec sh -c "$3";;
esac
"""


def entry(**changes: object) -> dict[str, object]:
    """A run as another machine tells of it."""
    known: dict[str, object] = {"name": "far-1", "path": "/home/me/far-1", "state": "training", "alive": True, "epoch": 3, "epochs": 9}
    known |= {"step": 900, "started": "2026-11-01T10:00:00+00:00", "seen": "2026-11-01T12:00:00+00:00", "elapsed": 7200.0}
    return known | changes


def far_tui(folder: Path, there: Sequence[object], otherwise: str = "true") -> None:
    """Have `far-tui runs` on other machines list these runs; `otherwise`: what its other commands do, in a shell's words."""
    listing = f"printf '%s' {shlex.quote(json.dumps(there))}"
    program = folder / "bin" / "far-tui"
    program.write_text(f'#!/bin/sh\necho "$@" >&2\nif [ "$1" = runs ]; then {listing}; else {otherwise}; fi\n')
    program.chmod(0o755)


def fake_ssh(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put it on the path, where `far-tui` is the gan-tui of every host. What it was told comes back: a file, an argument a line."""
    (folder / "bin").mkdir()
    told = folder / "told"
    evil = json.dumps([entry(name=EVIL, verdict=EVIL, seen=1e300, started="0001-01-01T00:00:00")])
    mixed = json.dumps([entry(), entry(name="\udcff"), entry(state="of a later version"), 3])
    ssh = folder / "bin" / "ssh"
    ssh.write_text(FAKE.format(log=shlex.quote(str(told)), evil=evil, mixed=mixed))
    ssh.chmod(0o755)
    far_tui(folder, [entry(), entry(name="far-2", state="completed", alive=False, best_fd=2.5, tags=["good"], more="of a later version")])
    monkeypatch.setenv("PATH", f"{folder / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv(hosts.VARIABLE, "far-tui")
    monkeypatch.setenv("GAN_TUI_RUNS", str(folder / "runs"))
    return told
