"""`runs`: the browser of runs, or a list of them."""

import csv
import io
import json
import shlex
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import click

from gan_tui import output
from gan_tui.cli import complete
from gan_tui.cli.group import (
    ScreenOptions,
    check_theme,
    cli,
    echo,
    has_terminal,
    open_dashboard,
    runs_dir_option,
    screen_options,
)
from gan_tui.cli.remote import remote_option, visit
from gan_tui.cli.run_lines import lines_of
from gan_tui.cli.wrapping import columns_of
from gan_tui.counted import counted
from gan_tui.errors import FAILED, UserError
from gan_tui.printable import printable
from gan_tui.run import directory, hosts, label, selection
from gan_tui.run.damage import damaged_settings
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import Mode
from gan_tui.run.places import Place
from gan_tui.run.selection import Listed
from gan_tui.run.settings_table import differing, settings_of
from gan_tui.run.summary import Summary, summarise
from gan_tui.sweep.report import LISTED, folders


@cli.command(short_help="Browse the runs, or list them.", epilog=f"FILTER: {selection.grammar()}.")
@click.argument("words", metavar="[FILTER]...", nargs=-1, shell_complete=complete.filters)
@click.option(
    "--sort",
    metavar="FIELD",
    shell_complete=complete.orders,
    help=f"{', '.join(selection.ORDERS)} or a setting; -FIELD turns it round.  [default: date]",
)
@click.option("--settings", "with_settings", is_flag=True, help="List, with the settings that differ between these runs.")
@click.option("--all-settings", is_flag=True, help="With --json: every setting of each run.")
@click.option("--all", "archived_too", is_flag=True, help="Archived runs too.")
@click.option("--host", "on", multiple=True, metavar="HOST", shell_complete=complete.hosts,
              help="The runs of HOST, by ssh; may be repeated, and . is this machine.")  # fmt: skip
@remote_option
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
@click.option("--sweeps", is_flag=True, help='With --json: sweeps too, as entries with "sweep": true.')
@click.option("--csv", "as_csv", is_flag=True, help="As a table, for a spreadsheet.")
@click.option("--plain", is_flag=True, help="As a list, even in a terminal.")
@runs_dir_option
@screen_options
def runs(words: tuple[str, ...], sort: str | None, with_settings: bool, all_settings: bool, archived_too: bool, on: tuple[str, ...],
         remote_command: str | None, as_json: bool, sweeps: bool, as_csv: bool, plain: bool, runs_dir: Path,
         screen: ScreenOptions) -> int:  # fmt: skip
    """Browse the runs: open, compare, resume, delete. Without a terminal, list them, the last one seen first.

    The exit status of a list is 1 where a host did not answer.

    For example: gan-tui runs 'fd<3 preset=classic tag:good since:2d' --sort fd
    """
    if as_json and as_csv:
        raise UserError("--json and --csv are two forms: ask for one of them")
    chosen = selection.parse(" ".join(words))
    selection.in_order((), sort or "date")  # is there such an order?
    if not (as_json or as_csv or plain or with_settings) and has_terminal():
        _browse(runs_dir, on, remote_command, selection.Wanted(" ".join(words), sort or "date", archived_too), screen)
        return 0
    needed = with_settings or chosen.settings or (sort or "").removeprefix("-") not in ("", *selection.ORDERS)
    if all_settings and not as_json:
        raise UserError("--all-settings is of --json: add it")
    if sweeps and not as_json:
        raise UserError("--sweeps is of --json: add it")
    needed = needed or all_settings
    others = [host for host in dict.fromkeys(on) if host != hosts.HERE]
    answers = (
        hosts.list_all(others, hosts.remote_command(remote_command), settings=needed, sweeps=sweeps or not (as_json or as_csv))
        if others
        else []
    )
    for answer in answers:
        if answer.trouble:
            echo(f"gan-tui: {answer.host}: {answer.trouble}", err=True)
    here = directory.all_runs(runs_dir) if not on or hosts.HERE in on else []
    there = [Listed(summarise(run), settings_of(run) if needed else {}) for run in here]
    there += [listed for answer in answers for listed in answer.runs if sweeps or not listed.is_sweep]
    there += _sweeps_here(runs_dir) if sweeps and (not on or hosts.HERE in on) else []
    shown = [one for one in there if chosen.lets_through(one) and (archived_too or not one.summary.hidden)]
    listed = selection.in_order(shown, sort or "date")
    keys = differing([one.settings for one in listed]) if with_settings else []
    if as_json:
        asked = [list(one.settings) if all_settings else keys if with_settings else None for one in listed]
        echo(json.dumps([_entry(one, names) for one, names in zip(listed, asked, strict=True)], indent=2))
    elif as_csv:
        echo(_table(listed, keys))
    elif there or not any(answer.trouble for answer in answers):
        _print(listed, keys, why_none(there, chosen, archived_too, "on " + ", ".join(on) if on else f"in {runs_dir}"))
        for answer in answers:
            _mention_far_sweeps(answer, chosen)
        if not selection.compares_all(listed, sort or "date"):
            networks = ", ".join(map(printable, selection.networks_of(listed)))
            echo(f"gan-tui: FD compares within a feature network only, so the runs of each stand together: {networks}", err=True)
        if not on or hosts.HERE in on:
            _mention_damage(listed, runs_dir, chosen)
            _mention_sweeps(runs_dir, chosen, archived_too)
    return FAILED if any(answer.trouble for answer in answers) else 0


