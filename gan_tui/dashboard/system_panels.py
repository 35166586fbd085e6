"""From readings to rows: what the view `system` and the strip of the overview say. Pure functions."""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from gan_tui.counted import counted
from gan_tui.dashboard.line import Line
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.text import bytes_in_words, duration, plain
from gan_tui.run.events import Started, Threads
from gan_tui.run.state import RunState
from gan_tui.system.readings import Folder, Gpu, Gpus, Machine, Processes, Readings

KEPT = 300
"""Readings that are kept: ten minutes."""
HIGH, FULL = 0.9, 0.97
"""Shares of a memory or a disk from which on it is a warning, and an error."""
HOT = 100.0
"""Degrees Celsius at the top of the scale of a GPU that does not say where it slows itself down."""

SHORT = {"temperature": "temp"}

PRODUCTS = {"onednn": "oneDNN", "torch": "torch"}
"""What multiplies matrices, by the names of `train.products`."""

Shares = deque[float | None]


class Meter(NamedTuple):
    """A reading as a row of a panel."""

    label: str
    value: str
    note: str = ""
    """Behind the value: of how much."""
    share: float | None = None
    """Of what is possible, 0 to 1; None: no bar."""
    history: Sequence[float | None] | None = None
    """The shares of the last minutes; None: no history."""
    role: Role = Role.ACCENT
    short: str = ""
    """The label where a prefix stands before it."""


class SystemPanel(NamedTuple):
    """One box of the view."""

    title: str
    meters: Sequence[Meter]
    words: str = ""


def share(part: float | None, whole: float | None) -> float | None:
    """`part` of `whole`, where both are known."""
    return None if part is None or not whole else part / whole


class UsageHistory:
    """The shares of the last minutes, by name."""

    def __init__(self) -> None:
        self._shares: dict[str, Shares] = {}

    def append(self, readings: Readings) -> None:
        """Take in newer readings. What could not be read leaves a gap."""
        trainer, machine = readings.trainer, readings.machine
        found: dict[str, float | None] = {
            "cpu": share(trainer.cpu, machine.cores),
            "memory": share(trainer.memory, machine.memory_total),
            "load": share(machine.load, machine.cores),
            "machine memory": share(machine.memory_used, machine.memory_total),
        }
        found |= {f"core {number}": use for number, use in enumerate(machine.core_use)}
        for gpu in readings.gpus.gpus:
            found |= {f"gpu {gpu.number} {name}": value for name, value in _shares(gpu).items()}
        for name in self._shares.keys() | found.keys():
            self[name].append(found.get(name))

    def gap(self) -> None:
        """They were not on the screen for a while."""
        for shares in self._shares.values():
            shares.append(None)

    def __getitem__(self, name: str) -> Shares:
        return self._shares.setdefault(name, deque(maxlen=KEPT))


def _shares(gpu: Gpu) -> dict[str, float | None]:
    return {
        "use": gpu.use,
        "memory": share(gpu.memory_used, gpu.memory_total),
        "temperature": share(gpu.temperature, gpu.temperature_limit or HOT),
        "power": share(gpu.power, gpu.power_limit),
    }


def _alarm(of: float | None) -> Role:
    """The colour of what must not become full."""
    return Role.ACCENT if of is None or of < HIGH else Role.WARNING if of < FULL else Role.ERROR


def gpu_panel(gpus: Gpus, usage: UsageHistory, glyphs: Glyphs) -> SystemPanel:
    """One GPU in four rows, several in one each."""
    if len(gpus.gpus) != 1:
        names = sorted({plain(gpu.name, glyphs) for gpu in gpus.gpus})
        title = f"gpus {glyphs.middot} {', '.join(names)}" if names else "gpu"
        return SystemPanel(title, [_gpu_row(gpu, usage, glyphs) for gpu in gpus.gpus], gpus.words)
    (gpu,) = gpus.gpus
    shares = _shares(gpu)
    limits = (gpu.temperature_limit, gpu.power_limit)
    notes = [f" of {limit:.0f}" if limit else "" for limit in limits]
    values = (
        ("use", _percent(gpu.use, glyphs), ""),
        ("memory", bytes_in_words(gpu.memory_used, glyphs), f" of {bytes_in_words(gpu.memory_total, glyphs)}"),
        ("temperature", _degrees(gpu.temperature, glyphs), notes[0]),
        ("power", _watts(gpu.power, glyphs), notes[1]),
    )
    return SystemPanel(
        f"gpu {gpu.number} {glyphs.middot} {plain(gpu.name, glyphs)}",
        [
            Meter(name, value, note, shares[name], usage[f"gpu {gpu.number} {name}"], _role_of(name, shares[name]), SHORT.get(name, ""))
            for name, value, note in values
        ],
        gpus.words,
    )


def _role_of(name: str, of: float | None) -> Role:
    """A GPU that is used in full is no reason for alarm."""
    return Role.ACCENT if name in ("use", "power") else _alarm(of)


def _gpu_row(gpu: Gpu, usage: UsageHistory, glyphs: Glyphs) -> Meter:
    memory = f"{bytes_in_words(gpu.memory_used, glyphs):>8} of {bytes_in_words(gpu.memory_total, glyphs)}"
    note = f"  {memory}  {_degrees(gpu.temperature, glyphs):>5}  {_watts(gpu.power, glyphs):>6}"
    return Meter(f"gpu {gpu.number}", _percent(gpu.use, glyphs), note, gpu.use, usage[f"gpu {gpu.number} use"], short=str(gpu.number))


