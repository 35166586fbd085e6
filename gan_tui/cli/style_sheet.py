"""`style` with a folder: each content in each style, as a contact sheet. Used by style.py."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from gan_tui import config
from gan_tui.cli.group import ScreenOptions, mention
from gan_tui.cli.style_files import copy_into, read_all, whole_text
from gan_tui.cli.trainer import train_new_run
from gan_tui.config import StyleConfig
from gan_tui.counted import counted
from gan_tui.errors import UserError, reason_of
from gan_tui.printable import printable
from gan_tui.run import directory
from gan_tui.run.directory import RunDirectory
from gan_tui.spec.transfer import MOST_CELLS, STYLES, TILE

NAMED = 3
"""Files that are left out and named."""
MOST_ROWS = 16
"""Of a sheet that is made in one pass a cell."""
FEWER = "take fewer pictures"


class Picture(NamedTuple):
    """One that was read."""

    path: Path
    image: Any
    """Of Pillow's, in the size that is used."""


def is_folder(path: Path | str) -> bool:
    """Is a sheet meant?"""
    try:
        return directory.expand(str(path)).is_dir()
    except OSError:
        return False


def pictures_of(path: Path, longer: int, most: int) -> list[Picture]:
    """A picture, or those of a folder by their names, the longer side of `longer` pixels. Raises UserError; what is left out is printed.

    `most`: where there are more than these, the folder is refused, and not read to its end.
    """
    if not is_folder(path):
        images, notes = read_all([(path, longer)])
        for note in notes:
            mention(note)
        return [Picture(path, images[0])]
    try:
        files = sorted(file for file in directory.expand(str(path)).iterdir() if not file.name.startswith(".") and file.is_file())
    except OSError as error:
        raise UserError(f"cannot read the folder {printable(str(path))}: {reason_of(error)}") from None
    found: list[Picture] = []
    refused: list[str] = []
    for file in files:
        try:
            images, _ = read_all([(file, longer)])
        except UserError as error:
            refused.append(str(error))
            continue
        if len(found) == most:
            raise UserError(f"there are more than {most} pictures in the folder {printable(str(path))}, the most of a sheet: {FEWER}")
        found.append(Picture(file, images[0]))
    if refused:
        more = f"; and {len(refused) - NAMED} more" if len(refused) > NAMED else ""
        mention(f"left out of {printable(str(path))}: {counted(len(refused), 'file')}: {'; '.join(refused[:NAMED])}{more}")
    if not found:
        raise UserError(f"there are no pictures in the folder {printable(str(path))}")
    return found


def begin(
    content: Path,
    styles: Sequence[str],
    resolve: Callable[[StyleConfig], StyleConfig],
    size: int,
    name: str | None,
    runs_dir: Path,
    headless: bool,
    screen: ScreenOptions,
) -> int:
    """Fill a sheet the slow way, as a run; the exit status comes back. `resolve`: adds what else was said. Raises UserError."""
    asked = resolve(StyleConfig(task="style-sheet"))
    rows = pictures_of(content, size, MOST_CELLS)
    larger = round(size * asked.pictures.style_scale)
    columns = [picture for style in styles for picture in pictures_of(Path(style), larger, MOST_CELLS)]
    if len(rows) * len(columns) > MOST_CELLS:
        cells = f"{counted(len(rows), 'content')} in {counted(len(columns), 'style')}"
        raise UserError(f"{cells} are more than the {MOST_CELLS} cells of a sheet: {FEWER}")
    pictures = msgspec.structs.replace(
        asked.pictures,
        contents=tuple(whole_text(row.path) for row in rows),
        styles=tuple(whole_text(column.path) for column in columns),
        width=max(row.image.width for row in rows),
        height=max(row.image.height for row in rows),
    )
    settings = config.settings_from_table(msgspec.to_builtins(msgspec.structs.replace(asked, pictures=pictures)), StyleConfig)
    mention(f"{counted(len(rows), 'content')} in {counted(len(columns), 'style')}: {counted(len(rows) * len(columns), 'picture')}")
    run = directory.create(runs_dir, settings, name)
    copies = [*map(run.content_of, range(len(rows))), *map(run.style, range(len(columns)))]
    return train_new_run(run, headless, screen, copies, lambda: copy_into(copies, [picture.image for picture in (*rows, *columns)]))


def fast(content: Path, styles: Sequence[str], model: RunDirectory | None, size: int, strength: float, output: Path) -> Path:
    """Fill a sheet, one pass a cell; its path comes back. Raises UserError.

    A column for each of `styles` (names or numbers; all where none is said), or one for a trained `model`.
    """
    from gan_tui.cli import fast_style
    from gan_tui.film import encode, sheet
    from gan_tui.training.grids import grid_image
    from gan_tui.training.transfer.pictures import to_tensor

    rows = pictures_of(content, size, MOST_ROWS)
    wanted = [fast_style.styles_of([word], ()) for word in styles or STYLES] if model is None else [{}]
    brushes = [fast_style.painter(one, model) for one in wanted]
    columns = [sheet.Header(brush.name) for brush in brushes]
    cells: dict[tuple[int, int], Any] = {}
    for row, (_, image) in enumerate(rows):
        picture = to_tensor(image)
        for column, brush in enumerate(brushes):
            result = strength * brush.network(picture, brush.shares) + (1 - strength) * picture
            cells[row, column] = sheet.fitted(grid_image(result, 1), TILE)
    headers = [sheet.Header(printable(path.stem)[:40], image) for path, image in rows]
    return fast_style.write_bytes(encode.png(sheet.draw(headers, columns, cells, TILE)), output)
