"""Is a file one that `torch.save` made of plain containers and tensors, and no larger than it says? Asked before torch loads it.

`weights_only=True` keeps a hostile file from running code, and from nothing else: torch believes every size that it is told. Here the
zip archive and the pickle in it are looked at without unpacking anything: a small interpreter follows the few pickle instructions
that a checkpoint consists of, makes lists of what they describe, and refuses all others.
"""

import os
import pickletools
import zipfile
from collections.abc import Mapping
from typing import Any, BinaryIO, NamedTuple, cast

MOST_PICKLE = 16 << 20
"""Bytes of the pickle; one with a thousand tensors has a hundred thousand."""
MOST_DIRECTORY = 4 << 20
"""Bytes of the archive's list of its files."""
MOST_INSTRUCTIONS = 300_000
"""Of the pickle: some 40 a tensor."""
DEEPEST = 8
"""Containers in containers; a checkpoint has six."""
ITEM_SIZES = {
    "FloatStorage": 4, "DoubleStorage": 8, "HalfStorage": 2, "BFloat16Storage": 2, "LongStorage": 8, "IntStorage": 4,
    "ShortStorage": 2, "CharStorage": 1, "ByteStorage": 1, "BoolStorage": 1,
}  # fmt: skip


class _Name(NamedTuple):
    """A global that the pickle names; nothing is imported."""

    module: str
    name: str


class _Storage(NamedTuple):
    key: str
    numbers: int


class _Tensor(NamedTuple):
    """Stands for a tensor whose shape fits its storage."""

    shape: tuple[int, ...]


class _RefusalError(ValueError):
    """What is wrong, in words for a person."""


_TENSOR, _ORDERED = _Name("torch._utils", "_rebuild_tensor_v2"), _Name("collections", "OrderedDict")
_MARK = object()


def check(file: BinaryIO, limit: int) -> None:
    """Raises ValueError with what is wrong. Takes less than two seconds and some tens of megabytes, whatever the file holds."""
    size = file.seek(0, os.SEEK_END)
    _expect(size <= limit, f"it has {size / 1e6:,.0f} MB, and a checkpoint of this run has no more than {limit / 1e6:,.0f}")
    file.seek(0)
    _expect(file.read(4) == b"PK\3\4", "it is torn, or no file of torch.save")
    try:
        bounded = _Bounded(file)
        with zipfile.ZipFile(cast("BinaryIO", bounded)) as archive:
            sizes, pickled = _members(archive, size)
            bounded.most = MOST_PICKLE
            _follow(archive.read(pickled), sizes)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError):
        raise _RefusalError("it is torn, or no file of torch.save") from None


class _Bounded:
    """A file of which no more than `most` bytes are read at once."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.most = MOST_DIRECTORY
        self.seek, self.tell, self.seekable, self.close = file.seek, file.tell, file.seekable, file.close

    def read(self, count: int = -1) -> bytes:
        found = self._file.read(count if 0 <= count <= self.most else self.most + 1)
        _expect(len(found) <= self.most, "its list of contents is too long")
        return found


def _members(archive: zipfile.ZipFile, size: int) -> tuple[Mapping[str, int], zipfile.ZipInfo]:
    """The sizes of the storages by their keys, and the pickle. Nothing is compressed, and no byte belongs to two of them."""
    entries = archive.infolist()
    stored = (entry.compress_type == zipfile.ZIP_STORED and entry.file_size == entry.compress_size for entry in entries)
    _expect(all(stored), "it is compressed")
    _expect(sum(entry.file_size for entry in entries) <= size, "its parts are larger than the file")
    _expect(len({entry.filename for entry in entries}) == len(entries), "a part is there twice")
    pickles = [entry for entry in entries if entry.filename.endswith("/data.pkl")]
    _expect(len(pickles) == 1, "it is no file of torch.save")
    root = pickles[0].filename.removesuffix("data.pkl") + "data/"
    _expect(pickles[0].file_size <= MOST_PICKLE, "its description is too long")
    return {entry.filename.removeprefix(root): entry.file_size for entry in entries if entry.filename.startswith(root)}, pickles[0]


def _follow(pickled: bytes, sizes: Mapping[str, int]) -> None:
    """Carry out the pickle's instructions, as far as a checkpoint has them."""
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    try:
        for number, (instruction, argument, _) in enumerate(pickletools.genops(pickled)):
            _expect(number < MOST_INSTRUCTIONS, "its description is too long")
            if instruction.name == "STOP":
                break
            _step(instruction.name, argument, stack, memo, sizes)
    except _RefusalError:
        raise
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError):
        raise _RefusalError("its description is damaged") from None
    _expect(len(stack) == 1, "its description is damaged")
    _expect_small(stack[0], DEEPEST, [MOST_INSTRUCTIONS])


