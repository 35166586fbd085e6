"""What a run can be about: the training of a GAN, a style transfer, a search in latents, another program.

All that the screen and the commands do differently stands here.

The task of a run is said in its `run.toml`; one that says none is a GAN's, and so is a run of an external training loop.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from gan_tui.spec import commands, inversion, metrics, transfer
from gan_tui.spec.commands import CommandName, LiveSetting

TaskName = Literal["gan", "style", "style-sheet", "style-net", "inversion", "command", "script", "file"]
MEAN_SECONDS = 0.1
"""Between two times that another program's numbers are logged; what comes faster goes into their means, once EXACT numbers have done so."""
PRINTED = "trainer.log in the run's folder has what it printed"
"""How the error of a command ends."""
SHOWS = "shows this training"
"""What a script's own run says of a command, on standard error, when it begins."""
EXACT = 10_000
"""Numbers of one start of a script that are logged one by one however fast they come: more than a chart has columns, less than 2 MB."""


def _thinned(given: str) -> str:
    often = f"{EXACT:,} numbers have come faster than {1 / MEAN_SECONDS:g} times a second"
    return f"once {often}, one that is {given} several times within {MEAN_SECONDS:g} s is logged as its mean"


class Words(NamedTuple):
    """What a key or a view is called by a task, where that is something else than for a GAN."""

    label: str
    """One word, for the key bar."""
    title: str
    """A few, for the palette."""
    meaning: str
    """A sentence, for the help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A kind of run."""

    name: TaskName
    noun: str = "training"
    """What goes on, in words."""
    what: str
    """What such a run is."""
    steps: str = "training"
    """What its seconds are spent on."""
    epoch: str = "epoch"
    """What a large part of it is called; a small one is a step."""
    curves: Sequence[str] = metrics.LOSSES
    """The two numbers that it is about, each shown with a sparkline."""
    outcome: Sequence[str] = metrics.LOSSES
    """What is said of a run that is complete."""
    compared: Sequence[str] = ("fd", *metrics.RANKING, *metrics.PROBABILITIES, *metrics.LOSSES)
    """Numbers by which such runs are compared, the most telling first."""
    listed: str = "d_loss"
    """The number whose curve stands in a listing."""
    no_gan: str = "it has no networks that learn, and no data set"
    """Why what asks for a GAN cannot be done with it."""
    goes_on: bool = False
    """May a complete run have more epochs (`to_go_on`)?"""
    words: Mapping[str, Words | None] = field(default_factory=dict)
    """Of keys and views (`KeyCommand.id`, the view's title) that are called otherwise; None: a key that it has no use for."""
    readings: Sequence[str] = ()
    """Four numbers that are shown beside these; none: what D says of real and generated images."""
    readings_are: str = ""
    """What these are, in a few words."""
    strip: Sequence[str] = ()
    """Numbers that have a line of their own: the first with a sparkline."""
    table: Sequence[str] = ()
    """All that view 4 has a row for."""
    heading: str = ""
    """In which pictures are compared, above these rows."""
    charts: Sequence[str] = ("losses", "scores")
    """The two charts of the overview."""
    live: Mapping[str, LiveSetting] = field(default_factory=dict)
    """What may change while it goes on."""
    refuses: Mapping[CommandName, str] = field(default_factory=dict)
    """Commands that mean nothing to it, and why."""
    unless_offered: Mapping[CommandName, str] = field(default_factory=dict)
    """Commands that it takes once the run has offered them (`run/events.py`), and why it does not before."""
    picture: bool = False
    """It makes one picture, shown beside what it is made from, and no set of samples."""
    ours: bool = True
    """gan-tui does the work; else the numbers are called as another program calls them."""
    thinned: str = ""
    """What becomes of numbers that come faster than they are logged."""
    interrupts: tuple[str, ...] = ()
    """How it is stopped, where another program decides what is saved; asked once more, the next way."""
    images_are: str = ""
    """What is shown as samples, where another program decides."""
    unmeasured: str = "no evaluation was logged"
    """Why its samples are not evaluated, where gan-tui does not do it by itself."""
    passing: str = ""
    """Why nothing can be asked of it; its folder goes with the screen."""
    resumes: bool = True
    """`gan-tui resume` goes on with such a run."""

    def refusal(self, name: CommandName, offered: Collection[CommandName]) -> str:
        """Why such a run, which has offered these commands, does not take one; empty where it does."""
        return self.refuses.get(name, "") or ("" if name in offered else self.unless_offered.get(name, ""))

    def live_of(self, *, outlines: bool) -> Mapping[str, LiveSetting]:
        """What may change while such a run goes on, which draws from `outlines` or not."""
        return {key: setting for key, setting in self.live.items() if outlines or not setting.of_outlines}

    def to_go_on(self, epochs: int | None, seconds: float) -> str:
        """The option with which a complete run goes on, for as long again; empty: it does not.

        epochs: that it had; None or 0: it trained for a time, which was `seconds`.
        """
        return longer(epochs, seconds) if self.goes_on else ""


