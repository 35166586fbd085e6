"""`report`: what is known of a run, or of several side by side, as one file."""

from pathlib import Path

import click

from gan_tui.cli.chart_file import check_output
from gan_tui.cli.group import cli, echo, mention, mention_damaged_settings, runs_dir_option
from gan_tui.cli.which_run import find_runs, runs_or_newest
from gan_tui.errors import UserError, reason_of
from gan_tui.files import write_for_person

SUFFIXES = {".html": "html", ".htm": "html", ".md": "md"}


@cli.command(short_help="Write what is known of a run, or of several, as one file.")
@runs_or_newest
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Where to, .html or .md; - is standard output.  [default: RUN-report.html here]")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["html", "md"]), help="What to write.  [default: as FILE ends, else html]")
@runs_dir_option
def report(run: tuple[str, ...], output: Path | None, form: str | None, runs_dir: Path) -> None:
    """Write a report: verdict, curves, samples, settings, machine, and the commands that make the run again.

    One file that needs no network. Of several runs: what differs between them, and their curves in one chart each.
    """
    found = find_runs(runs_dir, run)
    piped = output is not None and str(output) == "-"
    form = form or (SUFFIXES.get(output.suffix.lower()) if output and not piped else None) or "html"
    name = found[0].name if len(found) == 1 else "comparison"
    target = None if piped else output or Path(f"{name}-report.{form}")
    check_output(target, *SUFFIXES)
    for one in found:
        mention_damaged_settings(one)
    from gan_tui.report import comparison, facts, html, markdown

    writer = html if form == "html" else markdown
    text = writer.page(facts.gather(found[0])) if len(found) == 1 else writer.comparison_page(comparison.compare(found))
    if target is None:
        echo(text, nl=False)
        return
    try:
        write_for_person(target, text.encode("utf-8", "replace"))
    except OSError as error:
        raise UserError(f"cannot write {target}: {reason_of(error)}") from None
    mention(f"wrote {target}")
