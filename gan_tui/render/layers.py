"""The layers of both networks as a table."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rich.cells import set_cell_size

from gan_tui.render.figure import Span
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.panels import ChartPanel
from gan_tui.render.styles import Role
from gan_tui.render.text import fit, plain
from gan_tui.run.events import from_scalar
from gan_tui.run.inside import Layer, Scalar

LAYERS = ChartPanel("layers", ())
"""The chart in whose place the table stands."""
MANY_DEAD = 0.5
"""Share of a layer's units that are dead from which on it is marked."""
NETWORKS = {"G": Role.G, "D": Role.D}


class Column(NamedTuple):
    """One number, or word, of each layer."""

    title: str
    width: int
    words: Callable[[Layer, Glyphs], str]
    bad: Callable[[Layer], bool] = lambda _: False
    """Is it to be marked?"""


def no_gradient(layer: Layer) -> bool:
    """Is it 0 or not finite? What is frozen has none that could be."""
    return layer.gradient is not None and not 0 < from_scalar(layer.gradient) < float("inf")


def mostly_dead(layer: Layer) -> bool:
    """Do most of its units say nothing of any image?"""
    return layer.dead is not None and layer.dead > MANY_DEAD


COLUMNS = (
    Column("layer", 14, lambda layer, glyphs: f"{layer.network} {plain(layer.name, glyphs)}"),
    Column("shape", 16, lambda layer, _: "x".join(map(str, layer.shape))),
    Column("function", 12, lambda layer, glyphs: plain(layer.function, glyphs)),
    Column("activation", 12, lambda layer, glyphs: _number(layer.activation, glyphs)),
    Column("dead", 7, lambda layer, glyphs: f"{layer.dead:.0%}" if layer.dead is not None else glyphs.dash, mostly_dead),
    Column("gradient", 11, lambda layer, glyphs: _number(layer.gradient, glyphs), no_gradient),
    Column("update/weight", 15, lambda layer, glyphs: _number(layer.update, glyphs)),
)
LEFT = ("layer", "shape", "function")
"""Words begin at the left of their column, numbers end at its right."""
FIRST_TO_GO = ("function", "shape", "activation", "update/weight", "gradient")
"""Columns that are left out where not all have room."""


def draw_layers(layers: Sequence[Layer], width: int, height: int, glyphs: Glyphs) -> list[list[Span]]:
    """At most `height` lines of `width` cells: a head, and a line for each layer; what is left out is counted in the last one."""
    if height < 2 or not layers:
        return []
    columns = list(COLUMNS)
    for title in FIRST_TO_GO:
        if sum(column.width for column in columns) > width:
            columns = [column for column in columns if column.title != title]
    shown = layers if len(layers) < height else layers[: height - 2]
    lines: list[list[Span]] = [[(_cell(column, column.title, glyphs), Role.MUTED) for column in columns]]
    lines += [[_span(column, layer, glyphs) for column in columns] for layer in shown]
    if len(shown) < len(layers):
        lines.append([(fit(f"{glyphs.ellipsis} and {len(layers) - len(shown)} more", width, glyphs), Role.MUTED)])
    return lines


def _span(column: Column, layer: Layer, glyphs: Glyphs) -> Span:
    """What is bad has a sign, too: there may be no colours."""
    bad = column.bad(layer)
    role = Role.WARNING if bad else NETWORKS[layer.network] if column.title == "layer" else Role.TEXT
    return _cell(column, ("! " if bad else "") + column.words(layer, glyphs), glyphs), role


def _cell(column: Column, words: str, glyphs: Glyphs) -> str:
    words = fit(words, column.width - 1, glyphs)
    return set_cell_size(words, column.width) if column.title in LEFT else words.rjust(column.width)


def _number(value: Scalar | None, glyphs: Glyphs) -> str:
    return glyphs.dash if value is None else f"{from_scalar(value):.2g}"