def longer(epochs: int | None, seconds: float) -> str:
    """Twice so many epochs, or twice so many seconds in all, as an option; with a word in place of a number that is not known."""
    if epochs:
        return f"--epochs {2 * epochs}"
    twice, unit = next((2 * seconds / size, unit) for unit, size in (("h", 3600), ("m", 60), ("s", 1)) if seconds >= size or size == 1)
    return f"--budget {max(1, round(twice))}{unit}" if seconds else "--epochs N"


def _picture_words(part: str) -> dict[str, Words | None]:
    """Of a run that makes one picture, whose large parts are called `part`."""
    unused = (
        "samples next_source",
        "samples enlarge",
        "samples walk",
        "evaluate",
        *(f"samples select {where}" for where in ("left", "right", "up", "down")),
    )
    article = "An" if part[0] in "aeiou" else "A"
    return dict.fromkeys(unused) | {
        "overview": Words("overview", "View: overview", "Everything at a glance: the picture, its numbers, charts."),
        "samples": Words("picture", "View: picture", "The picture as large as there is room for, beside it what it is made from."),
        "charts axis": Words("axis", "Horizontal axis", f"Below the charts: steps, {part}s, or the time that they took."),
        "overview zoom": Words(
            "zoom", "Zoom the panel", "Gives the marked panel (at first the picture) the whole room; so does a double click. esc goes back."
        ),
        "pause_or_resume": Words("pause", "Pause or resume", "Pauses after the step in hand; goes on with it."),
        "sample": Words("write", "Write the picture", "Writes the picture as it is now as a PNG into the run directory."),
        "samples scrub earlier": Words(f"{part}s", f"{article} {part} back", f"The picture as it was at the end of the {part} before."),
        "samples scrub later": Words("later", f"{article} {part} on", f"The {part} after; behind the last one, the picture as it is now."),
        "samples scrub live": Words("live", "Live again", "The picture as it is now."),
        "samples scrub first": Words("first", f"The first {part}", f"The picture at the end of the first {part}."),
        "samples to_bookmark earlier": Words("mark", "Bookmark before", "The picture at the bookmark before."),
        "samples to_bookmark later": Words("mark", "Bookmark after", "The picture at the bookmark after."),
        "bookmark": Words("mark", "Bookmark this moment", "Marks this moment, with a note: on the charts and in the log."),
        "leave": Words("quit", "Leave", "Asks: detach (it goes on), save and stop, or cancel. ctrl+c does the same."),
    }


