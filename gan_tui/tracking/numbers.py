"""What a script logs: its first numbers one by one, later ones as means since it was looked at last.

A number, an array or a tensor in main memory is read at once, which costs less than keeping it. What lies on a device is not waited for:
see `devices.py`.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from gan_tui.run.events import LAST_STEP
from gan_tui.spec.tasks import EXACT
from gan_tui.tracking.devices import Arriving, Moment

MOST_NAMES = 1000
"""Of numbers; what comes later is passed over."""
DEVICE_SECONDS = 0.05
"""Between two readings of a number that lies on a device; those between are passed over."""
LATER_SECONDS = 0.1
"""After which a number of another device is read in the thread that writes: it is there by then."""
ELSEWHERE = ("jax", "jaxlib", "tensorflow", "mlx", "cupy")
"""Packages whose arrays may lie on a device."""


class Row(NamedTuple):
    """Numbers that belong together."""

    step: int
    """At which the newest of them was logged."""
    at: float
    """When, by `time.monotonic`."""
    means: dict[str, float]


class Taken(NamedTuple):
    """What was logged since the last time."""

    step: int
    """In hand, or done last."""
    rows: list[Row]
    """The oldest first."""
    odd: dict[str, str]
    """Names that were no numbers, and why, each once."""
    several: bool
    """Is any of them the mean of more than one number?"""


class Numbers:
    """`add` is called in the loop that trains, `take` in the thread that writes."""

    def __init__(self) -> None:
        self.step = 0
        """In hand, or done last."""
        self.counted = False
        """`step` is counted elsewhere; else a name that comes again begins a new one."""
        self._in_step: set[str] = set()
        self._sums: dict[str, list[float]] = {}
        self._sums_step = 0
        """At which the newest of them was logged."""
        self._rows: list[Row] = []
        """Those before, as far as numbers are kept one by one."""
        self._exact = EXACT
        """Numbers that are still kept so, however fast they come."""
        self._taken_step = 0
        """Of the newest row that was taken."""
        self._lock = threading.Lock()
        self._how: dict[type, Callable[[str, Any], float | None]] = {}
        self._odd: dict[str, str] = {}
        self._odd_said: set[str] = set()
        self._due: dict[str, float] = {}
        self._later: list[tuple[Moment, str, Any]] = []
        self._arriving = Arriving()

    def add(self, values: Mapping[str, Any], step: int | None = None) -> None:
        """Numbers of a step. Raises nothing but what `int(step)` does."""
        with self._lock:
            if step is not None:
                self.step = max(self.step, _whole(step))
            elif not self.counted:
                if not self._in_step or not self._in_step.isdisjoint(values):
                    self.step += 1
                    self._in_step.clear()
                self._in_step.update(values)
            if self._sums and self._exact > 0 and (self._sums_step != self.step or not self._sums.keys().isdisjoint(values)):
                self._close_row()
            self._sums_step = self.step
            sums = self._sums
            for name, value in values.items():  # at every step: nothing is called here that need not be
                kind = type(value)
                if kind is not float:
                    value = self._read(name, value, kind)
                    if value is None:
                        continue
                found = sums.get(name)
                if found is None:
                    self._put(name, value)
                else:
                    found[0] += value
                    found[1] += 1
            if self._arriving.asked:
                self._arriving.send(self.step)

    def _close_row(self) -> None:
        """What comes next begins another one."""
        self._exact -= len(self._sums)
        self._rows.append(Row(self._sums_step, time.monotonic(), _means(self._sums)))
        self._sums = {}

    def _put(self, name: str, number: float) -> None:
        if not isinstance(name, str) or not name.strip():
            self._odd |= {} if name in self._odd_said else {repr(name): "is no name of a number"}
            self._odd_said.add(name)
            return
        if len(self._sums) < MOST_NAMES:
            self._sums[name] = [number, 1]

    def _read(self, name: str, value: Any, kind: type) -> float | None:
        """The number, or None where it comes later or there is none."""
        try:
            how = self._how.get(kind)
            if how is None:
                how = self._how[kind] = self._learn(kind)
            return how(name, value)
        except Exception as error:
            self._complain(name, value, error)
            return None

    def _learn(self, kind: type) -> Callable[[str, Any], float | None]:
        torch = sys.modules.get("torch")
        if torch is not None and issubclass(kind, torch.Tensor):
            return self._read_tensor
        if any(base.__module__.partition(".")[0] in ELSEWHERE for base in kind.__mro__):
            return self._keep
        if hasattr(kind, "item"):
            return lambda _, value: float(value.item())
        if issubclass(kind, str | bytes):
            raise TypeError
        return lambda _, value: float(value)

    def _read_tensor(self, name: str, value: Any) -> float | None:
        if value.is_cpu:
            return float(value.item())
        if value.numel() != 1:
            raise ValueError
        if self._is_due(name):
            if value.is_cuda:
                self._arriving.add(name, value)
            else:
                self._later.append((Moment(self.step, time.monotonic()), name, value.detach()))
        return None

    def _keep(self, name: str, value: Any) -> None:
        if self._is_due(name):
            self._later.append((Moment(self.step, time.monotonic()), name, value))

    def _is_due(self, name: str) -> bool:
        now = time.monotonic()
        if now < self._due.get(name, 0.0):
            return False
        self._due[name] = now + DEVICE_SECONDS
        return True

    def _complain(self, name: str, value: Any, error: Exception) -> None:
        if name in self._odd_said or len(self._odd_said) >= MOST_NAMES:
            return
        self._odd_said.add(name)
        size = getattr(value, "shape", None)
        name = str(name)  # of a dict that has other keys
        if size is not None and len(size) and isinstance(error, ValueError | RuntimeError | TypeError):
            self._odd[name] = f"has the shape {tuple(size)}: log one number, such as its mean"
        elif isinstance(error, OverflowError):
            self._odd[name] = "is too large a number"
        else:
            self._odd[name] = f"is no number but {type(value).__name__}"

    def take(self, *, all_of_it: bool = False) -> Taken:
        """What came since the last time; `all_of_it`: what lies on devices is waited for."""
        with self._lock:
            now = time.monotonic()
            ready = [] if not self._later else [one for one in self._later if all_of_it or now - one[0].at > LATER_SECONDS]
            self._later = self._later[len(ready) :]
        read = ((when, name, self._read_now(name, value)) for when, name, value in ready)
        arrived = [(when, name, value) for when, name, value in read if value is not None]
        with self._lock:
            arrived += self._arriving.receive()
            sums, self._sums = self._sums, {}
            rows, self._rows = self._rows, []
            odd, self._odd = self._odd, {}
            rows += [Row(self._sums_step, time.monotonic(), _means(sums))] if sums else []
            rows = _joined([*rows, *self._arrived_rows(arrived, rows[0].step if rows else self.step)])
            self._taken_step = rows[-1].step if rows else self._taken_step
            return Taken(self.step, rows, odd, any(count > 1 for _, count in sums.values()))

    def _arrived_rows(self, arrived: Iterable[tuple[Moment, str, float]], next_step: int) -> list[Row]:
        """Of numbers from devices, each at the step at which it was logged; together at the next one what comes behind a later row."""
        sums: dict[int, dict[str, list[float]]] = {}
        newest: dict[int, float] = {}
        for when, name, value in sorted(arrived):
            step = when.step if self._exact > 0 and when.step > self._taken_step else next_step
            found = sums.setdefault(step, {})
            total, count = found.get(name, (0.0, 0))
            found[name] = [total + value, count + 1]
            newest[step] = when.at
            self._exact -= 1
        return [Row(step, newest[step], _means(each)) for step, each in sums.items()]

    def _read_now(self, name: str, value: Any) -> float | None:
        """Outside of the lock: it may wait for the device."""
        try:
            return float(value)
        except Exception as error:
            with self._lock:
                self._complain(name, value, error)
            return None


def _joined(rows: Iterable[Row]) -> list[Row]:
    """In the order of their steps; of those of one step, numbers of different names are one."""
    joined: list[Row] = []
    for row in sorted(rows, key=lambda row: row.step):
        if joined and joined[-1].step == row.step and joined[-1].means.keys().isdisjoint(row.means):
            joined[-1] = Row(row.step, max(joined[-1].at, row.at), joined[-1].means | row.means)
        else:
            joined.append(row)
    return joined


def _means(sums: Mapping[str, list[float]]) -> dict[str, float]:
    return {name: total / count for name, (total, count) in sums.items()}


def _whole(step: Any) -> int:
    """The number of a step. Raises ValueError for what is none, or larger than a log can hold."""
    number = int(step)
    if abs(number) > LAST_STEP:
        raise ValueError(f"step={number:.3g} is no step")
    return number
