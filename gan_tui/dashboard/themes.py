"""Themes: one TOML file each, shipped or the user's own.

No Textual in here, so that the command line can complete theme names and check files at no cost.
"""

import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
import platformdirs
from msgspec import Meta

from gan_tui.errors import UserError

DEFAULT_THEME = "midnight"

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


def user_folder() -> Path:
    """Where a user's own themes lie."""
    return platformdirs.user_config_path("gan-tui") / "themes"


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
        raise UserError(f"unknown theme '{wanted}': choose one of {', '.join(theme_names())}")
    return NamedTheme(wanted, _read(files[wanted]))


def _files() -> dict[str, Path]:
    """Theme files by name; a user's own theme wins over a shipped one of the same name."""
    return {path.stem: path for folder in (shipped_folder(), user_folder()) for path in sorted(folder.glob("*.toml"))}


def _read(path: Path) -> ThemeFile:
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), ThemeFile)
    except OSError as error:
        raise UserError(f"cannot read the theme {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"theme {path} is not valid TOML: {error}") from None
    except msgspec.ValidationError as error:
        raise UserError(f"theme {path}: {_explain(str(error))}") from None


def _explain(message: str) -> str:
    what, _, where = message.partition(" - at `$.")
    key = where.rstrip("`")
    if "matching regex" in what:
        return f"`{key}` must be a colour as #rrggbb"
    return f"{what}{f' in `{key}`' if key else ''}"
