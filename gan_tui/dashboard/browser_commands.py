"""The keys of the browser of runs and of the comparison, declared once: bindings, key bar and help derive from these tables."""

from collections.abc import Sequence
from dataclasses import replace

from gan_tui.dashboard.commands import TO_SHELL, KeyCommand
from gan_tui.dashboard.run_list import RunList

COMMANDS = (
    KeyCommand(
        "enter",
        "open",
        "open",
        "Open",
        "Opens the run: a live one takes commands, any other is read only. Leaving it comes back here. Of a sweep: its trials.",
    ),
    KeyCommand("space", "mark", "mark", "Mark", "Marks the run, to be compared with others, and goes on to the next."),
    KeyCommand("c", "compare", "compare", "Compare", "Compares the marked runs: losses and scores in one chart, samples side by side."),
    KeyCommand(
        "r",
        "resume",
        "resume",
        "Resume",
        "Goes on with a run that was stopped, interrupted or failed, from what it has saved, and opens it; without anything saved it "
        "begins anew. Runs the program of `gan-tui run` again. Of any other run it says which command goes on with it.",
    ),
    KeyCommand(
        "slash",
        "filter",
        "filter",
        "Filter",
        "Shows only runs of which all words hold: a word in the name, fd<3, tag:good, preset=classic, since:2d. esc shows all.",
        shown_as="/",
    ),
    KeyCommand(
        "o",
        "next_order",
        "order",
        "Order",
        "Sorts by name, best FD (within each feature network), steps or time of training, or as at first.",
    ),
    KeyCommand("d,delete", "delete", "delete", "Delete", "Deletes the run with all its files, after a question. Never a live one."),
    KeyCommand("a", "archive", "archive", "Archive", "Puts the run away, or has it back; deletes and moves nothing.", on_bar=False),
    KeyCommand("u", "undo", "undo", "Undo", "Takes back what a did last, then what it did before.", on_bar=False),
    KeyCommand("A", "show_archived", "archived", "Archived runs", "Shows runs that were put away too, or hides them.", on_bar=False),
    KeyCommand("t", "app.next_theme", "theme", "Next theme", "Changes the colours.", on_bar=False),
    KeyCommand("T", "app.pick_theme", "themes", "Choose a theme", "Shows all themes; each is tried on as it is marked.", on_bar=False),
    KeyCommand(
        "up,k", "move(-1)", "up", "Up", "up and down, page up and page down, home and end: another run.", shown_as="arrows", on_bar=False
    ),
    KeyCommand(
        "escape", "back", "back", "Back", "Takes back the filter; then all marks; then out of a sweep.", shown_as="esc", on_bar=False
    ),
    KeyCommand("question_mark,f1", "help", "help", "Help", "Shows this help.", shown_as="?"),
    TO_SHELL,
    KeyCommand("q,ctrl+c,ctrl+q", "leave", "quit", "Leave", "Leaves. No training is touched by that."),
)
FILTER_COMMANDS = (
    KeyCommand("enter", "", "keep it", "", ""),
    KeyCommand("escape", "back", "show all", "", "", shown_as="esc"),
)
"""While a filter is typed, which all other keys are part of."""
MOVES = {"down,j": 1, "home": -(10**9), "end": 10**9}
LEGEND = (
    "Live runs come first, then the newest. best FD: the lowest Frechet distance of any evaluation, the smaller the better, and "
    "only comparable where data set and feature network are the same; d_loss, FD: their curves over the whole run. "
    "`gan-tui runs --host SERVER` has the runs of other machines, through your own ssh; host: on which each is."
)


def offered(runs: RunList) -> Sequence[KeyCommand]:
    """Those that do something now with the highlighted run, or with the list."""
    row = runs.current
    able = {"resume": row.goes_on, **dict.fromkeys(row.takes, "")} if row else {}
    compares = len(runs.marked_rows) > 1 or ("mark" in able and runs.count > 1)
    idle = {"resume": not able.get("resume"), "compare": not compares, "filter": not runs.count, "next_order": not runs.count}
    idle |= {action: action not in able for action in ("open", "mark", "delete")}
    back = "show all" if runs.filter else "unmark" if runs.marked_rows else ""
    labels = {"resume": able.get("resume"), "back": back}
    return tuple(
        replace(command, label=label, on_bar=True) if (label := labels.get(command.action)) else command
        for command in COMMANDS
        if not idle.get(command.action)
    )


COMPARE_COMMANDS = (
    KeyCommand("left,right", "chart", "chart", "Another chart", "left and right: another number in the chart.", shown_as="left right"),
    KeyCommand("enter", "zoom", "zoom", "Zoom", "The chart alone; the samples alone; both."),
    KeyCommand("y", "log_axis", "log", "Logarithmic axis", "A logarithmic axis, or a linear one."),
    KeyCommand("a", "smooth", "smooth", "Smooth", "Shows means of 5, of 25 neighbouring points, or every point."),
    KeyCommand("t", "app.next_theme", "theme", "Next theme", "Changes the colours.", on_bar=False),
    KeyCommand("T", "app.pick_theme", "themes", "Choose a theme", "Shows all themes; each is tried on as it is marked.", on_bar=False),
    KeyCommand("question_mark,f1", "help", "help", "Help", "Shows this help.", shown_as="?"),
    TO_SHELL,
    KeyCommand("escape,q,ctrl+c,ctrl+q", "back", "back", "Back", "Back to the runs.", shown_as="esc"),
)
COMPARE_LEGEND = (
    "Every number that was logged has a chart, over the same steps. FD and other scores can be compared only where the data set "
    "and the network that judged are the same. Samples are each run's newest."
)
