"""`watch PATH`, where PATH is what another program has written: a table, JSON lines, a folder of TensorBoard's."""

import os
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from gan_tui.cli.group import ScreenOptions, check_theme, has_terminal, open_dashboard
from gan_tui.config.foreign import ScriptConfig
from gan_tui.config.values import slug
from gan_tui.errors import UserError
from gan_tui.importing.sources import JSON, TABLES, Source, check, sources_at
from gan_tui.printable import printable
from gan_tui.run import directory
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import Mode, module_command


def is_path(word: str) -> bool:
    """Does somebody who types this mean a file or a folder, and no run's name?"""
    return os.sep in word or Path(word).suffix.lower() in TABLES + JSON or "tfevents" in word


def is_foreign(path: Path, runs_dir: Path) -> bool:
    """Is there something that is no run, and whose name is not a run's?"""
    try:
        there = path.exists()
    except OSError:  # a name that is too long is nobody's
        return False
    return there and not directory.is_run(path) and not directory.is_run(runs_dir / path.name)


def watch_files(path: Path, screen: ScreenOptions) -> None:
    """Show it, and follow it as it grows; several runs below it are browsed. Raises UserError for what cannot be read."""
    check_theme(screen.theme)
    sources = _readable(path)
    if not has_terminal():
        raise UserError("the dashboard needs a terminal")
    with tempfile.TemporaryDirectory(prefix="gan-tui-watch-", ignore_cleanup_errors=True) as folder:
        runs = Path(folder) / "runs"
        made = [
            directory.create(runs, ScriptConfig(task="file", script=str(source.path)), slug(source.name) or "run", numbered=True)
            for source in sources
        ]
        pairs = [word for run, source in zip(made, sources, strict=True) for word in (run.name, str(source.path))]
        with open(Path(folder) / "log", "wb") as log:
            reader = subprocess.Popen(
                module_command("gan_tui.importing", str(runs), *pairs), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            _show(made, runs, screen, f"gan-tui watch  {path}")
        finally:
            reader.terminate()
            reader.wait()


def show_once(path: Path, show: Callable[[RunDirectory], None]) -> None:
    """What can be read there now, as a run that is gone afterwards. Raises UserError for what cannot be read, and for several runs."""
    sources = _readable(path)
    sources = [source for source in sources if source.path.samefile(path)] or sources  # it is a run, and others are below it
    if len(sources) > 1:
        raise UserError(f"--once shows one run, and {path} holds {len(sources)}: name one, {printable(str(sources[0].path))} for instance")
    from gan_tui.importing.following import Following

    with tempfile.TemporaryDirectory(prefix="gan-tui-watch-") as folder:
        settings = ScriptConfig(task="file", script=str(sources[0].path))
        run = directory.create(Path(folder), settings, slug(sources[0].name) or "run")
        following = Following(sources[0], run)
        try:
            while following.look():
                pass
            show(run)
        finally:
            following.close()


def _readable(path: Path) -> list[Source]:
    """What lies there. Raises UserError where that cannot be read."""
    sources = sources_at(path.absolute())
    if len(sources) == 1:
        check(sources[0])
    else:
        sources[0].reader()
    return sources


def _show(made: list[RunDirectory], runs: Path, screen: ScreenOptions, title: str) -> None:
    if len(made) == 1:
        open_dashboard(made[0], Mode.WATCH, screen)
        return
    from gan_tui.dashboard.browser import browse

    def open_run(run: RunDirectory, mode: Mode, theme: str | None) -> None:
        del mode
        open_dashboard(run, Mode.WATCH, replace(screen, theme=theme), listed=True)

    browse(runs, screen.theme, open_run, mouse=screen.mouse, colours=screen.how_many_colours, title=title)
