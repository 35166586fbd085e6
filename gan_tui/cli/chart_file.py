"""Charts on their way out: roles as colours, and files that hold them."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from gan_tui import targets
from gan_tui.cli.group import mention
from gan_tui.errors import UserError, reason_of
from gan_tui.render.styles import RUN_COLOURS, RUN_ROLES
from gan_tui.render.terminal import Colours, from_environment

if TYPE_CHECKING:
    from rich.text import Text

    from gan_tui.dashboard.themes import ThemeFile
    from gan_tui.render.figure import Span

SUFFIXES = (".txt", ".svg")


def check_output(path: Path | None, *known: str, option: str = "-o") -> None:
    """Before the work: raises UserError where a file lies there or no folder, and where its name says no kind that can be written.

    A pipe or a device has no kind.
    """
    if path is None or (path.exists() and not path.is_file()):
        return
    if path.suffix.lower() not in known:
        raise UserError(f"cannot tell what to write: the name of {path} must end with {' or '.join(known)}")
    targets.refuse(path, option=option)


def coloured(lines: "list[list[Span]]", colours: "ThemeFile", *, on_background: bool) -> "Text":
    """Roles as colours. Without a background of our own, text keeps the terminal's colour, which can be read on its background."""
    from rich.text import Text

    own = {"muted": "dim", "faint": "dim", "strong": "bold", "text": ""}
    if not on_background and from_environment(os.environ).colours is Colours.SIXTEEN:
        from gan_tui.dashboard.themes import in_sixteen_colours

        colours = in_sixteen_colours(colours)
        own["accent"] = "bold"  # there it is white, or black: which of both the terminal's ground is, is not known
    styles = {"muted": colours.muted, "faint": colours.line, "strong": f"bold {colours.foreground}", "text": colours.foreground}
    styles |= {name: getattr(colours, name) for name in ("discriminator", "generator", "accent", "good", "warning", "error")}
    if not on_background:
        styles |= own
    styles |= dict(zip(RUN_ROLES, RUN_COLOURS, strict=True))
    text = Text(no_wrap=True)
    for line in lines:
        end = sum(len(part) for part, _ in line)
        blank = len("".join(part for part, _ in line)) - len("".join(part for part, _ in line).rstrip())
        row = Text().join(Text(part, styles[look if isinstance(look, str) else look.role]) for part, look in line)
        text.append_text(row[: end - blank]).append("\n")
    return text


def write(path: Path, text: "Text", colours: "ThemeFile", width: int, title: str) -> None:
    """As text, or as a picture of a terminal with a title. Raises UserError."""
    from gan_tui.files import write_for_person

    content = text.plain if path.suffix.lower() != ".svg" else _svg(text, colours, width, title)
    try:
        write_for_person(path, content.encode())
    except OSError as error:
        raise UserError(f"cannot write {path}: {reason_of(error)}") from None
    mention(f"wrote {path}")


def _svg(text: "Text", colours: "ThemeFile", width: int, title: str) -> str:
    """The chart on the theme's background."""
    import io

    from rich.console import Console
    from rich.terminal_theme import TerminalTheme

    def rgb(colour: str) -> tuple[int, int, int]:
        return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)

    theme = TerminalTheme(rgb(colours.background), rgb(colours.foreground), [(0, 0, 0)] * 8)
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(text, end="", highlight=False)
    return console.export_svg(title=title, theme=theme)
