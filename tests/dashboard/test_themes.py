"""Themes: shipped ones are whole and told apart, broken ones are named."""

import subprocess
import sys

import pytest

from gan_tui.dashboard.themes import find_theme, load_themes, theme_names, user_folder
from gan_tui.errors import UserError


def luminance(colour: str) -> float:
    """WCAG 2's relative luminance."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_there_are_five_and_the_default_is_first() -> None:
    assert len(theme_names()) >= 5
    assert theme_names()[0] == find_theme(None).name


@pytest.mark.parametrize("name", theme_names())
def test_everything_can_be_read(name: str) -> None:
    colours = find_theme(name).colours
    assert colours.discriminator.lower() != colours.generator.lower()
    assert contrast(colours.foreground, colours.background) >= 7
    for ink in (colours.muted, colours.accent, colours.good, colours.warning, colours.error, colours.discriminator, colours.generator):
        assert contrast(ink, colours.background) >= 4.5


def test_a_theme_of_the_user_is_found_and_wins() -> None:
    folder = user_folder()
    folder.mkdir(parents=True)
    shipped = find_theme("paper").colours
    text = "\n".join(
        f'{field} = "{getattr(shipped, field)}"' for field in shipped.__struct_fields__ if field not in ("description", "dark")
    )
    (folder / "mine.toml").write_text(text)
    (folder / "paper.toml").write_text(text.replace(shipped.generator, "#123456"))
    assert "mine" in theme_names()
    assert find_theme("paper").colours.generator == "#123456"


def test_an_unknown_theme_is_named_with_what_there_is() -> None:
    with pytest.raises(UserError, match=r"unknown theme 'neon': choose one of midnight, .*paper"):
        find_theme("neon")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("background = ", "is not valid TOML"),
        ('background = "blue"', r"`background` must be a colour as #rrggbb"),
        ('background = "#000000"', "missing required field"),
        ("colour = 1", "unknown field"),
    ],
)
def test_a_broken_theme_is_one_clear_line(text: str, words: str) -> None:
    folder = user_folder()
    folder.mkdir(parents=True)
    (folder / "broken.toml").write_text(text)
    with pytest.raises(UserError, match=words) as caught:
        find_theme("broken")
    themes, problems = load_themes()
    assert problems == [str(caught.value)], "and who did not ask for it is told, not stopped"
    assert "broken" not in [theme.name for theme in themes]
    assert "broken.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def loaded_by(statement: str) -> set[str]:
    """Packages in a fresh interpreter after `statement`."""
    code = f"import sys; {statement}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


def test_the_dashboard_stays_out_of_torch() -> None:
    assert not loaded_by("import gan_tui.dashboard.app") & {"torch", "torchvision", "numpy"}


def test_names_of_themes_cost_no_textual() -> None:
    assert not loaded_by("from gan_tui.dashboard.themes import theme_names; theme_names()") & {"textual", "torch"}


def test_rendering_needs_neither() -> None:
    modules = "ascii_image, bars, chart, glyphs, grid, text"
    assert not loaded_by(f"from gan_tui.render import {modules}") & {"textual", "torch", "numpy"}
