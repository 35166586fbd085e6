"""The loop of a search in latents: what its steps measure, what people see of it, and what it has found at its end."""

import json
import math
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from gan_tui.config import InversionConfig
from gan_tui.files import write_atomic
from gan_tui.inversion.search import Search
from gan_tui.inversion.views import Shape
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Verdict
from gan_tui.run.log import EventWriter
from gan_tui.spec.tasks import INVERSION
from gan_tui.training.inversion import original, report
from gan_tui.training.inversion.pictures import Pictures
from gan_tui.training.inversion.problem import Problem, evenly, ranks
from gan_tui.training.optimisation.convergence import Convergence
from gan_tui.training.optimisation.loop import OptimisationLoop
from gan_tui.training.optimisation.work import Milder
from gan_tui.training.stop import StopRequest

RANKED = 16
"""Pictures from the best to the worst that a sheet shows."""


class InversionLoop(OptimisationLoop[InversionConfig, Search]):
    """One search."""

    task = INVERSION
    optimiser = "Adam"

    def __init__(
        self,
        run: RunDirectory,
        settings: InversionConfig,
        writer: EventWriter,
        stop: StopRequest,
        search: Search,
        problem: Problem,
        shape: Shape,
    ) -> None:
        super().__init__(run, settings, writer, stop, search)
        self._problem, self._shape = problem, shape
        self._pasted = False
        """Is there a whole picture, with what was drawn over what was covered?"""
        self._pictures = Pictures(run, problem, shape)
        self._convergence = Convergence("search", "group", search.parts, "error")

    def _advance(self) -> None:
        self._work.advance()

    @property
    def _milder(self) -> Milder:
        return Milder("a smaller rate", f"--set search.rate={self._settings.search.rate / 10:g}")

    def _scalars(self) -> Mapping[str, float]:
        """Of the group in hand; after the last step, of all pictures."""
        search = self._work
        done = search.step == search.total_steps
        found, places = (search.finished(), range(self._problem.count)) if done else (search.current(), search.shown)
        assert found is not None
        scalars = {"error": math.sqrt(found.errors.mean().item()), "prior": found.lengths.mean().item()}
        return scalars | self._problem.psnrs(found.drawn, places)

    def _numbers(self) -> str:
        values = self._scalars()
        return f"error: {values['error']:.4f}" + (f", PSNR: {values['psnr']:.2f} dB" if "psnr" in values else "")

    def _verdict(self) -> Verdict | None:
        found = self._work.current()
        assert found is not None
        part = (self.step - 1) // self._work.steps_per_part
        return self._convergence.take(part, math.sqrt(found.errors.mean().item()), self.step)

    def _put_into_effect(self) -> None:
        said = self._settings.search
        self._work.change(rate=said.rate, prior=said.prior, blend=said.blend)

    def _write_png(self, path: Path) -> None:
        self._pictures.write_png(path, self._work)

    def _write_preview(self) -> None:
        self._pictures.write_preview(self._work, self.step, self._parts_done)

    def _write_sources(self) -> None:
        self._pictures.write_sources()

    def _conclude(self) -> None:
        """The table of all pictures, how the errors are spread, and the pictures by themselves. Raises OSError."""
        problem, found = self._problem, self._work.finished()
        drawn = problem.put(found.drawn, range(problem.count))
        rows = report.table(problem, drawn, self._settings.data.dataset, self._shape)
        hidden = problem.errors(drawn)
        roots = {"error": found.errors.sqrt()} | ({} if hidden is None else {"hidden": hidden.sqrt()})
        lines = report.table_lines(rows, problem)
        if problem.count == 1:
            self._pasted = original.paste(self.run, found.drawn[0], self._shape)
        order = ranks(roots.get("hidden", roots["error"]))
        if problem.count > 1:
            lines += report.distribution_lines(roots.get("hidden", roots["error"]), problem.names)
            worst = order[: report.WORST]
            self._pictures.write_ranked(self.run.picture, worst, drawn)
            self._pictures.write_sheet_preview(worst, drawn, self.step, self._parts_done)
            self._pictures.write_ranked(self.run.path / "ranked.png", evenly(order[::-1], RANKED), drawn)
        if self._settings.pictures.files and problem.count > 1:
            self._write_each(drawn)
        write_atomic(self.run.path / "report.json", json.dumps(report.as_json(rows, problem, roots), indent=1).encode())
        for line in lines:
            print(line, flush=True)
        if rows:
            ahead, text = report.conclusion(rows, problem)
            verdict = Verdict(step=self.step, rule="search-ahead", level="good", text=text)
            if problem.doubtful:
                verdict = Verdict(step=self.step, rule="search-own", level="info", text=text)
            elif not ahead:
                verdict = Verdict(
                    step=self.step, rule="search-behind", level="warning", text=text, advice="train G longer, or try more starts"
                )
            self.writer.write(verdict)

    @property
    def _has_picture(self) -> bool:
        return self._work.current() is not None

    @property
    def _result(self) -> Path:
        return self.run.whole if self._pasted else self.run.picture

    def _write_each(self, drawn: Tensor) -> None:
        folder = self.run.path / "pictures"
        folder.mkdir(mode=0o700, exist_ok=True)
        for number, (name, picture) in enumerate(zip(self._problem.names, drawn, strict=True), 1):
            self._pictures.write_one(folder / f"{number:04d}-{Path(name).stem[:80]}.png", picture)
