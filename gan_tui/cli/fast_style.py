"""`style --fast` and `style --compare`: the feed-forward network, and both ways side by side. Used by style.py and styles.py."""

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gan_tui.cli.group import echo, mention
from gan_tui.cli.style_files import check_shares
from gan_tui.errors import UserError, reason_of
from gan_tui.files import numbered, write_new
from gan_tui.nearest import perhaps
from gan_tui.printable import printable
from gan_tui.run import directory
from gan_tui.run.directory import RunDirectory
from gan_tui.spec.transfer import SMALLEST, STYLES, number_of_style

if TYPE_CHECKING:
    from torch import Tensor

    from gan_tui.style.feed_forward import FeedForward
    from gan_tui.style.transfer import Distances

SLOW_STEPS = 60
"""At each scale, of the slow way in a comparison."""
THUMBNAIL, COLUMNS = 200, 7
"""Pixels of a picture in the contact sheet, and how many stand in a row."""


def styles_of(words: Sequence[str], shares: Sequence[float]) -> dict[int, float]:
    """What each style of the network counts, from names or numbers. Raises UserError."""
    if not words:
        raise UserError("say which style: --style N or a name; `gan-tui styles` lists them")
    check_shares(words, shares)
    found: dict[int, float] = {}
    for word, share in zip(words, shares or [1.0] * len(words), strict=True):
        number = number_of_style(word)
        if number is None and directory.expand(word).is_file():
            train = "`gan-tui --preset style-net --style FILE --dataset folder:PHOTOS` trains a network for it"
            raise UserError(f"{printable(word)} is a file, and --fast knows {len(STYLES)} styles by name: leave --fast out, or {train}")
        if number is None:
            raise UserError(f"'{printable(word)}' is none of the {len(STYLES)} styles{perhaps(word, STYLES)}: `gan-tui styles` lists them")
        found[number] = found.get(number, 0.0) + share
    return found


def free_name(content: Path, words: str) -> Path:
    """A name in the working directory that nothing has: `cat-mosaic.png`, else `cat-mosaic-2.png`, ..."""
    stem = printable(content.stem)[:80] or "picture"
    for path in numbered(Path(f"{stem}-{words}.png").absolute()):
        if not os.path.lexists(path):
            return path
    raise UserError(f"there are too many pictures named {stem}-{words}.png: choose a name with -o")


def read(content: Path, size: int | None) -> "Tensor":
    """RGB (1, 3, H, W) in 0..1; `size` of its longer side, else its own up to 4096. Raises UserError; its notes are printed."""
    from gan_tui.data.single_picture import fitted, read_picture
    from gan_tui.training.transfer.pictures import to_tensor

    picture = read_picture(directory.expand(str(content)), SMALLEST)
    for note in picture.notes:
        mention(note)
    image = picture.image
    longer = size or min(4096, max(image.size))
    wanted = fitted(image.size, longer)
    if min(wanted) < SMALLEST:
        raise UserError(f"{printable(str(content))} is too long for {longer} pixels: say a larger --size, or crop it")
    return to_tensor(image if wanted == image.size else image.resize(wanted, reducing_gap=4.0))


class Painter(NamedTuple):
    """A network, and how it shall paint."""

    network: "FeedForward"
    shares: "Tensor"
    """Of its styles."""
    name: str
    """Of the style, in names of files."""


def painter(styles: Mapping[int, float], model: RunDirectory | None) -> Painter:
    """The shipped network in some of its styles, or the one that a run has trained. Raises UserError."""
    import torch

    from gan_tui.style.feed_forward import shares_of, shipped

    if model is None:
        return Painter(shipped(), shares_of(styles), "-".join(STYLES[number] for number in list(styles)[:2]))
    from gan_tui.training.transfer.network_loop import load_network

    return Painter(load_network(model), torch.ones(1), model.name)


def paint(content: Path, brush: Painter, size: int | None, strength: float, output: Path | None) -> Path:
    """One pass of the network, written as a PNG that was not there before; its path comes back. Raises UserError."""
    picture = read(content, size)
    result = strength * brush.network(picture, brush.shares) + (1 - strength) * picture
    return write(result, output or free_name(content, brush.name))


