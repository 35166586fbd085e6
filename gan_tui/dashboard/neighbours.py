"""The training images nearest to the newest samples: the trainer is asked for them, and the preview file brings them."""

from gan_tui.dashboard.commander import Commander
from gan_tui.dashboard.messages import Snapshot
from gan_tui.render.glyphs import Glyphs
from gan_tui.run.preview import Pair


class Neighbours:
    """What is known of them, and whether they are asked for."""

    def __init__(self, commander: Commander, glyphs: Glyphs) -> None:
        self.pair: Pair | None = None
        """The newest, with the step of their samples."""
        self._commander = commander
        self._glyphs = glyphs
        self._asked: str | None = None
        """The id of the command, until they are there or not wanted any more."""
        self._known_step: int | None = None
        """Of those that were known when it was sent."""

    def take(self, snapshot: Snapshot) -> bool:
        """Take in the news. True where those that were asked for have come."""
        self.pair = snapshot.preview.pair
        arrived = self.asked and self.pair is not None and self.pair.step != self._known_step
        if arrived:
            self.forget()
        return arrived

    @property
    def asked(self) -> bool:
        """Are they on their way?"""
        return self._asked is not None

    def forget(self) -> None:
        """They are wanted no more."""
        self._asked = None

    def ask(self, step: int) -> bool:
        """Ask for those of the samples of `step`. False where they are known, or there is no live trainer. Raises UserError."""
        if (self.pair is not None and self.pair.step == step) or not self._commander.accepts:
            return False
        self._asked = self._commander.send("neighbours")
        self._known_step = self.pair.step if self.pair else None
        return True

    @property
    def why_none(self) -> str:
        """What stands where the training image will be, or would be."""
        if not self.asked:
            return "not known" if self._commander.accepts else "not known: no live trainer"
        answer = self._commander.answer(self._asked)
        return answer.text if answer is not None and not answer.ok else f"asking the trainer{self._glyphs.ellipsis}"
