"""Themes: shipped ones are whole and told apart, broken ones are named."""

import math
import subprocess
import sys

import msgspec
import pytest
from rich._palettes import STANDARD_PALETTE
from rich.color import Color, ColorSystem
from rich.color_triplet import ColorTriplet
from rich.terminal_theme import DEFAULT_TERMINAL_THEME

from gan_tui.dashboard.app import Dashboard
from gan_tui.dashboard.screens.theme_picker import ThemePicker
from gan_tui.dashboard.themes import (
    ThemeFile,
    choose_theme,
    find_theme,
    in_sixteen_colours,
    load_themes,
    memory_file,
    own_folder,
    remember_theme,
    remembered_theme,
    shipped_folder,
    theme_names,
)
from gan_tui.errors import UserError
from gan_tui.render.glyphs import ASCII
from gan_tui.render.styles import RUN_COLOURS, RUN_COLOURS_ON_LIGHT
from gan_tui.run.directory import RunDirectory
from tests.dashboard.helpers import append, judged, opened, recorded, run_async, screen_text, settle

SHIPPED = sorted(path.stem for path in shipped_folder().glob("*.toml"))
"""Without those of the person who runs the tests."""


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


ROLES = ("foreground", "muted", "accent", "good", "warning", "error", "discriminator", "generator")
EYES = {
    "all three cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.11238, 0.88762, 0), (0.11238, 0.88762, 0), (0.00401, -0.00401, 1)),
    "deuteranopia": ((0.29275, 0.70725, 0), (0.29275, 0.70725, 0), (-0.02234, 0.02234, 1)),
}
"""What is left of linear RGB (Vienot, Brettel and Mollon 1999)."""


def seen(colour: str, eyes: str) -> tuple[float, float, float]:
    """A colour in CIELAB as those eyes see it."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    red, green, blue = (max(0.0, sum(a * b for a, b in zip(row, linear, strict=True))) for row in EYES[eyes])
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    fx, fy, fz = (value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116 for value in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def shown_with(colours: ThemeFile, terminal: ColorSystem) -> ThemeFile:
    """A theme's colours as a terminal of that kind is told to show them."""
    if terminal is ColorSystem.STANDARD:
        colours = in_sixteen_colours(colours)
    roles = (*ROLES, "background", "surface", "line")
    reduced = {role: Color.parse(getattr(colours, role)).downgrade(terminal).get_truecolor(DEFAULT_TERMINAL_THEME).hex for role in roles}
    return msgspec.structs.replace(colours, **reduced)


TERMINALS = [ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT]


@pytest.mark.parametrize("terminal", TERMINALS, ids=lambda terminal: str(terminal.name))
@pytest.mark.parametrize("name", SHIPPED)
def test_everything_can_be_read(name: str, terminal: ColorSystem) -> None:
    colours = shown_with(find_theme(name).colours, terminal)
    assert contrast(colours.foreground, colours.background) >= 7
    for role in ROLES:
        for ground in (colours.background, colours.surface):
            assert contrast(getattr(colours, role), ground) >= 4.5, role
    for run in RUN_COLOURS if colours.dark else RUN_COLOURS_ON_LIGHT:
        assert contrast(run, colours.background) >= 4.5, "the names of runs that are compared"
    assert contrast(colours.line, colours.background) >= 3, "borders are quiet, and seen (WCAG 2.1, 1.4.11)"


@pytest.mark.parametrize("dark", [True, False])
def test_sixteen_colours_can_be_read(dark: bool) -> None:
    """By the colours of VGA and xterm, which is what most terminals make of the sixteen."""
    name = "midnight" if dark else "paper"
    exact = in_sixteen_colours(find_theme(name).colours)
    for role in ROLES:
        assert contrast(getattr(exact, role), exact.background) >= 4.5, role
    numbers = {role: Color.parse(getattr(exact, role)).downgrade(ColorSystem.STANDARD).number for role in (*ROLES, "background", "line")}
    assert len({numbers[role] for role in ("background", "line", "muted", "foreground")}) == 4
    assert len({numbers[role] for role in ("discriminator", "generator", "error", "foreground", "muted")}) == 5
    assert dark or not {numbers[role] for role in ROLES} & {3, 11}, "VGA's brown is a yellow nearly everywhere else"
    triplets = {Color.parse(getattr(exact, role)).get_truecolor() for role in ROLES}
    assert triplets <= set(map(ColorTriplet._make, STANDARD_PALETTE._colors)), "none of them is left to chance"


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("name", SHIPPED)
def test_d_and_g_are_told_apart_by_everybody(name: str, eyes: str) -> None:
    for colours in (find_theme(name).colours, in_sixteen_colours(find_theme(name).colours)):
        distance = math.dist(seen(colours.discriminator, eyes), seen(colours.generator, eyes))
        assert distance >= 40, "about 2 can be told apart side by side, 40 at a glance"


def test_the_one_that_was_asked_for_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose_theme(None) == (find_theme(None), None)
    remember_theme("aurora")
    assert choose_theme(None)[0].name == "aurora"
    monkeypatch.setenv("GAN_TUI_THEME", "paper")
    assert choose_theme(None)[0].name == "paper"
    assert choose_theme("contrast")[0].name == "contrast"
    monkeypatch.setenv("GAN_TUI_THEME", "nope")
    chosen, problem = choose_theme(None)
    assert chosen.name == "aurora"
    assert problem is not None
    assert problem.startswith("GAN_TUI_THEME: unknown theme 'nope'")
    with pytest.raises(UserError):
        choose_theme("nope")