def _step(name: str, argument: Any, stack: list[Any], memo: dict[int, Any], sizes: Mapping[str, int]) -> None:
    match name:
        case "BINPUT" | "LONG_BINPUT":
            memo[argument] = stack[-1]
        case "BINGET" | "LONG_BINGET":
            stack.append(memo[argument])
        case "BINUNICODE" | "SHORT_BINUNICODE" | "BININT" | "BININT1" | "BININT2" | "LONG1" | "BINFLOAT":
            stack.append(argument)
        case "PROTO" | "BUILD":
            if name == "BUILD":  # the versions of the layers, which torch keeps beside a state dict
                stack.pop()
        case "MARK":
            stack.append(_MARK)
        case "NONE" | "NEWTRUE" | "NEWFALSE":
            stack.append({"NONE": None, "NEWTRUE": True, "NEWFALSE": False}[name])
        case "EMPTY_DICT" | "EMPTY_LIST" | "EMPTY_TUPLE":
            stack.append({"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple}[name]())
        case "TUPLE1" | "TUPLE2" | "TUPLE3":
            count = int(name[-1])
            stack[-count:] = [tuple(stack[-count:])]
        case "TUPLE":
            stack.append(tuple(_since_mark(stack)))
        case "APPEND" | "APPENDS":
            items = _since_mark(stack) if name == "APPENDS" else [stack.pop()]
            stack[-1].extend(items)
        case "SETITEM" | "SETITEMS":
            items = _since_mark(stack) if name == "SETITEMS" else [stack.pop(-2), stack.pop()]
            stack[-1].update(zip(items[::2], items[1::2], strict=True))
        case "GLOBAL":
            stack.append(_Name(*argument.split(" ", 1)))
        case "BINPERSID":
            stack.append(_storage(stack.pop(), sizes))
        case "REDUCE":
            arguments = stack.pop()
            stack.append(_made(stack.pop(), arguments))
        case _:
            raise _RefusalError("it holds more than tensors and plain containers")


def _since_mark(stack: list[Any]) -> list[Any]:
    found = []
    while (item := stack.pop()) is not _MARK:
        found.append(item)
    return found[::-1]


def _storage(identity: Any, sizes: Mapping[str, int]) -> _Storage:
    _, kind, key, _, count = identity
    _expect(isinstance(kind, _Name) and kind.module == "torch" and kind.name in ITEM_SIZES, "it holds numbers of an unknown kind")
    _expect(type(count) is int and sizes.get(key) == count * ITEM_SIZES[kind.name], "a tensor has another size than its numbers")
    return _Storage(key, count)


def _made(what: Any, arguments: Any) -> Any:
    if what == _ORDERED and arguments == ():
        return {}
    _expect(what == _TENSOR, "it holds more than tensors and plain containers")
    storage, offset, shape, stride, _, hooks = arguments
    _expect(isinstance(storage, _Storage) and hooks == {} and len(shape) == len(stride) <= 8, "a tensor is damaged")
    _expect(all(type(number) is int and 0 <= number <= 2**40 for number in (offset, *shape, *stride)), "a tensor is damaged")
    last = offset + sum((side - 1) * step for side, step in zip(shape, stride, strict=True)) if 0 not in shape else 0
    numbers = 1
    for side in shape:
        numbers *= side
    _expect(numbers == 0 or (last < storage.numbers and numbers <= storage.numbers), "a tensor claims more numbers than it has")
    return _Tensor(tuple(shape))


def _expect_small(value: Any, depth: int, left: list[int]) -> None:
    """What is referred to many times counts as often: who looks at all of it must come to an end."""
    left[0] -= 1
    _expect(left[0] > 0, "it repeats itself without end")
    if isinstance(value, dict | list | tuple) and not isinstance(value, _Name | _Storage | _Tensor):
        _expect(depth > 0, "its containers lie too deep in each other")
        for item in value:
            _expect_small(item, depth - 1, left)
            if isinstance(value, dict):
                _expect_small(value[item], depth - 1, left)


def _expect(condition: bool, otherwise: str) -> None:
    if not condition:
        raise _RefusalError(otherwise)
