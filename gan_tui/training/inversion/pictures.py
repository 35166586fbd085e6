"""What people see of a search: one picture with what is known of it and its candidates, or a sheet of many."""

from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from gan_tui.files import write_atomic
from gan_tui.inversion.search import Search
from gan_tui.inversion.views import Shape
from gan_tui.run import preview
from gan_tui.run.directory import RunDirectory
from gan_tui.run.preview import Preview
from gan_tui.training.grids import grid_png, to_images
from gan_tui.training.inversion.problem import Problem

CANDIDATES = 6
"""That are shown of one picture."""
IN_SHEET = 8
"""Pictures that a sheet shows."""
LARGE = 640
"""Pixels of the width to which a sheet is enlarged, by whole factors."""
DRAWN = {"repair": "repaired", "sharpen": "sharpened", "project": "drawn by G"}


class Pictures:
    """Writes them."""

    def __init__(self, run: RunDirectory, problem: Problem, shape: Shape) -> None:
        self._run, self._problem, self._shape = run, problem, shape
        self._word = DRAWN[problem.purpose]

    def write_png(self, path: Path, search: Search) -> None:
        """Of the pictures in hand: one as it is, several as a sheet. Raises OSError."""
        found = search.current()
        drawn = self._problem.seen_as if found is None else self._problem.put(found.drawn, search.shown)
        places = range(len(drawn)) if found is None else search.shown
        if self._problem.count == 1:
            write_atomic(path, _png(drawn, self._shape))
        else:
            self._write_sheet(path, list(places)[:IN_SHEET], drawn[:IN_SHEET])

    def write_ranked(self, path: Path, places: list[int], drawn: Tensor) -> None:
        """A sheet of those pictures, of all that are `drawn`, (N, pixels). Raises OSError."""
        self._write_sheet(path, places, drawn[places])

    def write_one(self, path: Path, drawn: Tensor) -> None:
        """One picture, (pixels,), by itself. Raises OSError."""
        write_atomic(path, _png(drawn[None], self._shape))

    def _write_sheet(self, path: Path, places: list[int], drawn: Tensor) -> None:
        write_atomic(path, grid_png(_enlarged(self._rows(places, drawn)), len(places)))

    def _rows(self, places: list[int], drawn: Tensor) -> Tensor:
        """What is seen of the pictures, below what was drawn, below that the truth where it is known: (rows * n, C, H, W)."""
        rows = [self._problem.seen_as[places], drawn]
        if self._problem.truth is not None and self._problem.purpose != "project":
            rows.append(self._problem.truth[places])
        return torch.cat(rows).view(-1, *self._shape).cpu()

    def write_sources(self) -> None:
        """The pictures that are looked for. Raises OSError."""
        shown = self._problem.seen_as[: 2 * IN_SHEET].view(-1, *self._shape).cpu()
        write_atomic(self._run.real_images, grid_png(shown, IN_SHEET))

    def write_preview(self, search: Search, step: int, part: int) -> None:
        """For the screen. Raises OSError."""
        single = self._problem.count == 1
        images, names = self._single(search) if single else self._sheet(search)
        preview.write(self._run.path, Preview(step=step, epoch=part, images=to_images(images), names=names))

    def _single(self, search: Search) -> tuple[Tensor, tuple[str, ...]]:
        problem, found = self._problem, search.current()
        drawn = problem.seen_as if found is None else problem.put(found.drawn, search.shown)
        shown = [(self._word if found is not None else "target", drawn), ("target", problem.seen_as)]
        if problem.purpose == "repair":
            shown.append(("mask", problem.view.hidden[None].float()))
        if found is not None:
            candidates = search.candidates(0, CANDIDATES)
            shown += [(f"cand. {number}", one[None]) for number, one in enumerate(candidates, 1)]
        shown += [(name, pictures) for name, pictures in problem.references.items()]
        return torch.cat([picture.cpu().view(-1, *self._shape) for _, picture in shown]), tuple(name for name, _ in shown)

    def _sheet(self, search: Search) -> tuple[Tensor, tuple[str, ...]]:
        """One wide picture, and what its rows are, from the top."""
        problem, found = self._problem, search.current()
        places = list(search.shown if found is not None else range(problem.count))[:IN_SHEET]
        drawn = problem.seen_as[places] if found is None else problem.put(found.drawn, search.shown)[: len(places)]
        return self._wide(places, drawn)

    def _wide(self, places: list[int], drawn: Tensor) -> tuple[Tensor, tuple[str, ...]]:
        rows = self._rows(places, drawn).view(-1, len(places), *self._shape)
        wide = rows.permute(2, 0, 3, 1, 4).reshape(1, self._shape[0], len(rows) * self._shape[1], len(places) * self._shape[2])
        truth = "your picture" if self._problem.doubtful else "original"
        return wide, (", ".join(["target", self._word, truth][: len(rows)]),)

    def write_sheet_preview(self, places: list[int], drawn: Tensor, step: int, part: int) -> None:
        """Those of all that are `drawn`, (N, pixels), for the screen: the worst. Raises OSError."""
        wide, (name,) = self._wide(places, drawn[places])
        preview.write(self._run.path, Preview(step=step, epoch=part, images=to_images(wide.cpu()), names=(f"the worst: {name}",)))


def _png(pictures: Tensor, shape: Shape) -> bytes:
    return grid_png(pictures.view(-1, *shape).cpu(), 1)


def _enlarged(pictures: Tensor) -> Tensor:
    """(N, C, H, W) with pixels several pixels wide, where they are small."""
    factor = max(1, LARGE // (IN_SHEET * pictures.shape[-1]))
    return functional.interpolate(pictures, scale_factor=factor, mode="nearest") if factor > 1 else pictures
