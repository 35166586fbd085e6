"""The process that renders what is drawn: torch is in there, and never here."""

from itertools import count

from gan_tui.dashboard.companion import Companion
from gan_tui.run import drawing
from gan_tui.run.directory import RunDirectory
from gan_tui.run.drawing import Refused, Reply, Request


class DrawingProcess(Companion[Request, Reply]):
    """Renders one outline at a time; of those that come meanwhile, only the newest."""

    def __init__(self, run: RunDirectory) -> None:
        super().__init__(
            "gan_tui.training.rendering",
            str(run.path.absolute()),
            line_of=drawing.line_of,
            read=drawing.read_reply,
            last=Refused,
            longest=drawing.LONGEST_LINE,
        )
        self._numbers = count(1)

    def render(self, outline: bytes) -> None:
        """Have this rendered as soon as what was asked for before is."""
        self.ask(Request(next(self._numbers), outline))
