"""What is shown of a grid of trials: a line for each, or a table with a chart while they run and afterwards."""

import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from gan_tui.cli.chart_file import coloured, write
from gan_tui.cli.group import echo
from gan_tui.cli.live_keys import STOPPING, PassingWords, keys_of_terminal, that_fits
from gan_tui.cli.wrapping import without_padding
from gan_tui.clocks import LINE_SECONDS, Interval
from gan_tui.counted import counted
from gan_tui.errors import UserError
from gan_tui.run.state import RunState
from gan_tui.spec.metrics import LOSSES
from gan_tui.sweep.best import keep_preset
from gan_tui.sweep.report import Outcome, Report, best_of, format_value
from gan_tui.sweep.runner import Sweep, Trial
from gan_tui.sweep.search_report import SearchReport
from gan_tui.sweep.slots import Slot

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

    from gan_tui.dashboard.themes import ThemeFile
    from gan_tui.render.glyphs import Glyphs

LINES = (8, 20)
"""Of a chart: what it needs beside the table, and what is enough."""
AROUND = 4
"""Lines around table and chart: the title, the headings, an empty line, the cursor's."""
MOST = 4
"""Trials at work that are told of where the table has no room."""
ADVICE = 2
"""Lines of the recommendation."""
WIDTH = 100
"""Columns of a chart that are enough."""
KEYS = (
    "b: best value, with all settings, into a preset file   ctrl+c: stop, --resume goes on",
    "b: best value as a preset   ctrl+c: stop, --resume goes on",
    "b: best value as a preset   ctrl+c: stop",
)
"""From the longest on: what fits is shown."""
FILE_SIZE = (80, 20)
"""Columns and lines of a chart in a file."""


def show_lines(plan: Sweep, slots: Sequence[Slot]) -> None:
    """A line for each trial that ends; now and then, how far all is."""
    shown: list[Trial] = []
    quiet = Interval(LINE_SECONDS)
    with closing(plan.run(slots)) as trials:
        for trial in trials:
            if any(trial is one for one in shown) or not (trial.trouble or trial.done):
                if quiet.due(time.monotonic()):
                    echo(how_far(plan.report(), [one.state for one in plan.at_work]), err=True)
                continue
            shown.append(trial)
            quiet.due(time.monotonic(), 0)
            if trial.trouble:
                echo(f"{plan.report().label} {format_value(trial.value)}, seed {trial.seed} could not run: {trial.trouble}", err=True)
            else:
                found = "diverged" if trial.distance is None else f"FD {trial.distance:.4g}"
                echo(f"{plan.report().label} {format_value(trial.value)}, seed {trial.seed}: {found}", err=True)


def how_far(report: Report | SearchReport, at_work: Iterable[RunState]) -> str:
    """`2 of 6 trials ended; at work: 45%, 12%`."""
    done = [f"{state.step / state.total_steps:.0%}" if state.total_steps else state.phase for state in at_work]
    working = f"; at work: {', '.join(done)}" if done else ""
    return f"{report.ended} of {counted(report.ended + report.left, 'trial')} ended{working}"


def show_live(plan: Sweep, slots: Sequence[Slot], colours: "ThemeFile") -> None:
    """Table and chart as far as they are; they go when all has ended, because `print_report` leaves them for good."""
    from gan_tui.cli.live_table import live_table

    said = PassingWords()
    with keys_of_terminal() as keys, closing(plan.run(slots)) as trials, live_table() as live:
        for trial in trials:
            if "b" in keys.pressed():
                said.say(kept_preset(plan.report(), plan.folder))
            if not plan.at_work or trial is plan.at_work[-1]:  # once for all of them
                foot = STOPPING if plan.interrupted else said.words or that_fits(KEYS, live.console.width)
                live.show(_screen(plan.report(), plan.at_work or [trial], live.console, colours, foot))


def kept_preset(report: Report | SearchReport, folder: Path) -> str:
    """What the key `b` does, in a line: the best settings go into a preset in the sweep's folder."""
    try:
        path = keep_preset(report, folder)
    except UserError as error:
        return str(error)
    return f"wrote {path}"


