"""What a run calls its owner for (`gan_tui/run/calls.py` sees when)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

NoticeName = Literal["finished", "failed", "diverged", "bad", "best", "disk"]


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """One reason for a call."""

    name: NoticeName
    meaning: str
    title: str
    """What is said first; {run} is the run's name."""
    rings: bool = True
    """Worth the terminal's bell."""


NOTICES: Mapping[NoticeName, NoticeKind] = {
    kind.name: kind
    for kind in (
        NoticeKind("finished", "all epochs are done", "{run} is done"),
        NoticeKind("failed", "an error has ended the run", "{run} has failed"),
        NoticeKind("diverged", "a loss or a weight stayed not finite", "{run} has diverged"),
        NoticeKind("bad", "the verdict has become bad", "{run}: the verdict is bad"),
        NoticeKind(
            "best", "FD is the best so far, by a tenth, and ten minutes after the last such call", "{run}: the best FD so far", rings=False
        ),
        NoticeKind("disk", "there is little room left where the run lies", "{run}: the disk is nearly full"),
    )
}
