"""How images are drawn on a screen of them: a key changes it, and so does what the terminal turns out to show."""

from gan_tui.dashboard.image_choice import ImageChoice
from gan_tui.dashboard.themed_app import ThemedApp
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.images import MODE_NAMES, ImageMode, nearest, next_mode
from gan_tui.render.styles import Role
from gan_tui.render.terminal import Colours, Terminal


class ImageApp(ThemedApp[None]):
    """The part of the dashboard that knows."""

    def __init__(self, theme: str | None, glyphs: Glyphs | None, colours: Colours | None, images: ImageChoice) -> None:
        """Raises UserError for a theme that is unknown or broken."""
        super().__init__(theme, glyphs, colours)
        self.images = images

    def action_next_images(self) -> None:
        """Draw images in the next way that this terminal has."""
        mode, words = next_mode(self.images.mode, self._glyphs, self.terminal)
        self.images.choose(mode)
        self._set_images()
        self._tell(words)

    def _set_images(self) -> None:
        """Draw images in the way that was chosen, or in the nearest one that this terminal has."""
        mode, why = nearest(self.images.mode, self._glyphs, self.terminal)
        if why is not None and self.images.asked:
            self._tell(f"{MODE_NAMES[self.images.mode]}: {why}", Role.WARNING)
        self._draw_images_as(mode)

    def _draw_images_as(self, mode: ImageMode) -> None:
        """Have all images of the screen drawn in that way."""
        raise NotImplementedError

    def terminal_changed(self, before: Terminal) -> None:
        """It may be one that shows the images that a person has asked for."""
        super().terminal_changed(before)
        if self.images.mode is not ImageMode.ASCII:
            self._set_images()
