"""The parts of a comparison: a table of the runs, their curves in one chart, and what was set differently."""

import math
import shlex
from collections import Counter
from collections.abc import Sequence

import msgspec
from rich.cells import cell_len
from textual.geometry import Size
from textual.theme import Theme

from gan_tui.config import written
from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.run_follower import RunFollower
from gan_tui.dashboard.run_signs import colour_of_run, sign_of_run
from gan_tui.dashboard.verdicts import evaluation_of
from gan_tui.dashboard.widgets.line_widget import CellStyle, Line, LineWidget
from gan_tui.errors import UserError
from gan_tui.render.compare import Request, Subject, charts_of, draw
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.panels import ChartPanel, wants_log
from gan_tui.render.styles import RUN_ROLES, Look, Role
from gan_tui.render.text import duration, fit, fit_both_ends, how_far, many_above, number, plain, quantity, unit_above
from gan_tui.run.directory import RunDirectory
from gan_tui.run.history import Bucket
from gan_tui.run.progress import is_stale
from gan_tui.spec.metrics import COMPARED, HEADLINE, METRICS, PROBABILITIES, RANKING, SAMPLES, SPEED, Metric, named, undeclared
from gan_tui.spec.own_names import losses_first
from gan_tui.spec.states import STATES
from gan_tui.spec.tasks import GAN

CHART = 56
"""Cells that a chart needs to stand beside another one."""
LABEL = 8
"""Cells of a number's name in the table."""
VALUE = 20
"""Cells of a setting's value, at most."""
DIFFER_AT_THEIR_ENDS = ("command", "cwd", "script")
NOT_COMPARED = ("name", "log", "checkpoints")
"""Sections of the settings that change nothing of what is learned."""


class Compared:
    """One of the runs."""

    def __init__(self, run: RunDirectory, position: int, glyphs: Glyphs) -> None:
        self.name = plain(run.name, glyphs)
        self.sign = sign_of_run(position, glyphs)
        self._position = position
        self.follower = RunFollower(run)
        self.settings: dict[str, object] = {}
        loss = None
        try:
            settings = run.settings()
            self.settings = flat(msgspec.to_builtins(settings))
            loss = run.loss_name
        except UserError:  # an external training loop, or a damaged file: its numbers can be compared all the same
            pass
        self._loss = loss
        self.task = run.task

    def look_on(self, theme: Theme) -> CellStyle:
        """Its colour on the ground of that theme."""
        return colour_of_run(self._position, theme)

    @property
    def snapshot(self) -> Snapshot:
        """What is known of it."""
        return self.follower.snapshot()

    @property
    def subject(self) -> Subject:
        """What a chart needs: no name, because the table says whose each sign is, and beside each other charts have no room for names."""
        state = self.snapshot.state
        return Subject("", state, state.objective(self._loss), self.task.epoch)


def flat(settings: dict[str, object], above: str = "") -> dict[str, object]:
    """Settings by their names as `gan-tui settings` has them, without those that change nothing of what is learned."""
    found: dict[str, object] = {}
    for name, value in settings.items():
        if isinstance(value, dict):
            found |= flat(value, f"{above}{name}.")
        elif f"{above}{name}".partition(".")[0] not in NOT_COMPARED:
            found[f"{above}{name}"] = value
    return found


