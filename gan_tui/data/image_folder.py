"""Any folder of images, or a zip file of them: `folder:PATH`."""

import os
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from gan_tui.byte_paths import shown, to_path
from gan_tui.config import Data
from gan_tui.counted import counted
from gan_tui.data import folder_classes, pixels
from gan_tui.data.dataset import Dataset
from gan_tui.data.folder_classes import LABELS, LARGEST, Classes
from gan_tui.data.folder_report import found_line
from gan_tui.data.folder_scan import Scan
from gan_tui.data.image_file import Drawing, LeftOut, Picture
from gan_tui.data.image_source import Source, open_source
from gan_tui.errors import SettingsError, reason_of
from gan_tui.files import read_at_most

LEAST_IMAGES = 60
"""So that six are held out, which is what density and coverage need."""
HELD_OUT = 10
"""One image in so many is never trained on."""
SEED = 10
THREADS = 4
"""Pillow decodes outside of Python's lock."""


class Rules(NamedTuple):
    """What only all images together can say."""

    scales: dict[str, pixels.Scale]
    background: str
    notes: tuple[str, ...]


def load(data: Data, drawing: Drawing, *, labelled: bool = False) -> Dataset:
    """Every image of a folder or a zip file, made square and resized as `drawing` says.

    They are taken in the order of their paths, shuffled by a fixed seed; the first tenth is held out. With `labelled`, the images that
    have a class are taken, and some of each are trained on (folder_classes.py). What is found, left out, cropped
    and chosen stands in `notes`, every name that is left out in `details`: docs/data.md. Raises SettingsError.
    """
    source = open_source(to_path(data.folder or ""))
    try:
        return _load(data, source, drawing, labelled=labelled)
    finally:
        source.close()


def _load(data: Data, source: Source, drawing: Drawing, *, labelled: bool) -> Dataset:
    root, found = source.path, source.scan()
    listed = _list_of_labels(source, found, data) if labelled else None
    if data.background != "auto":
        drawing = drawing._replace(background=data.background, padding=data.background)
    room = Room(root, drawing.channels * drawing.size**2)
    with warnings.catch_warnings(), ThreadPoolExecutor(THREADS) as pool:
        warnings.simplefilter("ignore")  # what is wrong with a file is counted
        pictures = _taken(found.names, list(pool.map(partial(_read, source, drawing, room), found.names)), found)
        rules = _rules(drawing, [picture for _, picture in pictures])
        waiting = [name for name, picture in pictures if picture.image is None]
        drawing = drawing._replace(scales=rules.scales, background=rules.background)
        drawn = dict(zip(waiting, pool.map(partial(_read, source, drawing, None), waiting), strict=True))
    pictures = _taken([name for name, _ in pictures], [_whole(drawn.get(name, picture)) for name, picture in pictures], found)
    classes = _classes(root, [name for name, _ in pictures], listed, data) if labelled and pictures else None
    if classes:
        pictures = _taken([name for name, _ in pictures], [_in_class(name, picture, classes) for name, picture in pictures], found)
    images = [picture.image for _, picture in pictures if picture.image is not None]
    if len(images) < LEAST_IMAGES:
        there = "are no images" if not images else f"{'is' if len(images) == 1 else 'are'} only {counted(len(images), 'image')}"
        why = f"; left out: {found.left_out.line()}" if found.left_out else ""
        more = f"add {LEAST_IMAGES - len(images)} or more, or name" if images else "name"
        least = f"{LEAST_IMAGES} are the least: {more} a folder that has them, in folders of its own too"
        raise SettingsError(f"there {there} below {shown(root)} that can be read, and {least}{why}")
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(SEED))
    labels = torch.tensor([classes.of[name] for name, _ in pictures]) if classes else None
    if labels is not None:
        order = _one_of_each_last(order, labels)
        labels = labels[order]
    stacked = torch.stack(images)[order]
    held_out = len(images) // HELD_OUT
    outside = found.from_outside(name for name, _ in pictures)
    line = found_line(root, found, [picture for _, picture in pictures], drawing, held_out, outside)
    return Dataset(
        data.dataset,
        stacked[held_out:],
        stacked[:held_out],
        None if labels is None else labels[held_out:],
        None if labels is None else labels[:held_out],
        len(classes.names) if classes else 0,
        class_names=classes.names if classes else (),
        notes=(line, *rules.notes, *(classes.notes if classes else ())),
        details=tuple(found.left_out.all_names()),
        digest=_digest(pictures, classes),
        former_digest=_digest(pictures, classes, source.top, whole_names=True),
    )


def _list_of_labels(source: Source, found: Scan, data: Data) -> tuple[str, bytes] | None:
    """Its name and content: the one that settings name, or the one in the folder, where there is one. Raises SettingsError."""
    path = to_path(data.labels) if data.labels else source.path / LABELS
    if not data.labels and LABELS not in found.names:
        return None
    found.names = [name for name in found.names if source.path / name != path]
    try:
        return shown(path), read_at_most(path, LARGEST) if data.labels else source.content(LABELS, LARGEST)
    except (OSError, ValueError) as error:
        raise SettingsError(f"the labels {shown(path)} cannot be read ({reason_of(error)}): say where they are with data.labels") from None


