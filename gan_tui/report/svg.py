"""Charts as SVG: in a page, whose colours they take, or as a file of their own, light or dark as its reader's system is."""

from collections.abc import Sequence
from html import escape

from gan_tui.report.chart import Plot, lay_out
from gan_tui.report.shapes import INKS, WIDTH, Area, Chart, Dot, Rule, Shape, Stroke

DARK = {
    "ink": "#e3e8ef", "muted": "#9aa5b4", "line": "#39414d", "page": "#14181f",
    "discriminator": "#5cc8ff", "generator": "#ff9d5c", "accent": "#62e6c3", "good": "#62e6c3",
}  # fmt: skip


def _variables(colours: dict[str, str]) -> str:
    return ";".join(f"--{name}:{colour}" for name, colour in colours.items())


STYLE = f"""\
.chart{{{_variables(INKS)}}}
@media(prefers-color-scheme:dark){{.chart{{{_variables(DARK)}}}}}
.chart{{font:12px system-ui,sans-serif;background:var(--page)}}
.chart text{{fill:var(--muted)}}
.chart .title{{fill:var(--ink);font-weight:600;font-size:13px}}"""


def draw(plot: Plot) -> str:
    """The chart as an `svg` element of a page that has STYLE. Empty where nothing is finite."""
    chart = lay_out(plot)
    return _element([chart], "") if chart else ""


def encode(charts: Sequence[Chart]) -> bytes:
    """Charts below each other as one file."""
    return (_element(charts, f"<style>{STYLE}</style>") + "\n").encode()


def _element(charts: Sequence[Chart], style: str) -> str:
    height = sum(chart.height for chart in charts)
    title = ", ".join(chart.title for chart in charts)
    parts = [
        f'<svg class="chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {_short(height)}" '
        f'width="{WIDTH}" height="{_short(height)}" role="img"><title>{escape(title)}</title>{style}'
        f'<rect width="{WIDTH}" height="{_short(height)}" fill="var(--page)"/>'
    ]
    top = 0.0
    for chart in charts:
        drawn = map(_drawn, chart.shapes)
        parts += [f'<g transform="translate(0 {_short(top)})">', *drawn, "</g>"] if top else drawn
        top += chart.height
    return "\n".join([*parts, "</svg>"])


def _drawn(shape: Shape) -> str:
    match shape:
        case Rule():
            dashes = f' stroke-dasharray="{shape.dashes[0]:g} {shape.dashes[1]:g}"' if shape.dashes else ""
            look = (f' stroke-width="{shape.width:g}"' if shape.width != 1 else "") + dashes
            look += f' opacity="{shape.opacity:g}"' if shape.opacity < 1 else ""
            way = f"M{_short(shape.x)} {_short(shape.y)}L{_short(shape.to_x)} {_short(shape.to_y)}"
            return f'<path d="{way}" stroke="{_paint(shape.colour)}"{look}/>'
        case Stroke():
            look = f'fill="none" stroke="{_paint(shape.colour)}" stroke-width="{shape.width:g}" stroke-linejoin="round"'
            return f'<polyline points="{_points(shape.points)}" {look}/>'
        case Area():
            return f'<polygon points="{_points(shape.points)}" fill="{_paint(shape.colour)}" opacity="{shape.opacity:g}"/>'
        case Dot():
            return f'<circle cx="{_short(shape.x)}" cy="{_short(shape.y)}" r="{shape.radius:g}" fill="{_paint(shape.colour)}"/>'
        case _:
            x, y = _short(shape.x), _short(shape.y)
            look = ' class="title"' if shape.title else ""
            look += f' text-anchor="{shape.anchor}"' if shape.anchor != "start" else ""
            look += f' transform="rotate(-90 {x} {y})"' if shape.upright else ""
            return f'<text x="{x}" y="{y}"{look}>{escape(shape.text)}</text>'


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{_short(x)},{_short(y)}" for x, y in points)


def _paint(colour: str) -> str:
    return f"var(--{colour})" if colour in INKS else colour


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
