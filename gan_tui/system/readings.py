"""What can be read, as plain values. None stands for what could not be read."""

from typing import NamedTuple


class Gpu(NamedTuple):
    """One GPU at one moment."""

    number: int
    """As the driver counts, not as CUDA_VISIBLE_DEVICES does."""
    name: str
    use: float | None
    """Share of the last moments in which it computed anything, 0 to 1."""
    memory_used: int | None
    """Bytes, of all processes."""
    memory_total: int | None
    temperature: float | None
    """Degrees Celsius."""
    temperature_limit: float | None
    """Where it slows itself down."""
    power: float | None
    """Watt."""
    power_limit: float | None


class Gpus(NamedTuple):
    """The GPUs that the run uses."""

    gpus: tuple[Gpu, ...]
    words: str = ""
    """Why there are none here, or what is not known of them."""


class Processes(NamedTuple):
    """What some processes take, together."""

    pids: tuple[int, ...]
    cpu: float | None
    """Cores that they kept busy since the reading before; None at the first."""
    memory: int | None
    """Resident bytes; what processes share is counted in each."""
    words: str = ""
    """Why nothing is known of them."""


class Machine(NamedTuple):
    """The machine on which the screen runs."""

    host: str
    cores: int
    load: float | None
    """Processes that wanted a core, mean of the last minute."""
    memory_used: int
    """Bytes that a new process could not have."""
    memory_total: int
    core_use: tuple[float, ...] = ()
    """Of each core the share of the time since the reading before that it was busy, 0 to 1."""
    processor: str = ""
    """What it calls itself; empty where it does not."""


class Folder(NamedTuple):
    """Where the run lies."""

    free: int | None
    """Bytes left on the disk for who is not root."""
    total: int | None
    size: int
    """Bytes of the run's files."""
    checkpoints: int


class Readings(NamedTuple):
    """Everything at one moment."""

    gpus: Gpus
    trainer: Processes
    screen: Processes
    """The dashboard itself."""
    machine: Machine
    folder: Folder
