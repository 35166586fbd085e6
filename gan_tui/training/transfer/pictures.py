"""The pictures of a style transfer: what it is made from, and what people see of it."""

from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from gan_tui.data.single_picture import read_picture
from gan_tui.errors import DamagedError, UserError
from gan_tui.files import write_atomic
from gan_tui.pixel_range import from_bytes, to_unit
from gan_tui.run import preview
from gan_tui.run.directory import RunDirectory
from gan_tui.run.images import encode_npy
from gan_tui.run.preview import Preview
from gan_tui.spec.transfer import FRAME_SIDE
from gan_tui.style.transfer import recoloured
from gan_tui.training.grids import grid_png, to_images

SHOWN = FRAME_SIDE
"""Pixels of the longer side of what goes to the screen."""


def read_picture_of(run: RunDirectory, path: Path, device: torch.device) -> Tensor:
    """A copy in the run's folder, RGB (1, 3, H, W) in 0..1. Raises DamagedError where it is gone or torn."""
    try:
        return to_tensor(read_picture(path).image).to(device)
    except UserError as error:
        raise DamagedError(f"{error}; without it {run.name} cannot go on: start a new one") from None


def read_sources(run: RunDirectory, styles: int, device: torch.device) -> tuple[Tensor, list[Tensor]]:
    """The copies of content and styles in the run's folder, RGB (1, 3, H, W) in 0..1. Raises DamagedError where one is gone or torn."""
    found = [read_picture_of(run, path, device) for path in (run.content, *map(run.style, range(styles)))]
    return found[0], found[1:]


def to_tensor(image: Image.Image) -> Tensor:
    """RGB (1, 3, H, W) in 0..1."""
    return to_unit(from_bytes(image.tobytes(), image.height, image.width, 3))


class Pictures:
    """Writes them."""

    def __init__(self, run: RunDirectory, content: Tensor, styles: Sequence[Tensor], *, preserve_color: bool, features: str) -> None:
        """Pictures RGB (1, 3, H, W) in 0..1, as they were given. `features`: the name of the network in which they are compared."""
        self._features = features
        self._run, self._content, self._styles = run, content, styles
        self._preserve_color = preserve_color

    def finished(self, picture: Tensor) -> Tensor:
        """A picture as people get it: with the colours that it shall have."""
        if not self._preserve_color:
            return picture
        return recoloured(picture, functional.interpolate(self._content, picture.shape[-2:], mode="bilinear", antialias=True))

    def write(self, path: Path, picture: Tensor) -> None:
        """As a PNG, which says in what its distances were computed. Raises OSError."""
        write_atomic(path, grid_png(self.finished(picture), 1, {"Comment": f"style transfer, features of {self._features}"}))

    def write_frame(self, path: Path, picture: Tensor) -> None:
        """As a PNG of at most `transfer.FRAME_SIDE` pixels a side: a film has many. Raises OSError."""
        write_atomic(path, grid_png(_shown(self.finished(picture)), 1), durable=False)

    def write_preview(self, picture: Tensor, step: int, epoch: int) -> None:
        """For the screen. Raises OSError."""
        preview.write(self._run.path, Preview(step=step, epoch=epoch, images=to_images(_shown(self.finished(picture)))))

    def write_sources(self) -> None:
        """For the screen: the content, then the styles, each in the shape of the content. Raises OSError."""
        shown = _shown(self._content)
        framed = [_framed(style, (shown.shape[-2], shown.shape[-1])) for style in self._styles]
        write_atomic(self._run.real_preview, encode_npy(to_images(torch.cat([shown, *framed]))), durable=False)
        write_atomic(self._run.real_images, grid_png(torch.cat([shown, *framed], 3), 1))


def _shown(picture: Tensor) -> Tensor:
    longer = max(picture.shape[-2:])
    if longer <= SHOWN:
        return picture
    return _resized(picture, (max(1, picture.shape[-2] * SHOWN // longer), max(1, picture.shape[-1] * SHOWN // longer)))


def _resized(picture: Tensor, size: tuple[int, int]) -> Tensor:
    return functional.interpolate(picture, size, mode="bilinear", antialias=True).clamp(0, 1)


def _framed(picture: Tensor, size: tuple[int, int]) -> Tensor:
    """As large as it fits into a size, on black."""
    share = min(size[0] / picture.shape[-2], size[1] / picture.shape[-1])
    inner = _resized(picture, (max(1, round(picture.shape[-2] * share)), max(1, round(picture.shape[-1] * share))))
    top, left = (size[0] - inner.shape[-2]) // 2, (size[1] - inner.shape[-1]) // 2
    return functional.pad(inner, (left, size[1] - inner.shape[-1] - left, top, size[0] - inner.shape[-2] - top))
