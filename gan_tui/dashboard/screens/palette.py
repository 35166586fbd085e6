"""Every command by its name: Textual's own dialog, framed as the others are."""

from textual.command import CommandPalette
from textual.message import Message
from textual.widgets import Input, OptionList

from gan_tui.dashboard.named_keys import put_at_edge
from gan_tui.dashboard.pacing import PacedDialog


class Palette(CommandPalette, PacedDialog[None]):
    """Over the screen; what is typed there looks for commands."""

    def on_mount(self) -> None:
        """What it is, and its keys."""
        frame = self.query_one("#--container")
        frame.border_title = "commands"
        put_at_edge(frame, "enter act, esc back")

    async def _on_message(self, message: Message) -> None:
        """A second enter would carry out the same command once more."""
        if not (self.dismissed and isinstance(message, Input.Submitted | OptionList.OptionSelected)):
            await super()._on_message(message)