def write(picture: "Tensor", target: Path) -> Path:
    """As a PNG, which must not be there yet. Raises UserError."""
    from gan_tui.training.grids import grid_png

    return write_bytes(grid_png(picture, 1), target)


def write_bytes(content: bytes, target: Path) -> Path:
    """A file that must not be there yet. Raises UserError."""
    try:
        if not write_new(target, content):
            raise UserError(f"{printable(str(target))} is there already, and nothing is overwritten: choose another -o")
    except OSError as error:
        raise UserError(f"cannot write {printable(str(target))}: {reason_of(error)}") from None
    return target


class _Way(NamedTuple):
    """One of the two, and what came of it."""

    name: str
    seconds: float
    picture: "Tensor"
    distances: "Distances"


def compare(content: Path, styles: Mapping[int, float], model: RunDirectory | None, size: int, output: Path) -> None:
    """All ways on one picture, as a table and side by side as a PNG. Raises UserError.

    With a trained `model` all are measured against the picture whose style it has learned. The paintings that the shipped network has
    learned are not there to be measured against: without a model, what all are measured against, and what the slow way is given as its
    style, is what the network makes of another picture, of clouds of noise in the content's colours.
    """
    import torch

    from gan_tui.style import features
    from gan_tui.style.transfer import Transfer, Weights

    picture = read(content, size)
    brushes = {"fast": painter(styles, None)} if styles else {}
    if model is not None:
        brushes["trained"] = painter({}, model)
    style = read(model.style(0), None) if model is not None else _seen_in(picture, brushes["fast"])
    weights = Weights()
    work = Transfer(features.shipped(), picture, [style], weights, steps=SLOW_STEPS)
    began = time.monotonic()
    while work.step < work.total_steps:
        work.advance()
    ways = [_Way("slow", time.monotonic() - began, work.result(), work.measure())]
    for name, brush in brushes.items():
        began = time.monotonic()
        painted = brush.network(picture, brush.shares)
        seconds = time.monotonic() - began
        work.picture = painted
        ways.append(_Way(name, seconds, painted, work.measure()))
    echo("way      seconds   content    style")
    for way in ways:
        echo(f"{way.name:7} {way.seconds:9.2f} {way.distances.content.item():9.4f} {way.distances.style(weights).item():8.4f}")
    names = ", ".join(way.name for way in ways)
    echo(f"content, {names}: {write(torch.cat([picture, *(way.picture for way in ways)], 3), output)}")


def _seen_in(picture: "Tensor", brush: Painter) -> "Tensor":
    """The style of the brush, in another picture of the same size and colours: clouds of its pixels."""
    import torch

    from gan_tui.style.transfer import resized

    chosen = torch.randperm(picture.shape[2] * picture.shape[3], generator=torch.Generator().manual_seed(0))[:144]
    clouds = resized(picture.flatten(2)[..., chosen].view(1, 3, 12, 12), (picture.shape[2], picture.shape[3])).clamp(0, 1)
    return brush.network(clouds, brush.shares)


def contact_sheet(content: Path, output: Path) -> Path:
    """A picture in every style, each with its number and name. Raises UserError."""
    import io

    from PIL import Image, ImageDraw

    from gan_tui.style.feed_forward import shares_of, shipped
    from gan_tui.training.grids import grid_png

    picture, network = read(content, THUMBNAIL), shipped()
    height, width = picture.shape[-2:]
    rows = -(-len(STYLES) // COLUMNS)
    label = 14
    sheet = Image.new("RGB", (COLUMNS * width, rows * (height + label)), "white")
    draw = ImageDraw.Draw(sheet)
    for number, name in enumerate(STYLES):
        left, top = number % COLUMNS * width, number // COLUMNS * (height + label)
        with Image.open(io.BytesIO(grid_png(network(picture, shares_of({number: 1.0})), 1))) as image:
            sheet.paste(image, (left, top))
        draw.text((left + 3, top + height + 1), f"{number} {name}", fill="black")
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG")
    return write_bytes(buffer.getvalue(), output)
