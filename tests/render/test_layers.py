"""The table of layers."""

import pytest
from rich.cells import cell_len

from gan_tui.render.figure import Span
from gan_tui.render.glyphs import ASCII, UNICODE, Glyphs
from gan_tui.render.layers import draw_layers
from gan_tui.run.inside import Layer

LAYERS = (
    Layer(network="G", name="0", shape=(256, 64), function="leaky relu", activation=0.5, dead=0.25, gradient=0.125, update=3e-4),
    Layer(network="G", name="2", shape=(784, 256), function="tanh", activation=0.9, gradient=0.0),
    Layer(network="D", name="0", shape=(256, 784), function="leaky relu", activation=0.5, dead=0.75, gradient=0.01),
    Layer(network="D", name="core.2", shape=(1, 256), gradient="nan"),
    Layer(network="D", name="frozen"),
)


def text(lines: list[list[Span]]) -> list[str]:
    return ["".join(words for words, _ in line).rstrip() for line in lines]


def test_each_layer_has_a_row_and_what_nobody_learns_from_is_marked() -> None:
    lines = draw_layers(LAYERS, 100, 10, UNICODE)
    assert text(lines)[0].split() == ["layer", "shape", "function", "activation", "dead", "gradient", "update/weight"]
    assert text(lines)[1].split() == ["G", "0", "256x64", "leaky", "relu", "0.5", "25%", "0.12", "0.0003"]
    warned = {(y, words.strip()) for y, line in enumerate(lines) for words, role in line if role == "warning"}
    assert warned == {(2, "! 0"), (3, "! 75%"), (4, "! nan")}
    assert lines[1][0][1] == "generator"
    assert lines[3][0][1] == "discriminator"


def test_rows_without_room_are_counted_and_columns_without_room_left_out() -> None:
    assert text(draw_layers(LAYERS, 100, 4, ASCII))[-1] == "... and 3 more"
    assert len(draw_layers(LAYERS, 100, 6, ASCII)) == 6
    narrow = text(draw_layers(LAYERS, 40, 10, ASCII))
    assert narrow[0].split() == ["layer", "dead", "gradient"]
    assert "! 75%" in narrow[3]
    assert draw_layers(LAYERS, 100, 1, ASCII) == draw_layers((), 100, 9, ASCII) == []


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_strange_layers_stay_in_their_columns(glyphs: Glyphs) -> None:
    strange = Layer(network="D", name="\x1b[2J\u202e" + "层" * 90, shape=(10**18,) * 8, function="\n" * 40, dead=1e300, update="inf")
    lines = draw_layers([strange, *LAYERS], 100, 10, glyphs)
    assert all(cell_len("".join(words for words, _ in line)) == 87 for line in lines)
    assert "\x1b" not in "".join(text(lines))
