"""With what a trainer comes to a run. A file of its own: main.py may not import torch yet, and rank_zero.py does."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from gan_tui.run.events import AnyEvent
from gan_tui.run.state import RunState

if TYPE_CHECKING:
    from gan_tui.training.together.seats import Seat


class Host(NamedTuple):
    """The program in whose process a run is trained, where that is a person's own."""

    heard: Callable[[AnyEvent], None]
    """Called with each event of the run, once it is in the log; what it raises ends the run."""
    steps: int = 0
    """Stop after so many; 0: where the settings say."""
    verbose: bool = False
    """Print the tutorial's lines."""


class Found(NamedTuple):
    """What it was told, and what it has found on its way."""

    assignments: Sequence[str] = ()
    """Settings that shall be other ones from now on."""
    before: RunState | None = None
    """What the log added up to as the trainer came; None: nobody has looked."""
    lost: str = ""
    """What was the matter with the log, where a new one had to be begun."""
    note: str = ""
    """About the settings, where they had to be rebuilt."""
    data_changed: bool = False
    """Go on though the data is other than before."""
    headless: bool = False
    """A person reads what it prints, and is told once the training begins."""
    host: Host | None = None
    """None: the process is the trainer's own."""
    seat: "Seat | None" = None
    """Among the runs that are trained together in this process, where there are several."""
