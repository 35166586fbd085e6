"""Which library multiplies float32 matrices on a CPU: most of a step of an MLP.

torch takes MKL, where it was built with it, and has oneDNN beside it. On AMD's Zen 5 oneDNN is twice as fast and as exact; on Zen 4 it
is a little faster, with two threads more so than with one. torch uses oneDNN for matrix products where it is allowed to round them to
bfloat16. Whether a processor then does round is seen beside float64: Intel's AMX does, and is refused.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import Tensor

from gan_tui.config import RunConfig
from gan_tui.cpuinfo import cpuinfo
from gan_tui.errors import first_line
from gan_tui.training.distributed.ranks import Ranks

ROWS, INPUTS, OUTPUTS = 200, 784, 256
"""Of the product that is tried, D's first layer in `classic` with real and generated images: the same for all runs, so that they agree."""
TORCH = "torch's own library"
AS_SET, AS_BEFORE = "as train.products says", "as before the resume"
"""Why oneDNN multiplies where it does not pay."""
ROUNDS = 6
MOST_SECONDS = 0.05
"""That a trial takes, its first round left out: of this thread's own time, so that what else the machine does is no matter."""
GAIN, ON_AMD = 1.3, 0.9
"""How many times as fast oneDNN must be, and on AMD's processors. Both are far from what has been seen there: a start just above and one
just below would choose differently, and the sums of the two are not the same to the bit."""
_left: str | None = None
"""How torch's switch stood before it was ours; None where it is not."""
_hosted = False
"""Does a program's own process train?"""
EXACT = 2e-6
"""How far a product may be from that in float64, as a share of its length. In float32 it is about 4e-7, with bfloat16 2e-3."""


class Trial(NamedTuple):
    """oneDNN beside torch's own choice."""

    gain: float
    """Times as fast, of one thread."""
    off: float
    """How far a product is from that in float64, as a share of its length."""
    trouble: str = ""
    """Why nothing was tried; empty where it was."""
    wanted: float = GAIN
    """The least gain for which it is taken."""

    @property
    def pays(self) -> bool:
        """Is it to be used?"""
        return self.gain >= self.wanted and self.off <= EXACT


def choose(settings: RunConfig, device: torch.device, ranks: Ranks, kept: str = "") -> tuple[str, str]:
    """Have products of float32 matrices computed by the library of `train.products`; its name, and why in short; empty: no reason.

    kept: what a checkpoint was trained with, which `auto` keeps, for sums differ in their last digits; empty: nothing is known.
    All ranks must ask together, and get the same. The switch is one for the process: `Session.advance` sets it again where it has others.
    """
    if not _matter(settings, device):
        use(False)
        said = "train.products = onednn is without effect: it is for float32 on a CPU, for engines and networks of gan-tui's own"
        return "", said if settings.train.products == "onednn" else ""
    wanted = settings.train.products
    may = wanted == "onednn" or (wanted == "auto" and kept != "torch" and (kept == "onednn" or not _hosted))
    found = trial() if may else None
    yes = found is not None and (wanted == "onednn" or kept == "onednn" or found.pays)
    exact = found is not None and found.off <= EXACT
    chosen = "onednn" if ranks.agree(yes and exact) else "torch"
    use(chosen == "onednn")
    if found is None:
        return chosen, ""
    if chosen == "torch":
        return chosen, "oneDNN is no faster or less exact on another rank" if yes and exact else in_short(found)
    if found.pays:
        return chosen, in_short(found)
    return chosen, AS_SET if wanted == "onednn" else AS_BEFORE


def note(chosen: str, why: str) -> str:
    """What there is to say in the log of what `choose` has answered; empty where there is nothing."""
    if not (chosen and why):
        return why
    if chosen == "torch":
        return f"{TORCH} multiplies matrices: {why}"
    reason = f", {why}" if why in (AS_SET, AS_BEFORE) else f": {why}, and as exact"
    return f"oneDNN multiplies matrices{reason}; `--set train.products=torch` leaves it to torch"


def _matter(settings: RunConfig, device: torch.device) -> bool:
    """Is it float32 on a CPU, and no code of others that asks torch for its precision in a way that torch then refuses?"""
    train, own = settings.train, settings.model.own or settings.loss.own
    return device.type == "cpu" and train.precision == "float32" and train.engine != "compiled" and not own


def describe(found: Trial) -> str:
    """What the trial has found, for log and doctor: `oneDNN is 2.0 times as fast here, and as exact (off by 4e-07)`."""
    if found.trouble:
        return f"oneDNN cannot be had: {found.trouble}"
    if found.off > EXACT:
        return f"oneDNN rounds to bfloat16 on this processor (results off by {found.off:.0e}; 4e-07 is usual in float32)"
    return f"oneDNN is {found.gain:.1f} times as fast here, and as exact (off by {found.off:.0e})"