def print_report(report: Report, colours: "ThemeFile") -> None:
    """Table, chart and recommendation, for good."""
    from rich.console import Console

    console = Console(highlight=False)
    with without_padding(console):
        console.print(_screen(report, [], console, colours))
        console.print(report.recommendation, markup=False)


def _screen(report: Report, present: Sequence[Trial], console: "Console", colours: "ThemeFile", foot: str = "") -> "RenderableType":
    """The table, the chart below it, and a last line; while trials run, the chart alone where the terminal has no room for both."""
    from rich.console import Group
    from rich.text import Text

    from gan_tui.render import glyphs

    head: RenderableType = _table(report, present)
    around = AROUND + bool(foot)
    room = console.height - around - len(report.values) - len(report.title) // console.width
    if not present:
        room -= ADVICE
        room = room if room >= LINES[0] else LINES[1]  # it will scroll anyway
    elif room < LINES[0]:
        head = Text("\n".join(f"{format_value(one.value)}, {_progress(one)}" for one in present[:MOST]), no_wrap=True, overflow="ellipsis")
        room = console.height - around - min(MOST, len(present))
    chart = _chart(report, min(WIDTH, console.width), min(LINES[1], room), glyphs.for_terminal(), colours, on_background=False)
    last = [Text(foot, style="dim", no_wrap=True, overflow="ellipsis")] if foot else []
    return Group(Text(report.title, style="bold"), head, *([Text(), chart] if chart else []), *last)


def _chart(report: Report, width: int, lines: int, alphabet: "Glyphs", colours: "ThemeFile", *, on_background: bool) -> "Text":
    from gan_tui.sweep.chart import draw

    text = coloured(draw(report.outcomes(), report.values, width, lines, alphabet), colours, on_background=on_background)
    text.rstrip()
    return text


def _table(report: Report, present: Sequence[Trial]) -> "RenderableType":
    """A line for each value; in a narrow terminal the remarks are cut, not the numbers."""
    from rich.table import Table
    from rich.text import Text

    outcomes = {outcome.value: outcome for outcome in report.outcomes()}
    best = best_of(list(outcomes.values()))
    unable = {one.value for one in report.could_not_run}
    table = Table(box=None, padding=(0, 3, 0, 0))
    for heading in ("value", "mean FD"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("range", no_wrap=True)
    table.add_column()
    for value in report.values:
        outcome = outcomes.get(value)
        here = [_progress(one) for one in present if one.value == value and not one.done]
        without = "could not run" if value in unable else "" if here else "no result yet"
        mean, spread, remark = _cells(outcome) if outcome else ("", "", without)
        text = Text(no_wrap=True, overflow="ellipsis")
        text.append(("<- best so far" if report.left else "<- best") if outcome and outcome is best else remark, style="bold")
        text.append("  ".join([*([""] if text and here else []), *here]))
        table.add_row(format_value(value), mean, spread, text)
    return table


def _cells(outcome: Outcome) -> tuple[str, str, str]:
    """Mean, range, and what went wrong."""
    if outcome.broken:
        share = f" ({outcome.broken} of {len(outcome.distances)})" if len(outcome.distances) > 1 else ""
        return "-", "", f"diverged{share}"
    spread = f"{min(outcome.distances):.3g} to {max(outcome.distances):.3g}" if len(outcome.distances) > 1 else ""
    return f"{outcome.mean:.3g}", spread, ""


def _progress(trial: Trial) -> str:
    state = trial.state
    if not state.total_steps:
        return f"seed {trial.seed}: {state.phase}"
    done = state.step / state.total_steps
    if state.phase != "training":
        return f"seed {trial.seed}: {done:4.0%}  {state.phase}"
    losses = ", ".join(f"{name} {state.scalars[name]:.2f}" for name in LOSSES if name in state.scalars)
    return f"seed {trial.seed}: {done:4.0%}  {losses}"


def write_chart(path: Path, report: Report, colours: "ThemeFile") -> None:
    """Title, chart, and what it comes to. Raises UserError."""
    from rich.text import Text

    from gan_tui.render import glyphs

    text = Text(f"{report.title}\n\n", style="bold")
    text.append_text(_chart(report, *FILE_SIZE, glyphs.UNICODE, colours, on_background=True))
    write(path, text.append(f"\n\n{report.recommendation}\n"), colours, FILE_SIZE[0], "gan-tui sweep")
