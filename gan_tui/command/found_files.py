"""Files that appear below a folder while a command runs, found a little at a time: a hundred thousand of them must not slow anything."""

import fnmatch
import heapq
import os
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PICTURES = (".png", ".jpg", ".jpeg", ".npy")
TABLES = (".csv", ".tsv", ".jsonl")
SLICE_SECONDS = 0.05
"""Of looking, before it rests."""
LAST_LOOK_SECONDS = 1.0
AT_ONCE = 16
"""Pictures of one pass, the newest."""
DEEPEST = 6
"""Folders inside folders."""
MOST_FOLDERS = 5000
MANY_FILES = 1000
"""A folder with so many is looked into again only when something was made or removed in it."""
SETTLED_SECONDS = 0.5
"""A file that was changed so lately may still be written."""
NOT_INTO = frozenset({"__pycache__", "node_modules", "site-packages", "venv", "env", "wandb", "mlruns"})
SETTINGS = "run.toml"
"""Of a run of gan-tui: what lies beside it is that run's, wherever its folder is."""


class Found(NamedTuple):
    """A file, ordered by its age."""

    changed: int
    """Nanoseconds of Unix time."""
    path: str


class Scan:
    """Looks below `folder` for files that were written after `since` (Unix time); never where `run` and other runs lie."""

    def __init__(self, folder: Path, pattern: str, since: float, run: Path, suffixes: tuple[str, ...] = PICTURES) -> None:
        """`pattern`: as a shell's, of the path from `folder` on; empty: every file that ends as one of the `suffixes` does."""
        self._suffixes = suffixes
        self._folder, self._pattern, self._runs = folder, pattern, str(run.parent)
        self._newest = Found(int(since * 1e9), "")
        """What was given last: only newer files are news."""
        self._large: dict[str, int] = {}
        """Folders of many files, and when each was changed last."""
        self._settled_seconds = SETTLED_SECONDS
        self.entries_of_the_last_pass = 0
        self.passes = 0
        """How often all of it was looked at."""
        self.found_any = False
        """Has there been any such file, written since?"""
        self._walk = self._files()
        self._heap: list[Found] = []

    def look(self) -> list[Path]:
        """Go on looking for a moment; at the end of a pass, what is new, the oldest first."""
        deadline = time.monotonic() + SLICE_SECONDS
        for found in self._walk:
            if found is not None and found > self._newest:
                self.found_any = True
                (heapq.heappush if len(self._heap) < AT_ONCE else heapq.heappushpop)(self._heap, found)
            if time.monotonic() > deadline:
                return []
        self.passes += 1
        self._walk = self._files()
        news, self._heap = sorted(self._heap), []
        settled = [found for found in news if found.changed < (time.time() - self._settled_seconds) * 1e9]
        if settled:
            self._newest = settled[-1]
        return [Path(found.path) for found in settled]

    def settle(self) -> None:
        """Whoever wrote is gone: what is there is whole. The next look begins a pass."""
        self._settled_seconds = 0.0
        self._large.clear()
        self._walk, self._heap = self._files(), []

    def _files(self) -> Iterator[Found | None]:
        """Such files, the upper folders first; None for every other entry, so that whoever asks can stop."""
        self.entries_of_the_last_pass = 0
        folders = deque([(str(self._folder), 0)])
        for _ in range(MOST_FOLDERS):
            if not folders:
                return
            folder, depth = folders.popleft()
            try:
                changed = os.stat(folder).st_mtime_ns  # noqa: PTH116 (a Path for each of many files)
                if self._large.get(folder) == changed:
                    continue
                with os.scandir(folder) as entries:
                    count = 0
                    for entry in entries:
                        count += 1
                        self.entries_of_the_last_pass += 1
                        if entry.is_dir(follow_symlinks=False):
                            if (
                                depth < DEEPEST
                                and not entry.name.startswith(".")
                                and entry.name not in NOT_INTO
                                and entry.path != self._runs
                                and not os.path.lexists(f"{entry.path}/{SETTINGS}")
                            ):
                                folders.append((entry.path, depth + 1))
                            yield None
                        else:
                            yield self._found(entry)
            except OSError:
                continue
            self._large.pop(folder, None)
            if count > MANY_FILES and len(self._large) < MOST_FOLDERS and changed < (time.time() - 2 * SETTLED_SECONDS) * 1e9:
                self._large[folder] = changed

    def _found(self, entry: "os.DirEntry[str]") -> Found | None:
        if not entry.name.lower().endswith(self._suffixes) or entry.name.startswith("."):
            return None
        if self._pattern and not fnmatch.fnmatch(os.path.relpath(entry.path, self._folder), self._pattern):
            return None
        status = entry.stat(follow_symlinks=False)
        return Found(status.st_mtime_ns, entry.path) if entry.is_file(follow_symlinks=False) else None


def newest_table(folder: Path, since: float, run: Path) -> Path | None:
    """The table or file of JSON lines that was written last since a moment (Unix time), as far as a second of looking finds one.

    One whose name cannot stand in a log and be typed from there is none.
    """
    scan = Scan(folder, "", since, run, TABLES)
    scan.settle()
    deadline = time.monotonic() + LAST_LOOK_SECONDS
    while time.monotonic() < deadline:
        began = time.monotonic()
        if found := [path for path in scan.look() if str(path).isprintable()]:
            return found[-1]
        if time.monotonic() - began < SLICE_SECONDS:  # a whole pass
            break
    return None