def _classes(root: Path, names: Sequence[str], listed: tuple[str, bytes] | None, data: Data) -> Classes:
    where, content = listed or (shown(root), None)
    return folder_classes.find(names, content, where, data.classes)


def _in_class(name: str, picture: Picture, classes: Classes) -> Picture | LeftOut:
    return picture if name in classes.of else LeftOut("without a class")


def _one_of_each_last(order: Tensor, labels: Tensor) -> Tensor:
    """`order` with one image of each class at its end, so that no class is held out as a whole."""
    ones = {label: place for place, label in enumerate(labels[order].tolist())}
    last = torch.zeros(len(order), dtype=torch.bool)
    last[list(ones.values())] = True
    return torch.cat([order[~last], order[last]])


def _read(source: Source, drawing: Drawing, room: "Room | None", name: str) -> Picture | LeftOut:
    read = source.read(name, drawing)
    if room is not None and isinstance(read, Picture):
        room.take()
    return read


class Room:
    """Memory for images: more than half of the machine's is refused when it is reached, not when it is gone."""

    def __init__(self, root: Path, each: int) -> None:
        """`each`: bytes of an image."""
        self._root, self._each, self._taken = root, each, 0
        self._most = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2 // each

    def take(self) -> None:
        """For one image more. Raises SettingsError."""
        self._taken += 1
        if self._taken > self._most:
            half = f"more than {self._most * self._each / 1e9:.3g} GB of memory, half of what this machine has"
            raise SettingsError(f"the images below {shown(self._root)} need {half}: take a part of them")


def _taken(names: Sequence[str], read: Sequence[Picture | LeftOut], found: Scan) -> list[tuple[str, Picture]]:
    """The pictures among what was read; all else is counted."""
    taken = []
    for name, one in zip(names, read, strict=True):
        if isinstance(one, Picture):
            taken.append((name, one))
        else:
            found.left_out.add(one.reason, name, one.detail)
    return taken


def _whole(read: Picture | LeftOut) -> Picture | LeftOut:
    """What was read with all the rules, and still waits for one, is another image than it was a moment ago."""
    return LeftOut("changed while they were read") if isinstance(read, Picture) and read.image is None else read


def _value(number: float) -> str:
    """Whole ones in full, as those beside them."""
    return f"{number:.0f}" if float(number).is_integer() else f"{number:.4g}"


def _rules(drawing: Drawing, pictures: Sequence[Picture]) -> Rules:
    notes, scales = [], {}
    for depth in sorted({picture.depth for picture in pictures if picture.depth}):
        ranges = [picture.range for picture in pictures if picture.depth == depth]
        low, high = min(low for low, _ in ranges), max(high for _, high in ranges)
        scales[depth] = scale = pixels.choose_scale(depth, low, high)
        dark = sum(top <= 1 for _, top in ranges) if scale.white > 1 else 0
        doubt = f"; {dark} of them reach no further than 1 and come out black" if dark else ""
        notes.append(
            f"{counted(len(ranges), f'{depth} image')} with values from {_value(low)} to {_value(high)}: "
            f"{scale.black:.10g} is taken for black, {scale.white:.10g} for white{doubt}"
        )
    see_through = [picture for picture in pictures if picture.transparent]
    background, lost = drawing.background, 0
    if see_through and not background:
        background, lost = pixels.choose_background(picture.contrasts for picture in see_through if picture.contrasts is not None)
    if see_through:
        doubt = f", on which {lost} of them can hardly be seen" if lost else ""
        which = "data.background" if drawing.background else "data.background = auto"
        whole = 0 if drawing.background else sum(picture.contrasts is None and not picture.depth for picture in see_through)
        how = "wholly" if whole == len(see_through) else "partly"
        some = f", {whole} of them wholly" if how == "partly" and whole else ""
        count = counted(len(see_through), "image")
        notes.append(f"{count} {how} transparent{some}, laid on {background}{doubt} ({which})")
    return Rules(scales, background or "white", tuple(notes))


def _digest(pictures: Sequence[tuple[str, Picture]], classes: Classes | None, top: str = "", *, whole_names: bool = False) -> str:
    """Of names, sizes, contents and classes: what is the same is the same data set.

    A folder that all lie in does not count, for an archive may have it or not; with `whole_names` it does.
    """
    names = [top + name for name, _ in pictures]
    common = "" if whole_names else os.path.commonpath([os.path.dirname(name) for name in names])  # noqa: PTH120 (names, no paths)
    whole = blake2b(digest_size=16)
    for name, (image, picture) in zip(names, pictures, strict=True):
        whole.update(os.fsencode(name.removeprefix(f"{common}/")) + b"\0" + str(picture.length).encode() + b"\0" + picture.digest)
        if classes:
            whole.update(f"\0{classes.of[image]}".encode())
    return f"folder:{whole.hexdigest()}"