def _browse(runs_dir: Path, on: Sequence[str], remote_command: str | None, wanted: selection.Wanted, screen: ScreenOptions) -> None:
    """In a terminal, until the person leaves."""
    check_theme(screen.theme)
    from gan_tui.dashboard.browser import browse
    from gan_tui.dashboard.far_runs import FarRuns

    def open_run(run: RunDirectory, mode: Mode, theme: str | None) -> None:
        open_dashboard(run, mode, replace(screen, theme=theme), listed=True)

    def visit_there(place: Place, mode: Mode, sweep: Path | None) -> None:
        command = hosts.remote_command(remote_command)
        if sweep is not None:
            visit(place, command, "runs", "--runs-dir", str(sweep), "--sort", "fd")
        else:
            visit(place, command, "attach" if mode == Mode.ATTACH else "watch")

    with FarRuns(on, hosts.remote_command(remote_command)) if on else nullcontext() as far:
        how_many = screen.how_many_colours
        browse(runs_dir, screen.theme, open_run, mouse=screen.mouse, colours=how_many, wanted=wanted, far=far, visit=visit_there)


def why_none(there: Sequence[Listed], chosen: selection.Filter, archived_too: bool, where: str) -> str:
    """What is said where nothing is listed."""
    if not there:
        return f"no runs {where}; `gan-tui` starts one"
    hidden = sum(one.summary.hidden and chosen.lets_through(one) for one in there) if not archived_too else 0
    lists = f"archived: --all lists {'them' if hidden > 1 else 'it'}"
    if hidden and not chosen.tests:
        return f"{f'all {hidden} runs {where} are' if hidden > 1 else f'the only run {where} is'} {lists}"
    return f"none of {counted(len(there), 'run')} {where} is such a one" + (f", but {hidden} {lists}" if hidden else "")


def _sweeps_here(runs_dir: Path) -> list[Listed]:
    from gan_tui.dashboard.sweep_row import listed_sweeps  # and with it what only sweeps need

    return listed_sweeps(runs_dir)


def _entry(one: Listed, keys: Sequence[str] | None) -> dict[str, object]:
    entry = one.summary.to_json() | ({"sweep": True} if one.is_sweep else {})
    return entry if keys is None else entry | {"settings": {key: one.settings.get(key) for key in keys}}


def _table(listed: Sequence[Listed], keys: Sequence[str]) -> str:
    table = io.StringIO()
    writer = csv.DictWriter(table, [*Summary._fields, *keys], lineterminator="\n")
    writer.writeheader()
    for one in listed:
        row = one.summary.to_json() | {"tags": " ".join(one.summary.tags)}
        writer.writerow(row | {key: one.settings.get(key, "") for key in keys})
    return table.getvalue().rstrip("\n")


def _print(listed: Sequence[Listed], keys: Sequence[str], nothing: str) -> None:
    """A line a run, and what a terminal has no room for."""
    if not listed:
        echo(nothing)
        return
    columns = columns_of(sys.stdout) if sys.stdout.isatty() else None
    found = lines_of(listed, keys, columns)
    for line in found.lines:
        echo(output.plain(line))
    if found.missing:
        echo(f"gan-tui: no room in {columns} columns for {found.missing}: --csv has all", err=True)


def _mention_damage(listed: Sequence[Listed], runs_dir: Path, chosen: selection.Filter) -> None:
    """What cannot be read of what is here."""
    here = [one.summary for one in listed if not one.host]
    found = [f"{one.name}: events.jsonl cannot be read: {one.damage}" for one in here if one.damage]
    found += [f"{one.name}: {why}" for one in here if not one.damage and (why := damaged_settings(RunDirectory(Path(one.path))))]
    found += [f"{folder.name}: permission denied" for folder in directory.locked_folders(runs_dir) if chosen.lets_through_name(folder.name)]
    for words in found[:LISTED]:
        echo(f"gan-tui: {printable(words)}", err=True)
    if len(found) > LISTED:
        echo(f"gan-tui: and {len(found) - LISTED} more are damaged or cannot be read", err=True)


def _mention_sweeps(runs_dir: Path, chosen: selection.Filter, archived_too: bool) -> None:
    """Their trials are runs, each in a folder of its sweep, and are not listed among the others."""
    found = [folder for folder in folders(runs_dir) if chosen.lets_through_name(folder.name)]
    if not chosen.names_only:
        found = [Path(one.summary.path) for one in _sweeps_here(runs_dir) if chosen.lets_through(one)]
    found = [folder for folder in found if archived_too or not label.read(folder).archived]
    if not found:
        return
    names = ", ".join(printable(folder.name) for folder in found[:LISTED]) + (", ..." if len(found) > LISTED else "")
    listing = f"gan-tui runs --runs-dir {shlex.quote(str(runs_dir / found[0].name))}"
    echo(
        f"gan-tui: and {counted(len(found), 'sweep')}: {names}; `gan-tui sweep --show SWEEP` shows one, `{listing}` lists its trials",
        err=True,
    )


def _mention_far_sweeps(answer: hosts.Answer, chosen: selection.Filter) -> None:
    """The same of another machine's."""
    sweeps = [one for one in answer.runs if one.is_sweep and (chosen.names_only or chosen.lets_through(one))]
    found = [Place(answer.host, one.summary.name.removeprefix(f"{answer.host}:")) for one in sweeps]
    found = [place for place in found if not chosen.names_only or chosen.lets_through_name(place.run)]
    if found:
        names = ", ".join(printable(place.run) for place in found[:LISTED]) + (", ..." if len(found) > LISTED else "")
        shows = f"`gan-tui runs --host {answer.host}` shows them in a terminal"
        echo(f"gan-tui: {answer.host}: and {counted(len(found), 'sweep')}: {names}; {shows}", err=True)
