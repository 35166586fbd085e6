"""What every screen of gan-tui has: themes that are switched, tried and remembered, in as many colours as the terminal has."""

import sys
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, Protocol, TypeVar, runtime_checkable

from rich.console import RenderableType
from textual.driver import Driver
from textual.filter import LineFilter
from textual.theme import Theme
from textual.types import CSSPathType

from gan_tui.dashboard.ascii_filter import AsciiFilter
from gan_tui.dashboard.screens.palette import Palette
from gan_tui.dashboard.screens.theme_picker import ThemePicker
from gan_tui.dashboard.terminal_app import TerminalApp
from gan_tui.dashboard.themes import NamedTheme, choose_theme, in_sixteen_colours, load_themes, remember_theme
from gan_tui.dashboard.widgets.line_widget import ROLE_CLASSES
from gan_tui.errors import reason_of
from gan_tui.files import write_atomic
from gan_tui.render.glyphs import ASCII, Glyphs, for_terminal
from gan_tui.render.styles import Role
from gan_tui.render.terminal import Colours, Terminal
from gan_tui.render.text import plain

Result = TypeVar("Result")
BROKEN_LOG = "screen-error.log"


@runtime_checkable
class Stoppable(Protocol):
    """A driver of a terminal that a shell may wait behind."""

    @property
    def shell_waits(self) -> bool: ...

    def stop(self) -> None:
        """Until `fg`."""


