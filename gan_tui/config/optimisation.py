"""What the settings of all runs share that optimise pictures and train no network."""

from typing import Annotated, ClassVar

from msgspec import Meta

from gan_tui.config.sections import Signals
from gan_tui.config.values import EverySeconds, Keep, MetricsHz, PreviewHz, PrintEvery, Section


class OptimisationLog(Section, frozen=True):
    """What is written down, and how often."""

    print_every: PrintEvery = 10
    metrics_hz: MetricsHz = 10.0
    preview_hz: PreviewHz = 1.0


class OptimisationCheckpoints(Section, frozen=True):
    """When the whole state is saved."""

    every_seconds: EverySeconds = 30.0
    keep: Annotated[Keep, Meta(description="newest checkpoints kept")] = 2


class OptimisationConfig(Section, frozen=True):
    """The base of the whole."""

    FIXED: ClassVar[tuple[str, ...]] = ()
    """What a run that has begun keeps: sections, and settings."""

    PLACE: ClassVar[str]
    """The section that says where it is computed: on which `device`, with how many `threads`."""

    task: str = ""
    """The name of the run's task."""
    log: OptimisationLog = OptimisationLog()
    checkpoints: OptimisationCheckpoints = OptimisationCheckpoints()
    signals: Signals = Signals()

    @property
    def device(self) -> str:
        """Where it is computed."""
        device: str = getattr(self, self.PLACE).device
        return device

    @property
    def threads(self) -> int:
        """Of the CPU; 0: as many as torch takes."""
        threads: int = getattr(self, self.PLACE).threads
        return threads

    @property
    def words(self) -> tuple[str, ...]:
        """What is done with what, in names of runs and on the screen."""
        raise NotImplementedError

    @property
    def output(self) -> str:
        """Where the PNG goes at the end; empty: into the run's folder only."""
        raise NotImplementedError
