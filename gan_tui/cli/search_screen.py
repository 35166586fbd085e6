"""What is shown of a search: a line for each trial that ends, or table, coordinates, chart and importance, live and afterwards."""

import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gan_tui.cli.chart_file import coloured, write
from gan_tui.cli.group import echo
from gan_tui.cli.live_keys import STOPPING, PassingWords, keys_of_terminal, that_fits
from gan_tui.cli.sweep_screen import how_far, kept_preset
from gan_tui.cli.wrapping import without_padding
from gan_tui.clocks import LINE_SECONDS, Interval
from gan_tui.printable import printable
from gan_tui.spec.metrics import LOSSES
from gan_tui.sweep.coordinates import draw as draw_coordinates
from gan_tui.sweep.search import Search
from gan_tui.sweep.search_chart import draw as draw_chart
from gan_tui.sweep.search_chart import draw_importance
from gan_tui.sweep.search_report import Row, SearchReport
from gan_tui.sweep.slots import Slot
from gan_tui.sweep.space import labels

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

    from gan_tui.dashboard.themes import ThemeFile
    from gan_tui.render.glyphs import Glyphs

WIDTH = 120
"""Columns of a picture that are enough."""
FILE_WIDTH = 80
"""Columns of pictures in a file."""
LISTED = 10
"""Trials in a table that stays."""
LEAST_TABLE = 6
"""Lines of a live one: headings, the best few, and what is at work."""
PICTURE = (10, 18)
"""Lines of coordinates and chart: what they need, and what is enough."""
COLUMN = 8
"""Columns of a setting in the table, at least."""
FIXED_COLUMNS = 38
"""Columns of all else in it."""
FOOT = 2
"""Lines below: the keys, and the cursor's."""
SECTIONS = ("trials", "coordinates", "chart", "importance")
KEYS = (
    "v: next view   b: best settings into a preset file   ctrl+c: stop, --resume goes on",
    "v: next view   b: best as a preset   ctrl+c: stop, --resume goes on",
    "v: next view   b: best as a preset   ctrl+c: stop",
)
"""From the longest on: what fits is shown."""


class _Canvas(NamedTuple):
    """With what sections are drawn."""

    width: int
    glyphs: "Glyphs"
    colours: "ThemeFile"


def show_search_lines(search: Search, slots: Sequence[Slot]) -> None:
    """A line for each trial that ends here; now and then, how far all is."""
    quiet = Interval(LINE_SECONDS)
    with closing(search.run(slots)) as ended:
        for row in ended:
            if row is not None:
                report = search.report()
                words = report.words(row)
                said = f"could not run: {row.trouble}" if row.state == "running" and row.trouble else report.outcome(row)
                if row.state != "running" or row.trouble:
                    echo(f"trial {row.number}{f', {words}' if words else ''}: {said}", err=True)
                    quiet.due(time.monotonic(), 0)
            elif quiet.due(time.monotonic()):
                report = search.report()
                echo(how_far(report, report.states.values()), err=True)


def show_search_live(search: Search, slots: Sequence[Slot], colours: "ThemeFile") -> None:
    """As much of it as the terminal has room for, what the key `v` chose first; it goes when all has ended."""
    from gan_tui.cli.live_table import live_table

    first, said = 0, PassingWords()
    with keys_of_terminal() as keys, closing(search.run(slots)) as ended, live_table() as live:
        for _ in ended:
            report = search.report()
            for key in keys.pressed():
                if key == "v":
                    first = (first + 1) % len(SECTIONS)
                    said.say("")
                elif key == "b":
                    said.say(kept_preset(report, search.folder))
            foot = STOPPING if search.interrupted else said.words
            live.show(_live(report, live.console, colours, first, foot))


def print_search(report: SearchReport, colours: "ThemeFile") -> None:
    """All of it, for good."""
    from rich.console import Console

    from gan_tui.render import glyphs

    console = Console(highlight=False)
    canvas = _Canvas(min(WIDTH, console.width), glyphs.for_terminal(), colours)
    with without_padding(console):
        console.print(_head(report))
        for section in SECTIONS:
            if (drawn := _section(section, report, canvas, LISTED + 1 if section == "trials" else PICTURE[1])) is not None:
                console.print(drawn)
                console.print()
        console.print(report.recommendation, markup=False)


def write_search(path: Path, report: SearchReport, colours: "ThemeFile") -> None:
    """Title, pictures, and what it comes to. Raises UserError."""
    from rich.text import Text

    from gan_tui.render import glyphs

    canvas = _Canvas(FILE_WIDTH, glyphs.UNICODE, colours)
    text = Text(f"{printable(report.title)}\n", style="bold")
    for section in SECTIONS[1:]:
        if drawn := _picture(section, report, canvas, PICTURE[1], on_background=True):
            text.append("\n").append_text(drawn).append("\n")
    write(path, text.append(f"\n{report.recommendation}\n"), colours, FILE_WIDTH, "gan-tui sweep")


