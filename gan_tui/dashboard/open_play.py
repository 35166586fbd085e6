"""Teaching mode on the whole terminal: `gan-tui play`."""

from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.app import SystemCommand
from textual.screen import Screen
from textual.types import CSSPathType

from gan_tui.dashboard.play_commands import PLAY_COMMANDS
from gan_tui.dashboard.screens.play import PlayScreen
from gan_tui.dashboard.themed_app import ThemedApp, say_what_broke
from gan_tui.dashboard.themes import memory_file
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.terminal import Colours, Terminal


class PlayApp(ThemedApp[None]):
    """Nothing but the field and what belongs to it."""

    CSS_PATH: ClassVar[CSSPathType | None] = ["dashboard.tcss", "play.tcss"]

    def __init__(
        self,
        theme: str | None = None,
        *,
        lesson: int = 0,
        fps: float = 30.0,
        glyphs: Glyphs | None = None,
        colours: Colours | None = None,
    ) -> None:
        """Raises UserError for a theme that is unknown or broken."""
        super().__init__(theme, glyphs, colours)
        self.play_screen = PlayScreen(self._glyphs, lesson, fps)

    def get_default_screen(self) -> Screen[None]:
        return self.play_screen

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette knows what the keys know."""
        del screen
        for command in PLAY_COMMANDS:
            yield SystemCommand(command.title, command.meaning, partial(self.run_action, command.action, self.play_screen))

    def on_mount(self) -> None:
        self.play_screen.set_colours(self.terminal.colours)
        for problem in self._theme_problems:
            self._tell(problem, Role.WARNING)

    def terminal_changed(self, before: Terminal) -> None:
        """Dots, or characters."""
        super().terminal_changed(before)
        self.play_screen.set_colours(self.terminal.colours)

    def action_picture(self) -> None:
        """The screen as an SVG, where the command was started."""
        self.save_picture(Path())

    def _tell(self, words: str, role: Role = Role.TEXT) -> None:
        del role
        self.play_screen.tell(words)


def open_play(lesson: int, theme: str | None, *, fps: float = 30.0, mouse: bool = True, colours: Colours | None = None) -> None:
    """Play until the person leaves. Raises UserError for a theme that is unknown or broken."""
    app = PlayApp(theme, lesson=lesson, fps=fps, colours=colours)
    app.run(mouse=mouse)
    with suppress(OSError):
        memory_file().parent.mkdir(parents=True, exist_ok=True)
    say_what_broke(app, memory_file().parent, "nothing of yours is lost, and `gan-tui play` begins again")
