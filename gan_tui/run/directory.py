"""Where everything of a run lies, and how the RUN of a command line becomes one."""

import os
import re
import shlex
import time
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from gan_tui import __version__, config
from gan_tui.config import CommandConfig, OptimisationConfig, RunConfig, ScriptConfig
from gan_tui.errors import RefusedError, UserError, reason_of
from gan_tui.files import write_atomic
from gan_tui.run import lock, preview
from gan_tui.spec.tasks import GAN, Task
from gan_tui.toml_file import read_toml

RUNS_VARIABLE = "GAN_TUI_RUNS"
SWEEP_FILES = "sweep.json", "search.json"
"""Of a folder of trials: what a sweep over a grid, and what a search has found."""
LATEST = "latest"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_CHECKPOINT = re.compile(r"step-(\d{9})\.pt|best\.pt")

Settings = RunConfig | OptimisationConfig | CommandConfig | ScriptConfig
SettingsT = TypeVar("SettingsT", bound=OptimisationConfig | CommandConfig | ScriptConfig)


class RunDirectory:
    """The paths in one run directory, which is all that trainer and screen share."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        self.config_file = path / "run.toml"
        self.events = path / "events.jsonl"
        self.summary = path / "summary.json"
        """What a listing shows of it (run/index.py)."""
        self.real_images = path / "real_images.png"
        self.samples = path / "samples"
        self.preview = path / preview.NAME
        """The newest samples and what belongs to them (run/preview.py)."""
        self.real_preview = path / "real.npy"
        """Training images, as many as samples."""
        self.checkpoints = path / "checkpoints"
        self.generator = path / "generator.pt"
        self.discriminator = path / "discriminator.pt"
        self.content = path / "content.png"
        """Of a style transfer: what it is made from (see `style`), and what it has made."""
        self.network = path / "network.safetensors"
        """Of a style network: what it has learned, written when the run ends."""
        self.targets = path / "targets.npy"
        """Of a search in latents: what is looked for, and what is hidden of it (training/inversion/sources.py)."""
        self.mask = path / "mask.npy"
        self.original, self.original_mask = path / "original.png", path / "original-mask.png"
        """Of a repair of a picture whose size is not G's: the picture as it came, and white where it is covered."""
        self.whole = path / "whole.png"
        """The first of these with what G drew."""
        self.picture = path / "picture.png"
        self.trainer_log = path / "trainer.log"
        self.control = path / "control"
        self.lock = path / "lock"
        self._task: tuple[tuple[int, ...], Task] | None = None
        """What its settings said, and the state of their file then: a screen asks with each drawing."""

    def content_of(self, index: int) -> Path:
        """The copy of a content of a contact sheet, counted from 0."""
        return self.path / f"content-{index + 1}.png"

    def style(self, index: int) -> Path:
        """The copy of a style picture, counted from 0."""
        return self.path / f"style-{index + 1}.png"

    @property
    def cli_name(self) -> str:
        """What a person types to mean this run: its name where runs usually lie, else its path."""
        path = self.path.absolute()  # what is written down is read in other folders
        known = is_default(path.parent) and not self.name.startswith("-")
        return shlex.quote(self.name if known else str(path))

    @property
    def alive(self) -> bool:
        """Is a trainer at work on it?"""
        return lock.is_held(self.lock)

    @property
    def writable(self) -> bool:
        """May we write into its folder? Where we may not, nothing goes on with it."""
        return os.access(self.path, os.W_OK | os.X_OK)

    @property
    def checkpoint_files(self) -> list[Path]:
        """By their names: those of steps, and the best. Empty as well where the folder cannot be read."""
        try:
            return [self.checkpoints / name for name in os.listdir(self.checkpoints) if _CHECKPOINT.fullmatch(name)]
        except OSError:
            return []

    @property
    def has_checkpoint(self) -> bool:
        """Is there any?"""
        return bool(self.checkpoint_files)

    @property
    def newest_step(self) -> int:
        """The step of the newest checkpoint, by the names of the files; 0 where there is none."""
        steps = (_CHECKPOINT.fullmatch(path.name) for path in self.checkpoint_files)
        return max((int(match[1]) for match in steps if match and match[1]), default=0)

    def config(self) -> RunConfig:
        """The settings of the run. Raises DamagedError where `run.toml` is missing or damaged, UserError where a setting is not allowed."""
        return config.read_run_toml(self.config_file)[0]

    def settings(self) -> Settings:
        """Whatever it is about. Raises as `config` does."""
        kind = config.KINDS.get(self.task.name)
        return self.settings_of(kind) if kind else self.config()

    def settings_of(self, kind: type[SettingsT]) -> SettingsT:
        """The settings of a run that is no GAN's. Raises as `config` does, also where it is of another kind."""
        return config.read_settings(self.config_file, kind)

    @property
    def task(self) -> Task:
        """What the run is about, as its settings say; a GAN's training where they cannot be read."""
        try:
            found = self.config_file.stat()
            state = (found.st_ino, found.st_mtime_ns, found.st_size)
            if self._task is None or self._task[0] != state:
                self._task = state, config.task_of(read_toml(self.config_file, config.LARGEST_SETTINGS, "settings file").table)
            return self._task[1]
        except (OSError, UserError):
            return GAN

    @property
    def outlines(self) -> bool:
        """Does its G draw pictures from their outlines? Not as far as is known where its settings cannot be read."""
        try:
            return self.task is GAN and self.config().model.outlines
        except UserError:
            return False

    @property
    def loss_name(self) -> str | None:
        """The objective in its settings; None for an external training loop, which has none, and where they cannot be read."""
        try:
            return self.config().loss.name
        except UserError:
            return None


