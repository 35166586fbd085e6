"""A contact sheet as a run: each content in each style, one after another, and the sheet as it fills."""

import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor

from gan_tui import byte_paths
from gan_tui.config import StyleConfig
from gan_tui.files import write_atomic
from gan_tui.film import encode, sheet
from gan_tui.film.sheet import Header
from gan_tui.pixel_range import to_unit
from gan_tui.printable import printable
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Verdict
from gan_tui.run.log import EventWriter
from gan_tui.spec.tasks import STYLE_SHEET
from gan_tui.spec.transfer import TILE, scales_of
from gan_tui.style.feature_files import features_of
from gan_tui.style.lbfgs import PAIRS
from gan_tui.style.sheet import SheetTransfer
from gan_tui.style.transfer import Transfer, Weights
from gan_tui.training.found import Found
from gan_tui.training.grids import grid_image
from gan_tui.training.optimisation.begin import Prepared, begin
from gan_tui.training.stop import StopRequest
from gan_tui.training.transfer.begin import notes_of, refuse_too_large, rounded, smaller, transfer_of
from gan_tui.training.transfer.loop import DistancesLoop, weights_of
from gan_tui.training.transfer.pictures import Pictures, read_picture_of


def fill(run: RunDirectory, stop: StopRequest, found: Found) -> None:
    """Do the whole sheet of `run`, or go on with it. Raises UserError and OSError."""

    def prepare(settings: StyleConfig, device: torch.device) -> Prepared:
        refuse_too_large(settings, device)
        pictures, how = settings.pictures, settings.transfer
        contents = [read_picture_of(run, run.content_of(index), device) for index in range(len(pictures.contents))]
        styles = [read_picture_of(run, run.style(index), device) for index in range(len(pictures.styles))]
        network = rounded(features_of(how.features), how.precision, device)

        def at(cell: int, weights: Weights) -> Transfer:
            row, column = divmod(cell, len(styles))
            content = contents[row]
            scales = len(scales_of(content.shape[-2], content.shape[-1], how.scales))
            return transfer_of(settings, network, content, [styles[column]], weights, math.ceil(how.steps * how.scales / scales))

        work = SheetTransfer(at, len(contents) * len(styles), how.steps * how.scales, weights_of(settings))
        cells = Cells(run, settings, contents, styles, network.name)
        return Prepared(
            work,
            lambda writer: SheetLoop(run, settings, writer, stop, work, cells),
            (1 << 20) + work.parts * TILE**2 * 3 + (2 * PAIRS + 4) * pictures.height * pictures.width * 12,
            {"features": network.name},
            notes_of(network),
        )

    begin(run, run.settings_of(StyleConfig), stop, found, "contact sheet", prepare, smaller)


class Cells:
    """The pictures of a sheet, by the number of the cell, row by row."""

    def __init__(
        self, run: RunDirectory, settings: StyleConfig, contents: Sequence[Tensor], styles: Sequence[Tensor], features: str
    ) -> None:
        """Pictures RGB (1, 3, H, W) in 0..1, as they were given."""
        self._run, self._settings, self._features = run, settings, features
        self._contents, self._styles = contents, styles
        said = settings.pictures
        self._rows = [Header(name_of(path), grid_image(picture, 1)) for path, picture in zip(said.contents, contents, strict=True)]
        self._columns = [Header(name_of(path), grid_image(picture, 1)) for path, picture in zip(said.styles, styles, strict=True)]
        self.pictures = lru_cache(maxsize=1)(self._pictures)

    def _pictures(self, cell: int) -> Pictures:
        """Those of one cell."""
        row, column = divmod(cell, len(self._styles))
        keeps = self._settings.pictures.preserve_color
        return Pictures(self._run, self._contents[row], [self._styles[column]], preserve_color=keeps, features=self._features)

    def name(self, cell: int) -> str:
        """`cat in the style of night`."""
        row, column = divmod(cell, len(self._columns))
        return f"{self._rows[row].name} in the style of {self._columns[column].name}"

    def write_sheet(self, path: Path, done: Sequence[Tensor]) -> None:
        """With the cells that are complete, as a PNG. Raises OSError."""
        tiles = {
            divmod(cell, len(self._columns)): grid_image(self._pictures(cell).finished(to_unit(tile[None].to(self._contents[0].device))), 1)
            for cell, tile in enumerate(done)
        }
        write_atomic(path, encode.png(sheet.draw(self._rows, self._columns, tiles, TILE)))


class SheetLoop(DistancesLoop[StyleConfig, SheetTransfer]):
    """One sheet. The screen shows the cell of the moment, and `picture.png` is the sheet."""

    task = STYLE_SHEET
    optimiser = "L-BFGS"

    def __init__(
        self, run: RunDirectory, settings: StyleConfig, writer: EventWriter, stop: StopRequest, work: SheetTransfer, cells: Cells
    ) -> None:
        super().__init__(run, settings, writer, stop, work, cells.pictures(work.cell))
        self._cells = cells

    def _advance(self) -> None:
        work, before = self._work, self._work.cell
        self._distances = work.advance()
        if work.cell != before:
            self._pictures = self._cells.pictures(work.cell)
            self._pictures.write_sources()

    def _write_png(self, path: Path) -> None:
        if path == self.run.picture:
            self._cells.write_sheet(path, self._work.done)
        else:
            super()._write_png(path)

    def _end_part(self) -> None:
        super()._end_part()
        self._write_png(self.run.picture)

    def _verdict(self) -> Verdict | None:
        """What came out of a cell."""
        if not self._ends_part:
            return None
        cell = self._work.cell
        text = f"{self._cells.name(cell)} ({cell + 1} of {self._work.parts}): {self._numbers()}"
        return Verdict(step=self.step, rule="style-settled", level="good", text=text)

    def _remaining(self) -> float:
        """By the mean of all steps, once a cell is complete: within a cell they become slower from scale to scale."""
        if self.step < self._work.steps_per_part:
            return -1.0
        return self.elapsed / self.step * (self._work.total_steps - self.step)


def name_of(path: str) -> str:
    """What a picture is called on a sheet: its file's name without the end."""
    return printable(Path(byte_paths.to_path(path)).stem)[:40] or "picture"