_DISTANCE_WORDS = {
    "charts": Words("charts", "View: charts", "Both distances and all else that is logged, over the last steps or the whole run."),
    "quality": Words("distances", "View: distances", "How far the picture is from its content and from its style, layer by layer."),
    "knobs": Words("knobs", "Live knobs", "Changes the weights of content, style, smoothness and single layers while it goes on."),
}
_SEARCH_WORDS = _picture_words("group") | {
    "charts": Words("charts", "View: charts", "The errors and all else that is logged, over the last steps or the whole run."),
    "quality": Words("errors", "View: errors", "How near what G draws is, and how near one comes without it."),
    "knobs": Words("knobs", "Live knobs", "Changes the learning rate, the weight of the prior and the blending while it goes on."),
}
GAN = Task(
    name="gan",
    what="the training of a GAN",
    outcome=("fd",),
    listed="fd",
    goes_on=True,
    live=commands.LIVE_SETTINGS,
)
STYLE = Task(
    name="style",
    noun="style transfer",
    what="a style transfer",
    steps="steps",
    epoch="scale",
    curves=transfer.CURVES,
    outcome=transfer.CURVES,
    compared=(*transfer.CURVES, "total", *transfer.READINGS),
    listed="style",
    words=_picture_words("scale") | _DISTANCE_WORDS,
    readings=transfer.READINGS,
    readings_are="style distance by layer",
    strip=("total", "tv"),
    table=tuple(metric.name for metric in transfer.METRICS),
    heading="features of vgg16-edge-int8",
    charts=("distances", "layers"),
    live=transfer.LIVE_SETTINGS,
    refuses={
        "evaluate": "a style transfer measures its distances at every step: view 4 shows them",
        "neighbours": "a style transfer has no training images",
    },
    picture=True,
)
STYLE_SHEET = replace(
    STYLE,
    name="style-sheet",
    what="a contact sheet of style transfers",
    epoch="cell",
    words=_picture_words("cell") | _DISTANCE_WORDS,
)
STYLE_NET = replace(
    STYLE,
    name="style-net",
    noun="training",
    what="the training of a style network",
    steps="training",
    epoch="epoch",
    outcome=tuple(metric.name for metric in transfer.HELD_OUT),
    compared=(*transfer.CURVES, "total", *(metric.name for metric in transfer.HELD_OUT)),
    no_gan="it has no generator that draws samples; `gan-tui style --fast --model RUN` paints with it",
    goes_on=True,
    words=_picture_words("epoch") | _DISTANCE_WORDS,
    table=tuple(metric.name for metric in (*transfer.METRICS, *transfer.HELD_OUT)),
    charts=("distances", "held-out"),
    refuses={
        "evaluate": "a style network is measured on held-out pictures at the end of each epoch: view 4 shows it",
        "neighbours": "a style network draws nothing of its own: no training image is like what it paints",
    },
)
INVERSION = Task(
    name="inversion",
    noun="search",
    what="a search in latents",
    steps="steps",
    epoch="group",
    curves=inversion.CURVES,
    outcome=("error", "psnr", *inversion.REFERENCES),
    compared=("error", "psnr", "prior", *inversion.REFERENCES),
    listed="error",
    words=_SEARCH_WORDS,
    readings=("psnr", *inversion.REFERENCES),
    readings_are="dB of what was hidden: more is nearer",
    strip=("prior",),
    table=tuple(metric.name for metric in inversion.METRICS),
    heading="Adam on the latents",
    charts=("search error", "psnr"),
    live=inversion.LIVE_SETTINGS,
    refuses={
        "evaluate": "a search in latents measures its errors at every step: view 4 shows them",
        "neighbours": "a search in latents looks for the nearest training image when it begins",
    },
    picture=True,
)
_REAL_WORDS = {"samples next_source": Words("real", "Samples or real images", "The samples, or the real images that came with them.")}
"""Of another program, of whose weights nothing is known."""
COMMAND = Task(
    name="command",
    what="a run of another program",
    words={"samples walk": None, **_REAL_WORDS},
    refuses={
        "save": "another program's run saves when its script does: gan-tui cannot ask it to",
        "sample": "another program's run draws samples when its script does: gan-tui cannot ask it to",
        "evaluate": "gan-tui has no generator of another program's run to measure",
        "neighbours": "gan-tui does not have the training images of another program's run",
        "set": "another program's settings are its own: gan-tui cannot change them while it runs",
    },
    ours=False,
    thinned=_thinned("printed"),
    unmeasured="gan-tui does not have its generator",
    images_are="pictures that the program writes below its folder (PNG, JPEG, .npy)",
    interrupts=(
        "interrupts the program (SIGINT), as ctrl+c does",
        "SIGINT was sent: asks the program to end (SIGTERM)",
        "SIGTERM was sent: kills the program (SIGKILL); it cannot save",
    ),
)
"""Another program, read by what it prints."""
SCRIPT = Task(
    name="script",
    what="a script's run",
    words={"samples walk": None, **_REAL_WORDS},
    refuses={
        "evaluate": "the script measures its samples when it calls run.evaluate",
        "neighbours": "gan-tui does not have the training images of this script",
    },
    unless_offered={
        **dict.fromkeys(("pause", "resume"), "the script has no place to wait: its loop needs run.steps(...) or run.paused()"),
        "save": "the script has not said how it saves: run.on_save(function) does",
        "sample": "the script has shown no images: run.images(...) does",
        "set": "the script has offered no knobs: run.knob(name, get, set) does",
        "stop": "the script does not ask whether to stop: its loop needs run.steps(...) or run.should_stop",
    },
    ours=False,
    thinned=_thinned("given"),
    unmeasured="run.evaluate(...) in the script does",
    images_are="what the script gives to run.images(...)",
    interrupts=("the script ends its loop after the step in hand",),
    resumes=False,
)
"""An external training loop, which calls `gan_tui.track`."""
FILE = Task(
    name="file",
    what="what another program has written",
    words=_REAL_WORDS,
    ours=False,
    passing="another program writes this: it can be looked at, and not commanded",
    resumes=False,
)
"""A table, JSON lines, or TensorBoard's events, as they are watched."""
TASKS: Mapping[TaskName, Task] = {task.name: task for task in (GAN, STYLE, STYLE_SHEET, STYLE_NET, INVERSION, COMMAND, SCRIPT, FILE)}
