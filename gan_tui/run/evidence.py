"""When the evidence was taken on which a score or a verdict stands, and from when on that is too long ago to speak of the present.

In steps and not in seconds: a paused or finished run is what it was, and a fast one is another after a second.
"""

LEAST_STEPS = 200
"""Steps within which nothing counts as long ago."""
SHARE = 0.5
"""Of the steps that a run had behind it when it was measured: with half as many again it may be quite another."""


def fresh_until(step: int) -> int:
    """The last step of which evidence of `step` still speaks."""
    return step + max(LEAST_STEPS, round(SHARE * step))


def is_stale(measured: int, now: int) -> bool:
    """Is evidence of step `measured` too old at step `now`?"""
    return now > fresh_until(measured)