def default_runs_dir() -> Path:
    """`$GAN_TUI_RUNS`, else `~/gan-tui-runs`.

    It does not depend on the working directory: after a lost SSH line one lands in another folder than the one
    where the run was started, and `gan-tui attach` must still find it. Raises UserError where no home is known.
    """
    return expand(os.environ.get(RUNS_VARIABLE) or "~/gan-tui-runs")


def is_default(folder: Path) -> bool:
    """Are runs looked for there where nobody says where?"""
    with suppress(UserError):
        return folder == default_runs_dir()
    return False


def check_name(name: str) -> str:
    """A name for a run that is safe as a folder's. Raises UserError."""
    if name == LATEST:
        why = "cannot name a run, for it means the newest one: choose another name"
        raise RefusedError(f"'{name}' {why}", why, example="mine")
    if not _NAME.fullmatch(name):
        letters = "letters, digits, '.', '_' and '-', at most 100, not starting with '.' or '-'"
        raise RefusedError(f"'{name}' cannot name a run: use {letters}", f"cannot name a run: use {letters}", example="mine")
    return name


def create(runs_dir: Path, settings: Settings, name: str | None = None, *, numbered: bool = False) -> RunDirectory:
    """Make a new run directory (mode 0700) with its `run.toml`.

    Without a name it is called after time, data set and preset, or after time and pictures. `numbered`: a name that is taken gets a
    number. Raises UserError where the folder cannot be made or the name is taken.
    """
    stem = check_name(name) if name is not None else f"{time.strftime('%Y%m%d-%H%M%S')}-{'-'.join(settings.words)}"
    made: list[Path] = []
    try:
        runs_dir.mkdir(parents=True, exist_ok=True)
        run = RunDirectory(_make_folder(runs_dir, stem, unique=name is not None and not numbered))
        made.append(run.path)
        for folder in (run.samples, run.checkpoints, run.control):
            folder.mkdir(mode=0o700)
            made.append(folder)
        write_settings(run, settings)
    except OSError as error:
        with suppress(OSError):
            for folder in reversed(made):  # the name stays free
                folder.rmdir()
        raise UserError(
            f"cannot make a run in {runs_dir}: {reason_of(error)}; choose another folder, as with {RUNS_VARIABLE}=FOLDER"
        ) from None
    return run


def write_settings(run: RunDirectory, settings: Settings, environment: dict[str, object] | None = None) -> None:
    """Write `run.toml`; the trainer adds the environment that it found itself in. Raises OSError."""
    known: dict[str, object] = {"gan_tui": __version__}
    write_atomic(run.config_file, config.to_toml(settings, known | (environment or {})).encode())


def _make_folder(runs_dir: Path, stem: str, unique: bool) -> Path:
    for number in range(1, 1000):
        path = runs_dir / (stem if number == 1 else f"{stem}-{number}")
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            if unique:
                raise UserError(f"a run named '{stem}' exists already in {runs_dir}: choose another --name") from None
            continue
        return path
    raise UserError(f"there are too many runs named '{stem}' in {runs_dir}")


def all_runs(runs_dir: Path) -> list[RunDirectory]:
    """Every run in a folder: those that train first, the last one begun before the others, then the others by their last news.

    A folder that is missing has none. Raises UserError.
    """
    try:
        found = [entry for entry in runs_dir.iterdir() if is_run(entry)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UserError(f"cannot read the runs folder {runs_dir}: {reason_of(error)}") from None
    return sorted(map(RunDirectory, found), key=age_of)


def locked_folders(runs_dir: Path) -> list[Path]:
    """Those in a folder of runs that may be runs as well, which cannot be known: they may not be read."""
    with suppress(OSError):
        return sorted(path for path in runs_dir.iterdir() if path.is_dir() and not os.access(path, os.R_OK | os.X_OK))
    return []


def age_of(run: RunDirectory) -> tuple[bool, float, str]:
    """By which runs are ordered. The last news of a live run are always those of now: by them the rows of a listing would jump."""
    alive, files = run.alive, [run.events, run.config_file, run.checkpoints]
    for path in (run.config_file, *files) if alive else files:
        with suppress(OSError):
            return (not alive, -path.stat().st_mtime, run.name)
    return (not alive, 0.0, run.name)


def expand(word: str) -> Path:
    """A path as a shell would expand it. Raises UserError for the home of an unknown user."""
    try:
        return Path(word).expanduser()
    except RuntimeError:
        raise UserError(
            f"'{word}' begins with the home of an unknown user: write the path in full ({RUNS_VARIABLE}: that of runs)"
        ) from None


def is_run(path: Path) -> bool:
    """Does a run lie here? One that has lost its `run.toml` is one all the same: its log or its checkpoints say so."""
    try:
        if (path / "run.toml").is_file() or (path / "events.jsonl").is_file():
            return True
        return RunDirectory(path).has_checkpoint
    except (OSError, ValueError):  # no such folder, a name that is too long, or no name at all
        return False


def is_trial(path: Path) -> bool:
    """Is the run of a sweep?"""
    return any((path.parent / name).exists() for name in SWEEP_FILES)
