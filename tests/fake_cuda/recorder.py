"""Operations as a dispatch mode sees them: which device they touch, and, during a capture, a recording of them."""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

aten = torch.ops.aten
SYNCHRONISING = {aten._local_scalar_dense.default, aten.nonzero.default, aten.masked_select.default, aten.is_nonzero.default}
"""Operations whose result the host must know: a capture cannot have them."""
CROSSING = {aten.copy_.default, aten._to_copy.default, aten.index.Tensor, aten.index_put_.default, aten.set_.source_Storage}
"""Operations that may touch the card and the host: copies, and places in a tensor."""


def on_card(tensor: Tensor) -> bool:
    """Does the tensor's memory belong to the card?"""
    return getattr(tensor.untyped_storage(), "on_card", False)


def on_host(tensor: Tensor) -> bool:
    """Does it belong to the host? Of what autograd makes by itself, such as zeros, nobody here can tell."""
    return not getattr(tensor.untyped_storage(), "on_card", True)


def mark(tensor: Tensor, there: bool = True) -> Tensor:
    """Move the tensor's memory to the card, or off it."""
    tensor.untyped_storage().on_card = there  # type: ignore[attr-defined]
    return tensor


class Recorded(NamedTuple):
    """One operation of a captured graph."""

    run: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    results: dict[int, Tensor]
    """Those that have a memory of their own, by their place among all: a replay writes into it."""


class Recorder(TorchDispatchMode):
    """Watches each operation below autograd, backward passes included."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.tape: list[Recorded] | None = None
        """The operations of the capture that is going on."""
        self._untouched: list[tuple[Tensor, Tensor]] = []
        """Memory that the capture wrote into, and what stood there: a capture runs nothing."""
        self._own: set[int] = set()
        """Memory that was made within the capture."""
        self.before_each: Callable[[str], None] = lambda name: None
        """Called with the name of each operation on the card: it may raise what a full card raises."""

    def begin(self) -> None:
        """Record from now on."""
        self.tape, self._untouched, self._own = [], [], set()

    def end(self) -> list[Recorded]:
        """Stop recording; the memory is as it was before."""
        tape, self.tape = self.tape, None
        assert tape is not None
        with torch.no_grad():
            for tensor, before in reversed(self._untouched):
                tensor.copy_(before)
        return tape

    def record(self, run: Callable[..., Any], *args: Tensor) -> None:
        """Something else that is to happen in a replay: a collective."""
        assert self.tape is not None
        for tensor in args:
            self._keep(tensor)
        self.tape.append(Recorded(run, tuple(tensor.detach() for tensor in args), {}, {}))

    def __torch_dispatch__(self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None) -> Any:
        with torch._C.DisableTorchFunction():  # what is asked of tensors here is nobody else's business, and is asked very often
            return self._dispatch(func, args, kwargs or {})

    def _dispatch(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        tensors = [*tensors_in(args), *tensors_in(kwargs.values())]
        there = [tensor for tensor in tensors if on_card(tensor)]
        if there:
            self.before_each(func.__name__)
            if func not in CROSSING and any(tensor.dim() and on_host(tensor) for tensor in tensors):
                raise RuntimeError(
                    f"Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu! ({func})"
                )
        if self.tape is not None:
            self._refuse_in_capture(func, args, kwargs)
            for tensor in _written(func, args, kwargs):
                self._keep(tensor)
        result = func(*args, **kwargs)
        sources = {tensor.untyped_storage().data_ptr() for tensor in tensors}
        fresh = {
            place: leaf for place, leaf in enumerate(_leaves(result)) if leaf.numel() and leaf.untyped_storage().data_ptr() not in sources
        }
        for tensor in fresh.values():
            if there:
                mark(tensor)
            if self.tape is not None:
                self._own.add(tensor.untyped_storage().data_ptr())
        if self.tape is not None and not str(func).startswith("profiler"):
            kept, named = map(_detached, args), {name: _detached(value) for name, value in kwargs.items()}
            self.tape.append(Recorded(func, tuple(kept), named, {place: tensor.detach() for place, tensor in fresh.items()}))
        return result

    def _refuse_in_capture(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        indices = args[1] if func is aten.index.Tensor else ()
        if func in SYNCHRONISING or any(index is not None and index.dtype == torch.bool for index in indices):
            raise RuntimeError(f"CUDA error: operation not permitted when stream is capturing ({func} waits for the device)")
        if torch.Tag.nondeterministic_seeded in func.tags and "dropout" not in func.__name__:
            raise RuntimeError(f"Cannot call CUDAGeneratorImpl::current_seed during CUDA graph capture ({func})")

    def _keep(self, tensor: Tensor) -> None:
        place = tensor.untyped_storage().data_ptr()
        if place not in self._own and all(place != kept.untyped_storage().data_ptr() for kept, _ in self._untouched):
            whole = torch.empty(0, dtype=tensor.dtype).set_(tensor.untyped_storage())
            self._untouched.append((whole, whole.clone()))


def _written(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[Tensor]:
    """The tensors that an operation writes into. Batch normalisation does not declare that it writes its running statistics."""
    if func is aten.native_batch_norm.default and args[5]:
        yield from (statistic for statistic in args[3:5] if statistic is not None)
    for index, name in _declared_written(func):
        yield from tensors_in([args[index] if index < len(args) else kwargs.get(name)])


@cache
def _declared_written(func: Any) -> list[tuple[int, str]]:
    """Places and names of arguments that an operation writes into."""
    arguments = enumerate(func._schema.arguments)
    return [(index, argument.name) for index, argument in arguments if argument.alias_info is not None and argument.alias_info.is_write]


def tensors_in(values: Iterable[Any]) -> Iterator[Tensor]:
    """All of them, in tuples and lists too. torch's pytree does the same at ten times the cost, and this is asked of each operation."""
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, tuple | list):
            yield from tensors_in(value)


def _detached(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.detach()
    return type(value)(map(_detached, value)) if type(value) in (tuple, list) else value


def _leaves(result: Any) -> list[Tensor]:
    return list(tensors_in([result]))


def _leave_dynamo_alone() -> None:
    """torch wraps the method so that a compiler leaves it alone, and imports the compiler to ask how: for seconds, in each process."""
    method = getattr(Recorder.__torch_dispatch__, "__wrapped__", None)
    if method is not None:
        method.__dynamo_disable = method


_leave_dynamo_alone()


@torch.no_grad()
def replay(tape: list[Recorded]) -> None:
    """Run what was recorded, on the same memory."""
    with torch._C.DisableTorchFunction():
        for run, args, kwargs, results in tape:
            made = _leaves(run(*args, **kwargs))
            for place, result in results.items():
                result.copy_(made[place])
