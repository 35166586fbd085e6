"""What is said of a run whose trainer ended before it could save: it goes on from an earlier step."""

from gan_tui.counted import counted
from gan_tui.run.state import RunState


def trained_again(before: RunState | None, step: int) -> list[str]:
    """A line on what happened, from where the run goes on and how much is done again; none where nothing is.

    `before`: what the log added up to as the trainer came; `step`: that of the checkpoint that it has found, or 0.
    """
    if before is None or before.started is None or before.step == step:
        return []
    if before.step < step:
        ends = f"the log ends at step {before.step:,}"
        return [f"{ends}: going on from the checkpoint of step {step:,}; what was logged between the two is lost"]
    count = before.step - step
    happened = f"the run {before.outcome}" if before.outcome else "the trainer was killed"
    begins = f"going on from the checkpoint of step {step:,}" if step else "nothing was saved before, so it begins again at step 0"
    return [f"{happened} at step {before.step:,}: {begins}; {counted(count, 'step')} {'is' if count == 1 else 'are'} trained again"]