def trainer_panel(
    trainer: Processes,
    machine: Machine,
    usage: UsageHistory,
    glyphs: Glyphs,
    threads: Threads | None = None,
    started: Started | None = None,
) -> SystemPanel:
    """CPU and memory of all its processes together, its threads where others want the cores, and what multiplies where that is chosen."""
    if not trainer.pids:
        return SystemPanel("trainer", (), trainer.words)
    which = f"process {trainer.pids[0]}" if len(trainer.pids) == 1 else f"{len(trainer.pids)} processes"
    memory = share(trainer.memory, machine.memory_total)
    return SystemPanel(
        f"trainer {glyphs.middot} {which}",
        (
            Meter("cpu", _cores(trainer.cpu, glyphs), _of_cores(machine), share(trainer.cpu, machine.cores), usage["cpu"]),
            Meter("memory", bytes_in_words(trainer.memory, glyphs), _of_memory(machine, glyphs), memory, usage["memory"], _alarm(memory)),
            *(() if threads is None else (threads_row(threads),)),
            *products_rows(started),
        ),
    )


def past_rows(state: RunState, steps: str, glyphs: Glyphs) -> list[Meter]:
    """What is known of a trainer that is at work no more; `steps`: what its seconds were spent on."""
    if state.started is None:
        return []
    on, engine, seconds = state.started.device_name or state.started.device, state.started.engine, state.trained
    rows = [Meter(label, plain(value, glyphs)) for label, value in (("device", on), ("engine", engine)) if value]
    rows += products_rows(state.started)
    if seconds and state.step:
        speed = f"{state.step / seconds:.3g}"
        rows += [Meter("mean speed", speed, " steps/s"), Meter("time", duration(seconds, glyphs), f" of {steps}")]
    return rows


def products_rows(started: Started | None) -> list[Meter]:
    """Which library multiplies matrices on a CPU, and why that one where it was tried."""
    if started is None or not started.products:
        return []
    why = f"  {started.products_why}" if started.products_why else ""
    return [Meter("multiplies", PRODUCTS.get(started.products, started.products), why, short="math")]


def threads_row(threads: Threads) -> Meter:
    """How many of its threads the trainer uses, and the speed with them beside that with the number before."""
    return Meter("threads", f"{threads.count}", f" of {threads.most}  {threads.rate:.3g} steps/s, {threads.before:.3g} before")


def machine_panel(machine: Machine, screen: Processes, usage: UsageHistory, glyphs: Glyphs, line: Line | None = None) -> SystemPanel:
    """The machine of the screen, which need not be the trainer's, the screen itself, and the line to its terminal where there is one."""
    memory = share(machine.memory_used, machine.memory_total)
    own = f"  cpu {_percent(screen.cpu, glyphs):>5} of a core"
    return SystemPanel(
        f"this machine {glyphs.middot} {plain(machine.host, glyphs)}",
        (
            Meter("load", _cores(machine.load, glyphs), _of_cores(machine), share(machine.load, machine.cores), usage["load"]),
            Meter(
                "memory",
                bytes_in_words(machine.memory_used, glyphs),
                _of_memory(machine, glyphs),
                memory,
                usage["machine memory"],
                _alarm(memory),
            ),
            Meter("this screen", bytes_in_words(screen.memory, glyphs), own),
            *(() if line is None else (line_row(line, glyphs),)),
        ),
    )


def line_row(line: Line, glyphs: Glyphs) -> Meter:
    """From a frame to its answer, bytes a second, and how many drawings became part of a later frame because the line was busy."""
    joined = f", {counted(line.skipped, 'frame')} skipped" if line.skipped else ""
    unknown = line.round_trip is None
    words = f"  {line.rate / 1000:.1f} kB/s{joined}{'; no answers' * unknown}"
    return Meter("line", glyphs.dash if line.round_trip is None else f"{1000 * line.round_trip:.0f} ms", words)


def folder_panel(folder: Folder, glyphs: Glyphs, *, ours: bool = True) -> SystemPanel:
    """The disk under the run, and what the run takes of it; the checkpoints of another program lie elsewhere."""
    used = share((folder.total or 0) - (folder.free or 0), folder.total)
    saved = f"  {counted(folder.checkpoints, 'checkpoint')}" if ours else ""
    left = f" left of {bytes_in_words(folder.total, glyphs)}"
    return SystemPanel(
        "run folder",
        (
            Meter("disk", bytes_in_words(folder.free, glyphs), left, used, None, _alarm(used)),
            Meter("this run", bytes_in_words(folder.size, glyphs), saved),
        ),
    )


def _percent(of: float | None, glyphs: Glyphs) -> str:
    return f"{glyphs.dash if of is None else f'{100 * of:.0f}'} %"


def _cores(busy: float | None, glyphs: Glyphs) -> str:
    return glyphs.dash if busy is None else f"{busy:.2f}"


def _of_cores(machine: Machine) -> str:
    return f" of {machine.cores} core{'' if machine.cores == 1 else 's'}"


def _of_memory(machine: Machine, glyphs: Glyphs) -> str:
    return f" of {bytes_in_words(machine.memory_total, glyphs)}"


def _degrees(celsius: float | None, glyphs: Glyphs) -> str:
    return f"{glyphs.dash if celsius is None else f'{celsius:.0f}'} {'°C' if glyphs.unicode else 'C'}"


def _watts(power: float | None, glyphs: Glyphs) -> str:
    return f"{glyphs.dash if power is None else f'{power:.0f}'} W"
