"""Runs of other machines as rows of the browser, as each machine has said last. No Textual in here."""

import asyncio
import shlex
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Self

from rich.cells import cell_len

from gan_tui.dashboard.run_list import Found
from gan_tui.dashboard.run_row import Reading, Row
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.text import fit_words, plain
from gan_tui.run import hosts
from gan_tui.run.directory import RunDirectory
from gan_tui.run.hosts import Answer
from gan_tui.run.label import Label
from gan_tui.run.places import Place, Way, all_typed, check_host, through_ssh
from gan_tui.run.selection import Listed
from gan_tui.run.state import RunState
from gan_tui.spec.tasks import TASKS

REASON = (60, 30, 20, 12, 0)
"""Cells of why a host is silent, in a title: as many as there is room for."""
ASKED, HERE = "asked", "here"


class FarRow(Row):
    """What its machine says of it. Its files are there: it is looked at through ssh, and changed there."""

    def __init__(self, run: RunDirectory, way: Way) -> None:
        """`way`: how one comes there."""
        super().__init__(run)
        self._way = way

    def elsewhere(self, verb: str) -> str:
        """`ssh -t gpu1 gan-tui archive mine`."""
        return f"`{through_ssh(self.place, self._way.command, verb)}`" if self.place else ""

    def take(self, found: Found) -> None:
        """What its machine has said last."""
        super().take(found)
        assert found.listed is not None
        host, summary = found.listed.host, found.listed.summary
        self.is_sweep = found.listed.is_sweep
        self.name, self.place, self.silent = summary.name, Place(host, summary.name.removeprefix(f"{host}:")), found.silent
        if summary.verdict:
            summary = summary._replace(verdict=all_typed(summary.verdict, self._way._replace(host=host)))
        numbers = {"fd": summary.fd, summary.loss_name or "loss": summary.loss}
        state = RunState()
        state.scalars = {name: value for name, value in numbers.items() if value is not None}
        self.reading = Reading((), summary, state, [], [], summary.best_fd, None, TASKS[summary.task], found.listed.settings)

    @property
    def takes(self) -> Collection[str]:
        return ("open",)

    def read(self) -> None:
        """Nothing can be read here."""

    def refusal(self) -> tuple[str, Role]:
        """Where it is gone on with."""
        if self.alive:
            return f"{'its trials are' if self.is_sweep else 'it is'} being trained already: enter opens it", Role.WARNING
        return f"{self.elsewhere('sweep --resume' if self.is_sweep else 'resume')} goes on with it", Role.WARNING


class FarRuns:
    """What hosts have said, kept from one screen to the next. Whoever makes one closes it: questions may be under way."""

    def __init__(self, named: Sequence[str], command: str) -> None:
        """`named`: hosts, `hosts.HERE` among them where runs of this machine are wanted too.

        Raises UserError for a word that is no host.
        """
        self.here = hosts.HERE in named
        self.hosts = [check_host(host) for host in dict.fromkeys(named) if host != hosts.HERE]
        self.answers: dict[str, Answer] = {}
        """The last ones."""
        self._runs: dict[str, Sequence[Listed]] = {}
        """The last that were named, though their host may be silent now."""
        self._command = command
        self._more = "" if hosts.remote_command(None) == command else f"--remote-command {shlex.quote(command)}"
        self._pool = ThreadPoolExecutor(hosts.AT_ONCE, "host")
        self._stopped = Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stopped.set()
        self._pool.shutdown(cancel_futures=True)

    async def ask(self, host: str, *, settings: bool) -> bool:
        """Have it say anew what is there; `settings`: with those of each run. True where its trouble is another one than before."""
        question = self._pool.submit(hosts.list_of, host, self._command, self._stopped, settings=settings, sweeps=True)
        said = await asyncio.wrap_future(question)
        before = self.answers.get(host)
        self.answers[host] = said
        if not said.silent:
            self._runs[host] = said.runs
        return said.trouble != (before.trouble if before else "")

    @property
    def found(self) -> list[Found]:
        """All runs that they have named. Of a host that is silent now nobody knows whether they are still being trained."""
        silent = self.troubles
        named = list(self._runs.items())  # at once: an answer may come meanwhile, in another thread
        return [self._found(listed, silent.get(host, "")) for host, runs in named for listed in runs]

    @property
    def troubles(self) -> Mapping[str, str]:
        """Why these hosts have not answered when they were asked last."""
        return {host: self.answers[host].trouble for host in self.hosts if host in self.answers and self.answers[host].silent}

    def notice(self, glyphs: Glyphs) -> str:
        """The same in a few words each."""
        return f" {glyphs.middot} ".join(f"{host}: {self.answers[host].brief}" for host in self.troubles)

    def title(self, room: int, glyphs: Glyphs) -> str:
        """`gpu1 (No route to host), gpu2 (asked) and this machine`, in so many cells if that can be."""
        for most in REASON:
            said = [f"{host}{self._state(host, most, glyphs)}" for host in self.hosts] + ["this machine" if most else HERE] * self.here
            words = " and ".join(part for part in (", ".join(said[:-1]), said[-1]) if part)
            if cell_len(words) <= room:
                break
        return words

    def _state(self, host: str, most: int, glyphs: Glyphs) -> str:
        said = self.answers.get(host)
        if said is None:
            return f" ({ASKED})" if most else ""
        if not said.silent:
            return ""
        return f" ({fit_words(plain(said.brief, glyphs), most, glyphs)})" if most else f" {glyphs.cross}"

    def why_none(self) -> str:
        """What is said where they have named no run."""
        waited = [host for host in self.hosts if host not in self.answers]
        if waited:
            return f"{' and '.join(waited)}: asked, no answer yet"
        silent = self.troubles
        answered = [host for host in self.hosts if host not in silent] + ["this machine"] * self.here
        nothing = [f"no runs on {' and '.join(answered)}"] if answered else []
        return "; ".join([*nothing, *(f"{host}: {why}" for host, why in silent.items())])

    def _found(self, listed: Listed, silent: str) -> Found:
        summary = listed.summary
        alive = summary.alive and not silent
        age = (not alive, -((summary.started if alive else summary.seen) or 0.0), summary.name)
        kind = partial(FarRow, way=Way(listed.host, self._command, self._more))
        return Found(RunDirectory(Path(summary.path)), alive, Label(summary.tags, summary.archived), kind, age, listed, silent)
