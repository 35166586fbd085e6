"""What Linux says of the processor."""

from contextlib import suppress
from pathlib import Path

PLACE = Path("/proc/cpuinfo")


def cpuinfo(*names: str, place: Path = PLACE) -> str:
    """The first core's value of the first of these names that is there, `AuthenticAMD` of `vendor_id`; empty where nothing is said."""
    found = dict[str, str]()
    with suppress(OSError):
        for line in place.read_text("utf-8", "replace").splitlines():
            name, _, value = line.partition(":")
            found.setdefault(name.strip().lower(), " ".join(value.split()))
    return next((value for name in names if (value := found.get(name, ""))), "")
