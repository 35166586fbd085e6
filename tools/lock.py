"""Writes `constraints.txt`: the versions of everything that development needs, as they are installed here.

    python -m tools.lock

For `pip install -e '.[dev]' -c constraints.txt`. What pyproject.toml wants is followed from package to package; builds (`+cpu`) are left
out of versions, so that torch may come from wherever it fits the machine.
"""

import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
FILE = ROOT / "constraints.txt"
HEAD = "# What the maintainers use: written by `python -m tools.lock`, read by `pip install -e '.[dev]' -c constraints.txt`.\n"


def wanted() -> list[Requirement]:
    """All that pyproject.toml names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    groups = (project["dependencies"], *project["optional-dependencies"].values())
    return [requirement for group in groups for line in group if (requirement := Requirement(line)).name != project["name"]]


def pins(requirements: Iterable[Requirement]) -> dict[str, str]:
    """The installed version of all that these need, directly or not, by canonical name."""
    found: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(canonicalize_name(one.name), extra) for one in requirements for extra in ("", *one.extras)]
    while waiting:
        present = waiting.pop()
        if present in seen:
            continue
        seen.add(present)
        try:
            package = distribution(present[0])
        except PackageNotFoundError:  # for another system, or an extra that is not here
            continue
        found[present[0]] = package.version.partition("+")[0]
        further = [Requirement(line) for line in package.requires or ()]
        needed = [one for one in further if one.marker is None or one.marker.evaluate({"extra": present[1]})]
        waiting += [(canonicalize_name(one.name), extra) for one in needed for extra in ("", *one.extras)]
    return found


if __name__ == "__main__":
    FILE.write_text(HEAD + "".join(f"{name}=={version}\n" for name, version in sorted(pins(wanted()).items())), "utf-8")
