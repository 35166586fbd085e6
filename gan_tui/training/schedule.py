"""When the samples of a run are measured: as soon as there is something to see, often in the beginning, within a share of the time."""

import math

FIRST_SECONDS = 10.0
"""Seconds of training before which there is no evaluation; of a run that will be shorter than ten times that, a tenth of it."""
FIRST_AT_LATEST = 45.0
"""Seconds after which the first one comes even where G's samples have not moved: that they have not is worth knowing, too."""
FIRST_COST = 30.0
"""Seconds that looking at the real images may have taken before the first one is put off until the budget has grown."""
SHORTEST_RUN = 15.0
"""Seconds of a whole run below which only its end is evaluated."""
PAUSE_SECONDS = 5.0
"""Seconds of training between two evaluations, however cheap they are."""
ADVANCE_SECONDS = 300.0
"""Of the training to come, the budget of so many seconds may be spent beforehand: in the beginning samples change fastest."""
ADVANCE_EVALUATIONS = 2
"""That may be made so in any case, where each costs more."""
GROWTH = 1.25
"""While it is, training goes on to so many times what it was between two evaluations, and more where not so many can be afforded: sooner
there is not much to see."""


class Schedule:
    """Knows what evaluations have cost, and when the next one is due. All times are seconds of training."""

    def __init__(self, budget: float) -> None:
        """`budget`: the share of the training time that evaluations may take; 0: there are none."""
        self._budget = budget
        self.moved = False
        """Have G's samples moved since the beginning?"""
        self._cost: float | None = None
        """Of the newest one; None before the first."""
        self._last_at = 0.0
        self._not_before = 0.0

    def due(self, trained: float, spent: float, remaining: float = 0.0) -> bool:
        """Is it time, after `trained` seconds of training besides which `spent` seconds went into evaluations?

        `remaining` seconds of training are to come: part of their budget may be spent now, never more than the whole run's.
        """
        if not self._budget or trained < self._not_before:
            return False
        earned, whole = self._budget * trained, trained + remaining
        if self._cost is None:  # it comes early in a run, and at once in one that is resumed
            if whole < SHORTEST_RUN or trained < min(FIRST_SECONDS, whole / 10):
                return False
            return (self.moved or trained >= FIRST_AT_LATEST) and spent <= max(FIRST_COST, earned)
        if trained < self._last_at + PAUSE_SECONDS:
            return False
        if spent + self._cost <= earned:
            return True
        advance = max(self._budget * ADVANCE_SECONDS, ADVANCE_EVALUATIONS * self._cost)
        affordable = (self._budget * whole - spent) / self._cost
        if affordable < 1 or spent + self._cost > earned + advance:
            return False
        # As many as can be afforded reach to the end of the run: each so many times later than the one before, and then evenly.
        growth = max(GROWTH, math.pow(whole / max(self._last_at, 1.0), 1 / (affordable + 1)))
        return trained >= min(self._last_at * growth, self._last_at + (whole - self._last_at) / (affordable + 1))

    def put_off(self, until: float) -> None:
        """None before that."""
        self._not_before = until

    def done(self, trained: float, cost: float) -> None:
        """One was made, and took `cost` seconds."""
        self._last_at, self._cost = trained, cost
