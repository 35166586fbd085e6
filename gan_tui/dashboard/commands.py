"""Every key, declared once: key bindings, key bar, palette and help all derive from this table.

What is sent to the trainer is declared in `spec/commands.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from textual.binding import Binding

from gan_tui.spec.commands import COMMANDS as TRAINER_COMMANDS
from gan_tui.spec.commands import CommandName
from gan_tui.spec.tasks import Task


@dataclass(frozen=True)
class KeyCommand:
    """What one key does."""

    key: str
    """Textual's name of the key; several are separated by commas, and the first is the one that is shown."""
    action: str
    label: str
    """One word for the key bar."""
    title: str
    """A few words for the palette."""
    meaning: str
    """A sentence for the help."""
    shown_as: str = ""
    """How the key is written, where that is not `key` itself."""
    on_bar: bool = True
    bar_of: str = ""
    """The title of the one view whose key bar it stands on although it acts everywhere."""
    for_trainer: bool = False
    """It needs a live trainer."""
    view: str = ""
    """The title of the view that it belongs to and that has its action; empty: it acts everywhere, and the app has its action."""
    argument: str = ""
    """What its action is given."""
    sends: CommandName | None = None
    """The command to the trainer that it is declared as."""

    @property
    def sign(self) -> str:
        """How people write the key."""
        return self.shown_as or self.key.split(",")[0]

    @property
    def id(self) -> str:
        """By which a task calls it otherwise."""
        return self.argument if self.action == "view" else " ".join(word for word in (self.view, self.action, self.argument) if word)

    @property
    def call(self) -> str:
        """Its action in Textual's notation."""
        return f"{self.action}({self.argument!r})" if self.argument else self.action


def _sends(name: CommandName, action: str, *, on_bar: bool = True, bar_of: str = "", view: str = "") -> KeyCommand:
    """The key of a command to the trainer. Enlarging a sample and leaving do something without one as well."""
    command = TRAINER_COMMANDS[name]
    return KeyCommand(
        command.key,
        action,
        command.label,
        command.title,
        command.meaning,
        on_bar=on_bar,
        bar_of=bar_of,
        for_trainer=name not in ("neighbours", "stop"),
        view=view,
        sends=name,
    )


VIEW_MEANINGS = {
    "overview": "Everything at a glance: digits, FD, D against G, losses, charts.",
    "samples": "The samples, as large or as many as there is room for.",
    "charts": "Training curves: every number, over the last steps or the whole run.",
    "quality": "How good the samples are: the newest evaluation and the verdict.",
    "system": "What the run asks of the machine.",
    "log": "Everything that happened.",
}
"""The views behind the keys 1 to 6, in that order."""

