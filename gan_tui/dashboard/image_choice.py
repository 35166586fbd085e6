"""Which way images are drawn: as was asked for, else as a person chose last for images of that kind, else as that kind is read best."""

from collections.abc import Sequence
from typing import Literal

from gan_tui import memory
from gan_tui.dashboard.messages import Snapshot
from gan_tui.render.images import ImageMode
from gan_tui.run import preview
from gan_tui.run.directory import RunDirectory
from gan_tui.run.images import Images
from gan_tui.spec.tasks import Task

Kind = Literal["grey", "colour"]
USUAL: dict[Kind, ImageMode] = {"grey": ImageMode.ASCII, "colour": ImageMode.HALF}
"""Digits are read best as text; what has colours wants them."""


def kind_of(task: Task, images: Sequence[Images | None]) -> Kind | None:
    """The kind of the first images that are there; None while there are none. A picture wants its colours whatever they are."""
    found = next((one for one in images if one is not None), None)
    if task.picture:
        return "colour"
    return None if found is None else "colour" if found.channels >= 3 else "grey"


def usual(kind: Kind) -> ImageMode:
    """What was chosen last for such images, else what suits them."""
    word = memory.recall(f"images-{kind}")
    return ImageMode(word) if word in set(ImageMode) else USUAL[kind]


def usual_of(run: RunDirectory) -> ImageMode:
    """The same for the images that a run has by now."""
    shown = preview.read(run.path)
    return usual(kind_of(run.task, [shown.images if shown else None]) or "grey")


class ImageChoice:
    """The way of one screen."""

    def __init__(self, asked: ImageMode | None, task: Task) -> None:
        """`asked`: a person's word for this screen; it is not remembered."""
        self._task = task
        self._kind = kind_of(task, ())
        self._settled = asked is not None
        self.mode = asked or usual(self._kind or "grey")
        self.asked = asked is not None
        """A person has said so on this screen, and is told where it cannot be had."""

    def see(self, snapshot: Snapshot) -> bool:
        """Learn the kind from the first images. Is another way right by that?"""
        if self._kind is not None:
            return False
        self._kind = kind_of(self._task, (snapshot.preview.images, snapshot.real))
        before = self.mode
        if self._kind is not None and not self._settled:
            self.mode = usual(self._kind)
        return self.mode is not before

    def choose(self, mode: ImageMode) -> None:
        """A person's word, remembered for images of this kind."""
        self.mode, self.asked, self._settled = mode, True, True
        if self._kind is not None:
            memory.remember(f"images-{self._kind}", mode)