class Scoreboard(LineWidget):
    """A line a run: its sign, name, state and newest numbers."""

    def __init__(self, runs: Sequence[Compared], glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._runs = runs

    def draw(self, room: Size) -> list[Line]:
        """Titles, then the runs; what does not fit is left out from the right."""
        width = room.width
        longest = max(cell_len(run.name) for run in self._runs)
        name = max(8, min(longest, width - 2 - 13 - self._done - 3 * 9))
        lines: list[Line] = [
            [(("  " + "run".ljust(name) + "  " + "state".ljust(11) + many_above(self._unit).rjust(self._done))[:width], Role.MUTED)]
        ]
        columns = (width - cell_len(lines[0][0][0])) // 9
        numbers = self._numbers()
        shown = numbers[:columns]
        roomy = columns > len(numbers) + 2 and any("fd" in run.snapshot.state.history for run in self._runs)
        labels = [fit(plain(metric.label, self.glyphs), LABEL, self.glyphs) for metric in shown]
        titles = "".join(title.rjust(9) for title in (*labels, *(("FD step", "best FD", "trained") if roomy else ())))
        lines[0].append((titles, Role.MUTED))
        return lines + [self._line(run, name, shown, roomy=roomy) for run in self._runs]

    def _numbers(self) -> list[Metric]:
        """The columns: where another program has named numbers, those, and of ours only what is there."""
        own = undeclared(dict.fromkeys(name for run in self._runs for name in run.snapshot.state.scalars))
        ours = [metric for metric in self._declared() if not own or any(metric.name in run.snapshot.state.scalars for run in self._runs)]
        return [named(name) for name in shared_first([*(metric.name for metric in ours), *own], self._runs)] if own else ours

    def _declared(self) -> list[Metric]:
        """What they are compared by. A D without probabilities has its pairwise accuracy; where none gives any, nothing is said of them."""
        logged = [run.snapshot.state.scalars for run in self._runs]
        names = list(dict.fromkeys(name for run in self._runs for name in run.task.compared))
        if not set(PROBABILITIES) <= set(names):
            return [METRICS[name] for name in names]
        ranks = any(RANKING[0] in scalars and PROBABILITIES[0] not in scalars for scalars in logged)
        gives = not ranks or any(PROBABILITIES[0] in scalars for scalars in logged)
        left_out = {*(() if ranks else RANKING), *(() if gives else PROBABILITIES)}
        return [METRICS[name] for name in names if name not in left_out]

    @property
    def _done(self) -> int:
        """Cells of how far they have come: more where one has no epochs."""
        return max(8, *(len(self._how_far(run)) for run in self._runs)) + 1

    @property
    def _unit(self) -> str:
        states = [(run.snapshot.state, run.task.epoch) for run in self._runs]
        return unit_above([epoch for state, epoch in states if state.epochs_done or state.planned_epochs])

    def _how_far(self, run: Compared) -> str:
        """With its unit where that is not the title of the column."""
        state, own = run.snapshot.state, run.task.epoch
        return how_far(state.epochs_done, state.planned_epochs, state.step, "" if own == self._unit else own)

    def _line(self, run: Compared, width: int, shown: Sequence[Metric], *, roomy: bool) -> Line:
        state, name = run.snapshot.state, run.snapshot.name
        words = fit_both_ends(run.name, width, self.glyphs)
        line: Line = [
            (f"{run.sign} ", run.look_on(self.app.current_theme)),
            (words + " " * (width - cell_len(words)), run.look_on(self.app.current_theme)),
            (f"  {name:11}", STATES[name].role),
            (self._how_far(run).rjust(self._done), Role.TEXT),
        ]
        measured = evaluation_of(state)
        stale = measured is not None and is_stale(measured.step, state.step)
        for metric in shown:
            value = state.scalars.get(metric.name)
            role = (
                Role.ERROR
                if value is not None and not math.isfinite(value)
                else Role.WARNING
                if stale and metric.name == "fd"
                else Role.TEXT
            )
            line.append(("  " + number(value, 7, self.glyphs, metric.decimals), role))
        if roomy:
            best = min((low for low in _lows(state.history["fd"].buckets)), default=None) if "fd" in state.history else None
            line += [
                ((quantity(measured.step) if measured else self.glyphs.dash).rjust(9), Role.WARNING if stale else Role.MUTED),
                ("  " + number(best, 7, self.glyphs, 2), Role.STRONG),
                (duration(state.trained, self.glyphs).rjust(9), Role.MUTED),
            ]
        return line


def shared_first(names: Sequence[str], runs: Sequence[Compared]) -> list[str]:
    """FD where two have it, then those that most of the runs have; in their order otherwise."""
    having = Counter(name for run in runs for name in run.snapshot.state.history)
    return sorted(names, key=lambda name: (name != HEADLINE or having[name] < 2, -having[name]))


def _lows(buckets: Sequence[Bucket]) -> list[float]:
    return [bucket.low for bucket in buckets if bucket.low is not None]


class Curves(LineWidget):
    """One chart, or as many as have room beside each other."""

    def __init__(self, runs: Sequence[Compared], glyphs: Glyphs, *, colourful: bool, id: str | None = None) -> None:
        """`colourful`: curves can be told apart by their colours; else each has a character of its own."""
        super().__init__(glyphs, id=id)
        self._runs = runs
        self._chosen = ""
        self.request = Request(smooth=1, colourful=colourful)
        self.waiting = ""
        """Why there is nothing yet."""

    def panels(self) -> list[ChartPanel]:
        """A chart for each scalar that any of the runs has: losses and scores first."""
        subjects = [run.subject for run in self._runs]
        names = list(dict.fromkeys(name for subject in subjects for name in subject.state.history))
        first = [name for name in dict.fromkeys([*COMPARED, *(name for run in self._runs for name in run.task.compared)]) if name in names]
        others = [name for name in losses_first(names) if name not in first and name not in (SAMPLES.name, SPEED.name)]
        ordered = [*shared_first([*first, *others], self._runs), *(name for name in names if name == SPEED.name)]
        try:
            return charts_of(subjects, ordered) if names else []
        except UserError:
            return []

    @property
    def unlike(self) -> bool:
        """Have all of several runs numbers, and no two of them one in common, besides their speed?"""
        named_by = [set(run.snapshot.state.history) - {SPEED.name} for run in self._runs]
        return len(named_by) > 1 and all(named_by) and sum(map(len, named_by)) == len(set().union(*named_by))

    def move(self, by: int) -> None:
        """Go on to the next scalar, or back, round and round."""
        panels = self.panels()
        if panels:
            self._chosen = panels[(self._place_in(panels) + by) % len(panels)].key
        self.redraw()

    def _place_in(self, panels: Sequence[ChartPanel]) -> int:
        """Of the chosen chart; the first of all, whichever that is by now, until one is chosen."""
        return next((place for place, panel in enumerate(panels) if panel.key == self._chosen), 0)

    def draw(self, room: Size) -> list[Line]:
        """The chart that was chosen, and those after it where there is room for more."""
        width, height = room
        panels = self.panels()
        if not panels or self.waiting:
            words = self.waiting or "no numbers yet"
            return [[] for _ in range((height - 1) // 2)] + [[(fit(words, width, self.glyphs).center(width), Role.MUTED)]]
        first = self._place_in(panels)
        count = max(1, min(len(panels), width // CHART, 3))
        each = (width - 2 * (count - 1)) // count
        subjects = [run.subject for run in self._runs]
        chosen = [panels[(first + index) % len(panels)] for index in range(count)]
        states = [subject.state for subject in subjects]
        requests = [self.request._replace(log=self.request.log or wants_log(states, panel)) for panel in chosen]
        charts = [draw(subjects, panel, how, each, height, self.glyphs) for panel, how in zip(chosen, requests, strict=True)]
        lines: list[Line] = []
        for row in range(height):
            line: Line = []
            for index, chart in enumerate(charts):
                runs = chart[row] if row < len(chart) else []
                line += [(text, self._look(role)) for text, role in runs]
                if index < count - 1:
                    line.append((" " * (each + 2 - sum(cell_len(text) for text, _ in runs)), Role.TEXT))
            lines.append(line)
        return lines

    def _look(self, role: Look) -> CellStyle:
        if role not in RUN_ROLES:
            return role
        return self._runs[RUN_ROLES.index(role) % len(self._runs)].look_on(self.app.current_theme)


class Differences(LineWidget):
    """The settings that two of the runs have, or more, and in which these differ."""

    def __init__(self, runs: Sequence[Compared], glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._runs = [run for run in runs if run.settings]
        names = dict.fromkeys(name for run in self._runs for name in run.settings)
        values = {name: [repr(run.settings[name]) for run in self._runs if name in run.settings] for name in names}
        self._shared = any(len(found) > 1 for found in values.values())
        self.names = [name for name, found in values.items() if len(set(found)) > 1]

    def draw(self, room: Size) -> list[Line]:
        """`optimizer.g_lr   ● 0.0003   ■ 0.001`."""
        width, height = room
        if not self.names:
            none = "settings cannot be compared: no two of these runs have one in common"
            words = "all settings are the same" if self._shared else none
            return [[(fit(words, width, self.glyphs), Role.MUTED)]]
        label = max(map(len, self.names)) + 2
        each = max(len(self._value(run, name)) for run in self._runs for name in self.names)
        columns = max(1, width // (label + len(self._runs) * (each + 5)))
        rows = min(height - (len(self.names) > height * columns), math.ceil(len(self.names) / columns))
        lines = [
            [piece for name in self.names[row : rows * columns : rows] for piece in self._setting(name, label, each)] for row in range(rows)
        ]
        if len(self.names) > rows * columns:
            lines.append([(f"and {len(self.names) - rows * columns} more", Role.MUTED)])
        return lines

    def _setting(self, name: str, label: int, each: int) -> Line:
        line: Line = [(name.ljust(label), Role.MUTED)]
        for run in self._runs:
            line += [(f"{run.sign} ", run.look_on(self.app.current_theme)), (self._value(run, name).ljust(each) + "   ", Role.TEXT)]
        return line

    def _value(self, run: Compared, name: str) -> str:
        value = run.settings.get(name, GAN.name if name == "task" else "")  # which a GAN's settings do not say
        words = plain(shlex.join(value) if name == "command" and isinstance(value, tuple | list) else written(value), self.glyphs)
        if name in DIFFER_AT_THEIR_ENDS:
            return fit(words[::-1], VALUE, self.glyphs)[::-1] or self.glyphs.dash
        return fit(words, VALUE, self.glyphs) or self.glyphs.dash
