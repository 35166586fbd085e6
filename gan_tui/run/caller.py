"""Who writes a run's log calls its owner: only where the owner wants to be called, and never at the training's expense."""

from pathlib import Path
from typing import TYPE_CHECKING

from gan_tui.errors import UserError
from gan_tui.run.directory import is_trial
from gan_tui.run.events import AnyEvent, Metrics
from gan_tui.run.state import RunState

if TYPE_CHECKING:
    from gan_tui.notify.delivery import Delivery
    from gan_tui.run.calls import Calls


class Caller:
    """Hands what is worth a call to a delivery thread."""

    def __init__(self, run: Path, *, calls: bool = True) -> None:
        """`calls`: False where there is never anybody to call."""
        self._run = run
        self._asked = not calls
        self._calls: Calls | None = None
        self._delivery: Delivery | None = None

    def see(self, event: AnyEvent, state: RunState) -> list[str]:
        """Call for this event, which `state` has taken in, if it is worth that. What went wrong with calls comes back, a line each."""
        if isinstance(event, Metrics):
            return []
        troubles = [] if self._asked else self._begin()
        if self._calls is None or self._delivery is None:
            return troubles
        for notice in self._calls.see(event, state):
            self._delivery.send(notice)
        return troubles + self._delivery.troubles()

    def close(self) -> list[str]:
        """Wait a little for what is on its way. What went wrong comes back."""
        if self._delivery is None:
            return []
        self._delivery.close()
        return self._delivery.troubles()

    def _begin(self) -> list[str]:
        self._asked = True
        from gan_tui.notify import settings

        try:
            chosen = settings.load()
        except UserError as error:
            return [f"nobody is called: {error}"]
        if chosen.calls:
            from gan_tui.notify.delivery import Delivery
            from gan_tui.run.calls import Calls

            on = [name for name in chosen.on if name == "disk"] if is_trial(self._run) else chosen.on  # a sweep calls once, at its end
            self._calls, self._delivery = Calls(self._run, on), Delivery(chosen)
        return []
