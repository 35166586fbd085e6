"""Themes: one TOML file each, shipped or the user's own, and which of them was chosen.

No Textual in here, so that the command line can complete theme names and check files at no cost.
"""

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from gan_tui import memory
from gan_tui.errors import RefusedError, UserError
from gan_tui.nearest import perhaps
from gan_tui.toml_file import read_toml
from gan_tui.user_folders import user_folder

DEFAULT_THEME = "midnight"
THEME_VARIABLE = "GAN_TUI_THEME"
MEMORY = "theme"
"""Under which the one that was chosen last is remembered."""
LARGEST = 64 << 10
"""Bytes of a theme; one has some five hundred."""

Colour = Annotated[str, Meta(pattern=r"^#[0-9a-fA-F]{6}$", description="a colour as #rrggbb")]


class ThemeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a theme file says: every colour by what it is for."""

    description: str = ""
    dark: bool = True
    background: Colour
    surface: Colour
    """Dialogs."""
    foreground: Colour
    """Text, and the samples' ink."""
    muted: Colour
    """Labels and whatever is not news."""
    line: Colour
    """Borders, axes, the empty part of a bar."""
    accent: Colour
    """Keys and progress."""
    good: Colour
    warning: Colour
    error: Colour
    discriminator: Colour
    """Everything that belongs to D, wherever it is shown."""
    generator: Colour
    """Everything that belongs to G, wherever it is shown."""


class NamedTheme(msgspec.Struct, frozen=True):
    """A theme and the name of its file."""

    name: str
    colours: ThemeFile


def own_folder() -> Path:
    """Where a user's own themes lie."""
    return user_folder("config") / "themes"


def shipped_folder() -> Path:
    """The themes that come with gan-tui: inside an installed package, beside it in a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "themes"
    return installed if installed.is_dir() else package.parent / "themes"


def theme_names() -> list[str]:
    """Every theme there is, the default first, the user's own included."""
    return sorted(_files(), key=lambda name: (name != DEFAULT_THEME, name))


def load_themes() -> tuple[list[NamedTheme], list[str]]:
    """All themes that can be read, in the order of `theme_names`, and a line about each that cannot."""
    themes, problems = [], []
    for name in theme_names():
        try:
            themes.append(find_theme(name))
        except UserError as error:
            problems.append(str(error))
    return themes, problems


def find_theme(name: str | None) -> NamedTheme:
    """The theme of that name; the default for None. Raises UserError that lists what there is."""
    files = _files()
    wanted = DEFAULT_THEME if name is None else name
    if wanted not in files:
        choose = f"choose one of {', '.join(theme_names())}"
        meant = perhaps(wanted, theme_names())
        raise RefusedError(f"unknown theme '{wanted}'{meant}: {choose}", f"unknown theme{meant}: {choose}")
    return NamedTheme(wanted, _read(files[wanted]))


def choose_theme(asked: str | None) -> tuple[NamedTheme, str | None]:
    """The theme to begin with, and a line about what was wrong on the way to it.

    `asked` (--theme), else $GAN_TUI_THEME, else the one chosen last, else the default. Raises UserError for `asked` only: a
    variable set long ago must not keep a run from starting, and what was remembered may be gone without harm.
    """
    if asked is not None:
        return find_theme(asked), None
    problem = None
    if wanted := os.environ.get(THEME_VARIABLE):
        try:
            return find_theme(wanted), None
        except UserError as error:
            problem = f"{THEME_VARIABLE}: {error}"
    if last := remembered_theme():
        with suppress(UserError):
            return find_theme(last), problem
    return find_theme(None), problem


def memory_file() -> Path:
    """Where the name of the theme that was chosen last stands."""
    return memory.file_of(MEMORY)


def remembered_theme() -> str | None:
    """The name that was remembered; None where there is none, or no reading it."""
    return memory.recall(MEMORY)


def remember_theme(name: str) -> None:
    """Begin with that theme from now on. Where it cannot be written it is forgotten: that stops no work."""
    memory.remember(MEMORY, name)


_VGA = {
    "black": "#000000", "red": "#aa0000", "blue": "#0000aa", "magenta": "#aa00aa", "light-grey": "#aaaaaa", "grey": "#555555",
    "bright-red": "#ff5555", "bright-green": "#55ff55", "yellow": "#ffff55", "bright-cyan": "#55ffff", "white": "#ffffff",
}  # fmt: skip
"""Colours of a 16-colour terminal as Rich knows them: exactly these become exactly those, whatever the terminal makes of them."""


def in_sixteen_colours(theme: ThemeFile) -> ThemeFile:
    """What is left of a theme where there are 16 colours: dark or light.

    Left to themselves, borders and backgrounds of most themes would fall together in black, and D and G in one grey. On white there is no
    brown: xterm and many others have a yellow in its place.
    """
    if theme.dark:
        roles = {
            "background": "black", "surface": "black", "foreground": "white", "muted": "light-grey", "line": "grey", "accent": "white",
            "good": "bright-green", "warning": "yellow", "error": "bright-red", "discriminator": "bright-cyan", "generator": "yellow",
        }  # fmt: skip
    else:
        roles = {
            "background": "white", "surface": "white", "foreground": "black", "muted": "grey", "line": "light-grey", "accent": "black",
            "good": "blue", "warning": "magenta", "error": "magenta", "discriminator": "blue", "generator": "red",
        }  # fmt: skip
    return msgspec.structs.replace(theme, **{role: _VGA[colour] for role, colour in roles.items()})


def _files() -> dict[str, Path]:
    """Theme files by name; a user's own theme wins over a shipped one of the same name."""
    return {path.stem: path for folder in (shipped_folder(), own_folder()) for path in sorted(folder.glob("*.toml"))}


def _read(path: Path) -> ThemeFile:
    file = read_toml(path, LARGEST, "theme")
    try:
        return msgspec.convert(file.table, ThemeFile)
    except msgspec.ValidationError as error:
        key, reason = _explain(str(error))
        raise UserError(f"theme {file.place(key)}: {reason}") from None


def _explain(message: str) -> tuple[str, str]:
    """The key that is wrong, and what is wrong with it."""
    what, _, where = message.partition(" - at `$.")
    key = where.rstrip("`")
    if "matching regex" in what:
        return key, f"`{key}` must be a colour as #rrggbb"
    if unknown := re.search(r"unknown field `(.*)`", what):
        return unknown[1], what
    return key, f"{what}{f' in `{key}`' if key else ''}"