SUSPEND = KeyCommand(
    "ctrl+z",
    "suspend_process",
    "shell",
    "To the shell",
    "Stops the screen, as any program of a shell; fg goes on with it. A trainer goes on meanwhile.",
    on_bar=False,
)
TO_SHELL = replace(SUSPEND, action=f"app.{SUSPEND.action}")
"""The same among the keys of a screen."""
COMMANDS = (
    _sends("pause", "pause_or_resume"),
    _sends("save", "save"),
    _sends("sample", "sample"),
    *(
        KeyCommand(str(number), "view", title, f"View: {title}", meaning, on_bar=False, argument=title)
        for number, (title, meaning) in enumerate(VIEW_MEANINGS.items(), 1)
    ),
    KeyCommand(
        "escape",
        "back",
        "back",
        "Back",
        "Out of a zoomed panel, of a view, and from the overview to the list, where you came from one; a training goes on.",
        shown_as="esc",
        on_bar=False,
    ),
    KeyCommand("tab", "next_panel", "panel", "Next panel", "Marks the next panel; so does a click.", on_bar=False, view="overview"),
    KeyCommand("shift+tab", "previous_panel", "", "Panel before", "Marks the panel before.", on_bar=False, view="overview"),
    KeyCommand(
        "enter",
        "zoom",
        "zoom",
        "Zoom the panel",
        "Gives the marked panel (at first the samples) the whole room; so does a double click. esc goes back.",
        view="overview",
    ),
    KeyCommand("tab,down", "next_chart", "chart", "Next chart", "Marks the next chart, or shows the next page.", view="charts"),
    KeyCommand("w", "window", "window", "Recent window or whole run", "Shows the last seconds, or the whole run.", view="charts"),
    KeyCommand("y", "log_axis", "log", "Logarithmic axis", "A logarithmic vertical axis, or a linear one.", view="charts"),
    KeyCommand("x", "axis", "axis", "Horizontal axis", "Below the charts: steps, epochs, or the time of training.", view="charts"),
    KeyCommand("plus,equals_sign", "smoother", "smooth", "Smooth more", "Each point is the mean of more points.", "+", view="charts"),
    KeyCommand("minus", "rougher", "", "Smooth less", "Each point is the mean of fewer points.", "-", False, view="charts"),
    KeyCommand("enter", "zoom", "zoom", "Zoom the chart", "Gives the marked chart the whole room; esc goes back.", view="charts"),
    KeyCommand("shift+tab,up", "previous_chart", "", "Chart before", "Marks the chart before.", on_bar=False, view="charts"),
    KeyCommand("left", "cursor_left", "cursor", "Cursor to the left", "A cursor: every number at one step.", "left/right", view="charts"),
    KeyCommand("right", "cursor_right", "", "Cursor to the right", "The cursor to later steps.", "right", False, view="charts"),
    KeyCommand("shift+left", "cursor_far_left", "", "Cursor far left", "Ten cells at once.", on_bar=False, view="charts"),
    KeyCommand("shift+right", "cursor_far_right", "", "Cursor far right", "Ten cells at once.", on_bar=False, view="charts"),
    _sends("evaluate", "evaluate", on_bar=False, bar_of="quality"),
    *(
        KeyCommand(key, "scroll", "", f"Log: {title}", meaning, on_bar=False, view="log", argument=how, shown_as=sign)
        for key, how, sign, title, meaning in (
            ("up", "up", "up", "a line up", "An older line; so does the mouse wheel."),
            ("down", "down", "down", "a line down", "A newer line."),
            ("pageup", "pageup", "pgup", "a page up", "A page of older lines."),
            ("pagedown", "pagedown", "pgdn", "a page down", "A page of newer lines."),
            ("home", "home", "home", "the beginning", "The oldest line that is kept."),
        )
    ),
    KeyCommand("end", "scroll", "follow", "Log: the end", "The newest line, and on from there.", view="log", argument="end"),
    KeyCommand(
        "f",
        "filter",
        "filter",
        "Log: filter",
        "Shows everything, the main events, troubles only, and so on; of a script, at last what it printed alone.",
        view="log",
    ),
    KeyCommand("slash", "search", "search", "Log: search", "Shows only entries with certain words; esc shows all.", "/", view="log"),
    KeyCommand("r", "next_source", "weights", "Which weights", "Samples of averaged weights, of those of now; real.", view="samples"),
    KeyCommand(
        "left_square_bracket",
        "scrub",
        "epochs",
        "An epoch back",
        "The samples an epoch before, from the same latents.",
        "[ ]",
        view="samples",
        argument="earlier",
    ),
    KeyCommand(
        "right_square_bracket",
        "scrub",
        "later",
        "An epoch on",
        "The epoch after; behind the last one, the newest samples.",
        "]",
        False,
        view="samples",
        argument="later",
    ),
    _sends("neighbours", "enlarge", view="samples"),
    KeyCommand(
        "d",
        "draw",
        "draw",
        "Drawing board",
        "Of a run that draws from outlines: draw one, and see its picture as it grows.",
        on_bar=False,
        view="samples",
    ),
    KeyCommand("end", "scrub", "live", "Live again", "The newest samples again.", on_bar=False, view="samples", argument="live"),
    KeyCommand("home", "scrub", "first", "The first epoch", "The first epoch's samples.", on_bar=False, view="samples", argument="first"),
    KeyCommand(
        "left_curly_bracket",
        "to_bookmark",
        "mark",
        "Bookmark before",
        "The samples at the bookmark before.",
        "{",
        False,
        view="samples",
        argument="earlier",
    ),
    KeyCommand(
        "right_curly_bracket",
        "to_bookmark",
        "mark",
        "Bookmark after",
        "The samples at the bookmark after.",
        "}",
        False,
        view="samples",
        argument="later",
    ),
    *(
        KeyCommand(key, "select", "select", f"Select {where}", meaning, on_bar=False, view="samples", argument=key)
        for key, where, meaning in (
            ("left", "to the left", "Selects a sample; so does a click."),
            ("right", "to the right", "Selects the next sample."),
            ("up", "above", "Selects the sample above."),
            ("down", "below", "Selects the sample below."),
        )
    ),
    KeyCommand(
        "l", "walk", "walk", "Walk through the latents", "What lies between the samples: the arrows walk, space plays.", view="samples"
    ),
    KeyCommand("m", "next_images", "images", "How images are drawn", "ASCII, half blocks, braille; pixels where there are. Remembered."),
    _sends("bookmark", "bookmark", on_bar=False),
    _sends("set", "knobs"),
    KeyCommand("t", "next_theme", "theme", "Next theme", "Changes the colours."),
    KeyCommand("T", "pick_theme", "themes", "Choose a theme", "Shows all themes; each is tried on as it is marked.", on_bar=False),
    KeyCommand("p", "screenshot", "picture", "Save a screenshot", "Writes this screen as an SVG into the run directory.", on_bar=False),
    KeyCommand(
        "i",
        "explain",
        "explain",
        "Explain a number",
        "What a number is, whether its value is healthy, what to do; so does a click on it, its name, bar or curve. The arrows go on.",
        on_bar=False,
    ),
    KeyCommand("question_mark,f1", "help", "help", "Help", "Shows this help.", shown_as="?"),
    SUSPEND,
    _sends("stop", "leave"),
)


def commands_of(task: Task) -> Sequence[KeyCommand]:
    """The keys of a run that is about `task`, as it calls them. What it has no use for does nothing and is not spoken of."""
    found = []
    for command in COMMANDS:
        if command.id not in task.words:
            found.append(command)
        elif (words := task.words[command.id]) is not None:
            found.append(replace(command, label=words.label, title=words.title, meaning=words.meaning))
    return tuple(found)


def commands_on_bar(commands: Sequence[KeyCommand], *, outlines: bool) -> Sequence[KeyCommand]:
    """`commands` for the key bar, which has room for one of two: who draws from outlines draws them, and all others walk."""
    shown = {"samples draw": outlines, "samples walk": not outlines}
    return tuple(replace(command, on_bar=shown.get(command.id, command.on_bar)) for command in commands)


def view_name(title: str, task: Task) -> str:
    """What a view is called on the screen of a run that is about `task`."""
    words = task.words.get(title)
    return words.label if words else title


def bindings(view: str = "") -> list[Binding]:
    """Textual's bindings of all keys that belong to one view, or of those that act everywhere."""
    # With priority, because Textual gives ctrl+c and ctrl+q meanings of its own; ctrl+z has another one where strokes are drawn.
    return [
        Binding(key, command.call, command.title, show=False, priority=key in ("ctrl+c", "ctrl+q"))
        for command in COMMANDS
        if command.view == view
        for key in command.key.split(",")
    ]
