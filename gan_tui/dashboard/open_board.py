"""The drawing board of a run by itself on the whole terminal: `gan-tui draw`."""

from gan_tui.dashboard.screens.drawing_board import DrawingBoard
from gan_tui.dashboard.themed_app import ThemedApp, say_what_broke
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.images import ImageMode
from gan_tui.render.styles import Role
from gan_tui.render.terminal import Colours
from gan_tui.run.directory import RunDirectory


class DrawingApp(ThemedApp[None]):
    """Nothing but the board."""

    def __init__(
        self,
        run: RunDirectory,
        theme: str | None = None,
        *,
        glyphs: Glyphs | None = None,
        images: ImageMode = ImageMode.HALF,
        colours: Colours | None = None,
    ) -> None:
        """Raises UserError for a theme that is unknown or broken."""
        super().__init__(theme, glyphs, colours)
        self.board = DrawingBoard(run, self._glyphs, images, alone=True)

    def on_mount(self) -> None:
        self.push_screen(self.board)
        for problem in self._theme_problems:
            self._tell(problem, Role.WARNING)

    def _tell(self, words: str, role: Role = Role.TEXT) -> None:
        self.board.tell(words, role)


def open_board(
    run: RunDirectory, theme: str | None, *, mouse: bool = True, images: ImageMode = ImageMode.HALF, colours: Colours | None = None
) -> None:
    """Show the board until the person leaves. Raises UserError for a theme that is unknown or broken."""
    app = DrawingApp(run, theme, images=images, colours=colours)
    app.run(mouse=mouse)
    say_what_broke(app, run.path, f"`gan-tui draw {run.cli_name}` opens the board again")
