"""The keys of the browser of runs, declared once: bindings, key bar and help derive from this table."""

from gan_tui.dashboard.commands import KeyCommand

COMMANDS = (
    KeyCommand("enter", "open", "open", "Open", "Opens the run: a live one obeys, any other is looked at. Leaving it comes back here."),
    KeyCommand("space", "mark", "mark", "Mark", "Marks the run, to be compared with others."),
    KeyCommand("c", "compare", "compare", "Compare", "Compares the marked runs: losses and scores in one chart, samples side by side."),
    KeyCommand("r", "resume", "resume", "Resume", "Goes on with a run that was stopped or interrupted, and opens it."),
    KeyCommand("slash", "filter", "filter", "Filter", "Shows only runs with these words in their names; esc shows all.", shown_as="/"),
    KeyCommand("d,delete", "delete", "delete", "Delete", "Deletes the run with all its files, after a question. Never a live one."),
    KeyCommand("t", "app.next_theme", "theme", "Next theme", "Changes the colours.", on_bar=False),
    KeyCommand("T", "app.pick_theme", "themes", "Choose a theme", "Shows all themes; each is tried on as it is marked.", on_bar=False),
    KeyCommand(
        "up,k", "move(-1)", "up", "Up", "up and down, page up and page down, home and end: another run.", shown_as="arrows", on_bar=False
    ),
    KeyCommand("escape", "back", "back", "Back", "Takes back the filter; then all marks.", shown_as="esc", on_bar=False),
    KeyCommand("question_mark,f1", "help", "help", "Help", "Shows this help.", shown_as="?"),
    KeyCommand("q,ctrl+c,ctrl+q", "leave", "quit", "Leave", "Leaves. No training is touched by that."),
)
MOVES = {"down,j": 1, "home": -(10**9), "end": 10**9}
LEGEND = (
    "Live runs come first, then the newest. best FD: the lowest Frechet distance of any evaluation, the smaller the better, and "
    "only comparable where data set and judging network are the same; d_loss, FD: their curves over the whole run."
)
