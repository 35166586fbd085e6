"""Steps and epochs as our log counts them, from what the rows of a file say of them."""

import math

from gan_tui.importing.rows import Row

MOST_NAMES = 4096
"""Numbers of which it is known where they were read last."""


class Position:
    """Goes back where the file does: a training that was resumed from an older checkpoint writes its steps once more."""

    def __init__(self) -> None:
        self.step = 0
        self.epoch: int | None = None
        """That of the newest row, counted from 1; None: none was said."""
        self.epochs_done = 0
        """An epoch is known to be done when the next begins: of a row alone nobody knows whether it is the last of its epoch."""
        self._first_epoch: float | None = None
        self._from_zero: bool | None = None
        """Does it call its first epoch 0? None: that is not known."""
        self._is_whole = True
        """Was the newest row written at the end of its epoch, as far as the file says?"""
        self._read: dict[str, int] = {}
        """Where each number was read last."""
        self._said = 0
        """The newest step, as the file has it."""
        self._stride = 1
        """Between the last two steps that were not the same."""
        self._before: dict[int, int] = {}
        """Steps before an epoch, by the epoch: other than 0 where steps are counted anew in each."""

    def take(self, row: Row) -> tuple[int, int | None]:
        """The row's step and, where it goes back, the step that was read before.

        A number that comes late, behind others of a later step, goes back only where it has been read of a later step itself.
        """
        epoch = self._epoch_of(row)
        step = self._step_of(row, epoch)
        back = self.step if step < self.step and any(self._read.get(name, -1) > step for name in row.numbers) else None
        if back is not None:
            self._read.clear()
            self.step, self.epoch = step, epoch
            self.epochs_done = min(self.epochs_done, max(0, (epoch or 1) - 1))
        for name in row.numbers:
            if len(self._read) < MOST_NAMES or name in self._read:
                self._read[name] = step
        self.step = max(self.step, step)
        if epoch is not None and row.numbers:
            self.epoch = max(epoch, self.epoch or 0)
            self.epochs_done = self.epoch - 1
        return step, back

    def complete(self) -> None:
        """Nobody writes the file any more: the epoch of its last row is done, unless it says that a part of it is."""
        if self.epoch is not None and self._is_whole:
            self.epochs_done = self.epoch

    def _step_of(self, row: Row, epoch: int | None) -> int:
        if row.step is None:
            return self.step + 1 if epoch is None else epoch
        before = 0
        if epoch is not None:
            newest = max(self._before, default=epoch)
            if epoch > newest and row.step < self._said:  # counted anew in each epoch
                self._before[epoch] = self.step + self._stride - row.step
            before = self._before.setdefault(epoch, self._before.get(min(epoch, newest), 0))
        if row.step > self._said:
            self._stride = row.step - self._said
        self._said = row.step
        return before + row.step

    def _epoch_of(self, row: Row) -> int | None:
        """Which epoch, the first being 1: Lightning and Keras count from 0, others from 1.

        Parts of epochs, as Hugging Face's trainer has them, are done: 1.5 is in the second. What begins with neither 0 nor 1 and goes on
        by one is a resume of what counts from 0; what goes on by more is written every so many epochs.
        """
        epoch = row.epoch
        if epoch is None:
            return None
        first = self._first_epoch = epoch if self._first_epoch is None else self._first_epoch
        if not epoch.is_integer():
            self._from_zero = False
        elif self._from_zero is None and (first <= 1 or epoch > first):
            self._from_zero = epoch != 1 and epoch <= first + 1
        self._is_whole = epoch.is_integer()
        return max(1, math.ceil(epoch) + (self._from_zero or False))
