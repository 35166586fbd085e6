"""The browser of runs as an app of its own: it ends with a choice, and comes back when what was chosen has been left.

One app after the other, and not screens of one: the dashboard then starts, follows, answers signals and ends exactly as it does
when it is opened alone, and there is no second way through it to keep right.
"""

from contextlib import suppress
from pathlib import Path
from typing import ClassVar, NamedTuple, Protocol

from textual.screen import Screen
from textual.types import CSSPathType

from gan_tui.dashboard.far_runs import FarRuns
from gan_tui.dashboard.messages import Opening
from gan_tui.dashboard.run_list import NOTHING_KEPT, Kept
from gan_tui.dashboard.screens.runs_browser import BrowserScreen
from gan_tui.dashboard.themed_app import ThemedApp, say_what_broke
from gan_tui.dashboard.themes import memory_file, remembered_theme
from gan_tui.errors import UserError
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.terminal import Colours
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import Mode
from gan_tui.run.places import Place
from gan_tui.run.selection import EVERYTHING, Wanted


class Choice(NamedTuple):
    """What to open, and how."""

    run: RunDirectory
    resume: bool
    sweep: bool = False
    """Is it the folder of a sweep, whose trials are to be shown?"""
    place: Place | None = None
    """Where it is, if on another machine; `run` is its path there."""
    alive: bool = False
    """Is it being trained there?"""

    @property
    def name(self) -> str:
        """What it is called in the list."""
        return f"{self.place.host}:{self.place.run}" if self.place else self.run.name


class RunsBrowser(ThemedApp[Choice]):
    """All runs of a folder on one screen."""

    CSS_PATH: ClassVar[CSSPathType | None] = ["dashboard.tcss", "browser.tcss"]
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        runs_dir: Path,
        theme: str | None = None,
        *,
        at: str | None = None,
        title: str = "",
        inside: bool = False,
        glyphs: Glyphs | None = None,
        colours: Colours | None = None,
        wanted: Wanted = EVERYTHING,
        far: FarRuns | None = None,
        kept: Kept = NOTHING_KEPT,
        trouble: str = "",
    ) -> None:
        """`at`: the name of the run to highlight first; `inside`: of a sweep; `kept`: from before; `trouble`: why that was not opened.

        Raises UserError for a theme that is unknown or broken.
        """
        super().__init__(theme, glyphs, colours)
        self._trouble = trouble
        self.browser = BrowserScreen(runs_dir, self._glyphs, at, title, wanted, inside=inside, far=far, kept=kept)

    @property
    def wanted(self) -> Wanted:
        """What it shows, to begin with when it is opened again."""
        runs = self.browser.runs
        return Wanted("" if runs.problem else runs.filter, runs.order, runs.archived)

    @property
    def kept(self) -> Kept:
        """What it has to remember then."""
        return self.browser.kept

    def get_default_screen(self) -> Screen[None]:
        return self.browser

    def on_mount(self) -> None:
        for problem in self._theme_problems:
            self._tell(problem, Role.WARNING)
        if self._trouble:
            self._tell(self._trouble, Role.ERROR)

    def on_opening(self, message: Opening) -> None:
        self.exit(Choice(message.run, message.resume, message.sweep, message.place, message.alive))

    def _tell(self, words: str, role: Role = Role.TEXT) -> None:
        self.browser.tell(words, role)


class Opener(Protocol):
    """Shows a run until the person leaves it."""

    def __call__(self, run: RunDirectory, mode: Mode, theme: str | None) -> None:
        """With this theme, if any."""


class Visit(Protocol):
    """Shows a run of another machine until the person leaves it."""

    def __call__(self, place: Place, mode: Mode, sweep: Path | None) -> None:
        """There; `sweep`: its folder, where it is one whose trials are to be listed."""


def browse(
    runs_dir: Path,
    theme: str | None,
    open_run: Opener,
    *,
    mouse: bool = True,
    colours: Colours | None = None,
    title: str = "",
    inside: bool = False,
    wanted: Wanted = EVERYTHING,
    far: FarRuns | None = None,
    visit: Visit | None = None,
) -> None:
    """Show the runs until the person leaves; each run or sweep that is opened on the way comes back here. `inside`: of a sweep.

    `far`: runs of other machines are shown too, and `visit` opens them. Why one could not be opened stands in the list then.
    A theme that is chosen on the way outranks `theme`. Raises UserError for one that is unknown or broken.
    """
    at, kept, trouble = None, NOTHING_KEPT, ""
    while True:
        before = remembered_theme()
        app = RunsBrowser(
            runs_dir, theme, at=at, colours=colours, title=title, inside=inside, wanted=wanted, far=far, kept=kept, trouble=trouble
        )
        choice = app.run(mouse=mouse)
        with suppress(OSError):
            memory_file().parent.mkdir(parents=True, exist_ok=True)
        say_what_broke(app, memory_file().parent, "no run was touched, and `gan-tui runs` opens the list again")
        if choice is None:
            return
        at, wanted, kept, trouble = choice.name, app.wanted, app.kept, ""
        theme = theme if remembered_theme() == before else remembered_theme()
        before = remembered_theme()
        try:
            if choice.sweep and choice.place is None:
                words, by_fd = f"gan-tui runs  sweep {choice.run.name}", EVERYTHING._replace(order="fd")
                browse(choice.run.path, theme, open_run, mouse=mouse, colours=colours, title=words, inside=True, wanted=by_fd)
            elif choice.place is not None and visit is not None:
                visit(choice.place, Mode.ATTACH if choice.alive else Mode.WATCH, choice.run.path if choice.sweep else None)
            else:
                open_run(choice.run, Mode.TRAIN if choice.resume else Mode.ATTACH if choice.run.alive else Mode.WATCH, theme)
        except UserError as error:  # no trainer can be started, or no ssh
            trouble = str(error)
        theme = theme if remembered_theme() == before else remembered_theme()