def _live(report: SearchReport, console: "Console", colours: "ThemeFile", first: int, foot: str = "") -> "RenderableType":
    """Sections from the `first` on, while there is room for them; `foot`: what is said in place of the keys."""
    from rich.console import Group
    from rich.text import Text

    from gan_tui.render import glyphs

    canvas = _Canvas(min(WIDTH, console.width - 1), glyphs.for_terminal(), colours)
    head = _head(report)
    room = console.height - FOOT - sum(-(-len(line) // console.width) or 1 for line in head.plain.splitlines())
    parts: list[RenderableType] = [head]
    for section, lines in _share_out([*SECTIONS[first:], *SECTIONS[:first]], report, room).items():
        if (drawn := _section(section, report, canvas, lines)) is not None:
            parts += [drawn, Text()]
    return Group(*parts, Text(foot or that_fits(KEYS, console.width), style="dim", no_wrap=True, overflow="ellipsis"))


def _share_out(sections: Sequence[str], report: SearchReport, room: int) -> dict[str, int]:
    """Which sections are shown, and in how many lines: each as few as it can do with, then the first ones more."""
    bars, rows = len(report.importance) + bool(report.importance), len(report.rows) + 1
    least = {"trials": min(LEAST_TABLE, rows), "importance": bars, "coordinates": PICTURE[0], "chart": PICTURE[0]}
    most = {"trials": rows, "importance": bars, "coordinates": PICTURE[1], "chart": PICTURE[1]}
    lines: dict[str, int] = {}
    for section in sections:
        if least[section] and room >= least[section] + 1:
            lines[section] = least[section]
            room -= least[section] + 1
    for section in lines:
        more = min(room, most[section] - lines[section])
        lines[section] += more
        room -= more
    return lines


def _head(report: SearchReport) -> "Text":
    from rich.text import Text

    return Text(printable(report.title), style="bold").append(f"\n{report.tally}", style="not bold")


def _section(section: str, report: SearchReport, canvas: _Canvas, lines: int) -> "RenderableType | None":
    """One of them in so many lines; None where there is nothing to see of it yet."""
    if section == "trials":
        return _table(report, canvas, lines)
    return _picture(section, report, canvas, lines, on_background=False)


def _picture(section: str, report: SearchReport, canvas: _Canvas, lines: int, *, on_background: bool) -> "Text | None":
    if section == "importance":
        drawn = draw_importance(report, canvas.width, canvas.glyphs)
    else:
        draw = draw_coordinates if section == "coordinates" else draw_chart
        drawn = draw(report, canvas.width, lines, canvas.glyphs)
    if not drawn:
        return None
    text = coloured(drawn, canvas.colours, on_background=on_background)
    text.rstrip()
    return text


def _table(report: SearchReport, canvas: _Canvas, lines: int) -> "Table":
    """What is at work, and above it the best; what there is no room for is left out, settings likewise."""
    from rich.table import Table
    from rich.text import Text

    shown = labels(report.plan.dimensions)
    columns = range(min(len(shown), max(1, (canvas.width - FIXED_COLUMNS) // (COLUMN + 2))))
    table = Table(box=None, padding=(0, 2, 0, 0), width=canvas.width)
    for heading in ("trial", f"last {report.label}", "at"):  # a list of runs has the best one
        table.add_column(heading, justify="right", no_wrap=True)
    for index in columns:
        table.add_column(Text(shown[index]), no_wrap=True, max_width=2 * COLUMN)
    table.add_column("" if len(columns) == len(shown) else Text(f"and {len(shown) - len(columns)} more"), no_wrap=True, ratio=1)
    ranked, running = report.ranked(), [row for row in report.rows if row.state == "running"]
    if len(ranked) + len(running) > lines - 1:
        lines -= 1  # which says how many more there are
    at_work = running[: max(1, lines // 2)]
    best = ranked[: max(0, lines - 1 - len(at_work))]
    for row in [*best, *at_work]:
        value = "" if row.value is None else f"{row.value:.4g}"
        at = f"{row.reached} %" if row.state in ("done", "pruned") else ""
        settings = [_cell(report, row, index) for index in columns]
        table.add_row(str(row.number), value, at, *settings, Text(_remark(report, row), no_wrap=True, overflow="ellipsis"))
    if left := len(ranked) + len(running) - len(best) - len(at_work):
        table.add_row(canvas.glyphs.ellipsis, f"{left} more", style="dim")
    return table


def _cell(report: SearchReport, row: Row, index: int) -> "Text":
    from rich.text import Text

    value = row.values[index]
    return Text("" if value is None else printable(report.plan.dimensions[index].text(value)), no_wrap=True, overflow="ellipsis")


def _remark(report: SearchReport, row: Row) -> str:
    if row.state == "done":
        return "<- best" if row is report.best else "" if row.value is not None else f"no finite {report.label}"
    if row.state == "pruned":
        return "ended early"
    if row.state != "running":
        return f"{row.state}: {printable(row.trouble)}" if row.trouble else row.state
    state = report.states.get(row.number)
    if state is None:
        return f"could not run: {printable(row.trouble)}" if row.trouble else "interrupted"
    if not state.total_steps:
        return "starting"
    losses = ", ".join(f"{name} {state.scalars[name]:.2f}" for name in LOSSES if name in state.scalars)
    return f"{state.step / state.total_steps:4.0%}  {losses if state.phase == 'training' else state.phase}"
