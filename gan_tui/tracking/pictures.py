"""Images that a script shows: the newest for the screen, and as files the first and the last of each epoch.

The first is a file at once; of what comes later the last is one, by its step, when the epoch or the run is over, and stands for the epoch
from then on. The log has two lines of an epoch, however often images are shown.
"""

import time
from typing import Any, NamedTuple

from gan_tui.errors import UserError, first_line
from gan_tui.files import write_atomic
from gan_tui.output import say
from gan_tui.run import preview
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Note, Samples
from gan_tui.run.images import Images, encode_npy, sheet
from gan_tui.tracking.devices import Picture
from gan_tui.tracking.pixels import MOST, Range, check, check_kind, to_images

MOST_REASONS = 20
"""Why images cannot be shown, each said once."""
GROWTH = 1.1
"""Without epochs, a file is kept whenever the step has grown by so much, and at the end."""


class _Unkept(NamedTuple):
    """The newest images, of which there is no file yet."""

    images: Images
    name: str
    epoch: int


class Pictures:
    """`offer` is called in the loop that trains, `take` in the thread that writes."""

    def __init__(self, run: RunDirectory) -> None:
        self._run = run
        self._next = float("-inf")
        self._wanted = False
        self._new: tuple[Picture, Range | None, bool, int] | None = None
        self._kept = (-1, -1)
        """Epoch and step of the newest file."""
        self._unkept: _Unkept | None = None
        self._refused: dict[str, bool] = {}
        """Why images were not taken, and is it still to be said?"""

    def want(self) -> None:
        """Take the next images that the script shows, and keep them as a file."""
        self._wanted = True

    def offer(self, images: Any, every: float, limits: Range | None, *, epoch: int, real: bool) -> None:
        """Take images, unless some were taken less than `every` seconds ago, or wait for the disk still.

        `epoch`: the one in hand, counted from 1; 0 where there are none.
        """
        try:
            check(getattr(images, "shape", None) or (1, 1))  # of what has none, the thread that writes finds it
            check_kind(getattr(images, "dtype", None))
        except UserError as error:
            self._refuse(str(error))
            return
        now = time.monotonic()
        if (not real and not self._wanted and now < self._next) or self._new is not None:
            return
        picture = Picture(images, MOST)
        if not real:
            self._next = now + every
        self._new = picture, limits, real, epoch

    def _refuse(self, why: str) -> None:
        if why not in self._refused and len(self._refused) < MOST_REASONS:
            self._refused[why] = True

    def take(self, step: int, *, over: bool) -> list[Samples | Note]:
        """Write what there is; what the log says of it comes back. Raises OSError."""
        said = self._take_new(step) if self._new is not None and (self._new[0].there or over) else []
        notes = [Note(step=step, text=why) for why, new in list(self._refused.items()) if new]
        for note in notes:
            self._refused[note.text] = False
            say(f"run.images: {note.text}; the training goes on")
        return [*notes, *said, *(self._keep_last(step) if over else [])]

    def _take_new(self, step: int) -> list[Samples | Note]:
        assert self._new is not None
        picture, limits, real, epoch = self._new
        self._new = None
        try:
            images = to_images(picture.array(), limits)
        except Exception as error:
            own = isinstance(error, UserError)
            self._refuse(str(error) if own else f"images cannot be shown: {type(error).__name__}: {first_line(error)}")
            return []
        if real:
            write_atomic(self._run.real_preview, encode_npy(images), durable=False)
            return [self._keep(images, self._run.real_images, step, epoch, real=True)]
        preview.write(self._run.path, preview.Preview(step=step, epoch=epoch, images=images))
        said = self._keep_last(step) if self._unkept is not None and self._unkept.epoch != epoch else []
        due = epoch > self._kept[0] if epoch else step > GROWTH * self._kept[1]
        name = f"fake_images-{epoch:04d}.png" if epoch and due and not self._wanted else f"fake_images-step-{step:09d}.png"
        if not (due or self._wanted):
            self._unkept = _Unkept(images, name, epoch)
            return said
        self._wanted, self._unkept = False, None
        self._kept = epoch, step
        return [*said, self._keep(images, self._run.samples / name, step, epoch)]

    def _keep_last(self, step: int) -> list[Samples | Note]:
        """The last images of what is over."""
        if self._unkept is None:
            return []
        images, name, epoch = self._unkept
        kept = self._keep(images, self._run.samples / name, step, epoch)
        self._unkept = None
        return [kept]

    def _keep(self, images: Images, path: Any, step: int, epoch: int, *, real: bool = False) -> Samples:
        import io

        from PIL import Image

        grid = sheet(images)
        file = io.BytesIO()
        Image.frombytes("L" if grid.channels == 1 else "RGB", (grid.width, grid.height), grid.pixels).save(file, "PNG")
        write_atomic(path, file.getvalue(), durable=False)
        return Samples(step=step, path=str(path.relative_to(self._run.path)), epoch=epoch, real=real)
