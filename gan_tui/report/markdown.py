"""A report as Markdown: tables, and each curve in a line of blocks."""

import re
from collections.abc import Iterable, Iterator, Sequence

from gan_tui.render.bars import spark
from gan_tui.render.glyphs import UNICODE
from gan_tui.report.chart import Plot
from gan_tui.report.comparison import Comparison
from gan_tui.report.facts import Facts

CELLS = 40
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#])")


def page(facts: Facts) -> str:
    """The report on one run."""
    lines = [f"# {_plain(facts.name)}", "", f"{_plain(facts.title)}", ""]
    if facts.verdict is not None:
        lines += [f"**{facts.verdict.level}: {_plain(facts.verdict.text)}**", "", *([_plain(facts.advice), ""] if facts.advice else [])]
    lines += _table(["", ""], facts.summary)
    lines += _curves(facts.plots)
    if facts.measured:
        rows = [(one.label, f"{one.newest:.4g}", "" if one.best is None else f"{one.best:.4g}", one.meaning) for one in facts.measured]
        lines += ["## Quality of the samples", "", *_table(["metric", "newest", "in best.pt", "what it is"], rows)]
    if facts.history:
        lines += [
            "## What was said, and done",
            "",
            *_table(["step", "", ""], [(f"{one.step:,}", one.what, one.text) for one in facts.history]),
        ]
    if facts.settings:
        lines += ["## Settings that differ from the preset", "", *_table(["setting", "here", "preset"], facts.settings)]
    return "\n".join([*lines, "## Commands", "", "```sh", *facts.commands, "```", ""])


def comparison_page(found: Comparison) -> str:
    """The report on several runs."""
    rows = [(name, *values) for name, values in found.rows]
    return "\n".join(["# " + " · ".join(map(_plain, found.names)), "", *_table(["", *found.names], rows), *_curves(found.plots), ""])


def _curves(plots: Iterable[Plot]) -> Iterator[str]:
    rows = []
    for plot in plots:
        for curve in plot.curves:
            means = [bucket.mean if bucket.mean is not None else bucket.low for bucket in curve.points]
            known = [value for value in means if value is not None]
            if known:
                rows.append((plot.title, curve.name, f"{known[0]:.4g}", spark(curve.points, CELLS, UNICODE).strip(), f"{known[-1]:.4g}"))
    if rows:
        yield from ("## Curves", "")
        yield from _table(["chart", "curve", "first", "", "last"], rows)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(map(_plain, heads))} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(map(_plain, row))} |"
    yield ""


def _plain(text: str) -> str:
    """Text that Markdown takes for nothing else."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