class ThemedApp(TerminalApp[Result]):
    """The base of the dashboard and of the browser of runs."""

    CSS_PATH: ClassVar[CSSPathType | None] = "dashboard.tcss"
    COMPONENT_CLASSES: ClassVar[set[str]] = ROLE_CLASSES
    TITLE = "gan-tui"
    ALLOW_SELECT = False
    # Textual declares both as what an app may have of its own, so they cannot be ClassVar.
    HORIZONTAL_BREAKPOINTS = [(0, "-sliver"), (30, "-narrow"), (70, "-normal"), (110, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-line"),
        (8, "-flat"),
        (10, "-low"),
        (18, "-medium"),
        (34, "-tall"),
        (52, "-huge"),
    ]

    def __init__(self, theme: str | None, glyphs: Glyphs | None, colours: Colours | None = None) -> None:
        """Raises UserError for a theme that is unknown or broken."""
        self.broken = ""
        """The traceback of what ended the screen; empty while all is well."""
        self._themes, self._theme_problems = load_themes()
        chosen, problem = choose_theme(theme)
        if problem and problem not in self._theme_problems:
            self._theme_problems.append(problem)
        super().__init__(colours)
        self.animation_level = "none"
        self._glyphs = glyphs or for_terminal()
        self._ascii = AsciiFilter()
        self._register_themes()
        self.theme = chosen.name
        self.stylesheet.set_variables(self.get_css_variables())

    def _register_themes(self) -> None:
        for named in self._themes:
            self.register_theme(textual_theme(named, sixteen=self.terminal.colours is Colours.SIXTEEN))

    def refresh_css(self, animate: bool = True) -> None:
        """Textual parses all style sheets twice as an app starts: that is left out while nothing is styled and no colour has changed."""
        if self.screen_stack or self.stylesheet._variables != self.get_css_variables():
            super().refresh_css(animate)

    def terminal_changed(self, before: Terminal) -> None:
        """Themes for 16 colours are others."""
        if Colours.SIXTEEN in (before.colours, self.terminal.colours) and self.terminal.colours is not before.colours:
            self._register_themes()
            self.refresh_css(animate=False)
        super().terminal_changed(before)

    def get_driver_class(self) -> type[Driver]:
        """Textual's, but for terminals one that nothing in its input can end."""
        chosen = super().get_driver_class()
        if chosen.__name__ != "LinuxDriver":
            return chosen
        from gan_tui.dashboard.driver import TolerantDriver  # a terminal's driver does not exist on every system

        return TolerantDriver

    def _fatal_error(self) -> None:
        """Textual would print a traceback with all values in it: whoever opened the screen says it in one line (`say_what_broke`)."""
        self.broken = traceback.format_exc()
        self.bell()
        self._close_messages_no_wait()

    def panic(self, *renderables: RenderableType) -> None:
        """An unexpected end is a failure, and the exit status says so."""
        self._return_code = 1
        super().panic(*renderables)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own variables, for the moments in which one of Textual's themes is active."""
        return {
            "discriminator": "#5cc8ff",
            "generator": "#ff9d5c",
            "line": "#444444",
            "text-muted-role": "#888888",
            "good": "#7ee0a0",
            "muted": "#888888",
        }

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Nothing but ASCII reaches a terminal that knows nothing else, whoever drew it."""
        filters = super().get_line_filters()
        return filters if self._glyphs.unicode else [*filters, self._ascii]

    def picture(self) -> str:
        """The screen as an SVG."""
        # Rich names Fira Code as the font, whose ligatures would join neighbouring signs of the samples.
        return self.export_screenshot(title="gan-tui").replace("</style>", "text { font-variant-ligatures: none; }</style>", 1)

    def save_picture(self, folder: Path) -> None:
        """Write the screen as an SVG, and say where."""
        target = folder / f"screenshot-{time.strftime('%Y%m%d-%H%M%S')}.svg"
        try:
            write_atomic(target, self.picture().encode(), durable=False)
        except OSError as error:
            self._tell(f"cannot write {target}: {reason_of(error)}", Role.ERROR)
        else:
            self._tell(f"wrote {target.name}")

    def _tell(self, words: str, role: Role = Role.TEXT) -> None:
        """Say something of the screen's own, in its log line."""
        raise NotImplementedError

    def action_suspend_process(self) -> None:
        """Stop, as a program in a shell does; Textual's own would stop for ever where nobody is there to wake it."""
        if not isinstance(self._driver, Stoppable) or not self._driver.shell_waits:
            self._tell(f"no shell waits behind this screen that `fg` could be typed into: {self._way_out}", Role.WARNING)
            return
        self._suspend_signal()
        self._driver.stop()

    @property
    def _way_out(self) -> str:
        """Where `fg` is none."""
        return "q leaves it"

    def action_next_theme(self) -> None:
        """The next theme, round and round."""
        names = [named.name for named in self._themes]
        self.theme = names[(names.index(self.theme) + 1) % len(names)] if self.theme in names else names[0]
        remember_theme(self.theme)
        self._tell(f"theme: {self.theme}")

    def action_command_palette(self) -> None:
        """Every command by its name."""
        if self.use_command_palette and not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def action_pick_theme(self) -> None:
        """Look at all themes, and keep one."""
        if not isinstance(self.screen, ThemePicker):
            self.push_screen(ThemePicker(self._themes, self.theme, self._glyphs), self._keep_theme)

    def _keep_theme(self, name: str | None) -> None:
        if name is not None:
            remember_theme(name)
            self._tell(f"theme: {name}")


def say_what_broke(app: ThemedApp[Result], folder: Path, comfort: str) -> None:
    """Nothing where the app has ended as it should; else why not, in one line, and the whole traceback in a file in `folder`.

    Raises SystemExit with the status 1.
    """
    if not app.return_code and not app.broken:
        return
    reason = app.broken.strip().splitlines()[-1] if app.broken else "unexpectedly"
    target, where = folder / BROKEN_LOG, ""
    if app.broken:
        try:
            write_atomic(target, app.broken.encode("utf-8", "replace"), durable=False)
            where = f" (details: {target})"
        except OSError as error:
            where = f" (its details cannot be written to {target}: {reason_of(error)})"
    with suppress(OSError):
        print(f"gan-tui: the screen broke: {plain(reason, ASCII)}{where}; {comfort}", file=sys.stderr, flush=True)
    raise SystemExit(1)


def textual_theme(named: NamedTheme, *, sixteen: bool = False) -> Theme:
    """Our theme in Textual's terms, for a terminal of 16 colours or of more."""
    colours = in_sixteen_colours(named.colours) if sixteen else named.colours
    return Theme(
        name=named.name,
        primary=colours.accent,
        secondary=colours.discriminator,
        accent=colours.accent,
        warning=colours.warning,
        error=colours.error,
        success=colours.good,
        foreground=colours.foreground,
        background=colours.background,
        surface=colours.surface,
        panel=colours.surface,
        dark=colours.dark,
        variables={
            "discriminator": colours.discriminator,
            "generator": colours.generator,
            "good": colours.good,
            "muted": colours.muted,
            "line": colours.line,
            "text-muted-role": colours.muted,
        },
    )