def in_short(found: Trial) -> str:
    """The same in a row of the screen: `oneDNN is 2.0 times as fast`."""
    if found.trouble:
        return f"no oneDNN: {found.trouble}"
    if found.off > EXACT:
        return "oneDNN is less exact"
    return f"oneDNN is {found.gain:.1f} times as fast" if found.pays else "oneDNN is no faster"


def named(chosen: str, why: str) -> str:
    """The same beside the name, in a row of the screen: torch's own is mostly MKL."""
    own = "with MKL" if chosen == "torch" and torch.backends.mkl.is_available() else ""
    return "; ".join(filter(None, (own, why if chosen else "")))


@lru_cache(maxsize=1)
def trial() -> Trial:
    """Of a product forward, one for a weight's gradient and one back, in milliseconds; once in a process, which multiplies as before."""
    switch = _switch()
    if switch is None:
        return Trial(0.0, 1.0, "this torch has no switch for it")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # more would wait for each other where the machine is busy
    try:
        with as_it_was():
            return _try(switch)
    except RuntimeError as error:
        return Trial(0.0, 1.0, first_line(error, 120))
    finally:
        torch.set_num_threads(threads)


def _try(switch: Any) -> Trial:
    draw = torch.Generator().manual_seed(0)
    x, weight, behind = (torch.randn(*size, generator=draw) for size in ((ROWS, INPUTS), (INPUTS, OUTPUTS), (ROWS, OUTPUTS)))
    works: tuple[Callable[[], Tensor], ...] = (lambda: x @ weight, lambda: x.t() @ behind, lambda: behind @ weight.t())
    best, results, began = {True: float("inf"), False: float("inf")}, dict[bool, list[Tensor]](), 0.0
    for index in range(ROUNDS + 1):
        for onednn in best:
            switch.fp32_precision = "bf16" if onednn else "ieee"
            clock = time.thread_time()
            results[onednn] = [work() for work in works]
            if index:
                best[onednn] = min(best[onednn], time.thread_time() - clock)
        began = began or time.thread_time()
        if time.thread_time() - began > MOST_SECONDS:
            break
    if all(torch.equal(*pair) for pair in zip(*results.values(), strict=True)):  # as without AVX-512, which torch wants for it
        return Trial(0.0, 1.0, "torch does not take it on this processor")
    exact = x.double() @ weight.double(), x.t().double() @ behind.double(), behind.double() @ weight.t().double()
    off = max(float((found - twin).norm() / twin.norm()) for found, twin in zip(results[True], exact, strict=True))
    return Trial(best[False] / best[True], off, wanted=ON_AMD if cpuinfo("vendor_id") == "AuthenticAMD" else GAIN)


@contextmanager
def in_a_program() -> Iterator[None]:
    """In a process that is not ours `auto` is torch's own: while the switch is set, torch refuses some of what a program may ask it.

    (`torch.get_float32_matmul_precision` then complains of two ways to say the same.) Afterwards the process multiplies as before.
    """
    global _hosted
    before, _hosted = _hosted, True
    try:
        with as_it_was():
            yield
    finally:
        _hosted = before


@contextmanager
def as_it_was() -> Iterator[None]:
    """Afterwards this process multiplies as before."""
    global _left
    switch, left = _switch(), _left
    before = switch.fp32_precision if switch is not None else None
    try:
        yield
    finally:
        _left = left
        if switch is not None:
            switch.fp32_precision = before


def use(onednn: bool) -> None:
    """Have oneDNN multiply float32 matrices from now on, or what multiplied before that."""
    global _left
    if onednn is by_onednn() or (switch := _switch()) is None:  # nearly always the first: each step asks
        return
    switch.fp32_precision, _left = ("bf16", switch.fp32_precision) if onednn else (_left, None)


def by_onednn() -> bool:
    """Does oneDNN multiply now because it was chosen?"""
    return _left is not None


def of_vectors() -> AbstractContextManager[None]:
    """Meanwhile torch's own library multiplies, whatever was chosen: oneDNN takes longer to begin than a product with a vector does."""
    return meanwhile(False)


@contextmanager
def meanwhile(onednn: bool) -> Iterator[None]:
    """As `use`, and afterwards as was chosen before."""
    chosen = by_onednn()
    use(onednn)
    try:
        yield
    finally:
        use(chosen)


def _switch() -> Any:
    """torch's, from 2.9 on; None in older ones, and where there is no oneDNN."""
    matmul = getattr(torch.backends.mkldnn, "matmul", None)
    return matmul if torch.backends.mkldnn.is_available() and hasattr(matmul, "fp32_precision") else None
