"""Steps and epochs as our log counts them, from what a script says of them in its own way."""

from gan_tui.foreign.progress import Progress
from gan_tui.run.events import LAST_STEP


class Position:
    """Counts on: a step never goes back, and epochs begin with 1, whether the script begins with 0 or 1."""

    def __init__(self) -> None:
        self.step = 0
        self.epochs = 0
        """0: not known."""
        self.epochs_done = 0
        self.steps_told = False
        """Has it ever said a step?"""
        self.told = False
        """Has the script ever said where it is?"""
        self._first_epoch: int | None = None
        self._from_0 = False
        """Is it known that its epochs begin with 0?"""
        self._steps_of_epochs = False
        """Has it said a step together with its epoch?"""
        self._measured = False
        """Has it said a number since it said an epoch?"""
        self._epoch: int | None = None
        self._in_epoch = 0
        self._stride = 0
        """Steps between the last two lines on one epoch."""
        self._last = 0
        """The step before this epoch began, as the script said it."""
        self._counts_from_0 = False
        """Has it named a step 0?"""
        self._goes_on = False
        """Does it count steps over all epochs?"""
        self._span = 0
        """Steps of the epoch before this one, where it does."""
        self._length = 0
        """Steps of its bar, said while an epoch is known; 0: not known."""
        self._is_whole = self._in_parts = False
        """Is that bar of the whole run? So it is where epochs come in parts (0.25), as Hugging Face's trainer has them. Do they?"""
        self._before = 0
        """Steps of bars that have begun anew, where no epoch is said."""
        self._lengths: set[int] = set()
        """Of such bars, two at most."""
        self._first_bar = 0
        """The length of the first bar, while it stands at 0."""
        self._outer = 0
        """The length of a bar that has another below it, which has none done yet as that one begins: its steps are epochs."""

    def take(self, progress: Progress, *, has_numbers: bool, from_0: bool = False) -> None:
        """One reading; of a script that never says where it is, lines with numbers are counted."""
        self._from_0 = self._from_0 or from_0
        if progress:
            self._follow(self._nested(progress), has_numbers=has_numbers)
        else:
            self.step += has_numbers and not self.told
        self._measured |= has_numbers and self._epoch is not None

    def is_aside(self, bar: Progress) -> bool:
        """Has a bar that does not say of what another length than that of the epoch, which has ended, or of the whole training?

        So validations are drawn.
        """
        if bar.epoch is not None or not bar.steps_per_epoch or not self._length or bar.steps_per_epoch in (self._length, self._outer):
            return False
        return self._epoch is not None and (self._is_whole or self._in_epoch >= self._length)

    def _nested(self, progress: Progress) -> Progress:
        """A step of a bar that has another below it is an epoch."""
        done, length = progress.step, progress.steps_per_epoch
        if progress.epoch is not None or done is None or not length or progress.global_step is not None:
            return progress
        if self._outer:
            return Progress(epoch=done, epochs=length) if length == self._outer else progress
        if self._epoch is None and self._first_bar and length != self._first_bar and done == 0:
            self._outer = self._first_bar
            return Progress(epoch=0, epochs=self._outer, step=done, steps_per_epoch=length)
        if done:
            self._first_bar = 0
        elif not self.told:
            self._first_bar = length
        return progress

    def _follow(self, progress: Progress, *, has_numbers: bool) -> None:
        self.told = True
        self.steps_told = self.steps_told or progress.step is not None or progress.global_step is not None
        self.epochs = progress.epochs or self.epochs
        self._take_epoch(progress)
        self._take_step(progress)
        self._reach(self._now(progress, has_numbers=has_numbers))
        if self.steps_per_epoch and self._epoch is not None and self._in_epoch >= self.steps_per_epoch and not self._all_done:
            self.epochs_done = max(self.epochs_done, self._epochs_before + 1)

    def _reach(self, step: int) -> None:
        """Never back, and no further than a log can hold."""
        self.step = max(self.step, min(step, LAST_STEP))

    @property
    def steps_per_epoch(self) -> int:
        """0: not known."""
        return 0 if self._is_whole else self._length

    @property
    def counts_epochs(self) -> bool:
        """Has it ever said an epoch?"""
        return self._epoch is not None

    def complete(self) -> None:
        """The script has ended as it should: its epoch is done, if that was the last one or nothing more of it was to be printed.

        Who stops early does so behind an epoch, of which not each step was printed.
        """
        if self._epoch is not None and not self._all_done and (self._epochs_before + 1 == self.epochs or self._at_its_end):
            self.epochs_done = max(self.epochs_done, self._epochs_before + 1)
            self._reach(self.epochs_done * self.steps_per_epoch)

    @property
    def _at_its_end(self) -> bool:
        """Would the next line on this epoch be behind its end?"""
        if self._is_whole:  # parts of epochs say themselves that the last one is done
            return not self._in_parts and 0 < self._length <= max(self._in_epoch, self._last)
        if self._goes_on:
            return 0 < self._span <= self._in_epoch - self._last
        # Who counts from 0 never names the last step; who counts from 1 does.
        next_line = self._in_epoch + self._stride + int(self._counts_from_0)
        return next_line > self.steps_per_epoch > 0 or (not self.steps_per_epoch and 0 < self._last <= self._in_epoch)

    @property
    def each(self) -> int:
        """Steps of an epoch; 1 where the script counts epochs and nothing else, 0 where that is not known."""
        return self.steps_per_epoch or int(self.counts_epochs and not self.steps_told and not self._is_whole)

    @property
    def total(self) -> int:
        """Steps of the whole run, of a script that has one loop of a known length; else 0."""
        if self._is_whole:
            return self._length
        return next(iter(self._lengths)) if self._epoch is None and not self._before and len(self._lengths) == 1 else 0

    @property
    def _all_done(self) -> bool:
        """Has a bar over all epochs come to its end? What the bar below it says then is said once more."""
        return 0 < self.epochs <= self._epochs_before

    @property
    def _epochs_before(self) -> int:
        return 0 if self._epoch is None else max(0, self._epoch - (0 if self._from_0 else self._first_epoch or 0))

    def _take_epoch(self, progress: Progress) -> None:
        if progress.epoch is None:
            return
        epoch = int(progress.epoch)
        self._in_parts |= epoch != progress.epoch
        self._is_whole |= self._in_parts
        if self._first_epoch is None:
            self._first_epoch = min(epoch, 1)
        if progress.step is not None and not self._steps_of_epochs:
            self._steps_of_epochs = True
            if not self._measured:  # a bar over all epochs begins with 0 of them done, where the bars below it begin with the first
                self._first_epoch = min(epoch, 1)
        if epoch != self._epoch:
            self._span = self._in_epoch - self._last + int(self._counts_from_0 and not self._last)
            self._epoch, self._last, self._in_epoch = epoch, self._in_epoch, 0
        self.epochs_done = max(self.epochs_done, self._epochs_before)

    def _take_step(self, progress: Progress) -> None:
        if progress.step is None or self._is_end_of_before(progress):
            return
        if progress.steps_per_epoch and self._epoch is not None:
            self._length = progress.steps_per_epoch
        if self._epoch is None and progress.step < self._in_epoch:
            self._before += self._in_epoch
        if progress.steps_per_epoch and self._epoch is None and len(self._lengths) < 2:
            self._lengths.add(progress.steps_per_epoch)
        if self._epoch is not None and not self._in_epoch and self._last:
            self._goes_on = progress.step > self._last
            self._is_whole |= self._goes_on and progress.epoch is None
        self._counts_from_0 |= progress.step == 0
        if progress.step > self._in_epoch:
            self._stride = progress.step - self._in_epoch
        self._in_epoch = progress.step

    def _is_end_of_before(self, bar: Progress) -> bool:
        """Has the bar of the epoch before only now come to its end? So it is drawn below a bar of epochs that has gone on already."""
        if bar.epoch is not None or self._is_whole or self._in_epoch or not self._last or bar.step != bar.steps_per_epoch:
            return False
        return bar.steps_per_epoch == self._length and (self._outer > 0 or self._last < self._length)

    def _now(self, progress: Progress, *, has_numbers: bool) -> int:
        if progress.global_step is not None:
            return progress.global_step
        if self._epoch is None:
            return self._before + self._in_epoch
        if (self._goes_on or self._is_whole) and not self.steps_per_epoch:
            return self._in_epoch + int(self._counts_from_0 and not self._length) if self.steps_told else self.step + has_numbers
        if self.steps_per_epoch:
            return self._epochs_before * self.steps_per_epoch + (0 if self._all_done else min(self._in_epoch, self.steps_per_epoch))
        if self._in_epoch or progress.step is not None:
            return self.step + 1
        return self._epochs_before + (1 if progress.epoch is not None else 0)
