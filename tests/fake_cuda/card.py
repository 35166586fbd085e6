"""The stand-ins for torch.cuda, and the mode that puts tensors on the card."""

import contextlib
import gc
import types
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import torch
import torch.distributed as dist
from torch import Tensor
from torch.cuda._utils import _get_device_index
from torch.optim import Optimizer
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import _disable_current_modes
from torch.utils._pytree import tree_map_only

from tests.fake_cuda.recorder import Recorded, Recorder, mark, on_card, replay, tensors_in

STALE = (
    "AccumulateGrad nodes of a tensor that is still alive were made on another stream than the one that captures "
    "(stale stream; torch.autograd.graph.set_override_stale_capture_stream)"
)
SYNCS = ("cpu", "tolist", "numpy", "item", "__bool__", "__float__", "__int__", "__index__")
"""Methods of a tensor that wait for the device."""


@dataclass
class Card:
    """One machine's cards, as a test wishes them to be."""

    count: int = 1
    name: str = "Fake A100"
    capability: tuple[int, int] = (8, 0)
    memory: int = 80 * 2**30
    free: int = 79 * 2**30
    bfloat16: bool = True
    current: int = 0
    stuck: bool = False
    """No event is ever reached: a kernel waits for a rank that is gone."""
    captures: int = 0
    replays: int = 0
    waits: int = 0
    """How often the host waited for the device."""
    fail_capture: Exception | None = None
    """Raised at the end of each capture."""
    place: str = ""
    """Where a scene (tests/fake_cuda/full.py) lets the memory end."""
    graphs: "weakref.WeakSet[CUDAGraph]" = field(default_factory=weakref.WeakSet)
    """Those that are alive."""
    recorder: Recorder = field(default_factory=Recorder)
    stream: "Stream" = field(default_factory=lambda: Stream())
    """The current one."""

    @property
    def capturing(self) -> bool:
        """Is a capture going on?"""
        return self.recorder.tape is not None

    def wait(self) -> None:
        """The host waits for the device. Raises where a capture forbids it."""
        if self.capturing:
            raise RuntimeError("CUDA error: operation not permitted when stream is capturing")
        self.waits += 1


class Stream:
    """Work is done at once, so there is nothing to order."""

    def __init__(self, device: Any = None, priority: int = 0, **_: Any) -> None:
        self.device = device

    def wait_stream(self, other: "Stream") -> None:
        """See torch.cuda.Stream."""
        assert isinstance(other, Stream)

    def synchronize(self) -> None:
        """See torch.cuda.Stream."""


class CUDAGraph:
    """A recording of operations."""

    card: Card

    def __init__(self, keep_graph: bool = False) -> None:
        self.tape: list[Recorded] | None = None

    def replay(self) -> None:
        """See torch.cuda.CUDAGraph."""
        if self.tape is None:
            raise RuntimeError("Called CUDAGraph::replay without a preceding successful capture.")
        self.card.replays += 1
        with _disable_current_modes():
            replay(self.tape)

    def reset(self) -> None:
        """See torch.cuda.CUDAGraph."""
        self.tape = None
        self.card.graphs.discard(self)

    def pool(self) -> tuple[int, int]:
        """See torch.cuda.CUDAGraph."""
        return (0, 1)


class Event:
    """Reached at once, unless the card is stuck."""

    card: Card

    def __init__(self, enable_timing: bool = False, blocking: bool = False, **_: Any) -> None:
        self.recorded = False

    def record(self, stream: Any = None) -> None:
        """See torch.cuda.Event."""
        self.recorded = True

    def query(self) -> bool:
        """See torch.cuda.Event."""
        if self.card.capturing:
            self.card.wait()
        return not self.card.stuck

    def synchronize(self) -> None:
        """See torch.cuda.Event."""
        self.card.wait()
        if self.card.stuck:
            raise AssertionError("an event that never completes was waited for without an end")

    def elapsed_time(self, end: "Event") -> float:
        """See torch.cuda.Event."""
        return 1.0


class _Graph:
    """torch.cuda.graph: the capture itself."""

    card: Card

    def __init__(self, cuda_graph: CUDAGraph, pool: Any = None, stream: Any = None, capture_error_mode: str = "global") -> None:
        if stream is None:
            raise AssertionError("torch's own stream for captures belongs to the first device that ever captured: give one")
        self._graph = cuda_graph
        self._before = self.card.stream

    def __enter__(self) -> None:
        gc.collect()
        self.card.wait()
        tensors = (thing for thing in gc.get_objects() if type(thing) in (Tensor, torch.nn.Parameter))
        if any(tensor.grad_fn is not None and on_card(tensor) for tensor in tensors):
            raise RuntimeError(STALE)
        self.card.captures += 1
        self.card.stream = Stream()
        self.card.recorder.begin()

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        tape = self.card.recorder.end()
        if error is not None:  # as torch does it: the end of a broken capture hides what broke it, and the stream stays
            raise RuntimeError("CUDA error: operation failed due to a previous error during capture")
        if self.card.fail_capture is not None:
            raise self.card.fail_capture
        self.card.stream = self._before
        self._graph.tape = tape
        self.card.graphs.add(self._graph)