@pytest.mark.parametrize("content", [b"", b"nope\n", b"\xff\xfe", b"x" * 10_000_000])
def test_a_memory_that_makes_no_sense_is_none(content: bytes) -> None:
    memory_file().parent.mkdir(parents=True)
    memory_file().write_bytes(content)
    assert choose_theme(None) == (find_theme(None), None)


def test_a_memory_that_cannot_be_written_stops_nobody() -> None:
    memory_file().parent.parent.mkdir(parents=True, exist_ok=True)
    memory_file().parent.write_text("a file where the folder should be")
    remember_theme("paper")
    assert remembered_theme() is None


def test_a_theme_of_the_user_is_found_and_wins() -> None:
    folder = own_folder()
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
        ("dark = true\nbackground = ", r"is not valid TOML.*line 2"),
        ('dark = true\nbackground = "blue"', r"line 2: `background` must be a colour as #rrggbb"),
        ('background = "#000000"', "missing required field"),
        ("\ncolour = 1", r"line 2: .*unknown field"),
    ],
)
def test_a_broken_theme_is_one_clear_line(text: str, words: str) -> None:
    folder = own_folder()
    folder.mkdir(parents=True)
    (folder / "broken.toml").write_text(text)
    with pytest.raises(UserError, match=words) as caught:
        find_theme("broken")
    themes, problems = load_themes()
    assert problems == [str(caught.value)], "and who did not ask for it is told, not stopped"
    assert "broken" not in [theme.name for theme in themes]
    assert "broken.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_picker_tries_on_keeps_and_restores(run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run, size=(80, 24)) as (app, pilot):
            await pilot.press("T")
            await pilot.pause()
            assert isinstance(app.screen, ThemePicker)
            assert all(name in screen_text(app) for name in theme_names())
            for key in ("down", "j", "tab", "up", "k", "end", "home", "down"):
                await pilot.press(key)
                await pilot.pause()
                assert app.theme == app.screen.marked, "what is marked is what one sees"
            tried = app.theme
            assert tried != theme_names()[0]
            await pilot.press("escape")
            await pilot.pause()
            assert app.theme == theme_names()[0]
            assert remembered_theme() is None, "looking is not choosing"
            await pilot.press("T", "down", "enter")
            await pilot.pause()
            assert app.theme == tried
            assert remembered_theme() == tried
            assert f"theme: {tried}" in screen_text(app)
            await pilot.press("t")
            assert remembered_theme() == theme_names()[2]
            await pilot.press("T", "up", "ctrl+c")
            await pilot.pause()
            assert not isinstance(app.screen, ThemePicker)
            assert app.theme == theme_names()[2], "ctrl+c is back as well"

    run_async(case)


@pytest.mark.parametrize("view", "123456")
def test_the_screen_behind_the_picker_has_the_theme_that_is_tried(view: str, run: RunDirectory) -> None:
    append(run, *judged())

    def looks(app: Dashboard) -> list[list[tuple[str, object]]]:
        """Each line, cell by cell: the sign and its colours, of a blank its ground."""
        return [
            [(sign, (style.color if sign != " " else None, style.bgcolor)) for text, style, _ in strip if style for sign in text]
            for strip in app.screen._compositor.render_strips()
        ]

    async def case() -> None:
        async with opened(run, size=(80, 30)) as (app, pilot):
            await pilot.press(view)
            await settle(app)
            before = looks(app)
            await pilot.press("T", "end")
            await settle(app)
            tried = looks(app)
            await pilot.press("enter")
            await settle(app)
            kept = looks(app)
            same = [row for row, cells in enumerate(kept) if [sign for sign, _ in cells] == [sign for sign, _ in tried[row]]]
            assert {0, 29} < set(same), "the lines outside of the dialog, which says nothing of them"
            for row in same:
                assert tried[row] == kept[row]
                assert tried[row] != before[row]

    run_async(case)


@pytest.mark.slow
def test_the_picker_in_any_size(run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run, glyphs=ASCII) as (app, pilot):
            await pilot.press("T")
            for size in ((40, 12), (20, 5), (10, 3), (1, 1), (200, 60)):
                await pilot.resize_terminal(*size)
                await pilot.press("down")
                await pilot.pause()
                assert screen_text(app).isascii()

    run_async(case)


def loaded_by(statement: str) -> set[str]:
    """Packages in a fresh interpreter after `statement`."""
    code = f"import sys; {statement}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


def test_the_dashboard_stays_out_of_torch() -> None:
    assert not loaded_by("import gan_tui.dashboard.app") & {"torch", "torchvision", "numpy"}


def test_names_of_themes_cost_no_textual() -> None:
    assert not loaded_by("from gan_tui.dashboard.themes import theme_names; theme_names()") & {"textual", "torch"}


def test_rendering_needs_neither() -> None:
    modules = "bars, chart, glyphs, grid, images, kitty, text"
    assert not loaded_by(f"from gan_tui.render import {modules}") & {"textual", "torch", "numpy", "plotext", "PIL"}
