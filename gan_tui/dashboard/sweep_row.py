"""A sweep as a row of the browser. Its trials are runs, in a folder of their own. No Textual in here."""

import shlex
from contextlib import suppress
from pathlib import Path

from gan_tui.dashboard.run_list import Found, Reading, Row, scan
from gan_tui.errors import UserError
from gan_tui.run import directory
from gan_tui.run.directory import RunDirectory
from gan_tui.run.state import RunState
from gan_tui.run.summary import Summary, summarise
from gan_tui.spec.tasks import GAN
from gan_tui.sweep import report, search_plan

NOTHING = Summary("", "", "starting", False, 0, None, 0, None, None, 0.0, None, None)


class SweepRow(Row):
    """What its trials add up to."""

    is_sweep = True

    @property
    def shows(self) -> RunDirectory:
        """The trial with the best FD."""
        return self._best or self.run

    _best: RunDirectory | None = None

    def read(self) -> Reading | None:
        """What is new; None where nothing is."""
        trials = directory.all_runs(self.run.path)
        stamp = (len(trials), sum(_size(trial.events) for trial in trials), any(trial.alive for trial in trials))
        if self.reading is not None and self.reading.stamp == stamp:
            return None
        found = [summarise(trial) for trial in trials]
        ended, trouble = sum(not one.alive and one.state != "starting" for one in found), None
        try:
            planned, words = _plan(self.run.path)
        except UserError as error:
            planned, words, trouble = len(found), "", str(error)
        measured = [(one.best_fd, trial) for one, trial in zip(found, trials, strict=True) if one.best_fd is not None]
        best, self._best = min(measured, key=lambda pair: pair[0], default=(None, None))
        alive = any(one.alive for one in found)
        summary = NOTHING._replace(
            name=self.name,
            path=str(self.run.path),
            state="training" if alive else "completed" if ended >= planned else "interrupted",
            alive=alive,
            epoch=ended,
            epochs=planned,
            started=min((one.started for one in found if one.started is not None), default=None),
            seen=max((one.seen for one in found if one.seen is not None), default=None),
            elapsed=sum(one.elapsed for one in found),
            best_fd=best,
        )
        more = f"enter: its trials; `{self.command}`: table and chart"
        about = f"{words}; {more}" if words else more
        return Reading(stamp, summary, RunState(), [], [], best, trouble, GAN, {}, about)

    @property
    def command(self) -> str:
        """What shows all that is known of it."""
        usual = self.run.path.parent == directory.default_runs_dir()
        return f"gan-tui sweep --show {shlex.quote(self.name if usual else str(self.run.path))}"


def _size(log: Path) -> int:
    with suppress(OSError):
        return log.stat().st_size
    return 0


def _plan(folder: Path) -> tuple[int, str]:
    """How many trials there are to be, and what is known of them. Raises UserError."""
    if report.is_search(folder):
        plan, base = search_plan.read(folder)
        return plan.trials, plan.title(base)
    found = report.read(folder)
    return len(found.values) * found.seeds, f"{found.label}: {found.recommendation}" if found.ended else found.title


def scan_all(runs_dir: Path) -> list[Found]:
    """Runs and sweeps, the newest first. Raises UserError where the folder cannot be read."""
    found = [(directory.age_of(one.run), one) for one in scan(runs_dir)]
    for folder in report.folders(runs_dir):
        if not directory.is_run(folder):
            trials = directory.all_runs(folder)
            age = directory.age_of(trials[0])[:2] if trials else (True, -folder.lstat().st_mtime)
            found.append(((*age, folder.name), Found(RunDirectory(folder), not age[0], kind=SweepRow)))
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]
