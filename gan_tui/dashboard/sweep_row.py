"""A sweep as a row of the browser. Its trials are runs, in a folder of their own. No Textual in here."""

import shlex
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from gan_tui.dashboard.run_list import Found, scan
from gan_tui.dashboard.run_row import Reading, Row, stamp_of
from gan_tui.errors import UserError
from gan_tui.render.styles import Role
from gan_tui.run import directory, label
from gan_tui.run.directory import RunDirectory
from gan_tui.run.selection import Listed
from gan_tui.run.state import RunState
from gan_tui.run.summary import Summary, summarise
from gan_tui.spec.tasks import GAN
from gan_tui.sweep import report, search_plan
from gan_tui.sweep.search import Search
from gan_tui.sweep.search_report import SearchReport

FILES = (report.FILE, report.SEARCH, search_plan.BASE, search_plan.JOURNAL)
"""That say how far it is."""
NOTHING = Summary("", "", "starting", False, 0, None, 0, None, None, 0.0, None, None)


class SweepRow(Row):
    """What its trials add up to."""

    is_sweep = True

    @property
    def takes(self) -> Collection[str]:
        return ("open",)

    @property
    def shows(self) -> RunDirectory:
        """The trial with the best FD."""
        return self._best or self.run

    _best: RunDirectory | None = None
    _results: tuple[tuple[object, ...], report.Report | SearchReport] | None = None
    """The last ones, with the stamp of their files: a long journal is not read again with each step of a trial."""

    def _read(self) -> Reading | None:
        trials = directory.all_runs(self.run.path)
        alive = report.is_trained(self.run.path)
        files = tuple(stamp_of(self.run.path / name) for name in FILES)
        stamp = (files, tuple((trial.name, stamp_of(trial.events)) for trial in trials), alive)
        if self.reading is not None and self.reading.stamp == stamp:
            return None
        found = [summarise(trial) for trial in trials]
        ended, planned = sum(one.state in ("completed", "ended early") for one in found), 0
        words, unranked, trouble = "", "", None
        try:
            if self._results is None or self._results[0] != files:
                self._results = files, results_of(self.run.path)
            results = self._results[1]
            ended, planned = results.ended, results.ended + results.left
            if unranked := results.no_order:
                trouble = report.without_order(self.run.path, unranked)
            else:
                words = f"{results.label}: {results.recommendation}" if ended else results.title
        except UserError as error:
            trouble = str(error)
            with suppress(UserError):  # of a search whose journal cannot be read, or not without Optuna, the plan is known
                plan = search_plan.read(self.run.path)[0]
                planned, unranked = plan.trials, plan.no_order
        measured = [(one.best_fd, trial) for one, trial in zip(found, trials, strict=True) if one.best_fd is not None]
        networks = {one.network for one in found if one.best_fd is not None}
        best, self._best = min(measured, key=lambda pair: pair[0]) if len(networks) == 1 and not unranked else (None, None)
        summary = NOTHING._replace(
            name=self.name,
            path=str(self.run.path),
            state="training" if alive else "completed" if 0 < planned <= ended else "interrupted",
            alive=alive,
            epoch=ended,
            epochs=planned or len(found),
            started=min((one.started for one in found if one.started is not None), default=None),
            seen=max((one.seen for one in found if one.seen is not None), default=None),
            elapsed=sum(one.elapsed for one in found),
            best_fd=best,
            network=networks.pop() if len(networks) == 1 else None,
        )
        more = f"enter: its trials; `gan-tui sweep --show {self.said}`: table and chart"
        about = f"{words}; {more}" if words else more
        return Reading(stamp, summary, RunState(), [], [], best, trouble, GAN, {}, about)

    def refusal(self) -> tuple[str, Role]:
        """How it is gone on with, in a shell."""
        if self.alive:
            return "its trials are being trained already: enter shows them", Role.WARNING
        if self.reading is not None and self.reading.trouble:  # --resume would say the same
            return self.reading.trouble, Role.WARNING
        if self.reading is not None and self.reading.summary.state == "completed":
            return f"all its trials have ended: `gan-tui sweep --show {self.said}` says what they add up to", Role.WARNING
        return f"`gan-tui sweep --resume {self.said}` goes on with it", Role.WARNING

    @property
    def said(self) -> str:
        """Its name as behind `--show` and `--resume`."""
        usual = directory.is_default(self.run.path.parent)
        return shlex.quote(self.name if usual else str(self.run.path))


def results_of(folder: Path) -> report.Report | SearchReport:
    """What its file or its journal says. Raises UserError."""
    return Search.results(folder) if report.is_search(folder) else report.kept(folder)


def scan_all(runs_dir: Path) -> list[Found]:
    """Runs and sweeps, the newest first. Raises UserError where the folder cannot be read; a sweep in it that cannot be is a row."""
    found = scan(runs_dir)
    for folder in report.folders(runs_dir):
        if not directory.is_run(folder):
            age = _age_of(folder)
            found.append(Found(RunDirectory(folder), not age[0], label.read(folder), kind=SweepRow, age=age))
    return sorted(found, key=lambda one: one.age)


def listed_sweeps(runs_dir: Path) -> list[Listed]:
    """The sweeps alone, as another machine is told of them. Raises UserError where the folder cannot be read."""
    found = [(SweepRow(one.run), one.label) for one in scan_all(runs_dir) if one.kind is SweepRow]
    return [_listed(reading, said) for row, said in found if (reading := row.read())]


def _listed(reading: Reading, said: label.Label) -> Listed:
    summary = reading.summary._replace(
        verdict=reading.trouble or reading.about, level="bad" if reading.trouble else None, tags=said.tags, archived=said.archived
    )
    return Listed(summary, {}, is_sweep=True)


def _age_of(folder: Path) -> tuple[bool, float, str]:
    """That of its newest trial; of a sweep without one, or that may not be read, its own."""
    with suppress(UserError, OSError):
        if trials := directory.all_runs(folder):
            if report.is_trained(folder):
                return False, -trials[0].config_file.stat().st_mtime, folder.name
            return (*directory.age_of(trials[0])[:2], folder.name)
    with suppress(OSError):
        return True, -folder.lstat().st_mtime, folder.name
    return True, 0.0, folder.name
