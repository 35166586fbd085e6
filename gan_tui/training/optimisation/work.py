"""What is optimised, as the loop knows it, and with what the loop goes on after a step that went wrong."""

from typing import NamedTuple, Protocol, TypeVar

from gan_tui.training.optimisation import saved


class Work(Protocol):
    """Its steps come in parts of equal length: what the task of the run calls an epoch."""

    step: int

    @property
    def total_steps(self) -> int: ...

    @property
    def steps_per_part(self) -> int: ...

    @property
    def parts(self) -> int: ...

    def state_dict(self) -> saved.State: ...

    def load_state_dict(self, state: saved.State) -> None: ...


WorkT = TypeVar("WorkT", bound=Work)


class Milder(NamedTuple):
    """What may help where numbers were not finite."""

    what: str
    options: str
    """Of `gan-tui resume`."""
