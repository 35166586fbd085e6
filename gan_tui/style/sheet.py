"""Several style transfers as one piece of work: each content in each style, one after another."""

from collections.abc import Callable
from typing import Any

from torch import Tensor

from gan_tui.pixel_range import to_uint8
from gan_tui.spec.transfer import TILE
from gan_tui.style.transfer import Distances, Transfer, Weights, resized

Begin = Callable[[int, Weights], Transfer]
"""The transfer of a cell, counted row by row, at its first step."""


class SheetTransfer:
    """The cells of a contact sheet. Its parts are these."""

    def __init__(self, begin: Begin, cells: int, steps: int, weights: Weights) -> None:
        """`steps`: of each cell, over all its scales."""
        self._begin, self.parts, self.steps_per_part = begin, cells, steps
        self._weights = weights
        self.step = 0
        """Done so far, in all cells."""
        self.done: list[Tensor] = []
        """What was made of the cells that are complete, as large as they are on a sheet: uint8 (3, h, w)."""
        self._work: tuple[int, Transfer] | None = None

    @property
    def total_steps(self) -> int:
        return self.steps_per_part * self.parts

    @property
    def cell(self) -> int:
        """That the last step was of; before it, the first."""
        return max(0, self.step - 1) // self.steps_per_part

    @property
    def weights(self) -> Weights:
        return self._weights

    def change(self, weights: Weights) -> None:
        """Other weights from now on, of this cell and of those behind it."""
        self._weights = weights
        if self._work is not None:
            self._work[1].change(weights)

    def advance(self) -> Distances:
        """One step; the distances before it come back, of a cell's last one those behind it. Raises ArithmeticError as Transfer does."""
        work = self._of(self.step // self.steps_per_part)
        distances = work.advance()
        self.step += 1
        if self.step % self.steps_per_part == 0:
            distances = work.measure()
            self.done.append(_tile(work.result()))
        return distances

    def result(self) -> Tensor:
        """The picture of the cell as it is, RGB (1, 3, h, w) in 0..1."""
        return self._of(self.cell).result()

    def _of(self, cell: int) -> Transfer:
        if self._work is None or self._work[0] != cell:
            self._work = cell, self._begin(cell, self._weights)
        return self._work[1]

    def state_dict(self) -> dict[str, Any]:
        """Tensors and plain containers: what the next step depends on besides what this was made of."""
        return {"step": self.step, "done": self.done, "cell": self._of(self.cell).state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there. Raises KeyError, TypeError, ValueError or RuntimeError where it is none, or another sheet's."""
        step, done = state["step"], state["done"]
        if not 0 <= step <= self.total_steps or len(done) != step // self.steps_per_part:
            raise ValueError("it is of another sheet")
        self.step, self.done = step, list(done)
        self._of(self.cell).load_state_dict(state["cell"])


def _tile(picture: Tensor) -> Tensor:
    height, width = picture.shape[-2:]
    factor = min(1.0, TILE / max(height, width))
    small = resized(picture, (max(1, round(height * factor)), max(1, round(width * factor))))
    return to_uint8(small)[0].cpu()
