"""Work that is recorded once and done again: what a CUDA graph is for a GPU, for a CPU.

A step of an MLP is sixty operations of ten to a hundred microseconds. Python finds their inputs anew each time, makes views of them, and
asks torch for each by its name: a tenth of a step and more. On a tape stands which operation takes what, in memory that stays.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Self

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from gan_tui.training import products

DEPENDENT = {torch.Tag.data_dependent_output, torch.Tag.dynamic_output_shape}
"""What torch says of an operation whose result is a number, or has another shape with other numbers."""


class Tape:
    """The operations of a call, in order. All of them come to the same tensors each time, and read what stands in them by then."""

    def __init__(self, operations: list[Callable[[], object]], result: Tensor) -> None:
        self._operations = operations
        self._result = result

    @classmethod
    def record(cls, work: Callable[[], Tensor]) -> tuple[Tensor, Self | None]:
        """Do `work`; its result, and how to do it again. None where it asks torch for a number, on which what it does may depend.

        `tolist` and `numpy` of a CPU's tensor ask nobody: work that calls them is not for a tape.
        """
        recorder = _Recorder()
        with recorder:
            result = work()
        recorder.note_library()
        return result, cls(recorder.operations, result) if recorder.repeatable else None

    def __call__(self) -> Tensor:
        """Do it again, without gradients; the result is in the same tensor."""
        for operation in self._operations:
            operation()
        return self._result


class _Recorder(TorchDispatchMode):
    """Sees each operation of torch that is carried out, below autograd."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.operations: list[Callable[[], object]] = []
        self.repeatable = True
        self._onednn = products.by_onednn()

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """No: torch would import its compiler, for longer than all else takes to begin, only to hide this from it."""
        return False

    def note_library(self) -> None:
        """What multiplies is no operation of torch's: where the work changes it, so does the tape."""
        if products.by_onednn() is not self._onednn:
            self._onednn = not self._onednn
            self.operations.append(partial(products.use, self._onednn))

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.note_library()
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        inputs, outputs = _tensors((args, kwargs)), _tensors(result)
        if DEPENDENT & set(func.tags) or (not outputs and not func._schema.is_mutable):
            self.repeatable = False
        elif func._schema.is_mutable:
            self.repeatable &= _is_view(outputs, inputs)
            self.operations.append(partial(func._op, *args, **kwargs))
        elif not _is_view(outputs, inputs):
            self.operations.append(_again(func, args, kwargs, result))
        return result


def _tensors(tree: Any) -> list[Tensor]:
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, Tensor)]


def _is_view(outputs: list[Tensor], inputs: list[Tensor]) -> bool:
    """Is it memory that was there before? Then it shows what changes there by itself."""
    known = {tensor.untyped_storage().data_ptr() for tensor in inputs}
    return all(tensor.untyped_storage().data_ptr() in known for tensor in outputs)


def _again(func: Any, args: Any, kwargs: Any, result: Any) -> Callable[[], object]:
    """An operation with a tensor of its own for the result: from now on it writes into this one."""
    out = getattr(func.overloadpacket, "out", None)
    if isinstance(result, Tensor) and out is not None and _fits(out, func):
        return partial(out._op, *args, **kwargs, out=result)
    results = _tensors(result)

    def compute() -> None:
        for home, value in zip(results, _tensors(func(*args, **kwargs)), strict=True):
            home.copy_(value)

    return compute


def _fits(out: Any, func: Any) -> bool:
    """Takes this form of an operation what that takes, and where to write besides?"""
    ours, its = func._schema.arguments, out._schema.arguments
    return [argument.name for argument in its] == [*(argument.name for argument in ours), "out"] and all(
        str(mine.type) == str(other.type) for mine, other in zip(ours, its, strict=False)
    )
