"""`repair`, `sharpen` and `project`: pictures are looked for among those that a trained generator can draw."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from gan_tui import byte_paths, config
from gan_tui.cli.group import ScreenOptions, check_theme, cli, headless_option, name_option, runs_dir_option, screen_options
from gan_tui.cli.run_options import (
    DEVICE,
    Command,
    Said,
    SettingOption,
    as_typed,
    refuse_contradictions,
    said_settings,
    set_option,
    setting_options,
)
from gan_tui.cli.style import check_output
from gan_tui.cli.trainer import train_new_run
from gan_tui.cli.typed import words_of
from gan_tui.cli.which_run import run_argument
from gan_tui.config import InversionConfig, InversionPictures, Purpose
from gan_tui.errors import UserError, reason_of
from gan_tui.printable import printable
from gan_tui.run import directory, finding
from gan_tui.run.directory import RunDirectory
from gan_tui.spec.tasks import GAN

OPTIONS = {
    "steps": SettingOption("Steps of Adam for each picture.  [default: 100]", "N", ("search.steps",)),
    "starts": SettingOption("Latents tried for each picture.  [default: 32]", "N", ("search.starts",)),
    "blend": SettingOption(
        "Candidates whose errors differ by less are averaged; 0: the best one alone.  [default: 0.01; project: 0]", "F", ("search.blend",)
    ),
    "prior": SettingOption("Weight of how unusually long or short the latents are.  [default: 0.01]", "W", ("search.prior",)),
    "seed": SettingOption("Of the starts, and of which held-out images.", "N", ("search.seed",)),
    "device": DEVICE._replace(keys=("search.device",)),
}


def _decorated(command: Command) -> Command:
    """What the three have in common."""
    for option in reversed(
        (
            click.argument("pictures", nargs=-1, type=click.Path(path_type=Path), metavar="[PICTURE]..."),
            click.option("--held-out", type=click.IntRange(1, 10_000), metavar="N", help="N images that G has not learned from, instead."),
            click.option(
                "-o",
                "--output",
                type=click.Path(path_type=Path),
                metavar="FILE.png",
                help="Where the picture goes. Nothing is overwritten.",
            ),
            setting_options(OPTIONS),
            set_option(", such as search.rate=0.05"),
            name_option("Name of the search's own run.  [default: time and picture]"),
            runs_dir_option,
            headless_option,
            screen_options,
        )
    ):
        command = option(command)
    return command


@cli.command(short_help="Fill in what is missing of a picture.")
@run_argument
@click.option("--mask", type=click.Path(path_type=Path), metavar="FILE", help="A picture that is white where something is missing.")
@click.option("--hole", "holes", multiple=True, metavar="LEFT,TOP,WIDTH,HEIGHT", help="A rectangle that is missing. May be repeated.")
@_decorated
def repair(run: str, mask: Path | None, holes: tuple[str, ...], **rest: Any) -> int:
    """Fill in what is missing of a picture with what RUN's generator draws there.

    Several pictures, or a folder, have the same hole. Live on the dashboard; the result is picture.png in the search's own folder, and -o.
    """
    if mask is None and not holes:
        raise UserError("say what is missing: --hole LEFT,TOP,WIDTH,HEIGHT in pixels, or --mask FILE (white is what is missing)")
    return _search("repair", run, mask=_text(mask) if mask else "", holes=tuple(map(_rectangle, holes)), **rest)


@cli.command()
@run_argument
@click.option(
    "--factor", type=click.IntRange(2, 64), metavar="N", help="Make the pictures N times smaller first.  [default: they are small]"
)
@_decorated
def sharpen(run: str, factor: int | None, **rest: Any) -> int:
    """Draw a small picture large, as RUN's generator would."""
    if rest["held_out"] and not factor:
        raise UserError("say how many times smaller the held-out images shall be made first: --factor 4")
    return _search("sharpen", run, factor=factor or 0, **rest)


