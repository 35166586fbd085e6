"""Numbers and images on a GPU, on their way to main memory while the training goes on.

The loop asks for a copy into page-locked memory, which it does not wait for, and behind it for a mark. The thread that writes looks for
the mark in that memory: it never calls CUDA, so it can neither hold the loop up nor spoil a graph that is being captured.
"""

import math
import sys
import time
from collections import deque
from typing import Any, NamedTuple

SLOTS = 8
"""Copies on their way at once; where none is free, numbers are passed over."""
WIDTH = 64
"""Numbers in one."""
FLAT = (784, 1024, 3072, 4096, 12288)
"""Pixels of images that people lay flat: of 28, 32 and 64 pixels a side."""


class Moment(NamedTuple):
    """When a number was logged."""

    step: int
    at: float
    """By `time.monotonic`."""


class Arriving:
    """Numbers on their way. All but `receive` is called in the loop that trains."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        """What was added, and not sent yet."""
        self._ways: dict[Any, _Way] = {}

    def add(self, name: str, tensor: Any) -> None:
        """A tensor of one number, on a GPU."""
        self.asked.append((name, tensor))

    def send(self, step: int = 0) -> None:
        """Send what was added at this step, where a way is free."""
        asked, self.asked = self.asked[:WIDTH], []
        torch = sys.modules["torch"]
        if torch.cuda.is_current_stream_capturing():
            return
        device = asked[0][1].device
        way = self._ways.get(device)
        if way is None:
            way = self._ways[device] = _Way(torch, device)
        way.send([(name, tensor) for name, tensor in asked if tensor.device == device], Moment(step, time.monotonic()))

    def receive(self) -> list[tuple[Moment, str, float]]:
        """What has arrived since, and when it was sent."""
        return [one for way in self._ways.values() for one in way.receive()]


class _Way:
    """From one GPU."""

    def __init__(self, torch: Any, device: Any) -> None:
        self._values = torch.zeros(SLOTS, WIDTH, dtype=torch.float64, pin_memory=True)
        self._marks = torch.zeros(SLOTS, dtype=torch.int32, pin_memory=True)
        self._one = torch.ones(1, dtype=torch.int32, device=device)
        self._free = deque(range(SLOTS))
        self._sent: deque[tuple[int, Moment, list[str]]] = deque()

    def send(self, pairs: list[tuple[str, Any]], moment: Moment) -> None:
        if not self._free:
            return
        slot = self._free.popleft()
        self._marks[slot] = 0
        for place, (_, tensor) in enumerate(pairs):
            self._values[slot, place : place + 1].copy_(tensor.detach().reshape(1), non_blocking=True)
        self._marks[slot : slot + 1].copy_(self._one, non_blocking=True)
        self._sent.append((slot, moment, [name for name, _ in pairs]))

    def receive(self) -> list[tuple[Moment, str, float]]:
        found: list[tuple[Moment, str, float]] = []
        while self._sent and self._marks[self._sent[0][0]].item():
            slot, moment, names = self._sent.popleft()
            found += [(moment, name, value) for name, value in zip(names, self._values[slot].tolist(), strict=False)]
            self._free.append(slot)
        return found


class Picture:
    """Images that a script has shown, copied so that it may change them; from a GPU, they may be on their way."""

    def __init__(self, images: Any, most: int) -> None:
        """At most the first `most` of them, where there are several."""
        self._mark: Any = None
        torch = sys.modules.get("torch")
        if torch is not None and isinstance(images, list | tuple) and images and isinstance(images[0], torch.Tensor):
            images = torch.stack([one.detach() for one in images[:most]])
        if torch is None or not isinstance(images, torch.Tensor):
            part = _first(images, most)
            self._images = part.copy() if hasattr(part, "copy") else part
            return
        part = _first(images.detach(), most)
        if part.device.type != "cuda":
            self._images = part.clone() if part.device.type == "cpu" else part
            return
        self._images = torch.empty(part.shape, dtype=part.dtype, pin_memory=True)
        self._images.copy_(part, non_blocking=True)
        self._mark = torch.zeros(1, dtype=torch.int32, pin_memory=True)
        self._mark.copy_(torch.ones(1, dtype=torch.int32, device=part.device), non_blocking=True)

    @property
    def there(self) -> bool:
        """Has it arrived?"""
        return self._mark is None or bool(self._mark.item())

    def array(self) -> Any:
        """As NumPy's array."""
        import numpy

        images = self._images
        if hasattr(images, "detach"):
            images = images.cpu()
            images = (images.float() if images.dtype.is_floating_point else images).numpy()
        return numpy.asarray(images)


def _first(images: Any, most: int) -> Any:
    """The first images of a batch; of one image, all of it."""
    shape: Any = getattr(images, "shape", ())
    batch = len(shape) == 4 or (len(shape) == 3 and shape[0] > 4 and shape[2] > 4) or (len(shape) == 2 and is_flat(*shape))
    return images[:most] if batch else images


def is_flat(count: int, size: int) -> bool:
    """Is this the shape of `count` square images in a row each, and not that of one picture?"""
    square = any(size == channels * math.isqrt(size // channels) ** 2 for channels in (1, 3))
    return size in FLAT or (square and size >= 64 and size > 3 * count)
