"""An application that learns what its terminal can show while it already draws on it: `gan_tui/render/terminal.py` says how it is asked."""

import os
from typing import TypeVar

from rich.color import ColorSystem

from gan_tui.dashboard.bell import bell
from gan_tui.dashboard.pacing import PacedApp
from gan_tui.render.terminal import NO_COLOUR, Colours, Terminal, from_environment

Result = TypeVar("Result")


class TerminalApp(PacedApp[Result]):
    """Begins with what the environment says, and goes on with what the terminal says."""

    def __init__(self, colours: Colours | None) -> None:
        """`colours`: a person's word, which outranks both."""
        _say_so(colours)
        self.terminal = from_environment(os.environ, colours)
        # Textual knows two ways of showing no colours: shades of grey, and, where ANSI colours are let through, really none.
        super().__init__(ansi_color=True if self.terminal.colours is Colours.NONE else None)
        self.console._color_system = ColorSystem.TRUECOLOR  # the driver says it in fewer, see render/fewer_colours.py

    def hear(self, answer: str) -> None:
        """The terminal has said something."""
        before, self.terminal = self.terminal, self.terminal.told(answer)
        if self.terminal != before:
            self.terminal_changed(before)

    def ring(self, words: str) -> None:
        """Ring the terminal's bell, and have it say why; without words, do not."""
        if words and self._driver is not None and not self.is_headless:
            self._driver.write(bell(words, self.terminal.name))

    def terminal_changed(self, before: Terminal) -> None:
        """More is known of it than `before`."""
        if self.terminal.colours is not before.colours:
            self.forget_shown()  # the same cells look different now
            self.refresh()


def _say_so(colours: Colours | None) -> None:
    """To whoever looks for it in the environment, as Textual does."""
    if colours is Colours.NONE:
        os.environ[NO_COLOUR] = "1"
    elif colours is not None or os.environ.get(NO_COLOUR) == "":  # an empty one does not count; Textual thinks that it does
        os.environ.pop(NO_COLOUR, None)