class _Current(contextlib.nullcontext[None]):
    """torch.cuda.device."""

    def __init__(self, device: Any) -> None:
        super().__init__()


class _Placed(TorchFunctionMode):
    """Tensors made "on cuda" are made on the CPU and bear the card's mark."""

    def __init__(self, card: Card) -> None:
        super().__init__()
        self._card = card
        self._device = torch.Tensor.device.__get__
        self._is_cuda = torch.Tensor.is_cuda.__get__  # type: ignore[attr-defined]

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func == self._device:
            return torch.device("cuda", self._card.current) if on_card(args[0]) else func(*args)
        if func == self._is_cuda:
            return on_card(args[0])
        name = getattr(func, "__name__", "")
        if args and isinstance(args[0], Tensor) and on_card(args[0]) and name in SYNCS:
            self._card.wait()
        if name in ("__getitem__", "__setitem__") and self._card.capturing and on_card(args[0]):
            _refuse_copies(name, *args)
        if name in ("to", "cuda", "cpu") and args and isinstance(args[0], Tensor):
            return self._move(name, *args, **kwargs)
        if name == "__deepcopy__":
            return mark(func(*args, **kwargs), on_card(args[0]))
        kwargs.pop("pin_memory", None)
        if "device" not in kwargs or kwargs["device"] is None:
            result = func(*args, **kwargs)
            for tensor in tensors_in(result.values() if isinstance(result, dict) else [result]):
                _mark_as_of_the_host(tensor)
            return result
        device = torch.device(kwargs.pop("device"))
        generator = kwargs.get("generator")
        if generator is not None and generator.device.type != device.type:
            raise RuntimeError(f"Expected a '{device.type}' device type for generator but found '{generator.device.type}'")
        if device.type != "cuda":
            return func(*args, **kwargs, device=device)
        if name in ("tensor", "as_tensor") and self._card.capturing:
            self._card.wait()
        return tree_map_only(Tensor, mark, func(*args, **kwargs))

    def _move(self, name: str, tensor: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """`to`, `cuda` and `cpu`: a copy where the device is another one."""
        wanted: torch.device | None = torch.device(name) if name != "to" else None
        kwargs.pop("non_blocking", None)
        flags = [value for value in args if isinstance(value, bool)]  # non_blocking and copy
        if flags[1:] == [True]:
            kwargs["copy"] = True
        for value in (*args, kwargs.pop("device", None), kwargs.pop("dtype", None)):
            if isinstance(value, torch.device | str):
                wanted = torch.device(value)
            elif isinstance(value, Tensor):
                wanted, kwargs["dtype"] = value.device, value.dtype
            elif isinstance(value, torch.dtype):
                kwargs["dtype"] = value
        there = on_card(tensor) if wanted is None else wanted.type == "cuda"
        if there != on_card(tensor):
            self._card.wait()
        moved = Tensor.to(tensor, **kwargs) if kwargs else tensor
        if there == on_card(moved):
            return moved
        return mark(moved.clone() if moved is tensor else moved, there)


def _refuse_copies(name: str, tensor: Tensor, index: Any, value: Any = None) -> None:
    """What a place in a tensor is asked with, or filled with, comes from the host in these cases: a capture has no such copies."""
    parts = index if isinstance(index, tuple) else (index,)
    listed = any(isinstance(part, list) for part in parts)
    if listed or (name == "__setitem__" and not isinstance(value, Tensor) and len(parts) == tensor.dim() and all(map(_is_number, parts))):
        raise RuntimeError("Cannot copy between CPU and CUDA tensors during CUDA graph capture unless the CPU tensor is pinned.")


def _is_number(part: Any) -> bool:
    return isinstance(part, int) and not isinstance(part, bool)


def _mark_as_of_the_host(tensor: Tensor) -> None:
    """What Python makes without naming a device, and without anything from the card, belongs to the host."""
    if tensor.layout is torch.strided and not hasattr(tensor.untyped_storage(), "on_card"):
        mark(tensor, False)


class Generator(torch.Generator):
    """A generator that says it is on the card; it draws on the CPU."""

    claimed: torch.device

    def __new__(cls, device: Any = "cpu") -> "Generator":
        made = super().__new__(cls, "cpu")  # type: ignore[call-arg]
        made.claimed = torch.device(device)
        if made.claimed.type == "cuda" and made.claimed.index is None:
            made.claimed = torch.device("cuda", 0)
        return made

    @property
    def device(self) -> torch.device:  # type: ignore[override]
        """What it claims."""
        return self.claimed


@contextlib.contextmanager
def card(**wishes: Any) -> Iterator[Card]:
    """Put a fake card into this process while the block runs. `wishes`: fields of Card."""
    fake = Card(**wishes)
    kinds = {cls: type(cls.__name__.lstrip("_"), (cls,), {"card": fake}) for cls in (CUDAGraph, Event, _Graph)}
    load, all_reduce, destroy = torch.load, dist.all_reduce, dist.destroy_process_group
    init = dist.init_process_group

    def set_device(device: Any) -> None:
        index = _get_device_index(device)  # raises as torch does where the device has no index
        if index >= fake.count:
            raise RuntimeError("CUDA error: invalid device ordinal")
        fake.current = index

    def load_onto(file: Any, map_location: Any = None, **kwargs: Any) -> Any:
        state = load(file, map_location="cpu", **kwargs)
        there = map_location is not None and torch.device(map_location).type == "cuda"
        return tree_map_only(Tensor, mark, state) if there else state

    def reduce(tensor: Tensor, op: Any = dist.ReduceOp.SUM, **kwargs: Any) -> Any:
        if not fake.capturing:
            return all_reduce(tensor, op=op, **kwargs)
        fake.recorder.record(lambda value: all_reduce(value, op=op, **kwargs), tensor)
        return None

    def leave(group: Any = None) -> None:
        if any(graph.tape and any(step.run.__name__ == "<lambda>" for step in graph.tape) for graph in fake.graphs):
            raise AssertionError("destroy_process_group would hang: a graph that captured a collective is alive")
        destroy(group)

    cuda = {
        "is_available": lambda: fake.count > 0,
        "is_initialized": lambda: True,
        "device_count": lambda: fake.count,
        "current_device": lambda: fake.current,
        "set_device": set_device,
        "synchronize": lambda device=None: fake.wait(),
        "get_device_name": lambda device=None: fake.name,
        "get_device_capability": lambda device=None: fake.capability,
        "get_device_properties": lambda device=None: types.SimpleNamespace(
            name=fake.name, total_memory=fake.memory, major=fake.capability[0], minor=fake.capability[1], multi_processor_count=108
        ),
        "get_arch_list": lambda: ["sm_75", "sm_80", "sm_90"],
        "mem_get_info": lambda device=None: (fake.free, fake.memory),
        "memory_allocated": lambda device=None: 2**20,
        "max_memory_allocated": lambda device=None: 2**20,
        "memory_reserved": lambda device=None: 2**20,
        "max_memory_reserved": lambda device=None: 2**20,
        "device": _Current,
        "reset_peak_memory_stats": lambda device=None: None,
        "empty_cache": lambda: None,
        "is_bf16_supported": lambda including_emulation=True: fake.bfloat16 or including_emulation,
        "is_current_stream_capturing": lambda: fake.capturing,
        "graph_pool_handle": lambda: (0, 1),
        "current_stream": lambda device=None: fake.stream,
        "set_stream": lambda stream: setattr(fake, "stream", stream),
        "stream": lambda stream: contextlib.nullcontext(stream),
        "Stream": Stream,
        "Event": kinds[Event],
        "CUDAGraph": kinds[CUDAGraph],
        "graph": kinds[_Graph],
    }
    group = Optimizer._group_tensors_by_device_and_dtype

    def grouped(lists: Any, with_indices: bool = False) -> Any:
        found = group(lists, with_indices)
        there = any(on_card(tensor) for tensor in lists[0])
        return {(torch.device("cuda", fake.current) if there else device, kind): value for (device, kind), value in found.items()}

    with contextlib.ExitStack() as stack:
        if hasattr(torch, "accelerator"):  # newer versions of torch ask it whether a capture is going on
            stack.enter_context(patch.object(torch.accelerator, "current_accelerator", lambda **_: torch.device("cuda")))
            stream = types.SimpleNamespace(is_capturing=lambda: fake.capturing)
            stack.enter_context(patch.object(torch.accelerator, "current_stream", lambda device=None: stream))
        stack.enter_context(patch.object(Optimizer, "_group_tensors_by_device_and_dtype", staticmethod(grouped)))
        for name, value in cuda.items():
            stack.enter_context(patch.object(torch.cuda, name, value))
        stack.enter_context(patch.object(torch, "Generator", Generator))
        stack.enter_context(patch.object(torch, "load", load_onto))
        stack.enter_context(patch.object(dist, "all_reduce", reduce))
        stack.enter_context(patch.object(dist, "destroy_process_group", leave))
        stack.enter_context(
            patch.object(dist, "init_process_group", lambda backend=None, **kwargs: init("gloo", **kwargs))  # beneath NCCL's name
        )
        stack.enter_context(_Placed(fake))
        stack.enter_context(fake.recorder)
        yield fake