@cli.command(short_help="Find the picture nearest to yours that a generator can draw.")
@run_argument
@_decorated
def project(run: str, **rest: Any) -> int:
    """Find the picture nearest to yours that RUN's generator can draw.

    With --held-out N: what this generator cannot draw, the worst eight of N as a picture.
    """
    return _search("project", run, **rest)


def _search(
    purpose: Purpose,
    run: str,
    *,
    pictures: Sequence[Path],
    held_out: int | None,
    output: Path | None,
    assignments: Sequence[str],
    name: str | None,
    runs_dir: Path,
    headless: bool,
    screen: ScreenOptions,
    mask: str = "",
    holes: tuple[tuple[int, int, int, int], ...] = (),
    factor: int = 0,
    **said: str | bool | None,
) -> int:
    check_theme(screen.theme)
    if not pictures and not held_out and Path(run).is_file():
        raise UserError(f"{run} is a picture, and the run comes before it: gan-tui {purpose} RUN {shlex.quote(run)}")
    if bool(pictures) == bool(held_out):
        raise UserError(
            "a picture and --held-out were both said: leave one of them out" if pictures else "say which picture, or --held-out N"
        )
    found = _trained(finding.find(runs_dir, run))
    for picture in pictures:
        _refuse_missing(picture)
    asked = InversionPictures(
        purpose=purpose,
        generator=_text(found.path),
        files=tuple(map(_text, pictures)),
        held_out=held_out or 0,
        mask=mask,
        holes=holes,
        factor=factor,
        output=_text(check_output(output)) if output is not None else "",
    )
    theirs = found.config()
    if theirs.model.outlines:
        raise UserError(f"{found.name} draws from outlines, and not from latents alone: there is nothing to search for")
    settings = InversionConfig(pictures=asked, model=theirs.model, data=theirs.data)
    made = directory.create(runs_dir, _resolved(settings, said, assignments), name)
    return train_new_run(made, headless, screen, [made.generator, made.targets, made.mask, made.original, made.original_mask])


def _trained(run: RunDirectory) -> RunDirectory:
    """Raises UserError for a run that has no generator of ours."""
    if run.task is not GAN:
        raise UserError(f"{run.name} is {run.task.what}: name a run that trains a generator, `gan-tui runs` lists them")
    if not run.has_checkpoint and not run.generator.is_file():
        saves = f"`gan-tui control {run.cli_name} save` makes one" if run.alive else "train it first"
        raise UserError(f"{run.name} has no checkpoint yet: {saves}")
    return run


def _refuse_missing(picture: Path) -> None:
    try:
        directory.expand(str(picture)).stat()
    except OSError as error:
        raise UserError(f"cannot read the picture {printable(str(picture))}: {reason_of(error)}") from None


def _text(path: Path) -> str:
    return byte_paths.to_text(os.fspath(directory.expand(str(path)).absolute()))


def _rectangle(words: str) -> tuple[int, int, int, int]:
    try:
        left, top, width, height = (int(word) for word in words.split(","))
    except ValueError:
        left = -1
        top = width = height = 0
    if min(left, top) < 0 or min(width, height) < 1:
        raise UserError(f"{words_of('--hole', words)}: LEFT,TOP,WIDTH,HEIGHT in pixels, as in --hole 8,8,12,12")
    return left, top, width, height


def _resolved(settings: InversionConfig, said: Said, assignments: Sequence[str]) -> InversionConfig:
    table: dict[str, Any] = msgspec.to_builtins(settings)
    if settings.pictures.purpose == "project":
        table["search"]["blend"] = 0.0  # a mean of pictures is none that G can draw
    for key, value in said_settings(OPTIONS, said):
        section, setting = key.split(".")
        table[section][setting] = value
    refuse_contradictions(assignments, OPTIONS, said)
    with as_typed(OPTIONS, said, assignments):
        return config.change_optimisation(config.settings_from_table(table, InversionConfig), assignments, begun=False)
