"""Every command, declared once: key bindings, key bar, palette and help all derive from this table."""

from dataclasses import dataclass


@dataclass(frozen=True)
class KeyCommand:
    """What one key does."""

    key: str
    """Textual's name of the key; several are separated by commas, and the first is the one that is shown."""
    action: str
    label: str
    """One word for the key bar."""
    title: str
    """A few words for the palette."""
    meaning: str
    """A sentence for the help."""
    shown_as: str = ""
    """How the key is written, where that is not `key` itself."""
    on_bar: bool = True
    for_trainer: bool = False
    """Somebody must be there to obey it."""

    @property
    def sign(self) -> str:
        """How people write the key."""
        return self.shown_as or self.key.split(",")[0]


COMMANDS = (
    KeyCommand(
        "space", "pause_or_resume", "pause", "Pause or resume", "Pauses the training after the step in hand; resumes it.", for_trainer=True
    ),
    KeyCommand("s", "save", "save", "Save a checkpoint", "Saves the whole state: a run can be resumed from it.", for_trainer=True),
    KeyCommand("g", "sample", "grid", "Write a sample grid", "Writes a grid of samples as a PNG into the run directory.", for_trainer=True),
    KeyCommand("t", "next_theme", "theme", "Next theme", "Changes the colours."),
    KeyCommand("p", "screenshot", "picture", "Save a screenshot", "Writes this screen as an SVG into the run directory.", on_bar=False),
    KeyCommand("question_mark,f1", "help", "help", "Help", "Shows this help.", shown_as="?"),
    KeyCommand(
        "q,ctrl+c,ctrl+q",
        "leave",
        "quit",
        "Leave",
        "Asks: detach (the training goes on), save and stop, or cancel. ctrl+c does the same.",
    ),
)
