"""Every file below a folder, and what is passed over and why. Nothing is left out without a word."""

import errno
import os
import stat
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from gan_tui.byte_paths import shown
from gan_tui.errors import SettingsError, reason_of

SHOWN = 3
"""Names beside each reason in the one line."""
LINE = 1500
"""Letters of a line in the log, about: all names are there, in as many lines as it takes."""


@dataclass
class LeftOut:
    """What was not taken, by reason, the names relative to the folder."""

    reasons: dict[str, list[str]] = field(default_factory=dict)

    def add(self, reason: str, name: str, detail: str = "") -> None:
        """`detail`: for the log alone, what is special about this one."""
        self.reasons.setdefault(reason, []).append(shown(name) + (f" ({shown(detail, 80)})" if detail else ""))

    def __len__(self) -> int:
        """Files and folders of all reasons."""
        return sum(len(names) for names in self.reasons.values())

    def line(self) -> str:
        """Each reason with its count and its first names: `damaged 2 (a.png, b.png), hidden 1 (.git)`."""
        parts = []
        for reason, names in self.reasons.items():
            first = ", ".join(name.partition(" (")[0] for name in names[:SHOWN])
            parts.append(f"{reason} {len(names):,} ({first}{', ...' if len(names) > SHOWN else ''})")
        return ", ".join(parts)

    def all_names(self) -> Iterator[str]:
        """Lines with every name, for the log."""
        for reason, names in self.reasons.items():
            held: list[str] = []
            for name in names:
                held.append(name)
                if sum(map(len, held)) > LINE:
                    yield f"left out, {reason}: {', '.join(held)}"
                    held = []
            if held:
                yield f"left out, {reason}: {', '.join(held)}"


@dataclass
class Scan:
    """What lies below a folder."""

    names: list[str]
    """Of all regular files that are not hidden, relative to the folder, sorted."""
    left_out: LeftOut
    links: int = 0
    """Links to folders that were followed."""
    outside: list[str] = field(default_factory=list)
    """Those of them that lead out of the folder."""

    def from_outside(self, names: Iterable[str]) -> int:
        """How many of these files lie behind such links."""
        links = tuple(f"{link}/" for link in self.outside)
        return sum(name.startswith(links) for name in names) if links else 0


def scan(root: Path) -> Scan:
    """Walk through `root`: links are followed, and no folder is entered twice. Raises SettingsError where `root` cannot be read.

    A link to a folder that holds `root` is not: what lies around the data is none of them.
    """
    found = Scan([], LeftOut())
    seen: set[tuple[int, int]] = set()
    whole, around = root.resolve(), _around(root)
    folders, links = deque([""]), deque[str]()
    while folders or links:  # what is really there first, so that it keeps its own name where a link leads to it as well
        linked = not folders
        name = links.popleft() if linked else folders.popleft()
        try:
            status = (root / name).stat()
            if (place := (status.st_dev, status.st_ino)) in seen:
                found.left_out.add("folders reached a second time", name)
                continue
            if place in around:
                found.left_out.add("links to a folder that holds this one", name)
                continue
            seen.add(place)
            with os.scandir(root / name) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            if not name:
                raise _no_folder(root, error) from None
            found.left_out.add(reason_of(error), f"{name}/")
            continue
        found.links += linked
        if linked and not (root / name).resolve().is_relative_to(whole):
            found.outside.append(name)
        for entry in entries:
            _take(entry, os.path.join(name, entry.name), found, folders, links)  # noqa: PTH118 (a Path for each of many files)
    found.names.sort()
    return found


def _around(root: Path) -> set[tuple[int, int]]:
    """The folders that hold it."""
    found = set()
    for folder in root.resolve().parents:
        with suppress(OSError):
            status = folder.stat()
            found.add((status.st_dev, status.st_ino))
    return found


def _take(entry: "os.DirEntry[str]", name: str, found: Scan, folders: "deque[str]", links: "deque[str]") -> None:
    if entry.name.startswith("."):
        found.left_out.add("hidden", name)
        return
    try:
        mode = entry.stat().st_mode
    except OSError as error:
        broken = entry.is_symlink() and error.errno in (errno.ENOENT, errno.ELOOP, errno.ENOTDIR)
        found.left_out.add("links that lead nowhere" if broken else reason_of(error), name)
        return
    if stat.S_ISDIR(mode):
        (links if entry.is_symlink() else folders).append(name)
    elif stat.S_ISREG(mode):
        found.names.append(name)
    else:
        found.left_out.add("no regular files", name)


def _no_folder(root: Path, error: OSError) -> SettingsError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return SettingsError(
            f"there is no folder {shown(root)}: put it back, or say where it is now with --data-dir FOLDER (of resume and evaluate)"
        )
    return SettingsError(f"the folder {shown(root)} cannot be read: {reason_of(error)}")
